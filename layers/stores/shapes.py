"""Small mendings of geometry arrays before they are stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import Crs
from layers.features import Geometries
from layers.schema import GeometryType

_MERCATOR_LIMIT = 85.06
"""Degrees of latitude at which the square Web Mercator world ends."""

_COLLECTORS: dict[GeometryType, tuple[int, Callable[[list[Any]], Any]]] = {
    GeometryType.MULTIPOINT: (0, shapely.MultiPoint),
    GeometryType.MULTILINESTRING: (1, shapely.MultiLineString),
    GeometryType.MULTIPOLYGON: (3, shapely.MultiPolygon),
}


def stored_wkb(geometries: Geometries) -> NDArray[np.object_]:
    """Return the geometries as ISO WKB, little-endian: the form in which stores keep and compare them."""
    bodies: NDArray[np.object_] = shapely.to_wkb(geometries, byte_order=1, flavor="iso")
    return bodies


def geometries_of(bodies: NDArray[np.object_]) -> Geometries:
    """Return the geometries of WKB; None stays None."""
    result: Geometries = shapely.from_wkb(bodies)
    return result


def flat_wkb(geometries: Geometries) -> NDArray[np.object_]:
    """Return two-dimensional WKB, as renderers want it."""
    result: NDArray[np.object_] = shapely.to_wkb(geometries, byte_order=1, output_dimension=2)
    return result


def without(geometries: Geometries, places: NDArray[np.bool_]) -> Geometries:
    """Return the geometries with None at the marked places."""
    if not places.any():
        return geometries
    result = geometries.copy()
    result[places] = None
    return result


def finite(geometries: Geometries) -> Geometries:
    """Leave out what its CRS could not express: GeoJSON and pictures know no infinity."""
    return without(geometries, ~np.isfinite(shapely.bounds(geometries)).all(axis=1))


def of_type(geometries: Geometries, geometry_type: GeometryType) -> Geometries:
    """Return the geometries without empty ones, single parts made collections where the type wants them."""
    result = without(geometries, shapely.is_empty(geometries))
    if geometry_type not in _COLLECTORS:
        return result
    single, collect = _COLLECTORS[geometry_type]
    places = np.flatnonzero(shapely.get_type_id(result) == single)
    if not len(places):
        return result
    result = result.copy()
    for place in places:
        result[place] = collect([result[place]])
    return result


def clamp_to_mercator(geometries: Geometries, crs: Crs) -> Geometries:
    """Bring vertices near the poles to the edge of the Web Mercator world, where they can be drawn."""
    if not crs.is_geographic or not len(geometries):
        return geometries
    bounds = shapely.bounds(geometries)
    beyond = (bounds[:, 1] < -_MERCATOR_LIMIT) | (bounds[:, 3] > _MERCATOR_LIMIT)
    if not beyond.any():
        return geometries

    def clamped(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack((coordinates[:, 0], np.clip(coordinates[:, 1], -_MERCATOR_LIMIT, _MERCATOR_LIMIT)))

    result = geometries.copy()
    result[beyond] = shapely.transform(geometries[beyond], clamped)
    return result
