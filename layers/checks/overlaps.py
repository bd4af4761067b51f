"""Coverages: areas that tile the ground must neither lie over one another nor leave gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.findings import EXAMPLES, PLACES, FindingLog, Place
from layers.checks.islands import middles, to_degrees
from layers.crs import TWD97_TM2, Crs, transform_geometries
from layers.features import FeatureBatch, Geometries

_LEAST_AREA = 0.01
"""Square metres; what is less comes from rounding."""
_WIDEST_GAP = 0.05
"""Share of the whole coverage above which a hole is a lake or a neighbour's land, not a gap."""
_PAIRS = 20_000
"""Pairs that are intersected at a time."""


@dataclass(frozen=True, slots=True)
class _Overlap:
    rows: tuple[int, int]
    area: float
    shape: shapely.Geometry


class CoverageCheck:
    """Keeps the areas of a layer and compares each with its neighbours."""

    def __init__(self, crs: Crs, log: FindingLog) -> None:
        self._crs = crs
        self._log = log
        self._shapes: list[Geometries] = []
        self._rows: list[NDArray[np.int64]] = []

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in, its geometry mended."""
        areas = np.flatnonzero(shapely.get_dimensions(batch.geometry) == 2)
        # All measures are metres and square metres.
        self._shapes.append(transform_geometries(batch.geometry[areas], self._crs, TWD97_TM2))
        self._rows.append(batch.rows[areas])

    def finish(self) -> None:
        """Say what lies over another and what lies bare."""
        shapes = np.concatenate(self._shapes) if self._shapes else np.array([], dtype=object)
        if len(shapes) < 2:
            return
        doubtful = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
        if doubtful.any():
            self._note_overlaps(shapes, np.concatenate(self._rows), np.flatnonzero(doubtful))
        # What is not in doubt is a coverage of its own, whose union costs next to nothing.
        self._note_gaps(
            shapely.union(shapely.coverage_union_all(shapes[~doubtful]), shapely.union_all(shapes[doubtful]))
        )

    def _note_overlaps(self, shapes: Geometries, rows: NDArray[np.int64], doubtful: NDArray[np.int64]) -> None:
        found = sorted(_overlaps(shapes, rows, doubtful), key=lambda overlap: -overlap.area)
        if not found:
            return
        examples = [(pair.rows[0], f"{pair.rows[0]}×{pair.rows[1]}: {_metres(pair.area)}") for pair in found[:EXAMPLES]]
        total = _metres(sum(pair.area for pair in found))
        places = _places([pair.shape for pair in found[:PLACES]])
        self._log.add("finding_coverage_overlap", len(found), examples, places=places, area=total)

    def _note_gaps(self, union: shapely.Geometry) -> None:
        parts = shapely.get_parts(union)
        rings = [shapely.polygons(ring) for part in parts for ring in part.interiors]
        holes = np.array(rings, dtype=object)
        sizes = shapely.area(holes) if len(holes) else np.array([])
        gaps = np.flatnonzero((sizes > _LEAST_AREA) & (sizes < _WIDEST_GAP * shapely.area(union)))
        gaps = gaps[np.argsort(-sizes[gaps])]
        examples = [(0, _metres(float(sizes[at]))) for at in gaps[:EXAMPLES]]
        places = _places(list(holes[gaps[:PLACES]]))
        self._log.add(
            "finding_coverage_gap", len(gaps), examples, places=places, area=_metres(float(sizes[gaps].sum()))
        )


def _overlaps(shapes: Geometries, rows: NDArray[np.int64], doubtful: NDArray[np.int64]) -> Iterator[_Overlap]:
    """Yield every pair that shares ground, comparing only what the coverage's edges cast doubt on."""
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes[doubtful], predicate="intersects")
    left = doubtful[left]
    pairs = np.unique(np.sort(np.column_stack((left, right))[left != right], axis=1), axis=0)
    for start in range(0, len(pairs), _PAIRS):
        part = pairs[start : start + _PAIRS]
        common = shapely.intersection(shapes[part[:, 0]], shapes[part[:, 1]])
        areas = shapely.area(common)
        for at in np.flatnonzero(areas > _LEAST_AREA):
            one, other = (int(row) for row in rows[part[at]])
            yield _Overlap((one, other), float(areas[at]), common[at])


def _metres(area: float) -> str:
    return f"{area:,.0f} m²" if area >= 10 else f"{area:.2f} m²"


def _places(shapes: list[shapely.Geometry]) -> list[Place]:
    if not shapes:
        return []
    longitude, latitude = to_degrees(*middles(shapely.bounds(np.array(shapes, dtype=object))), TWD97_TM2)
    return list(zip(longitude.tolist(), latitude.tolist(), strict=True))
