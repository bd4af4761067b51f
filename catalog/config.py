"""The catalogue's section of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name}: Asia/Taipei, UTC …") from error
    return name


class RetrievalConfig(BaseModel):
    """From where and how much may be fetched when layers are updated from the web."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ()
    """Hosts that update sources may name, and be redirected to; ``host`` or ``host:port``."""
    max_bytes: int = Field(default=2_000_000_000, ge=1)
    """Bytes of one delivery."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for a connection, and for each part of the answer."""


class CatalogConfig(BaseModel):
    """Where the catalogue is kept and how soon processes notice a change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "sqlite:///catalogue.sqlite"
    """SQLAlchemy URL: SQLite by default, ``postgresql+psycopg://…`` when scaled out.

    Relative SQLite paths start at the data folder.
    """
    poll_interval: float = Field(default=0.5, gt=0, le=2)
    """Seconds between two looks at the catalogue's revision."""
    deliveries: Path = Path("deliveries")
    """Folder of the newest delivery fetched for each layer, below the data folder."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Taipei"
    """Zone (IANA) in which the schedules of updates are meant."""
    retrieval: RetrievalConfig = RetrievalConfig()
