"""Scale denominators of SLD and the zooms of web maps."""

from __future__ import annotations

import math

from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM

_ZERO = 559082264.0287178
"""Denominator of WebMercatorQuad's zoom 0 at 0.28 mm a pixel (OGC 17-083r4, annex D)."""
_PIXEL = 0.00028
"""Metres."""
Zooms = tuple[int | None, int | None]


def denominator(zoom: float) -> float:
    """Return the scale denominator of a zoom."""
    return _ZERO / math.pow(2, zoom)


def metres_per_pixel(zoom: float) -> float:
    """Return how much ground a pixel shows at a zoom."""
    return denominator(zoom) * _PIXEL


def zooms_between(least: float | None, most: float | None) -> Zooms | None:
    """Return the first and last zoom whose denominator is in [least, most) (SE 1.1, 10.2); None for none."""
    held = [
        zoom
        for zoom in range(LOWEST_ZOOM, HIGHEST_ZOOM + 1)
        if (least is None or denominator(zoom) >= least) and (most is None or denominator(zoom) < most)
    ]
    if not held:
        return None
    return (None if held[0] == LOWEST_ZOOM else held[0], None if held[-1] == HIGHEST_ZOOM else held[-1])


def denominators(zooms: Zooms) -> tuple[float | None, float | None]:
    """Return least and most denominator of a range of zooms: half a zoom beyond both ends."""
    first, last = zooms
    return (
        None if last is None else round(denominator(last) / math.sqrt(2), 2),
        None if first is None else round(denominator(first) * math.sqrt(2), 2),
    )
