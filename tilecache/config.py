"""The tile cache's section of the configuration."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class TilecacheConfig(BaseModel):
    """Where tiles are kept, how they are drawn and how much a client may ask for at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Path("tiles")
    """Folder of the SQLite tile stores, one file per layer; relative paths begin at the data folder."""
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
    open_files: int = Field(default=32, ge=1, le=256)
    """Tile store files that each thread keeps open."""
