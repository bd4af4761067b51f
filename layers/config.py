"""The data packages' section of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class RenderConfig(BaseModel):
    """How maps are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threads: int = Field(default=2, ge=1, le=64)
    """Maps drawn at the same time in one worker process."""
    queue: int = Field(default=32, ge=0)
    """Maps that may wait for a place; beyond it clients are told to come back."""
    timeout: float = Field(default=20.0, gt=0)
    """Seconds a map may take, waiting for its place included; beyond it clients are told to come back."""


class ArchiveConfig(BaseModel):
    """How much a delivery may unpack to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(default=8_000_000_000, ge=1)
    """Bytes in all."""
    max_files: int = Field(default=10_000, ge=1)
    """Members of one archive."""
    max_ratio: float = Field(default=200.0, ge=1)
    """Times a member may be larger than it is packed."""
    max_depth: int = Field(default=3, ge=1, le=10)
    """Archives within archives, the delivered one counted."""
    max_document: int = Field(default=256_000_000, ge=1)
    """Bytes of a file that must be held in memory as a whole to be understood (KML, TopoJSON, tables in JSON)."""


class PostgisConfig(BaseModel):
    """The database of releases where ``store`` is ``postgis``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = SecretStr("postgresql://localhost/tuzi")
    """Where the database is and who reads it; shown to nobody."""
    database_schema: str = Field(default="tuzi", min_length=1, max_length=63)
    """Schema of the database in which the tables are kept."""
    pool: int = Field(default=16, ge=1, le=200)
    """Connections of a process that read at the same time."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds that one read may take."""


class LayersConfig(BaseModel):
    """Where releases are kept and how they are read and drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Path("layers")
    """Folder of the releases, below the data folder."""
    store: Literal["geopackage", "postgis"] = "geopackage"
    """What keeps the releases of vector layers: files in ``folder``, or a database."""
    postgis: PostgisConfig = PostgisConfig()
    fonts: tuple[Path, ...] = (
        Path("server/site/node_modules/@expo-google-fonts/noto-sans-tc"),
        Path("/usr/share/fonts"),
    )
    """Folders searched for a CJK font, the first that has one wins."""
    extent: tuple[float, float, float, float] = (120.44, 23.98, 121.47, 24.46)
    """The city: west, south, east, north in degrees."""
    render: RenderConfig = RenderConfig()
    archive: ArchiveConfig = ArchiveConfig()
