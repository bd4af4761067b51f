"""Where features lie: in Taiwan, in the city, or with their axes swapped."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.findings import FindingLog
from layers.checks.notes import BatchNotes
from layers.crs import CRS84, Crs, transform_points
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.plan import Reference

TAIWAN = BoundingBox(114.0, 10.0, 124.8, 26.7)
"""All that Taiwan administers, 東沙 and 太平島 included."""


class PlaceCheck:
    """Notes features outside Taiwan, those that would lie in it with x and y swapped, and those outside the city."""

    def __init__(self, crs: Crs, city: BoundingBox, references: tuple[Reference, ...], log: FindingLog) -> None:
        self._crs = crs
        self._city = city
        self._references = references
        self._log = log

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in, its geometry mended."""
        boxes = shapely.bounds(batch.geometry)
        placed = np.isfinite(boxes).all(axis=1)
        if not placed.any():
            return
        x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
        longitude, latitude = transform_points(x, y, self._crs, CRS84)
        abroad = placed & ~_within(longitude, latitude, TAIWAN)
        swapped = np.zeros(len(batch), dtype=bool)
        if abroad.any():
            swapped[abroad] = _within(*transform_points(y[abroad], x[abroad], self._crs, CRS84), TAIWAN)
        outside = placed & ~abroad & ~_within(longitude, latitude, self._city)
        notes = BatchNotes(batch, self._crs, self._log)
        for code, cases in (
            ("finding_axes_swapped", swapped),
            ("finding_outside_taiwan", abroad & ~swapped),
            ("finding_outside_city", outside),
        ):
            notes.add(code, cases, lambda at: f"({x[at]:.6g}, {y[at]:.6g})")

    def finish(self) -> None:
        """Say what only all features together show."""


def _within(x: NDArray[np.float64], y: NDArray[np.float64], box: BoundingBox) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (x >= box.west) & (x <= box.east) & (y >= box.south) & (y <= box.north)
    return inside
