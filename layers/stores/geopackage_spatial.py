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
from layers.filters.model import SpatialOperator
from layers.stores.geometry_blobs import Geometries, decode_blobs
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
    sides: str
    rows: str
    column: str
    decode: Callable[[list[Any]], Geometries]


def _from_wkb(values: list[Any]) -> Geometries:
    result: Geometries = shapely.from_wkb(np.array(values, dtype=object))
    return result


_STORED = _Table("rtree_features_geom", "id, minx, miny, maxx, maxy", "features", "geom", decode_blobs)
_DRAWN = _Table("tuzi_drawing_index", "pkid, xmin, ymin, xmax, ymax", "tuzi_drawing", "geometry", _from_wkb)


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
        table = self.table
        _, west, south, east, north = table.sides.split(", ")
        candidates = connection.execute(
            f"SELECT {table.sides} FROM {table.index}"
            f" WHERE {east} >= ? AND {west} <= ? AND {north} >= ? AND {south} <= ?",
            [self.shape.bounds[place] for place in (0, 2, 1, 3)],
        ).fetchall()
        if not candidates:
            return np.empty(0, dtype=np.int64)
        found = np.array(candidates, dtype=np.float64)
        fids, sure = found[:, 0].astype(np.int64), self._sure(found[:, 1:])
        exact = [self._exact(connection, part) for part in _chunks(np.sort(fids[~sure]))]
        return np.sort(np.concatenate([fids[sure], *exact]))

    def _sure(self, envelopes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell for which features the envelope alone is enough: those wholly inside a shape that is a box."""
        if self.operator not in _SURE_INSIDE or not shapely.equals(self.shape, shapely.envelope(self.shape)):
            return np.zeros(len(envelopes), dtype=bool)
        west, south, east, north = self.shape.bounds
        inside: NDArray[np.bool_] = (
            (envelopes[:, 0] > west) & (envelopes[:, 1] > south) & (envelopes[:, 2] < east) & (envelopes[:, 3] < north)
        )
        return inside

    def _exact(self, connection: sqlite3.Connection, fids: Fids) -> Fids:
        table = self.table
        rows = connection.execute(
            f"SELECT g.{table.column} FROM json_each(?) AS j CROSS JOIN {table.rows} AS g ON g.fid = j.value",
            (orjson.dumps(fids.tolist()),),
        )
        geometries = table.decode([row[0] for row in rows])
        shapely.prepare(self.shape)
        predicate = _PREDICATES[self.operator]
        try:
            holds = predicate(self.shape, geometries)
        except shapely.errors.GEOSException:
            # Some relations cannot be computed for a geometry that crosses itself.
            holds = predicate(self.shape, shapely.make_valid(geometries))
        return fids[holds]


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
