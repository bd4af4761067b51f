"""Opens the tile store that the configuration names."""

from __future__ import annotations

from pathlib import Path

from tilecache.config import TilecacheConfig
from tilecache.stores import TileStore
from tilecache.stores.filesystem import FilesystemTileStore
from tilecache.stores.redis import RedisTileStore
from tilecache.stores.sqlite import SqliteTileStore

FILES = "files"
"""Folder of the filesystem store, below that of the tiles."""


def open_tile_store(settings: TilecacheConfig, folder: Path) -> TileStore:
    """Open the store; ``folder`` is that of the tiles, below which files are kept. Nothing is connected yet."""
    if settings.store == "filesystem":
        return FilesystemTileStore(folder / FILES, settings.filesystem.durable)
    if settings.store == "redis":
        redis = settings.redis
        return RedisTileStore(redis.url.get_secret_value(), redis.prefix, redis.ttl, redis.timeout)
    return SqliteTileStore(folder, settings.sqlite.open_files)
