"""Which zooms have overviews and which of them a picture is drawn from."""

from __future__ import annotations

import math

DEEPEST = 13
"""From the next zoom on a building is larger than a pixel, and everything is drawn as it is."""
SHALLOWEST = 5
"""A city is some ten pixels there; what is smaller is drawn from the same overview."""
ZOOMS = range(SHALLOWEST, DEEPEST + 1)

REACH = 4
"""Pixels by which what stands for a feature may lie away from it."""

_ZERO_PIXEL = 2 * math.pi * 6378137.0 / 256
_SLACK = 0.3
"""Zooms by which a picture may be finer than its overview: pixels of TWD97 grids are 0.8 of the next zoom's."""


def pixel_size(zoom: int) -> float:
    """Return the side of a pixel of WebMercatorQuad in metres of EPSG:3857."""
    return _ZERO_PIXEL / (1 << zoom)


def overview_zoom(resolution: float) -> int | None:
    """Return the overview for pixels of ``resolution`` metres; None where features are drawn as they are."""
    zoom = math.ceil(math.log2(_ZERO_PIXEL / resolution) - _SLACK)
    return None if zoom > DEEPEST else max(zoom, SHALLOWEST)
