"""Which features relate to a shape: R-tree for candidates, exact geometry for those it cannot decide."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, WEB_MERCATOR, WGS84, Crs, transform_bbox, transform_geometries
from layers.errors import InvalidParameter
from layers.extent import BoundingBox
from layers.features import Geometries
from layers.filters.model import SpatialOperator
from layers.stores.geopackage.geometry_blobs import decode_blobs
from layers.stores.selections import Fids
from layers.stores.shapes import clamp_to_mercator

_CHUNK = 20_000
"""Geometries decoded at a time."""

Predicate = Callable[[Any, Geometries], NDArray[np.bool_]]
# The shape comes first, since shapely prepares its first argument; so the relation is the converse one.
_PREDICATES: dict[SpatialOperator, Predicate] = {
    SpatialOperator.INTERSECTS: shapely.intersects,
    SpatialOperator.CONTAINS: shapely.within,
    SpatialOperator.WITHIN: shapely.contains,
    SpatialOperator.TOUCHES: shapely.touches,
    SpatialOperator.CROSSES: shapely.crosses,
    SpatialOperator.OVERLAPS: shapely.overlaps,
    SpatialOperator.EQUALS: shapely.equals,
}
_SURE_INSIDE = frozenset({SpatialOperator.INTERSECTS, SpatialOperator.WITHIN})
"""Relations that hold wherever a feature's envelope lies within the shape."""


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


@dataclass(frozen=True, slots=True)
class Relation:
    """A question about geometry, in the CRS of the geometries it is put to."""

    operator: SpatialOperator
    shape: Any
    table: _Table

    @classmethod
    def of(cls, operator: SpatialOperator, shape: Any, crs: Crs, stored: Crs) -> Relation:
        """Put a shape in ``crs`` to the geometry where the answer is exact.

        That is the stored one where the CRS is the same. Otherwise it is the Web Mercator one: meridians and
        parallels are straight lines there, so a box in degrees stays a box.
        """
        if crs == stored or {crs, stored} == {CRS84, WGS84}:
            return cls(operator, shape, _STORED)
        if not crs.is_geographic and crs != WEB_MERCATOR:
            west, south, east, north = shape.bounds
            shape = shapely.segmentize(shape, max((east - west + north - south) / 100, 1e-3))
        clamped = clamp_to_mercator(np.array([shape], dtype=object), crs)
        moved = transform_geometries(clamped, crs, WEB_MERCATOR)[0]
        if not np.isfinite(moved.bounds).all():
            raise InvalidParameter("bbox_outside_crs", crs=str(WEB_MERCATOR))
        return cls(operator, moved, _DRAWN)

    def fids(self, connection: sqlite3.Connection) -> Fids:
        """Return the features for which the relation holds, ascending."""
        table, (west, south, east, north) = self.table, self.shape.bounds
        number, left, bottom, right, top = table.sides
        touching = f"{right} >= ? AND {left} <= ? AND {top} >= ? AND {bottom} <= ?"
        inside = f"{left} > ? AND {right} < ? AND {bottom} > ? AND {top} < ?"
        if not self._is_sure_inside():
            unsure = _fids(
                connection, f"SELECT {number} FROM {table.index} WHERE {touching}", (west, east, south, north)
            )
            return self._exact(connection, unsure)
        sure = _fids(connection, f"SELECT {number} FROM {table.index} WHERE {inside}", (west, east, south, north))
        unsure = _fids(
            connection,
            f"SELECT {number} FROM {table.index} WHERE {touching} AND NOT ({inside})",
            (west, east, south, north) * 2,
        )
        return np.sort(np.concatenate([sure, self._exact(connection, unsure)]))

    def _is_sure_inside(self) -> bool:
        """Tell whether an envelope within the shape's own is enough: where the shape is a box."""
        return self.operator in _SURE_INSIDE and bool(shapely.equals(self.shape, shapely.envelope(self.shape)))

    def _exact(self, connection: sqlite3.Connection, candidates: Fids) -> Fids:
        shapely.prepare(self.shape)
        parts = [self._holding(connection, part) for part in _chunks(np.sort(candidates))]
        return np.concatenate([np.empty(0, dtype=np.int64), *parts])

    def _holding(self, connection: sqlite3.Connection, fids: Fids) -> Fids:
        table = self.table
        rows = connection.execute(
            f"SELECT g.{table.column} FROM json_each(?) AS j CROSS JOIN {table.rows} AS g ON g.fid = j.value",
            (orjson.dumps(fids.tolist()),),
        )
        geometries = table.decode([row[0] for row in rows])
        predicate = _PREDICATES[self.operator]
        try:
            holds = predicate(self.shape, geometries)
        except shapely.errors.GEOSException:
            # Some relations cannot be computed for a geometry that crosses itself.
            holds = predicate(self.shape, shapely.make_valid(geometries))
        return fids[holds]


def _fids(connection: sqlite3.Connection, statement: str, parameters: tuple[float, ...]) -> Fids:
    return np.fromiter((row[0] for row in connection.execute(statement, parameters)), dtype=np.int64)


def _chunks(fids: Fids) -> Iterator[Fids]:
    for start in range(0, len(fids), _CHUNK):
        yield fids[start : start + _CHUNK]


def box_shape(bbox: BoundingBox, crs: Crs) -> Any:
    """Return a box as a shape: a polygon, or a line or point where it has no area.

    In degrees, west greater than east means across the 180th meridian (OGC API Features, 7.15.3).
    """
    west, south, east, north = bbox
    if not bbox.is_finite() or south > north or (west > east and not crs.is_geographic):
        raise InvalidParameter("query_bbox", value=", ".join(map(str, bbox)))
    if west > east:
        return shapely.union_all([shapely.box(west, south, 180.0, north), shapely.box(-180.0, south, east, north)])
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def holds_all(bbox: BoundingBox, crs: Crs, extent: BoundingBox) -> bool:
    """Tell whether the box holds a whole extent in CRS84, with a metre to spare for roundings."""
    if not crs.is_geographic:
        return False
    margin = 1e-5
    moved = transform_bbox(extent, CRS84, crs).buffered(margin)
    return (
        bbox.west <= moved.west and bbox.south <= moved.south and bbox.east >= moved.east and bbox.north >= moved.north
    )
