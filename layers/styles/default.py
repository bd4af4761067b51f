"""Styles for layers that nobody has styled yet: plain, legible, the same for a layer every time."""

from __future__ import annotations

import colorsys
import hashlib
from collections.abc import Sequence

from layers.schema import Field, GeometryType
from layers.styles.model import Dimension, Fill, Label, Line, Mark, Placement, Raster, Rule, Stops, Style, Symbol

_PALETTE = (
    "#2f6db3",  # blue
    "#c8553d",  # vermilion
    "#2a8c82",  # teal
    "#8a3f8f",  # purple
    "#b07a1e",  # ochre
    "#3b4a9c",  # indigo
    "#a8325e",  # wine
    "#4f7f2f",  # olive green
)
"""Told apart with every kind of colour vision (after Okabe and Ito, and Tol), dark enough for thin lines."""

_HINTS = {
    "#2f7fc1": ("water", "river", "drain", "flood", "sewer", "irrigation", "lake", "coast"),
    "#4f7f2f": ("park", "green", "tree", "forest", "farm", "agri", "plant"),
    "#6b5a48": ("build", "house", "address", "door"),
}
"""Colours that a word in the name of the layer asks for."""

_TERRAIN = ("#3d7a5c", "#8db36b", "#dccf8e", "#c49a62", "#8f6a52", "#f5f2ee")
"""From low to high; lightness rises and falls once, so that it reads without hue as well."""
_TERRAIN_SHARES = (0.0, 0.15, 0.35, 0.6, 0.85, 1.0)
_GREYS = ("#000000", "#ffffff")
_GREY_WORDS = ("shade", "ortho", "photo", "relief")

_LABEL_INK = "#2e3338"
_HALO = "#ffffff"


def default_style(
    *,
    geometry_type: GeometryType | None,
    theme: str,
    fields: Sequence[Field],
    title_field: str | None,
    layer: str,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Style:
    """Return a layer's style by what it holds; ``geometry_type`` is None for rasters.

    A raster with ``minimum`` and ``maximum`` gets a ramp between them, one without is drawn as it is. Labels show
    ``title_field`` where it is one of ``fields``.
    """
    if geometry_type is None:
        return _raster_style(layer, minimum, maximum)
    colour = _colour(theme, layer)
    named = title_field is not None and any(field.name == title_field for field in fields)
    title = title_field if named else None
    if geometry_type.dimension is None:
        rules = [rule for kind in (2, 1, 0) for rule in _rules(kind, colour, title, mixed=True)]
    else:
        rules = _rules(geometry_type.dimension, colour, title, mixed=False)
    return Style(tuple(rules))


def _colour(theme: str, layer: str) -> str:
    for colour, words in _HINTS.items():
        if any(word in layer for word in words):
            return colour
    number = int.from_bytes(hashlib.sha256(f"{theme}/{layer}".encode()).digest()[:4], "big")
    return _PALETTE[number % len(_PALETTE)]


def _rules(dimension: int, colour: str, title: str | None, *, mixed: bool) -> list[Rule]:
    names: tuple[Dimension, ...] = ("point", "line", "polygon")
    name = names[dimension]
    only = name if mixed else None
    symbols, label, zoom = {0: _point, 1: _line, 2: _polygon}[dimension](colour, title)
    rules = [Rule(name, symbols, geometry=only)]
    if label:
        rules.append(Rule(f"{name}-name", (label,), zoom=(zoom, None), geometry=only))
    return rules


_Parts = tuple[tuple[Symbol, ...], Label | None, int]


def _point(colour: str, title: str | None) -> _Parts:
    mark = Mark(
        size=_stops(8, 2.5, 12, 5.0, 16, 9.0, 19, 13.0),
        colour=colour,
        outline="#ffffff",
        outline_width=_stops(9, 0.4, 13, 1.0, 17, 1.6),
    )
    return (mark,), _label(title, "point", down=8.0), 16


def _line(colour: str, title: str | None) -> _Parts:
    line = Line(colour, width=_stops(8, 0.7, 12, 1.4, 16, 3.0, 19, 5.5), opacity=0.9)
    return (line,), _label(title, "line"), 15


def _polygon(colour: str, title: str | None) -> _Parts:
    fill = Fill(_mixed_with_white(colour, 0.35), opacity=0.32)
    # Where polygons are a few pixels wide, edges as dark as these would be all that is seen.
    edge = Line(_darker(colour), width=_stops(8, 0.3, 13, 0.6, 17, 1.8), opacity=_stops(10, 0.3, 13, 0.5, 15, 0.85))
    return (fill, edge), _label(title, "interior"), 14


def _label(title: str | None, placement: Placement, down: float = 0.0) -> Label | None:
    if title is None:
        return None
    along = placement == "line"
    return Label(
        title,
        size=_stops(14, 11.0, 18, 13.0),
        colour=_LABEL_INK,
        halo=_HALO,
        placement=placement,
        offset=(0.0, down),
        spacing=320.0 if along else None,
        wrap=None if along else 96.0,
        priority=3,
    )


def _raster_style(layer: str, minimum: float | None, maximum: float | None) -> Style:
    if minimum is None or maximum is None or minimum >= maximum:
        return Style((Rule("raster", (Raster(),)),))
    grey = any(word in layer for word in _GREY_WORDS)
    colours, shares = (_GREYS, (0.0, 1.0)) if grey else (_TERRAIN, _TERRAIN_SHARES)
    span = maximum - minimum
    ramp = tuple((round(minimum + span * share, 6), colour) for share, colour in zip(shares, colours, strict=True))
    return Style((Rule("raster", (Raster(ramp=ramp),)),))


def _stops(*numbers: float) -> Stops:
    return Stops(tuple(zip(map(float, numbers[::2]), map(float, numbers[1::2]), strict=True)))


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in (red, green, blue))


def _mixed_with_white(colour: str, share: float) -> str:
    red, green, blue = (channel + (1 - channel) * share for channel in _channels(colour))
    return _hex(red, green, blue)


def _darker(colour: str) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    return _hex(*colorsys.hls_to_rgb(hue, lightness * 0.78, saturation))
