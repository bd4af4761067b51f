"""Where Taiwan is: a box around all of it, and its islands with the water next to them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, TM2_FAMILY, Crs, transform_points
from layers.extent import BoundingBox

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]

TAIWAN = BoundingBox(114.0, 10.0, 124.8, 26.7)
"""All that Taiwan administers, 東沙 and 太平島 included."""

_MAINLAND = (
    (121.55, 25.34), (121.25, 25.16), (121.00, 25.10), (120.85, 24.85), (120.62, 24.62), (120.55, 24.45),
    (120.45, 24.30), (120.20, 24.02), (120.05, 23.75), (119.98, 23.45), (120.00, 23.00), (120.20, 22.55),
    (120.30, 22.28), (120.55, 22.25), (120.62, 21.90), (120.85, 21.72), (120.98, 22.00), (121.12, 22.55),
    (121.45, 22.90), (121.70, 23.60), (121.85, 24.25), (122.05, 24.80), (122.08, 25.05), (121.85, 25.25),
)  # fmt: skip
"""A rough outline of the main island and what lies close to its shore, a few kilometres outside of it."""
_OUTLYING = (
    (119.25, 23.10, 119.75, 23.85),  # Penghu
    (118.10, 24.35, 118.52, 24.56),  # Kinmen
    (119.38, 24.95, 119.50, 25.03),  # Wuqiu
    (119.88, 25.90, 120.55, 26.42),  # Matsu
    (121.42, 22.60, 121.56, 22.72),  # Green Island
    (121.45, 21.92, 121.65, 22.12),  # Lanyu
    (121.90, 25.38, 122.15, 25.68),  # the three islets in the north
    (123.40, 25.65, 124.65, 26.00),  # Diaoyutai
    (116.60, 20.50, 117.00, 20.85),  # Dongsha
    (114.20, 10.30, 114.45, 10.45),  # Taiping
)


def is_within(x: Numbers, y: Numbers, box: BoundingBox) -> Mask:
    """Tell which points lie in a box of the same CRS."""
    inside: Mask = (x >= box.west) & (x <= box.east) & (y >= box.south) & (y <= box.north)
    return inside


def is_on_land(longitude: Numbers, latitude: Numbers) -> Mask:
    """Tell which points (CRS84) lie on or close to one of Taiwan's islands, not out in the strait."""
    known = np.isfinite(longitude) & np.isfinite(latitude)
    land: Mask = np.zeros(len(longitude), dtype=bool)
    land[known] = shapely.contains_xy(_land(), longitude[known], latitude[known])
    return land


@lru_cache(maxsize=1)
def _land() -> shapely.Geometry:
    land = shapely.union_all([shapely.Polygon(_MAINLAND), *(shapely.box(*box) for box in _OUTLYING)])
    shapely.prepare(land)
    return land


def would_lie_in_taiwan_swapped(x: Numbers, y: Numbers, crs: Crs) -> Mask:
    """Tell which coordinates can only be Taiwan's with x and y exchanged.

    In degrees and in TM2 the ranges of the two have nothing in common, so there is no doubt; in other systems
    nothing is said.
    """
    if crs.is_geographic:
        return is_within(y, x, TAIWAN)
    if crs in TM2_FAMILY:
        return is_within(y, x, _TM2)
    return np.zeros(len(x), dtype=bool)


_TM2 = BoundingBox(-500_000.0, 1_100_000.0, 900_000.0, 2_960_000.0)
"""Taiwan in either zone of TM2."""


def are_degrees(x: Numbers, y: Numbers) -> Mask:
    """Tell which coordinates may be longitude and latitude, in whatever order."""
    degrees: Mask = (np.abs(x) <= 180) & (np.abs(y) <= 180)
    return degrees


def middles(boxes: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
    """Return the middles (x, y) of envelopes, NaN where there is none."""
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2


def to_degrees(x: Numbers, y: Numbers, crs: Crs) -> tuple[Numbers, Numbers]:
    """Return longitude and latitude, infinite where the CRS does not reach."""
    longitude, latitude = transform_points(x, y, crs, CRS84)
    return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
