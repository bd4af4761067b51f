"""Which features of a file relate to a shape: R-tree for candidates, exact geometry for those it cannot decide."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely

from layers.features import Geometries
from layers.stores.geopackage.geometry_blobs import decode_blobs
from layers.stores.selections import Fids
from layers.stores.spatial import SpatialQuestion

_CHUNK = 20_000
"""Geometries decoded at a time."""


@dataclass(frozen=True, slots=True)
class _Table:
    """One of the two geometries that a file keeps of each feature, and its R-tree."""

    index: str
    sides: tuple[str, str, str, str, str]
    rows: str
    column: str
    decode: Callable[[list[Any]], Geometries]


def _from_wkb(values: list[Any]) -> Geometries:
    result: Geometries = shapely.from_wkb(np.array(values, dtype=object))
    return result


_STORED = _Table("rtree_features_geom", ("id", "minx", "miny", "maxx", "maxy"), "features", "geom", decode_blobs)
_DRAWN = _Table("tuzi_drawing_index", ("pkid", "xmin", "ymin", "xmax", "ymax"), "tuzi_drawing", "geometry", _from_wkb)


def related_fids(connection: sqlite3.Connection, question: SpatialQuestion) -> Fids:
    """Return the features for which the relation holds, ascending."""
    table, (west, south, east, north) = _table(question), question.shape.bounds
    number, left, bottom, right, top = table.sides
    touching = f"{right} >= ? AND {left} <= ? AND {top} >= ? AND {bottom} <= ?"
    inside = f"{left} > ? AND {right} < ? AND {bottom} > ? AND {top} < ?"
    if not question.is_sure_inside():
        unsure = _fids(connection, f"SELECT {number} FROM {table.index} WHERE {touching}", (west, east, south, north))
        return _exact(connection, question, unsure)
    sure = _fids(connection, f"SELECT {number} FROM {table.index} WHERE {inside}", (west, east, south, north))
    unsure = _fids(
        connection,
        f"SELECT {number} FROM {table.index} WHERE {touching} AND NOT ({inside})",
        (west, east, south, north) * 2,
    )
    return np.sort(np.concatenate([sure, _exact(connection, question, unsure)]))


def _table(question: SpatialQuestion) -> _Table:
    return _DRAWN if question.drawn else _STORED


def _exact(connection: sqlite3.Connection, question: SpatialQuestion, candidates: Fids) -> Fids:
    parts = [_holding(connection, question, part) for part in _chunks(np.sort(candidates))]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def _holding(connection: sqlite3.Connection, question: SpatialQuestion, fids: Fids) -> Fids:
    table = _table(question)
    rows = connection.execute(
        f"SELECT g.{table.column} FROM json_each(?) AS j CROSS JOIN {table.rows} AS g ON g.fid = j.value",
        (orjson.dumps(fids.tolist()),),
    )
    return fids[question.holds(table.decode([row[0] for row in rows]))]


def _fids(connection: sqlite3.Connection, statement: str, parameters: tuple[float, ...]) -> Fids:
    return np.fromiter((row[0] for row in connection.execute(statement, parameters)), dtype=np.int64)


def _chunks(fids: Fids) -> Iterator[Fids]:
    for start in range(0, len(fids), _CHUNK):
        yield fids[start : start + _CHUNK]
