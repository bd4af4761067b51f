"""The server's section of the configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class TitleConfig(BaseModel):
    """A text in two languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str


class HomeConfig(BaseModel):
    """The place that the map site opens with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    longitude: float = Field(default=120.665, ge=-180, le=180)
    """Longitude of the middle of the map, in degrees (WGS84)."""
    latitude: float = Field(default=24.150, ge=-85, le=85)
    """Latitude of the middle of the map, in degrees (WGS84)."""
    zoom: int = Field(default=13, ge=0, le=20)
    """Zoom on a desk's screen; a phone opens one step further out."""


class ServerConfig(BaseModel):
    """How the platform meets its clients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8080, ge=1, le=65535)
    """Port to listen on."""
    workers: int = Field(default=2, ge=1, le=64)
    """Processes that answer requests."""
    blocking_threads: int = Field(default=16, ge=2, le=32)
    """Threads of each; all but two may wait for maps, beyond that clients are told to come back."""
    title: TitleConfig = TitleConfig(zh="臺中市圖資平臺", en="Taichung Map Data Platform")
    """Name of the platform in services and on the site."""
    contact: str = ""
    """Address for questions, shown in capabilities."""
    trust_forwarded: bool = False
    """Believe X-Forwarded-Host and X-Forwarded-Proto; only behind a proxy that sets them."""
    default_limit: int = Field(default=10, ge=1)
    """Features on a page of OGC API when the client does not say."""
    max_limit: int = Field(default=10_000, ge=1)
    """The most features a client gets on a page."""
    site: Path = Path("server/site/dist")
    """Folder of the built map site."""
    home: HomeConfig = HomeConfig()
    """Where the map site opens."""
