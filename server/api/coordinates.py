"""Coordinates that somebody typed into the search box."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layers.crs import CRS84, TWD97_TM2, transform_points

_PAIR = re.compile(r"\(?\s*([+-]?\d{1,7}(?:\.\d{1,12})?)\s*[,;、，\s]\s*([+-]?\d{1,7}(?:\.\d{1,12})?)\s*\)?", re.ASCII)
_EASTINGS = (50_000.0, 450_000.0)
_NORTHINGS = (2_300_000.0, 2_950_000.0)
"""Where TWD97 TM2 coordinates of Taiwan lie, islands included."""


@dataclass(frozen=True, slots=True)
class TypedCoordinates:
    """A place given by numbers."""

    lon: float
    lat: float
    system: str
    """``WGS84`` or ``TWD97 TM2``."""


def read_coordinates(text: str) -> TypedCoordinates | None:
    """Read longitude and latitude, or TWD97 TM2 easting and northing, in either order; None for other text."""
    match = _PAIR.fullmatch(text.strip())
    if match is None:
        return None
    a, b = float(match[1]), float(match[2])
    for x, y in ((a, b), (b, a)):
        if _EASTINGS[0] <= x <= _EASTINGS[1] and _NORTHINGS[0] <= y <= _NORTHINGS[1]:
            lon, lat = transform_points(x, y, TWD97_TM2, CRS84)
            return TypedCoordinates(round(lon, 7), round(lat, 7), "TWD97 TM2")
    for x, y in ((a, b), (b, a)):
        if abs(x) <= 180 and abs(y) <= 90:
            # Two numbers below 90 are read as longitude and latitude; Taiwan's longitudes are above.
            return TypedCoordinates(x, y, "WGS84")
    return None
