"""Tiles in SQLite files, one per layer: the default store."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from tilecache.errors import TileStoreUnavailable
from tilecache.identity import TileKey

BUSY_TIMEOUT = 15.0
"""Seconds a writer waits for another one."""

SCHEMA = """
create table if not exists tile (
    variant text not null, z integer not null, x integer not null, y integer not null, edition text not null,
    body blob not null,
    unique (variant, z, x, y, edition)
)
"""
WHERE = " where variant=? and z=? and x=? and y=? and edition=?"
SELECT = "select body from tile" + WHERE
EXISTS = "select 1 from tile" + WHERE
INSERT = "insert or replace into tile (variant, z, x, y, edition, body) values (?, ?, ?, ?, ?, ?)"
DELETE = "delete from tile" + WHERE
LIST = "select variant, z, x, y, edition, length(body) from tile"
DROPPED_AT_ONCE = 2_000
"""Superseded tiles removed in one transaction: whoever wants to keep a new tile meanwhile waits for one only."""
FREED_AT_ONCE = 1_000
"""Pages given back to the disk at a time, for the same reason."""


class SqliteTileStore:
    """Keeps each layer's tiles in ``<folder>/<layer>.sqlite``.

    Every thread has its own connections (the most recently used ``open_files`` of them), so that
    reading takes no lock at all; WAL lets readers go on while a tile is written.
    """

    def __init__(self, folder: Path, open_files: int = 32) -> None:
        self._folder = folder
        self._open_files = open_files
        self._local = threading.local()

    def get(self, key: TileKey) -> bytes | None:
        """Return the tile's bytes, or None where it is not kept."""
        try:
            row = self._connection(key.layer).execute(SELECT, _row_key(key)).fetchone()
        except sqlite3.Error as error:
            raise self._unavailable(key.layer, error) from error
        return None if row is None else row[0]

    def has(self, key: TileKey) -> bool:
        """Tell whether the tile is kept, without reading it."""
        try:
            return self._connection(key.layer).execute(EXISTS, _row_key(key)).fetchone() is not None
        except sqlite3.Error as error:
            raise self._unavailable(key.layer, error) from error

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Keep tiles of one layer, all of them or none."""
        self._write(INSERT, [(key.layer, (*_row_key(key), body)) for key, body in tiles])

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Forget tiles; nothing happens for those that are not kept."""
        self._write(DELETE, [(key.layer, _row_key(key)) for key in keys])

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Forget every tile of a layer that is of no edition in ``keep``; return how many."""
        kept = sorted(keep)
        marks = ", ".join("?" * len(kept))
        some = f"select rowid from tile where edition not in ({marks}) limit {DROPPED_AT_ONCE}"
        statement = f"delete from tile where rowid in ({some})"
        try:
            connection = self._connection(layer)
            total = 0
            while dropped := connection.execute(statement, kept).rowcount:
                total += dropped
            while total and connection.execute("pragma freelist_count").fetchone()[0]:
                before = connection.execute("pragma page_count").fetchone()[0]
                connection.execute(f"pragma incremental_vacuum({FREED_AT_ONCE})").fetchall()
                if connection.execute("pragma page_count").fetchone()[0] == before:
                    # A file from before files could shrink: its free pages hold the next tiles.
                    break
        except sqlite3.Error as error:
            raise self._unavailable(layer, error) from error
        return total

    def layers(self) -> list[str]:
        """List the layers that have a file."""
        return sorted(file.stem for file in self._folder.glob("*.sqlite"))

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List a layer's tiles with their sizes in bytes."""
        try:
            for variant, z, x, y, edition, size in self._connection(layer).execute(LIST):
                style, grid, format_ = variant.split("/")
                yield TileKey(layer, style, grid, format_, z, x, y, edition), size
        except sqlite3.Error as error:
            raise self._unavailable(layer, error) from error

    def close(self) -> None:
        """Close the calling thread's connections."""
        for connection in self._connections().values():
            connection.close()
        self._connections().clear()

    def _write(self, statement: str, rows: list[tuple[str, tuple[object, ...]]]) -> None:
        if not rows:
            return
        layer = rows[0][0]
        try:
            connection = self._connection(layer)
            # IMMEDIATE takes the write lock at once: a deferred transaction that must be upgraded fails
            # with SQLITE_BUSY without waiting for the busy timeout.
            connection.execute("begin immediate")
            try:
                connection.executemany(statement, [values for _, values in rows])
                connection.execute("commit")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("rollback")
                raise
        except sqlite3.Error as error:
            raise self._unavailable(layer, error) from error

    def _connections(self) -> OrderedDict[str, sqlite3.Connection]:
        try:
            connections: OrderedDict[str, sqlite3.Connection] = self._local.connections
        except AttributeError:
            connections = self._local.connections = OrderedDict()
        return connections

    def _connection(self, layer: str) -> sqlite3.Connection:
        connections = self._connections()
        connection = connections.get(layer)
        if connection is not None:
            connections.move_to_end(layer)
            return connection
        connection = connections[layer] = self._open(layer)
        if len(connections) > self._open_files:
            connections.popitem(last=False)[1].close()
        return connection

    def _open(self, layer: str) -> sqlite3.Connection:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unavailable(layer, error) from error
        # check_same_thread off: the garbage collector may close a dead thread's connection from another one.
        connection = sqlite3.connect(
            self._folder / f"{layer}.sqlite", timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        connection.execute("pragma page_size = 8192")
        # Only a file without a table yet takes this: what is pruned can then go back to the disk.
        connection.execute("pragma auto_vacuum = incremental")
        connection.execute("pragma journal_mode = wal")
        # In WAL mode NORMAL syncs at checkpoints only: a power cut may lose the last tiles, never the file.
        connection.execute("pragma synchronous = normal")
        connection.execute("pragma mmap_size = 268435456")
        connection.execute(SCHEMA)
        return connection

    def _unavailable(self, layer: str, error: Exception) -> TileStoreUnavailable:
        return TileStoreUnavailable(file=str(self._folder / f"{layer}.sqlite"), reason=str(error))


def _row_key(key: TileKey) -> tuple[str, int, int, int, str]:
    return key.variant, key.z, key.x, key.y, key.edition
