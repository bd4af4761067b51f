"""Geometries in the integer coordinates of a tile: clipped, valid, their rings wound as the specification wants it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.extent import BoundingBox
from layers.features import Geometries

EXTENT = 4096
"""Units along the side of a tile."""
BUFFER = 128
"""Units around a tile within which geometry is kept, so that wide lines and outlines are whole at its border."""


def tile_geometries(geometries: Geometries, bounds: BoundingBox) -> Geometries:
    """Return what of each geometry a tile holds, x to the east and y to the south; None where nothing is left.

    ``bounds`` is the tile's box in the CRS of the geometries. Each geometry keeps its dimension, of a collection
    that of its highest parts. Exterior rings have a positive area by the surveyor's formula (4.3.4.4).
    """
    moved = _single_dimension(_in_units(geometries, bounds))
    dimensions = shapely.get_dimensions(moved)
    clipped = _clipped(moved)
    result: Geometries = shapely.transform(clipped, np.rint)
    lines, polygons = dimensions == 1, dimensions == 2
    result[lines] = _lines(result[lines])
    result[polygons] = _polygons(result[polygons], clipped[polygons])
    result[shapely.is_empty(result)] = None
    return result


def _in_units(geometries: Geometries, bounds: BoundingBox) -> Geometries:
    scale = np.array([EXTENT / bounds.width, -EXTENT / bounds.height])
    corner = np.array([bounds.west, bounds.north])

    def moved(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        units: NDArray[np.float64] = (coordinates - corner) * scale
        return units

    result: Geometries = shapely.transform(geometries, moved)
    return result


def _single_dimension(geometries: Geometries) -> Geometries:
    """Return collections as the multi-geometry of their parts of the highest dimension."""
    collections = np.flatnonzero(shapely.get_type_id(geometries) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for place in collections:
        parts = shapely.get_parts(shapely.get_parts(geometries[place]))
        highest = parts[shapely.get_dimensions(parts) == shapely.get_dimensions(parts).max(initial=0)]
        kinds = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)
        geometries[place] = kinds[int(shapely.get_dimensions(highest[0]))](highest) if len(highest) else None
    return geometries


def _clipped(geometries: Geometries) -> Geometries:
    """Cut off what lies beyond the buffer."""
    low, high = -BUFFER, EXTENT + BUFFER
    boxes = shapely.bounds(geometries).reshape(-1, 4)
    across = (boxes[:, :2] < low).any(axis=1) | (boxes[:, 2:] > high).any(axis=1)
    result = geometries.copy()
    result[across] = _cut(geometries[across], low, high)
    return result


def _cut(geometries: Geometries, low: int, high: int) -> Geometries:
    whole = geometries.copy()
    # Of a ring that crosses itself the quick way makes anything.
    crossing = (shapely.get_dimensions(whole) == 2) & ~shapely.is_valid(whole)
    whole[crossing] = [_areas_of(valid) for valid in shapely.make_valid(whole[crossing])]
    result: Geometries = shapely.clip_by_rect(whole, low, low, high, high)
    return result


def _lines(lines: Geometries) -> Geometries:
    """Leave out lines that rounding made a point, and vertices that it brought together."""
    result = lines.copy()
    result[~(shapely.length(result) > 0)] = None
    for place in np.flatnonzero(shapely.get_type_id(result) == shapely.GeometryType.MULTILINESTRING):
        parts = shapely.get_parts(result[place])
        result[place] = shapely.multilinestrings(parts[shapely.length(parts) > 0])
    whole: Geometries = shapely.remove_repeated_points(result)
    return whole


def _polygons(polygons: Geometries, exact: Geometries) -> Geometries:
    """Round anew what rounding broke, leave out what has no area any more."""
    result = polygons.copy()
    for place in np.flatnonzero(~shapely.is_valid(result) & ~shapely.is_missing(result)):
        result[place] = _areas_of(shapely.set_precision(shapely.make_valid(exact[place]), 1.0))
    result[~(shapely.area(result) > 0)] = None
    oriented: Geometries = shapely.orient_polygons(shapely.remove_repeated_points(result), exterior_cw=False)
    return oriented


def _areas_of(geometry: object) -> object:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
