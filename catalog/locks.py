"""One delivery of a layer at a time: locks that the system itself releases when their process dies.

Beside an embedded catalogue they are files, in PostgreSQL they are advisory locks of one session.
"""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import orjson
from filelock import FileLock, Timeout
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from catalog.database import Catalogue
from catalog.errors import LayerBusy

logger = logging.getLogger(__name__)

_LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's SQLSTATE of a lock that was not granted in time."""
_LONGEST_NAME = 63
"""Bytes that PostgreSQL keeps of an application's name."""


@dataclass(slots=True)
class HeldLock:
    """The right to change a layer's releases; given back by ``release`` or by the end of the process."""

    layer: str
    _free: Callable[[], None]
    _held: bool = field(default=True)

    def release(self) -> None:
        """Give the lock back; nothing happens the second time."""
        if self._held:
            self._held = False
            self._free()


class LayerLocks(Protocol):
    """Hands out the lock of each layer."""

    def hold(self, layer: str, wait: float) -> HeldLock:
        """Take the lock of a layer, waiting up to ``wait`` seconds; raises LayerBusy, which says who holds it."""


def open_locks(catalogue: Catalogue) -> LayerLocks:
    """Return the locks of a catalogue's layers."""
    file = catalogue.engine.url.database
    if catalogue.is_sqlite and file:
        return _FileLocks(Path(f"{file}.locks"))
    return _PostgresLocks(catalogue)


class _FileLocks:
    """``<folder>/<layer>.lock``, and beside it who holds it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hold(self, layer: str, wait: float) -> HeldLock:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{layer}.lock", timeout=wait, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise LayerBusy(layer=layer, **self._holder(layer)) from None
        note = {"holder": _name(), "since": datetime.now(UTC).isoformat()}
        self._note(layer).write_bytes(orjson.dumps(note))
        return HeldLock(layer, lock.release)

    def _note(self, layer: str) -> Path:
        return self._folder / f"{layer}.holder"

    def _holder(self, layer: str) -> dict[str, str]:
        try:
            note = orjson.loads(self._note(layer).read_bytes())
            return {"holder": note["holder"], "since": _time(datetime.fromisoformat(note["since"]))}
        except (OSError, ValueError, KeyError):
            # Whoever has the lock has not written its name yet.
            return {"holder": "?", "since": "?"}


class _PostgresLocks:
    """Advisory locks of one session, which is opened with the first and closed with the last."""

    def __init__(self, catalogue: Catalogue) -> None:
        # A connection of the pool could be handed to somebody else with its locks still on it.
        self._engine = create_engine(catalogue.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._held: set[str] = set()
        self._mutex = threading.Lock()

    def hold(self, layer: str, wait: float) -> HeldLock:
        with self._mutex:
            # A session is given its own locks again and again, so it must remember them itself.
            if layer in self._held:
                raise LayerBusy(layer=layer, holder=_name(), since="?")
            connection = self._session()
            try:
                self._take(connection, layer, wait)
            except BaseException:
                self._close_if_idle()
                raise
            self._held.add(layer)
        return HeldLock(layer, lambda: self._free(layer))

    def _session(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            name = _name().encode()[:_LONGEST_NAME].decode(errors="ignore")
            self._connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
        return self._connection

    def _take(self, connection: Connection, layer: str, wait: float) -> None:
        # Zero would mean to wait for ever.
        milliseconds = max(1, int(wait * 1000))
        connection.execute(text("SELECT set_config('lock_timeout', :time, false)"), {"time": f"{milliseconds}ms"})
        try:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(layer)})
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise LayerBusy(layer=layer, **_postgres_holder(connection, layer)) from None

    def _free(self, layer: str) -> None:
        with self._mutex:
            self._held.discard(layer)
            try:
                if self._connection is not None:
                    self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(layer)})
            except DBAPIError:
                # The session ended, and its locks with it; what was done under them is done.
                logger.warning("the session that held the lock of %s has ended", layer, exc_info=True)
            self._close_if_idle()

    def _close_if_idle(self) -> None:
        if not self._held and self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()


_HOLDER = text(
    "SELECT a.application_name, a.backend_start FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND (l.classid::bigint << 32 | l.objid::bigint) = :key"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _postgres_holder(connection: Connection, layer: str) -> dict[str, str]:
    row = connection.execute(_HOLDER, {"key": _key(layer)}).first()
    # The lock may just have been given back, and the times of other users' sessions are not shown to everybody.
    holder, since = (None, None) if row is None else row
    return {"holder": holder or "?", "since": "?" if since is None else _time(since)}


def _key(layer: str) -> int:
    digest = hashlib.blake2b(f"tuzi layer {layer}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _name() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()} (pid {os.getpid()})"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
