"""Which zoom a picture is drawn as."""

from __future__ import annotations

import math

from layers.crs import Crs
from layers.errors import InvalidParameter
from layers.extent import BoundingBox
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM

ZERO_RESOLUTION = 2 * math.pi * 6378137.0 / 256
"""Metres per pixel of zoom 0 of WebMercatorQuad: scale denominator 559082264.0287178 at 0.28 mm a pixel."""
_METRES_PER_DEGREE = 2 * math.pi * 6378137.0 / 360

FINEST = 0.005
"""Metres on the ground that a pixel shows at least; zoom 23 in double density needs twice as much."""
MOST_STRETCHED = 100
"""How many times as long as wide the ground under a pixel may be."""


def check_scale(bbox: BoundingBox, crs: Crs, width: int, height: int) -> None:
    """Raise InvalidParameter for a picture whose pixels show too little ground, or too long a strip of it.

    Mapnik would make billions of dashes along what is magnified so, fill the memory and never return.
    """
    metres = _METRES_PER_DEGREE if crs.is_geographic else 1.0
    sides = (bbox.width / width * metres, bbox.height / height * metres)
    if min(sides) < FINEST or max(sides) > MOST_STRETCHED * min(sides):
        raise InvalidParameter("render_scale", finest=FINEST, most=MOST_STRETCHED)


def zoom_of(bbox: BoundingBox, crs: Crs, width: int, height: int, scale_factor: float = 1.0) -> int:
    """Return the zoom of WebMercatorQuad whose resolution is nearest to that of a picture.

    Nearest by ratio: two zooms meet half-way at a factor of √2. The scale factor only makes pixels
    smaller, it does not change the zoom. Degrees count as on the equator, metres as they are.
    """
    zoom = round(math.log2(ZERO_RESOLUTION / (resolution_of(bbox, crs, width, height) * scale_factor)))
    return min(max(zoom, LOWEST_ZOOM), HIGHEST_ZOOM)


def resolution_of(bbox: BoundingBox, crs: Crs, width: int, height: int) -> float:
    """Return the metres that a pixel is wide and high; degrees count as on the equator, metres as they are."""
    metres = _METRES_PER_DEGREE if crs.is_geographic else 1.0
    return math.sqrt(bbox.width / width * bbox.height / height) * metres
