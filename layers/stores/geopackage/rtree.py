"""Packed R-trees: SQLite's R-tree tables filled at once, sorted and full, instead of row by row.

The format is SQLite's (https://www.sqlite.org/rtree.html, section 5): nodes of big-endian cells, the root is node 1.
"""

from __future__ import annotations

import math
import sqlite3
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

_CELL = np.dtype([("id", ">i8"), ("box", ">f4", 4)])
_CAPACITY = 51
"""Cells in a node of a two-dimensional tree where the page size is 4096 or more."""
_NODE_SIZE = 4 + _CAPACITY * _CELL.itemsize
_CHUNK = 100_000
"""Rows that are written at once."""

Bounds = NDArray[np.float64]
"""One row of west, south, east, north for each box."""


@dataclass(frozen=True, slots=True)
class _Level:
    """Cells in packing order; 51 at a time share a node."""

    ids: NDArray[np.int64]
    boxes: NDArray[np.float32]

    @property
    def nodes(self) -> int:
        return max(1, math.ceil(len(self.ids) / _CAPACITY))


def fill_rtree(
    connection: sqlite3.Connection, table: str, ids: NDArray[np.int64], bounds: Bounds, *, editable: bool = True
) -> None:
    """Fill the empty R-tree ``table`` with boxes; all of them must be finite.

    One that is not ``editable`` answers as quickly, but lacks what finding a single entry again would need.
    """
    if not len(ids):
        return
    order = _packing_order(bounds)
    levels = [_Level(ids[order], _outward(bounds, order))]
    while levels[-1].nodes > 1:
        below = levels[-1]
        levels.append(_Level(np.arange(below.nodes), _node_boxes(below.boxes)))
    first = 1
    connection.execute(f"DELETE FROM {table}_node")
    for depth in reversed(range(len(levels))):
        level = levels[depth]
        following = first + level.nodes
        numbers = np.arange(len(level.ids)) // _CAPACITY + first
        cell_ids = level.ids if depth == 0 else level.ids + following
        _write_nodes(connection, table, first, depth if first == 1 else 0, _Level(cell_ids, level.boxes))
        if editable:
            _write_numbers(connection, f"{table}_rowid" if depth == 0 else f"{table}_parent", cell_ids, numbers)
        first = following


def _write_numbers(
    connection: sqlite3.Connection, table: str, ids: NDArray[np.int64], numbers: NDArray[np.int64]
) -> None:
    """Write a number for each id, in the order of the ids: a table that only grows at its end is filled quickly."""
    first = int(ids.min())
    spread = np.full(int(ids.max()) - first + 1, -1)
    spread[ids - first] = numbers
    for start in range(0, len(spread), _CHUNK):
        # One statement for many rows: the steps of Python's module cost more than SQLite's own work.
        texts = orjson.dumps(spread[start : start + _CHUNK], option=orjson.OPT_SERIALIZE_NUMPY).decode()
        connection.execute(
            f"INSERT INTO {table} SELECT key + ?, value FROM json_each(?) WHERE value >= 0", (first + start, texts)
        )


def _packing_order(bounds: Bounds) -> NDArray[np.int64]:
    """Sort-tile-recursive: vertical slices by x, within each slice by y."""
    x, y = bounds[:, 0] + bounds[:, 2], bounds[:, 1] + bounds[:, 3]
    nodes = math.ceil(len(bounds) / _CAPACITY)
    slice_size = math.ceil(math.sqrt(nodes)) * _CAPACITY
    rank = np.empty(len(bounds), dtype=np.int64)
    rank[np.argsort(x, kind="stable")] = np.arange(len(bounds))
    return np.lexsort((y, rank // slice_size))


def _outward(bounds: Bounds, order: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return xmin, xmax, ymin, ymax in this order, in single precision, rounded so that no box shrinks."""
    boxes = np.empty((len(order), 4), dtype=np.float32)
    # Side by side: copies of all four at once are what a process grows largest by.
    for at, side, outside in ((0, 0, -np.inf), (1, 2, np.inf), (2, 1, -np.inf), (3, 3, np.inf)):
        exact = bounds[order, side]
        single = exact.astype(np.float32)
        inside = single > exact if outside < 0 else single < exact
        single[inside] = np.nextafter(single[inside], np.float32(outside))
        boxes[:, at] = single
    return boxes


def _node_boxes(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    starts = np.arange(0, len(boxes), _CAPACITY)
    low, high = np.minimum.reduceat(boxes, starts), np.maximum.reduceat(boxes, starts)
    return np.column_stack((low[:, 0], high[:, 1], low[:, 2], high[:, 3]))


def _write_nodes(connection: sqlite3.Connection, table: str, first: int, depth: int, level: _Level) -> None:
    cells = np.zeros(level.nodes * _CAPACITY, dtype=_CELL)
    cells["id"][: len(level.ids)] = level.ids
    cells["box"][: len(level.ids)] = level.boxes
    counts = np.full(level.nodes, _CAPACITY, dtype=">u2")
    counts[-1] = len(level.ids) - (level.nodes - 1) * _CAPACITY
    nodes = np.zeros((level.nodes, _NODE_SIZE), dtype=np.uint8)
    nodes[:, 0:2] = np.full(level.nodes, depth, dtype=">u2").view(np.uint8).reshape(-1, 2)
    nodes[:, 2:4] = counts.view(np.uint8).reshape(-1, 2)
    nodes[:, 4:] = cells.view(np.uint8).reshape(level.nodes, -1)
    connection.executemany(
        f"INSERT INTO {table}_node VALUES (?, ?)", ((first + number, row.tobytes()) for number, row in enumerate(nodes))
    )
