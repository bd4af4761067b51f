"""Features far away from all others of their layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from layers.checks.findings import EXAMPLES, PLACES, FindingLog
from layers.checks.islands import Mask, Numbers, is_within, to_degrees
from layers.crs import Crs
from layers.extent import BoundingBox

_DEVIATIONS = 20
"""Median absolute deviations from the median beyond which nothing belongs to a layer by chance."""
_DEVIATIONS_INSIDE = 40
"""The same within the city, whose villages in the mountains do lie far from its streets."""
_LEAST_METRES = 5_000.0
_LEAST_FEATURES = 20
_METRES_PER_DEGREE = 111_320.0


class OutlierCheck:
    """Keeps where each feature lies, 12 bytes a row."""

    def __init__(self, crs: Crs, city: BoundingBox, log: FindingLog) -> None:
        self._crs = crs
        self._city = city
        self._log = log
        self._places: list[NDArray[np.float32]] = []
        self._rows: list[NDArray[np.uint32]] = []

    def watch(self, x: Numbers, y: Numbers, rows: NDArray[np.int64], cases: Mask) -> None:
        """Take in the middles of the features marked in ``cases``."""
        self._places.append(np.column_stack((x[cases], y[cases])).astype(np.float32))
        self._rows.append(rows[cases].astype(np.uint32))

    def finish(self) -> None:
        """Say which features lie far from the rest."""
        places = np.concatenate(self._places).astype(np.float64)
        if len(places) < _LEAST_FEATURES:
            return
        middle = np.median(places, axis=0)
        away = np.abs(places - middle)
        unit = _METRES_PER_DEGREE if self._crs.is_geographic else 1.0
        deviation = np.maximum(np.median(away, axis=0), _LEAST_METRES / unit / _DEVIATIONS)
        far = np.flatnonzero((away > _DEVIATIONS * deviation).any(axis=1))
        if len(far):
            inside = is_within(*to_degrees(places[far, 0], places[far, 1], self._crs), self._city)
            far = far[~inside | (away[far] > _DEVIATIONS_INSIDE * deviation).any(axis=1)]
        if not len(far):
            return
        rows, kilometres = np.concatenate(self._rows)[far], np.hypot(*away[far].T) * unit / 1000
        x, y = to_degrees(places[far[:PLACES], 0], places[far[:PLACES], 1], self._crs)
        examples = [
            (int(row), f"{distance:.0f} km")
            for row, distance in zip(rows[:EXAMPLES], kilometres[:EXAMPLES], strict=True)
        ]
        self._log.add("finding_far_away", len(far), examples, places=zip(x.tolist(), y.tolist(), strict=True))
