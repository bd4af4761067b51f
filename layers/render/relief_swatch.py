"""The swatch of a terrain of which light and shadow alone are drawn: two hills, shaded as the style asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from layers.render.swatches import HEIGHT, WIDTH
from layers.styles.model import Raster, Style, value_at

_USUAL_ZOOM = 16
_INSET = 2
_FRAME = "#8b9aa5"
_LIGHT = (-0.5, 0.5, np.sqrt(0.5))
"""Direction of the light: east, north, up; from the north-west, as the reliefs of rasters have it."""
_HILLS = ((10.0, 9.0, 7.5), (19.0, 8.0, 5.5))
"""East, south and height of each, in pixels at scale factor 1."""
_SLOPE = 0.9


def shaded_alone(style: Style) -> Raster | None:
    """Return what draws light and shadow and nothing else; None where a style draws colours."""
    symbols = [symbol for rule in style.rules for symbol in rule.symbols]
    rasters = [symbol for symbol in symbols if isinstance(symbol, Raster)]
    alone = bool(rasters) and all(symbol.relief > 0 and not symbol.ramp for symbol in rasters)
    return rasters[0] if alone and len(rasters) == len(symbols) else None


def relief_swatch(raster: Raster, scale_factor: float) -> Image.Image:
    """Draw the hills; as large as any swatch."""
    width, height = round(WIDTH * scale_factor), round(HEIGHT * scale_factor)
    grey = 255 * (1 - raster.relief * (1 - _light(width, height, scale_factor)))
    picture = Image.fromarray(np.rint(grey).astype(np.uint8)).convert("RGBA")
    picture.putalpha(round(255 * value_at(raster.opacity, _USUAL_ZOOM)))
    inset = round(_INSET * scale_factor)
    framed = Image.new("RGBA", (width, height))
    box = (inset, inset, width - inset, height - inset)
    framed.paste(picture.crop(box), box)
    corners = (inset, inset, width - inset - 1, height - inset - 1)
    ImageDraw.Draw(framed).rectangle(corners, outline=_FRAME, width=max(1, round(scale_factor)))
    return framed


def _light(width: int, height: int, scale_factor: float) -> NDArray[np.float64]:
    """Return how much light falls on each pixel, from 0 to 1."""
    east, south = (np.arange(size) + 0.5 for size in (width, height))
    at_east, at_south = np.meshgrid(east / scale_factor, south / scale_factor)
    heights = np.zeros((height, width))
    for x, y, peak in _HILLS:
        heights = np.maximum(heights, peak - _SLOPE * np.hypot(at_east - x, at_south - y))
    down, right = np.gradient(heights * scale_factor)
    to_east, to_north, up = _LIGHT
    lit: NDArray[np.float64] = (up - to_east * right + to_north * down) / np.sqrt(1 + right**2 + down**2)
    return np.clip(lit, 0, 1)
