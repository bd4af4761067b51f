"""The bar in a legend that shows a colour ramp as it is: one colour flowing into the next."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageColor

from layers.styles.model import Raster, Style, value_at

_USUAL_ZOOM = 16


def flowing_ramp(style: Style) -> Raster | None:
    """Return what draws a ramp whose colours flow into one another; None where a style has no such."""
    symbols = [symbol for rule in style.rules for symbol in rule.symbols if isinstance(symbol, Raster)]
    ramp = next((symbol for symbol in symbols if symbol.ramp), None)
    return ramp if ramp is not None and ramp.mode == "linear" and len(ramp.ramp) > 1 else None


def ramp_bar(raster: Raster, rows: int, size: tuple[int, int], step: float) -> Image.Image:
    """Draw a ramp from top to bottom beside ``rows`` lines of a legend that are ``step`` pixels apart.

    At each line's middle is a stop: the first one, the last one, and between them as many as there are lines for,
    evenly chosen. What is over of the height is shared by both ends, in their colours.
    """
    width, height = size
    values = np.array([value for value, _ in raster.ramp], dtype=np.float64)
    colours = np.array([ImageColor.getcolor(colour, "RGBA") for _, colour in raster.ramp], dtype=np.float64)
    chosen = [round(row * (len(values) - 1) / (rows - 1)) for row in range(rows)]
    line = (np.arange(height) + 0.5 - height / 2) / step + (rows - 1) / 2
    shown = np.interp(line, np.arange(rows), values[chosen])
    column = np.stack([np.interp(shown, values, channel) for channel in colours.T], axis=1)
    column[:, 3] *= value_at(raster.opacity, _USUAL_ZOOM)
    picture = np.repeat(np.rint(column).astype(np.uint8)[:, np.newaxis], width, axis=1)
    return Image.fromarray(picture)
