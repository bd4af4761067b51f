"""Locks in Redis: for machines that share no folder."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from layers.errors import RenderUnavailable
from tilecache.errors import LockServiceUnavailable
from tilecache.locks import Release
from tilecache.stores.redis import open_client, place_of

LEASE = 10.0
"""Seconds after which the lock of a process that died is free."""
RENEWALS = 4
"""Times a lock is renewed within that."""
STEP = 0.02
"""Seconds between two looks of who waits: of each process one thread does."""


class RedisLocks:
    """A ``LockService`` over keys that expire, renewed for as long as they are held.

    A process that is killed frees its locks within ``lease`` seconds. One that is stopped for longer loses them:
    then a second one draws the same, and giving back takes nothing from that one (each key holds its owner's token).
    """

    def __init__(self, url: str, prefix: str = "tuzi", timeout: float = 2.0, lease: float = LEASE) -> None:
        """``url`` as ``redis://user:password@host:port/database``; connected on first use."""
        self._client: Redis = open_client(url, timeout)
        self._place = place_of(url)
        self._prefix = prefix
        self._lease = lease

    def acquire(self, name: str, patience: float) -> Release:
        """Hold a name; raises RenderUnavailable, and LockServiceUnavailable where Redis does not answer."""
        # Given back by another thread than it may be renewed by, so the token is no thread's own.
        lock: Any = Lock(
            self._client,
            f"{self._prefix}:lock:{name}",
            self._lease,
            STEP,
            blocking_timeout=patience,
            thread_local=False,
        )
        try:
            held = lock.acquire()
        except RedisError as error:
            raise LockServiceUnavailable("locks_redis", server=self._place, reason=str(error)) from error
        if not held:
            raise RenderUnavailable
        released = threading.Event()
        threading.Thread(
            target=_renew, args=(lock, released, self._lease / RENEWALS), name="render-lock", daemon=True
        ).start()

        def release() -> None:
            released.set()
            # A lock that cannot be given back, or was lost before, ends by itself.
            with suppress(RedisError):
                lock.release()

        return release


def _renew(lock: Any, released: threading.Event, interval: float) -> None:
    while not released.wait(interval) and not _is_lost(lock):
        pass


def _is_lost(lock: Any) -> bool:
    try:
        lock.reacquire()
    except LockError:
        return True
    except RedisError:
        # Redis may answer again before the lock ends.
        return False
    return False
