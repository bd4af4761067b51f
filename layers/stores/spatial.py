"""What a spatial question means, whichever engine answers it: which geometry it is put to, and what holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, WEB_MERCATOR, WGS84, Crs, transform_geometries
from layers.errors import InvalidParameter
from layers.extent import BoundingBox
from layers.features import Geometries
from layers.filters.model import SpatialOperator
from layers.stores.shapes import clamp_to_mercator

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
class SpatialQuestion:
    """A question about geometry, in the CRS of the geometries it is put to."""

    operator: SpatialOperator
    shape: Any
    drawn: bool
    """Put to the geometry in EPSG:3857, not to the stored one."""

    def is_sure_inside(self) -> bool:
        """Tell whether an envelope within the shape's own is enough: where the shape is a box."""
        return self.operator in _SURE_INSIDE and bool(shapely.equals(self.shape, shapely.envelope(self.shape)))

    def holds(self, geometries: Geometries) -> NDArray[np.bool_]:
        """Tell for which of the geometries the relation holds."""
        shapely.prepare(self.shape)
        predicate = _PREDICATES[self.operator]
        try:
            return predicate(self.shape, geometries)
        except shapely.errors.GEOSException:
            # Some relations cannot be computed for a geometry that crosses itself.
            return predicate(self.shape, shapely.make_valid(geometries))


def spatial_question(operator: SpatialOperator, shape: Any, crs: Crs, stored: Crs) -> SpatialQuestion:
    """Put a shape in ``crs`` to the geometry where the answer is exact.

    That is the stored one where the CRS is the same. Otherwise it is the Web Mercator one: meridians and
    parallels are straight lines there, so a box in degrees stays a box.
    """
    if crs == stored or {crs, stored} == {CRS84, WGS84}:
        return SpatialQuestion(operator, shape, drawn=False)
    if not crs.is_geographic and crs != WEB_MERCATOR:
        west, south, east, north = shape.bounds
        shape = shapely.segmentize(shape, max((east - west + north - south) / 100, 1e-3))
    clamped = clamp_to_mercator(np.array([shape], dtype=object), crs)
    moved = transform_geometries(clamped, crs, WEB_MERCATOR)[0]
    if not np.isfinite(moved.bounds).all():
        raise InvalidParameter("bbox_outside_crs", crs=str(WEB_MERCATOR))
    return SpatialQuestion(operator, moved, drawn=True)


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
