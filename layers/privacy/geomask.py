"""Geomasking: points are moved so that the place can be shown and the house cannot be found.

Every point goes a random way into a ring (donut geomasking): at most the radius, never less than a tenth of it, all
places of the ring equally likely. The way depends on the secret seed and on the place alone, so the same place always
goes to the same other place: neither several people of one house nor several releases can be averaged.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, TWD97_TM2, Crs, transform_points
from layers.extent import BoundingBox
from layers.features import Geometries
from layers.plan import Geomask

LEAST = 0.1
"""Share of the radius that every point is moved by at least."""
_TAIWAN = BoundingBox(114.0, 10.0, 124.8, 26.7)
"""CRS84; where lengths in TWD97 TM2 are true to a hundredth."""
_MARGIN = 2.0
"""Steps of the grid that both edges of the ring are kept clear of, for what rounding and projection add."""


def masked_points(geometry: Geometries, crs: Crs, mask: Geomask) -> Geometries:
    """Return points and collections of points moved; heights are left out, for they tell the place as well.

    What lies where TWD97 TM2 does not reach, or has coordinates that are no numbers, becomes None: it cannot be
    moved by metres, and must not stay.
    """
    flat = shapely.force_2d(geometry)
    coordinates, index = shapely.get_coordinates(flat, return_index=True)
    moved = _moved(coordinates, crs, mask)
    result: Geometries = shapely.set_coordinates(flat.copy(), np.nan_to_num(moved))
    result[index[~np.isfinite(moved).all(axis=1)]] = None
    return result


def are_points(geometry: Geometries) -> bool:
    """Tell whether there is nothing but points, collections of points, and missing geometry."""
    return bool(np.isin(shapely.get_type_id(geometry), (-1, 0, 4)).all())


def _moved(coordinates: NDArray[np.float64], crs: Crs, mask: Geomask) -> NDArray[np.float64]:
    """Move coordinates in metres; NaN where that is impossible."""
    x, y = coordinates[:, 0], coordinates[:, 1]
    longitude, latitude = transform_points(x, y, crs, CRS84)
    known = np.isfinite(longitude) & np.isfinite(latitude)
    known &= (longitude >= _TAIWAN.west) & (longitude <= _TAIWAN.east)
    known &= (latitude >= _TAIWAN.south) & (latitude <= _TAIWAN.north)
    result = np.full(coordinates.shape, np.nan)
    if not known.any():
        return result
    metres = np.column_stack(transform_points(x[known], y[known], crs, TWD97_TM2))
    # On a grid coarse enough, neither the decimals of a place nor the last bits of its projection matter.
    step = grid_step(mask.radius)
    cells = np.rint(metres / step).astype(np.int64)
    places, back = np.unique(cells, axis=0, return_inverse=True)
    ways = _ways(places, mask, step)[back.reshape(-1)]
    target = np.rint((cells * step + ways) / step) * step
    result[known] = np.column_stack(transform_points(target[:, 0], target[:, 1], TWD97_TM2, crs))
    return result


def grid_step(radius: float) -> float:
    """Return the width in metres of the grid that masked points lie on: a hundredth of the radius or less."""
    return float(10 ** math.floor(math.log10(radius / 100)))


def _ways(places: NDArray[np.int64], mask: Geomask, step: float) -> NDArray[np.float64]:
    """Return (east, north) in metres for each place of the grid."""
    key = hashlib.sha256(f"{mask.seed}".encode()).digest()
    digests = b"".join(hashlib.blake2b(place.tobytes(), digest_size=16, key=key).digest() for place in places)
    shares = np.frombuffer(digests, dtype="<u8").reshape(-1, 2) / 2.0**64
    inner, outer = LEAST * mask.radius + _MARGIN * step, mask.radius - _MARGIN * step
    # The square root makes the density even over the ring instead of gathering points near the place.
    length = np.sqrt(inner**2 + shares[:, 0] * (outer**2 - inner**2))
    angle = 2 * np.pi * shares[:, 1]
    return np.column_stack((length * np.cos(angle), length * np.sin(angle)))
