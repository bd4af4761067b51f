"""Opens the tile store that the configuration names."""

from __future__ import annotations

from pathlib import Path

from tilecache.config import S3Config, TilecacheConfig
from tilecache.stores import TileStore
from tilecache.stores.filesystem import FilesystemTileStore
from tilecache.stores.redis import RedisTileStore
from tilecache.stores.resting import RestingTileStore
from tilecache.stores.s3 import Bucket, S3TileStore
from tilecache.stores.sqlite import SqliteTileStore

FILES = "files"
"""Folder of the filesystem store, below that of the tiles."""


def open_tile_store(settings: TilecacheConfig, folder: Path) -> TileStore:
    """Open the store; ``folder`` is that of the tiles, below which files are kept. Nothing is connected yet."""
    if settings.store == "filesystem":
        return FilesystemTileStore(folder / FILES, settings.filesystem.durable)
    if settings.store == "redis":
        redis = settings.redis
        return RestingTileStore(RedisTileStore(redis.url.get_secret_value(), redis.prefix, redis.ttl, redis.timeout))
    if settings.store == "s3":
        return _open_bucket(settings.s3)
    return SqliteTileStore(folder, settings.sqlite.open_files)


def _open_bucket(s3: S3Config) -> TileStore:
    keys = (s3.access_key.get_secret_value(), s3.secret_key.get_secret_value())
    bucket = Bucket(s3.endpoint, s3.bucket, s3.region, s3.prefix, *keys)
    return RestingTileStore(S3TileStore(bucket, s3.timeout, s3.connections))
