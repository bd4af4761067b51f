"""Opens the locks that the configuration names."""

from __future__ import annotations

from pathlib import Path

from tilecache.config import TilecacheConfig
from tilecache.locks import LockService, RenderLocks
from tilecache.locks.files import FileLocks
from tilecache.locks.redis import RedisLocks

FOLDER = "locks"
"""Folder of locks that are files, below that of the tiles."""


def open_locks(settings: TilecacheConfig, folder: Path) -> RenderLocks:
    """Open the locks of drawing; ``folder`` is that of the tiles. Nothing is connected yet."""
    return RenderLocks(_service(settings, folder), settings.lock_timeout)


def _service(settings: TilecacheConfig, folder: Path) -> LockService:
    if settings.shared_service == "redis":
        redis = settings.redis
        return RedisLocks(redis.url.get_secret_value(), redis.prefix, redis.timeout)
    return FileLocks(folder / FOLDER)
