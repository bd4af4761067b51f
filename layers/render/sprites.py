"""Sheets of sprites, drawn with the very symbols of the map."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.render.encoding import encode
from layers.render.patterns import tile_size
from layers.render.renderer import Renderer
from layers.render.scale import ZERO_RESOLUTION
from layers.styles.model import Hatch, Icon, Mark, Rule, Style, value_at
from layers.styles.sprites import Sprite

_ZOOM = 16
_PIXEL = ZERO_RESOLUTION / 2**_ZOOM
_WIDEST = 512
"""Pixels of a sheet at scale factor 1 before the next row begins."""
_GAP = 1
_CLEAR = 1.0
"""Pixels around a picture, into which its smoothed edge may reach."""
_FINER = 4
"""Times as fine a field's outline is drawn."""
_FIELD_CLEAR = 4.0
_RADIUS = 8.0
_CUTOFF = 0.25
"""Of signed distance fields, as clients read them: as for glyphs."""


@dataclass(frozen=True, slots=True)
class SpriteSheet:
    """All sprites of a style as one picture, and where each stands in it."""

    picture: bytes
    """PNG."""
    index: bytes
    """JSON, by names of sprites."""


def sprite_sheet(renderer: Renderer, sprites: Iterable[Sprite], scale_factor: int) -> SpriteSheet:
    """Draw a sheet; raises RenderError, and RenderUnavailable where too many others wait."""
    ordered = sorted(sprites, key=lambda sprite: sprite.name)
    pictures = [_picture(renderer, sprite, scale_factor) for sprite in ordered]
    places, size = _placed([picture.size for picture in pictures], _WIDEST * scale_factor)
    sheet = Image.new("RGBA", size)
    index: dict[str, dict[str, Any]] = {}
    for sprite, picture, (x, y) in zip(ordered, pictures, places, strict=True):
        sheet.paste(picture, (x, y))
        index[sprite.name] = {
            "x": x,
            "y": y,
            "width": picture.width,
            "height": picture.height,
            "pixelRatio": scale_factor,
            **({"sdf": True} if sprite.is_field else {}),
        }
    return SpriteSheet(encode(sheet, "png"), json.dumps(index, separators=(",", ":")).encode())


def _placed(sizes: Sequence[tuple[int, int]], widest: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Return where pictures stand, row by row, and the size of the whole."""
    places = []
    x = y = height = width = 0
    for w, h in sizes:
        if x and x + w > widest:
            x, y, height = 0, y + height + _GAP, 0
        places.append((x, y))
        x, height, width = x + w + _GAP, max(height, h), max(width, x + w)
    return places, (max(width, 1), max(y + height, 1))


def _picture(renderer: Renderer, sprite: Sprite, scale_factor: int) -> Image.Image:
    if isinstance(sprite.symbol, Hatch):
        size = tile_size(sprite.symbol.pattern, sprite.symbol.spacing)
        return _drawn(renderer, sprite.symbol, size, scale_factor)
    if sprite.is_field:
        size = math.ceil(sprite.size + 2 * _FIELD_CLEAR)
        return _field(_drawn(renderer, sprite.symbol, size, _FINER * scale_factor), scale_factor)
    outline = value_at(sprite.symbol.outline_width, _ZOOM) if isinstance(sprite.symbol, Mark) else 0.0
    return _drawn(renderer, sprite.symbol, math.ceil(sprite.size + outline + 2 * _CLEAR), scale_factor)


def _drawn(renderer: Renderer, symbol: Hatch | Icon | Mark, size: int, scale_factor: float) -> Image.Image:
    """Draw a symbol in the middle of a square, or all over it."""
    side = size * _PIXEL
    if isinstance(symbol, Hatch):
        ring = [(-side, -side), (2 * side, -side), (2 * side, 2 * side), (-side, 2 * side), (-side, -side)]
        geometry: dict[str, Any] = {"type": "Polygon", "coordinates": [ring]}
    else:
        geometry = {"type": "Point", "coordinates": (side / 2, side / 2)}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    extent = BoundingBox(0, 0, side, side)
    source = DrawingSource((("type", "geojson"), ("inline", json.dumps(feature))), WEB_MERCATOR, extent)
    style = Style((Rule("sprite", (symbol,)),))
    pixels = round(size * scale_factor)
    return renderer.draw(MapRequest((DrawnLayer(source, style),), extent, WEB_MERCATOR, pixels, pixels, scale_factor))


def _field(fine: Image.Image, scale_factor: int) -> Image.Image:
    """Return the signed distance field of a shape drawn ``_FINER`` times as fine."""
    inside = np.asarray(fine.getchannel("A")) >= 128
    side = fine.width // _FINER
    centres = (np.arange(side) + 0.5) * _FINER
    outer, inner = _nearest(centres, inside), _nearest(centres, ~inside)
    # In pixels at scale factor 1, so that halos are as wide in either density.
    distance = np.where(outer > inner, outer, -inner) / (_FINER * scale_factor)
    values = np.clip(np.rint(255 - 255 * (distance / _RADIUS + _CUTOFF)), 0, 255).astype(np.uint8)
    blank = np.zeros_like(values)
    return Image.fromarray(np.dstack((blank, blank, blank, values)), "RGBA")


def _nearest(centres: NDArray[np.floating[Any]], wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return, for each pair of centres, how far it is to the nearest wanted cell; 0 within one."""
    rows, columns = np.nonzero(wanted & ~_surrounded(wanted))
    result = np.zeros((len(centres), len(centres)))
    for row, y in enumerate(centres):
        squares = (rows + 0.5 - y)[:, None] ** 2 + (columns[:, None] + 0.5 - centres[None, :]) ** 2
        result[row] = np.sqrt(squares.min(axis=0)) - 0.5
    held = wanted[np.ix_(centres.astype(int), centres.astype(int))]
    result[held] = 0
    return result


def _surrounded(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which cells have none but their like beside them; beyond the border everything is alike."""
    padded = np.pad(cells, 1, constant_values=True)
    found: NDArray[np.bool_] = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return found
