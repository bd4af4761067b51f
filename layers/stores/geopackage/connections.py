"""Read-only connections to one immutable file, lent to one thread at a time."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Prepare = Callable[[sqlite3.Connection], None]


class Connections:
    """A pool that grows to the number of threads reading at once.

    A thread that still reads while the pool is closed finishes undisturbed; its connection is closed when it
    comes back.
    """

    def __init__(self, file: Path, mapped: int, prepare: Prepare) -> None:
        self._uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
        self._mapped = mapped
        self._prepare = prepare
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for the length of a ``with`` block."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._idle.append(connection)
            if self._closed:
                self._close_idle()

    def close(self) -> None:
        """Close what is idle now, and the rest as it comes back."""
        self._closed = True
        self._close_idle()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False, isolation_level=None)
        connection.execute(f"PRAGMA mmap_size = {self._mapped}")
        self._prepare(connection)
        return connection

    def _close_idle(self) -> None:
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                return
