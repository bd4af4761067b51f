"""Legends: what the symbols of a style mean, drawn with the very symbols of the map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from layers.messages import Language, message
from layers.render.encoding import encode
from layers.render.ramp_bar import flowing_ramp, ramp_bar
from layers.render.relief_swatch import relief_swatch, shaded_alone
from layers.render.renderer import Renderer
from layers.render.swatches import HEIGHT, WIDTH, Swatch, swatches
from layers.schema import GeometryType
from layers.styles.model import Raster, Style, Weight
from layers.text import Text

_MARGIN = 8
_GAP = 8
_ROW = 24
_INSET = 2
"""Pixels that swatches of areas leave free on each side, and so do bars."""
_TICK = 4
_FRAME = "#8b9aa5"
_TEXT_SIZE = 13
_HEADING_SIZE = 14
_INK = "#333333"
_ENTRY_SCALE = 2.0
"""Pictures of entries are twice as large as shown, crisp on screens of high density."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of a legend."""

    name: str
    title: Text
    image: bytes
    """PNG, 56 × 36 pixels, to be shown at 28 × 18."""


def legend_entries(
    renderer: Renderer, style: Style, geometry_type: GeometryType | None, language: Language
) -> tuple[LegendEntry, ...]:
    """Draw the entries of a style's legend: one for each rule with a title, or one for all where none has any.

    A colour ramp has one entry for each of its stops (of many, for some). ``geometry_type`` is None for rasters.
    """
    return tuple(
        LegendEntry(swatch.name, _title(swatch, None), encode(_drawn(renderer, style, swatch, _ENTRY_SCALE), "png"))
        for swatch in swatches(style, geometry_type, language)
    )


def legend_image(
    renderer: Renderer,
    style: Style,
    geometry_type: GeometryType | None,
    title: Text | None,
    language: Language,
    scale_factor: float = 1,
) -> bytes:
    """Draw a whole legend on white as PNG, under the heading ``title``; a ramp whose colours flow is one bar."""
    shown, heading, titles = _entries(style, geometry_type, title, language)
    sheet = _Sheet(renderer, scale_factor)
    sheet.open(*_size(sheet, heading, titles))
    if heading:
        sheet.write(heading, _HEADING_SIZE, "bold", _MARGIN, 0)
    flowing = flowing_ramp(style)
    if flowing:
        sheet.flow(flowing, bool(heading), len(shown))
    for row, (swatch, text) in enumerate(zip(shown, titles, strict=True), start=bool(heading)):
        if not flowing:
            sheet.paste(_drawn(renderer, style, swatch, scale_factor), row)
        sheet.write(text, _TEXT_SIZE, "regular", _MARGIN + WIDTH + _GAP, row)
    return encode(sheet.image, "png")


def legend_size(
    renderer: Renderer, style: Style, geometry_type: GeometryType | None, title: Text | None, language: Language
) -> tuple[int, int]:
    """Return width and height in pixels of what ``legend_image`` draws at scale factor 1, without drawing it."""
    _, heading, titles = _entries(style, geometry_type, title, language)
    width, height = _size(_Sheet(renderer, 1), heading, titles)
    return math.ceil(width), math.ceil(height)


def _drawn(renderer: Renderer, style: Style, swatch: Swatch, scale_factor: float) -> Image.Image:
    shaded = shaded_alone(style)
    return relief_swatch(shaded, scale_factor) if shaded else renderer.draw(swatch.request(scale_factor))


def _entries(
    style: Style, geometry_type: GeometryType | None, title: Text | None, language: Language
) -> tuple[Sequence[Swatch], str | None, list[str]]:
    """Return the swatches, the heading over them (None: none) and what stands beside each."""
    shown = swatches(style, geometry_type, language)
    alone = len(shown) == 1 and shown[0].title is None
    heading = title.in_language(language) if title and not alone else None
    return shown, heading, [_title(swatch, title if alone else None).in_language(language) for swatch in shown]


def _size(sheet: _Sheet, heading: str | None, titles: Sequence[str]) -> tuple[float, float]:
    width = _GAP + WIDTH + max(sheet.width_of(text, _TEXT_SIZE, "regular") for text in titles)
    if heading:
        width = max(width, sheet.width_of(heading, _HEADING_SIZE, "bold"))
    return width + 2 * _MARGIN, (len(titles) + bool(heading)) * _ROW + 2 * _MARGIN - (_ROW - HEIGHT)


def _title(swatch: Swatch, stand_in: Text | None) -> Text:
    return swatch.title or stand_in or Text(message("legend_all", "zh-TW"), message("legend_all", "en"))


class _Sheet:
    """The picture under construction; everything is told in pixels at scale factor 1."""

    def __init__(self, renderer: Renderer, scale_factor: float) -> None:
        self._renderer = renderer
        self._scale = scale_factor
        self.image = Image.new("RGBA", (1, 1))

    def open(self, width: float, height: float) -> None:
        size = (math.ceil(width * self._scale), math.ceil(height * self._scale))
        self.image = Image.new("RGBA", size, "#ffffff")

    def width_of(self, text: str, size: int, weight: Weight) -> float:
        return self._font(size, weight).getlength(text) / self._scale

    def write(self, text: str, size: int, weight: Weight, left: float, row: int) -> None:
        middle = _MARGIN + row * _ROW + HEIGHT / 2
        place = (left * self._scale, middle * self._scale)
        ImageDraw.Draw(self.image).text(place, text, fill=_INK, font=self._font(size, weight), anchor="lm")

    def paste(self, picture: Image.Image, row: int) -> None:
        place = (round(_MARGIN * self._scale), round((_MARGIN + row * _ROW) * self._scale))
        self.image.alpha_composite(picture, place)

    def flow(self, raster: Raster, first: int, rows: int) -> None:
        """Draw a ramp beside ``rows`` lines, with a tick at each."""
        left, right = _MARGIN + _INSET, _MARGIN + WIDTH - _INSET
        top = _MARGIN + first * _ROW + _INSET
        bottom = top + (rows - 1) * _ROW + HEIGHT - 2 * _INSET
        x, y, end, low = (round(value * self._scale) for value in (left, top, right, bottom))
        self.image.alpha_composite(ramp_bar(raster, rows, (end - x, low - y), _ROW * self._scale), (x, y))
        pen = ImageDraw.Draw(self.image)
        thick = max(1, round(self._scale))
        pen.rectangle((x, y, end - 1, low - 1), outline=_FRAME, width=thick)
        for row in range(rows):
            middle = round((_MARGIN + (first + row) * _ROW + HEIGHT / 2) * self._scale)
            pen.rectangle((end, middle - thick // 2, end + round(_TICK * self._scale), middle + (thick - 1) // 2), _INK)

    def _font(self, size: int, weight: Weight) -> ImageFont.FreeTypeFont:
        face = self._renderer.fonts.face(weight)
        return _truetype(str(face.file), size * self._scale, face.index)


@lru_cache(maxsize=16)
def _truetype(file: str, size: float, index: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size, index=index)
