"""The tile cache's section of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class SqliteConfig(BaseModel):
    """The files of tiles where ``store`` is ``sqlite``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    open_files: int = Field(default=32, ge=1, le=256)
    """Tile store files that each thread keeps open."""


class FilesystemConfig(BaseModel):
    """The folders of tiles where ``store`` is ``filesystem``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    durable: bool = True
    """Sync every tile before it appears, so that a power cut leaves no broken ones."""


class RedisConfig(BaseModel):
    """The Redis database of tiles where ``store`` is ``redis``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = SecretStr("redis://localhost:6379/0")
    """Where the server is; shown to nobody."""
    prefix: str = Field(default="tuzi", min_length=1, max_length=100)
    """What all its keys begin with."""
    ttl: int = Field(default=0, ge=0)
    """Seconds after which tiles are forgotten; 0 keeps them until they are pruned."""
    timeout: float = Field(default=2.0, gt=0)
    """Seconds to wait for an answer; beyond it tiles are drawn anew."""

    @field_validator("url")
    @classmethod
    def _names_a_server(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("write redis://user:password@host:port/database (rediss:// for TLS)")
        return url


class TilecacheConfig(BaseModel):
    """Where tiles are kept, how they are drawn and how much a client may ask for at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: Literal["sqlite", "filesystem", "redis"] = "sqlite"
    """What keeps the tiles; each has a section of its own."""
    folder: Path = Path("tiles")
    """Folder of tiles kept in files, and of the locks of drawing; relative paths begin at the data folder."""
    locks: Literal["auto", "files", "redis"] = "auto"
    """What keeps two processes from drawing the same tiles; ``auto`` is ``redis`` where the tiles are in Redis."""
    sqlite: SqliteConfig = SqliteConfig()
    filesystem: FilesystemConfig = FilesystemConfig()
    redis: RedisConfig = RedisConfig()
    metatile: int = Field(default=4, ge=1, le=16)
    """Tiles drawn together in one picture, along each side; larger ones place labels better and cost more at once."""
    max_zoom: int = Field(default=20, ge=0, le=23)
    """Deepest zoom of WebMercatorQuad; the other grids end at the level of about the same scale."""
    max_age: int = Field(default=60, ge=0)
    """Seconds for which clients and proxies may reuse a tile without asking again."""
    max_map_size: int = Field(default=4096, ge=256, le=16384)
    """Largest WIDTH and HEIGHT of a WMS map in pixels."""
    max_map_layers: int = Field(default=60, ge=1)
    """Most layers that one WMS request may name."""
    feature_info_tolerance: int = Field(default=5, ge=0, le=50)
    """Pixels around the asked point within which GetFeatureInfo finds lines and points."""
    max_feature_count: int = Field(default=50, ge=1, le=1000)
    """Most features of one layer in one GetFeatureInfo answer."""
    lock_timeout: float = Field(default=60, gt=0)
    """Seconds after which a request no longer waits for another one that draws the same metatile."""
    memory: int = Field(default=67_108_864, ge=0)
    """Bytes of the hottest tiles that each worker process holds in memory."""
