"""Which zoom a picture is drawn as."""

from __future__ import annotations

import math

from layers.crs import Crs
from layers.extent import BoundingBox
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM

ZERO_RESOLUTION = 2 * math.pi * 6378137.0 / 256
"""Metres per pixel of zoom 0 of WebMercatorQuad: scale denominator 559082264.0287178 at 0.28 mm a pixel."""
_METRES_PER_DEGREE = 2 * math.pi * 6378137.0 / 360


def zoom_of(bbox: BoundingBox, crs: Crs, width: int, height: int, scale_factor: float = 1.0) -> int:
    """Return the zoom of WebMercatorQuad whose resolution is nearest to that of a picture.

    Nearest by ratio: two zooms meet half-way at a factor of √2. The scale factor only makes pixels
    smaller, it does not change the zoom. Degrees count as on the equator, metres as they are.
    """
    metres = _METRES_PER_DEGREE if crs.is_geographic else 1.0
    resolution = math.sqrt(bbox.width / width * bbox.height / height) * metres * scale_factor
    zoom = round(math.log2(ZERO_RESOLUTION / resolution))
    return min(max(zoom, LOWEST_ZOOM), HIGHEST_ZOOM)
