"""Opens the log of requests that the configuration implies."""

from __future__ import annotations

from pathlib import Path

from tilecache.config import TilecacheConfig
from tilecache.requests import RequestLog
from tilecache.requests.redis import RedisRequestLog
from tilecache.requests.sqlite import SqliteRequestLog

FOLDER = "requests"
"""Folder of the counts, below that of the tiles."""


def open_request_log(settings: TilecacheConfig, folder: Path) -> RequestLog:
    """Open the log, in Redis where the locks are, else beside the tiles; ``folder`` is that of the tiles."""
    if settings.shared_service == "redis":
        redis = settings.redis
        return RedisRequestLog(redis.url.get_secret_value(), redis.prefix, redis.timeout)
    return SqliteRequestLog(folder / FOLDER)
