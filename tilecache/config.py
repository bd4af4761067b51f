"""The tile cache's section of the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


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


class S3Config(BaseModel):
    """The bucket of tiles where ``store`` is ``s3``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str = "http://localhost:9000"
    """Address of the service, without a path."""
    bucket: str = Field(default="tuzi", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$")
    """The bucket, which must be there."""
    prefix: str = Field(default="tiles", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    """What the names of all its objects begin with."""
    region: str = "us-east-1"
    """Region that requests are signed for."""
    access_key: SecretStr = SecretStr("")
    """Who asks; shown to nobody."""
    secret_key: SecretStr = SecretStr("")
    """What requests are signed with; shown to nobody."""
    timeout: float = Field(default=5.0, gt=0)
    """Seconds to wait for a connection and for an answer; beyond it tiles are drawn anew."""
    connections: int = Field(default=16, ge=1, le=256)
    """Connections of each process; so many tiles are written at the same time."""

    @field_validator("endpoint")
    @classmethod
    def _names_a_service(cls, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("write http://host:port or https://host, without a path")
        return endpoint.rstrip("/")

    @model_validator(mode="after")
    def _has_both_keys(self) -> Self:
        if bool(self.access_key.get_secret_value()) != bool(self.secret_key.get_secret_value()):
            raise ValueError("set both TUZI_S3_ACCESS_KEY and TUZI_S3_SECRET_KEY")
        return self


class TilecacheConfig(BaseModel):
    """Where tiles are kept, how they are drawn and how much a client may ask for at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: Literal["sqlite", "filesystem", "redis", "s3"] = "sqlite"
    """What keeps the tiles; each has a section of its own."""
    folder: Path = Path("tiles")
    """Folder of tiles kept in files, and of the locks of drawing; relative paths begin at the data folder."""
    locks: Literal["auto", "files", "redis"] = "auto"
    """What keeps two processes from drawing the same tiles; ``auto`` is ``redis`` where the tiles are in Redis."""
    sqlite: SqliteConfig = SqliteConfig()
    filesystem: FilesystemConfig = FilesystemConfig()
    redis: RedisConfig = RedisConfig()
    s3: S3Config = S3Config()
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

    @property
    def shared_service(self) -> Literal["files", "redis"]:
        """Where servers meet: for locks of drawing and counts of requests."""
        if self.locks != "auto":
            return self.locks
        return "redis" if self.store == "redis" else "files"
