"""What kinds of shapes a source holds: seen before the release is made, since its type must fit all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from layers.features import FeatureBatch, Geometries
from layers.schema import GeometryType

_KINDS = {
    0: GeometryType.POINT,
    1: GeometryType.LINESTRING,
    2: GeometryType.LINESTRING,
    3: GeometryType.POLYGON,
    4: GeometryType.MULTIPOINT,
    5: GeometryType.MULTILINESTRING,
    6: GeometryType.MULTIPOLYGON,
    7: GeometryType.GEOMETRY,
}
"""GEOS's type ids."""
_SINGLE_AND_MULTI = (
    (GeometryType.POINT, GeometryType.MULTIPOINT),
    (GeometryType.LINESTRING, GeometryType.MULTILINESTRING),
    (GeometryType.POLYGON, GeometryType.MULTIPOLYGON),
)


@dataclass(frozen=True, slots=True)
class ShapeSurvey:
    """The one type that fits all shapes of a source, and whether their heights say anything."""

    geometry_type: GeometryType
    heights_are_zero: bool
    """Every shape has heights, and all of them are zero."""
    is_mixed: bool
    """Points, lines and polygons stand side by side."""


def survey_shapes(batches: Iterator[FeatureBatch]) -> ShapeSurvey:
    """Look at all shapes of a source."""
    kinds: set[GeometryType] = set()
    has_heights = has_values = has_invalid = False
    for batch in batches:
        kinds.update(_KINDS[kind] for kind in np.unique(shapely.get_type_id(batch.geometry)).tolist() if kind >= 0)
        raised = batch.geometry[shapely.has_z(batch.geometry)]
        has_heights = has_heights or len(raised) > 0
        has_values = has_values or _has_height(raised)
        has_invalid = has_invalid or not bool(
            (shapely.is_valid(batch.geometry) | shapely.is_missing(batch.geometry)).all()
        )
    dimensions = {kind.dimension for kind in kinds}
    geometry_type = _common(kinds, has_invalid)
    return ShapeSurvey(geometry_type, has_heights and not has_values, len(dimensions) > 1)


def fitting_type(declared: GeometryType) -> GeometryType:
    """Return the type that surely fits all shapes of a source whose format promises ``declared``.

    Shapefiles call one ring and several by the same name, and a repair can split a polygon in two.
    """
    return next((multi for single, multi in _SINGLE_AND_MULTI[1:] if declared is single), declared)


def _common(kinds: set[GeometryType], has_invalid: bool) -> GeometryType:
    for single, multi in _SINGLE_AND_MULTI:
        if kinds and kinds <= {single, multi}:
            stays_single = kinds == {single} and not (has_invalid and single is not GeometryType.POINT)
            return single if stays_single else multi
    return GeometryType.GEOMETRY


def _has_height(raised: Geometries) -> bool:
    if not len(raised):
        return False
    heights = shapely.get_coordinates(raised, include_z=True)[:, 2]
    return bool((np.isfinite(heights) & (heights != 0)).any())
