"""Where features lie: in Taiwan, in the city, or with their axes swapped."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.findings import FindingLog, Severity
from layers.crs import CRS84, Crs, transform_points
from layers.extent import BoundingBox
from layers.features import FeatureBatch

TAIWAN = BoundingBox(114.0, 10.0, 124.8, 26.7)
"""All that Taiwan administers, 東沙 and 太平島 included."""


def check_places(batch: FeatureBatch, crs: Crs, city: BoundingBox | None, log: FindingLog) -> None:
    """Note features outside Taiwan, those that would lie in it with x and y swapped, and those outside the city."""
    boxes = shapely.bounds(batch.geometry)
    placed = np.isfinite(boxes).all(axis=1)
    if not placed.any():
        return
    boxes, rows = boxes[placed], batch.rows[placed]
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    longitude, latitude = transform_points(x, y, crs, CRS84)
    abroad = ~_within(longitude, latitude, TAIWAN)
    swapped = np.zeros(len(rows), dtype=bool)
    if abroad.any():
        swapped_longitude, swapped_latitude = transform_points(y[abroad], x[abroad], crs, CRS84)
        swapped[abroad] = _within(swapped_longitude, swapped_latitude, TAIWAN)
    _note(log, "finding_axes_swapped", Severity.WARNING, swapped, rows, x, y)
    _note(log, "finding_outside_taiwan", Severity.WARNING, abroad & ~swapped, rows, x, y)
    if city is not None:
        _note(log, "finding_outside_city", Severity.INFO, ~abroad & ~_within(longitude, latitude, city), rows, x, y)


def _within(x: NDArray[np.float64], y: NDArray[np.float64], box: BoundingBox) -> NDArray[np.bool_]:
    return (x >= box.west) & (x <= box.east) & (y >= box.south) & (y <= box.north)


def _note(
    log: FindingLog,
    code: str,
    severity: Severity,
    cases: NDArray[np.bool_],
    rows: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> None:
    places = np.flatnonzero(cases)
    log.add(code, severity, len(places), ((rows[at], f"({x[at]:.6g}, {y[at]:.6g})") for at in places[:5]))
