"""A sketch of where the features lie: few and simple shapes, enough to recognise the place on a small map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.findings import Place
from layers.crs import CRS84, Crs, transform_geometries
from layers.features import FeatureBatch

_SHAPES = 3_000
"""Features that are sketched at most."""
_FINENESS = 600
"""Parts of the sketched ground's width below which nothing is drawn."""

STRAY = 4.0
"""Features that make the ground so many times wider than most of them need have strayed."""

Line = tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    """Simplified shapes of evenly chosen features, longitude and latitude in degrees (CRS84)."""

    areas: tuple[Line, ...] = ()
    """Outer rings."""
    lines: tuple[Line, ...] = ()
    points: tuple[Place, ...] = ()


class Sketcher:
    """Chooses every nth feature of however many there are, and draws those."""

    def __init__(self) -> None:
        self._numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._shapes: NDArray[np.object_] = np.empty(0, dtype=object)
        self._stride = 1
        self._seen = 0

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in."""
        numbers = np.arange(self._seen, self._seen + len(batch))
        self._seen += len(batch)
        chosen = (numbers % self._stride == 0) & ~shapely.is_missing(batch.geometry)
        self._numbers = np.concatenate((self._numbers, numbers[chosen]))
        self._shapes = np.concatenate((self._shapes, _simplified(batch.geometry[chosen])))
        while len(self._shapes) > _SHAPES:
            self._stride *= 2
            left = self._numbers % self._stride == 0
            self._numbers, self._shapes = self._numbers[left], self._shapes[left]

    def draw(self, crs: Crs) -> Sketch:
        """Return the sketch of all that was seen in ``crs``."""
        shapes = shapely.force_2d(transform_geometries(self._shapes, crs, CRS84))
        parts = shapely.get_parts(shapely.get_parts(shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]))
        dimensions = shapely.get_dimensions(parts)
        fine = _spread(parts) / _FINENESS
        small = (_widths(parts) < fine) & (dimensions > 0)
        areas = shapely.simplify(shapely.get_exterior_ring(parts[(dimensions == 2) & ~small]), fine)
        lines = shapely.simplify(parts[(dimensions == 1) & ~small], fine)
        points = shapely.get_coordinates(shapely.centroid(parts[(dimensions == 0) | small]))
        return Sketch(
            tuple(_line(ring) for ring in areas), tuple(_line(line) for line in lines), _places(_thinned(points, fine))
        )


def _simplified(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return shapes of which not more is kept than a sketch shows, so that a whole coast costs little memory."""
    simplified: NDArray[np.object_] = shapely.simplify(shapes, _spread(shapes) / (4 * _FINENESS))
    return simplified


def _spread(shapes: NDArray[np.object_]) -> float:
    """Return how wide the ground is that most of the shapes lie on: some may have strayed far away."""
    boxes = shapely.bounds(shapes)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return 0.0
    whole = (boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).max()
    most = (np.percentile(boxes[:, 2:], 95, axis=0) - np.percentile(boxes[:, :2], 5, axis=0)).max()
    return float(most if 0 < most * STRAY < whole else whole)


def _widths(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    boxes = shapely.bounds(shapes)
    widths: NDArray[np.float64] = np.fmax(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    return widths


def _thinned(points: NDArray[np.float64], fine: float) -> NDArray[np.float64]:
    """Return one point of all that would be drawn on the same spot."""
    if not len(points) or fine <= 0:
        return points[:1]
    _, first = np.unique(np.floor(points / fine), axis=0, return_index=True)
    kept: NDArray[np.float64] = points[np.sort(first)]
    return kept


def _line(shape: shapely.Geometry) -> Line:
    return _places(shapely.get_coordinates(shape))


def _places(coordinates: NDArray[np.float64]) -> Line:
    return tuple((round(x, 6), round(y, 6)) for x, y in coordinates.tolist())
