"""Lines and polygons simplified to a fraction of a pixel; those smaller than one are handed on or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.features import Geometries
from layers.overviews.cells import Specks, cell_keys, starts_of
from layers.overviews.rows import Numbers, Reals

_TOLERANCE = 1 / 8
"""Of a pixel: how far a simplified line may leave the one it stands for, at each zoom."""
_SPECK_SIDE = 2
"""Pixels: a polygon of less than one pixel's area is a speck where it is no longer than this."""
_AREA = 1 / 16
"""How much of its area a simplified polygon may lose or gain."""
_PART = 1 / 16
"""Of a pixel: parts of a multipolygon that are smaller are left out."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Lines, polygons and collections by ascending ``fid``."""

    fids: Numbers
    bodies: NDArray[np.object_]
    """WKB: a third of the memory that geometries take."""
    boxes: Reals
    """West, south, east, north of each."""

    @classmethod
    def of(cls, fids: Numbers, geometries: Geometries) -> Shapes:
        """Take geometries of any kind but points."""
        bodies = shapely.to_wkb(geometries, byte_order=1, output_dimension=2)
        return cls(fids, bodies, shapely.bounds(geometries).reshape(-1, 4))

    @classmethod
    def together(cls, parts: Sequence[Shapes]) -> Shapes:
        """Return all in one."""
        return cls(
            np.concatenate([np.empty(0, dtype=np.int64), *(part.fids for part in parts)]),
            np.concatenate([np.empty(0, dtype=object), *(part.bodies for part in parts)]),
            np.concatenate([np.empty((0, 4)), *(part.boxes for part in parts)]),
        )

    @property
    def geometries(self) -> Geometries:
        """Return them as geometries."""
        result: Geometries = shapely.from_wkb(self.bodies)
        return result


def generalised(fids: Numbers, geometries: Geometries, side: float) -> tuple[Specks, Shapes]:
    """Return polygons too small to be seen, and all others as they look where a pixel has this side.

    The geometries are two-dimensional and none of them is a point or missing.
    """
    dimensions = shapely.get_dimensions(geometries)
    bounds = shapely.bounds(geometries).reshape(-1, 4)
    lengths = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    areas = shapely.area(geometries)
    collections = shapely.get_type_id(geometries) == shapely.GeometryType.GEOMETRYCOLLECTION
    specks = (dimensions == 2) & (areas < side * side) & (lengths < _SPECK_SIDE * side) & ~collections
    kept = ~specks & ~((dimensions == 1) & ~collections & _superfluous(geometries, lengths, side))
    kept[specks & (areas <= 0)] = False
    specks &= areas > 0
    shown = _simplified(_without_parts(geometries[kept], side), _TOLERANCE * side)
    return _specks(fids[specks], geometries[specks], areas[specks]), Shapes.of(fids[kept], shown)


def _simplified(geometries: Geometries, tolerance: float) -> Geometries:
    """Return the geometries with fewer vertices; thin polygons that would lose much of their area stay as they are."""
    result: Geometries = shapely.simplify(geometries, tolerance, preserve_topology=True)
    before, after = shapely.area(geometries), shapely.area(result)
    spoilt = np.abs(after - before) > _AREA * before
    result[spoilt] = geometries[spoilt]
    return result


def _specks(fids: Numbers, polygons: Geometries, areas: NDArray[np.float64]) -> Specks:
    centres = shapely.centroid(polygons)
    return Specks(fids, areas, areas, shapely.get_x(centres), shapely.get_y(centres))


def _superfluous(geometries: Geometries, lengths: NDArray[np.float64], side: float) -> NDArray[np.bool_]:
    """Tell short lines that lie in the same half pixel as a longer one: no stroke gets a gap that is seen."""
    result = np.zeros(len(geometries), dtype=bool)
    short = np.flatnonzero((lengths < side) & (shapely.get_dimensions(geometries) == 1))
    bounds = shapely.bounds(geometries[short]).reshape(-1, 4)
    keys = cell_keys((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2, side / 2)
    order = np.lexsort((np.arange(len(short)), -lengths[short], keys))
    result[short[order]] = ~starts_of(keys[order])
    return result


def _without_parts(geometries: Geometries, side: float) -> Geometries:
    """Return multipolygons without the parts that leave no trace; the largest part always stays."""
    several = np.flatnonzero(
        (shapely.get_type_id(geometries) == shapely.GeometryType.MULTIPOLYGON)
        & (shapely.get_num_geometries(geometries) > 1)
    )
    if not len(several):
        return geometries
    parts, owners = shapely.get_parts(geometries[several], return_index=True)
    areas = shapely.area(parts)
    kept = areas >= np.minimum(
        _PART * side * side, np.maximum.reduceat(areas, np.flatnonzero(starts_of(owners)))[owners]
    )
    result = geometries.copy()
    result[several] = shapely.multipolygons(parts[kept], indices=owners[kept])
    return result
