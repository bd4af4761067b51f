"""Shapes that are valid and yet wrong: spikes, slivers, and more vertices than anybody can draw."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.islands import Mask
from layers.features import Geometries

_METRES_PER_DEGREE = 111_320.0
_COSINE = 0.915
"""Of Taiwan's latitudes: 0.90 to 0.93."""
_SPIKE_TANGENT = float(np.tan(np.radians(1.0)))
_SPIKE_LENGTHS = 3.0
"""Times by which a spike's sides are longer than the ring's other sides on the average."""
_SPIKE_METRES = 1.0
_SPIKE_VERTICES = 5
"""Triangles and kites are pointed by nature; those too thin are slivers."""
_SLIVER_WIDTH = 0.3
"""Metres."""
_SLIVER_RATIO = 0.0025
"""Area by squared perimeter: a strip a hundred times as long as wide."""
_POLYGONS = (3, 6)

Numbers = NDArray[np.float64]


def has_spike(geometry: Geometries, is_geographic: bool) -> Mask:
    """Tell which polygons have a vertex with an angle below 1° between two sides that stand out of the ring."""
    result: Mask = np.zeros(len(geometry), dtype=bool)
    places = np.flatnonzero(np.isin(shapely.get_type_id(geometry), _POLYGONS) & ~shapely.is_empty(geometry))
    if not len(places):
        return result
    _, coordinates, offsets = shapely.to_ragged_array(geometry[places], include_z=False)
    if is_geographic:
        coordinates = coordinates * (_METRES_PER_DEGREE * _COSINE, _METRES_PER_DEGREE)
    rings = np.asarray(offsets[0], dtype=np.int64)
    for ring in _spiked_rings(coordinates, rings):
        at = int(ring)
        for level in offsets[1:]:
            at = int(np.searchsorted(level, at, side="right")) - 1
        result[places[at]] = True
    return result


def _spiked_rings(coordinates: Numbers, rings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of the rings that have a spike; ``rings`` holds where each one starts, and the end."""
    sides = np.diff(coordinates, axis=0)
    starts, ends = rings[:-1], rings[1:] - 1
    # The side between the end of one ring and the start of the next is none.
    sides[ends[:-1]] = 0.0
    # At vertex i come side i - 1 and side i; at a ring's start comes its last side.
    before = np.empty_like(sides)
    before[1:] = sides[:-1]
    filled = ends > starts
    before[starts[filled]] = sides[ends[filled] - 1]
    before[ends[:-1]] = 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        turn = -(before[:, 0] * sides[:, 0] + before[:, 1] * sides[:, 1])
        across = np.abs(before[:, 0] * sides[:, 1] - before[:, 1] * sides[:, 0])
        sharp = np.flatnonzero((turn > 0) & (across < _SPIKE_TANGENT * turn))
    if not len(sharp):
        return sharp
    of_ring = np.searchsorted(rings, sharp, side="right") - 1
    shorter = np.minimum(np.hypot(*before[sharp].T), np.hypot(*sides[sharp].T))
    found = [
        ring
        for ring, length in zip(of_ring.tolist(), shorter.tolist(), strict=True)
        if length > _SPIKE_METRES and _stands_out(length, sides[rings[ring] : rings[ring + 1] - 1])
    ]
    return np.unique(np.array(found, dtype=np.int64))


def _stands_out(length: float, sides: Numbers) -> bool:
    if len(sides) < _SPIKE_VERTICES:
        return False
    total = float(np.hypot(*sides.T).sum())
    others = (total - 2 * length) / (len(sides) - 2)
    return length > _SPIKE_LENGTHS * others


def square_metres(geometry: Geometries, is_geographic: bool) -> Numbers:
    """Return areas, good to a few percent where coordinates are degrees."""
    area: Numbers = shapely.area(geometry) * (_METRES_PER_DEGREE**2 * _COSINE if is_geographic else 1.0)
    return area


def is_sliver(geometry: Geometries, is_geographic: bool) -> Mask:
    """Tell which polygons are strips narrower than 0.3 m and a hundred times as long, or longer."""
    area, perimeter = shapely.area(geometry), shapely.length(geometry)
    metres = _METRES_PER_DEGREE * _COSINE**0.5 if is_geographic else 1.0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        narrow = 2 * area / perimeter * metres < _SLIVER_WIDTH
        thin = area / perimeter**2 < _SLIVER_RATIO
    sliver: Mask = np.isin(shapely.get_type_id(geometry), _POLYGONS) & (area > 0) & narrow & thin
    return sliver
