"""At which scales a style draws anything, as capabilities tell it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from layers.render import draws_at
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, Style
from tilecache.grids import STANDARD_PIXEL, tile_matrix_sets

_TOP = tile_matrix_sets(0)["WebMercatorQuad"].scale_denominator(0)
_ZOOMS = range(LOWEST_ZOOM, HIGHEST_ZOOM + 1)


class ScaleRange(NamedTuple):
    """From the largest scale to the smallest, by their denominators (OGC: pixels of 0.28 mm); None is open."""

    least: float | None
    most: float | None

    @property
    def hint(self) -> tuple[float, float]:
        """The same as the diagonal of a pixel on the ground in metres (OGC 01-068r3, 7.1.4.5.8)."""
        factor = STANDARD_PIXEL * math.sqrt(2)
        return (self.least or 0) * factor, (self.most or _TOP * 2) * factor


def scales_of_all(styles: Iterable[Style]) -> ScaleRange:
    """Return the scales between which at least one of the styles draws."""
    least, most = zip(*(scales_of(style) for style in styles), strict=True)
    return ScaleRange(
        None if None in least else min(value for value in least if value is not None),
        None if None in most else max(value for value in most if value is not None),
    )


@lru_cache(maxsize=8192)
def scales_of(style: Style) -> ScaleRange:
    """Return the scales between which the style draws; a picture is drawn as the zoom whose scale is nearest to its."""
    drawn = [zoom for zoom in _ZOOMS if draws_at(style, zoom)]
    if not drawn:
        return ScaleRange(None, None)
    first, last = drawn[0], drawn[-1]
    # Zooms are nearest by ratio, so two of them meet at the factor √2.
    least = None if last == HIGHEST_ZOOM else _TOP / 2 ** (last + 0.5)
    most = None if first == LOWEST_ZOOM else _TOP / 2 ** (first - 0.5)
    return ScaleRange(least, most)
