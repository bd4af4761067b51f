"""Counts of requests in a SQLite file beside the tiles, one for each machine."""

from __future__ import annotations

import re
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from heapq import nlargest
from itertools import chain
from pathlib import Path

from tilecache.errors import RequestLogUnavailable
from tilecache.requests import Block, Popularity, weight

MOST = 200_000
"""Blocks that are kept; the ones asked for least are forgotten."""
BUSY_TIMEOUT = 5.0
SCHEMA = """
create table if not exists request (
    layer text not null, grid text not null, z integer not null, column integer not null, "row" integer not null,
    weight real not null, primary key (layer, grid, z, column, "row")
) without rowid
"""
ADD = """
insert into request values (?, ?, ?, ?, ?, ?)
on conflict (layer, grid, z, column, "row") do update set weight = weight + excluded.weight
"""
FORGET = """
delete from request where weight <= (select weight from request order by weight desc limit 1 offset ?)
"""
OF_LAYER = "select * from request where layer = ?"
LARGEST = "select * from request order by weight desc limit ?"


class SqliteRequestLog:
    """A ``RequestLog`` in ``<folder>/<host>.sqlite``; it reads those of all machines that share the folder."""

    def __init__(self, folder: Path, most: int = MOST, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        # SQLite's locks are not made for network drives, so no two machines write one file.
        self._file = folder / f"{re.sub(r'[^A-Za-z0-9_-]', '-', socket.gethostname())}.sqlite"
        self._most = most
        self._now = now

    def add(self, counts: Mapping[Block, int]) -> None:
        """Add what was asked for just now; raises RequestLogUnavailable."""
        each = weight(self._now())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with closing(self._open(self._file)) as connection, connection:
                connection.execute(SCHEMA)
                connection.executemany(ADD, [(*block, each * count) for block, count in sorted(counts.items())])
                connection.execute(FORGET, [self._most])
        except (sqlite3.Error, OSError) as error:
            raise self._unavailable(error) from error

    def requests(self, layer: str) -> dict[Block, float]:
        """Return the weighted requests of a layer's blocks; raises RequestLogUnavailable."""
        found: dict[Block, float] = {}
        for block, requests in self._read(OF_LAYER, layer):
            found[block] = found.get(block, 0.0) + requests
        return found

    def most_requested(self, count: int) -> list[Popularity]:
        """List the blocks that are asked for most, of all layers; raises RequestLogUnavailable."""
        found: dict[Block, float] = {}
        for block, requests in self._read(LARGEST, count):
            found[block] = found.get(block, 0.0) + requests
        return nlargest(count, (Popularity(*item) for item in found.items()), key=lambda one: one.requests)

    def _read(self, statement: str, parameter: object) -> Iterator[tuple[Block, float]]:
        files = sorted(self._folder.glob("*.sqlite")) if self._folder.is_dir() else []
        each = weight(self._now())
        for row in chain.from_iterable(self._rows(file, statement, parameter) for file in files):
            yield Block(*row[:5]), row[5] / each

    def _rows(self, file: Path, statement: str, parameter: object) -> list[tuple[str, str, int, int, int, float]]:
        try:
            with closing(self._open(file)) as connection:
                return connection.execute(statement, [parameter]).fetchall()
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    def _open(self, file: Path) -> sqlite3.Connection:
        return sqlite3.connect(file, timeout=BUSY_TIMEOUT)

    def _unavailable(self, error: sqlite3.Error | OSError) -> RequestLogUnavailable:
        return RequestLogUnavailable(place=str(self._folder), reason=str(error))
