"""What geometry a source holds, where its format does not say so before reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import shapely

from layers.features import FeatureBatch
from layers.schema import GeometryType

_SINGLE = {0: GeometryType.POINT, 1: GeometryType.LINESTRING, 2: GeometryType.LINESTRING, 3: GeometryType.POLYGON}
_MULTI = {4: GeometryType.MULTIPOINT, 5: GeometryType.MULTILINESTRING, 6: GeometryType.MULTIPOLYGON}


@dataclass(slots=True)
class GeometrySurvey:
    """The kinds of geometry that were met and whether they have heights."""

    types: set[int] = field(default_factory=set)
    has_z: bool = False
    has_height: bool = False
    """Some Z is not zero."""

    @property
    def geometry_type(self) -> GeometryType:
        """The narrowest type that holds them all."""
        if not self.types:
            return GeometryType.GEOMETRY
        kinds = {_SINGLE.get(code) or _MULTI.get(code, GeometryType.GEOMETRY) for code in self.types}
        if len(kinds) == 1:
            return kinds.pop()
        dimensions = {kind.dimension for kind in kinds}
        if len(dimensions) == 1 and None not in dimensions:
            return next(kind for kind in _MULTI.values() if kind.dimension in dimensions)
        return GeometryType.GEOMETRY


def survey(batches: Iterator[FeatureBatch]) -> GeometrySurvey:
    """Read all batches and say what geometry they hold."""
    result = GeometrySurvey()
    for batch in batches:
        result.types.update(np.unique(shapely.get_type_id(batch.geometry)).tolist())
        if not result.has_height and shapely.has_z(batch.geometry).any():
            result.has_z = True
            heights = shapely.get_coordinates(batch.geometry, include_z=True)[:, 2]
            result.has_height = bool((np.isfinite(heights) & (heights != 0)).any())
    result.types.discard(-1)
    return result
