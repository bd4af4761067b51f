"""Styles for layers that nobody has styled yet: plain, legible, the same for a layer every time."""

from __future__ import annotations

import colorsys
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from layers.schema import Field, GeometryType
from layers.styles.density import Density
from layers.styles.model import Dimension, Fill, Icon, Label, Line, Mark, Number, Placement, Raster, Rule, Stops, Style

_Choice = TypeVar("_Choice")

PALETTE = (
    "#363e98",  # indigo
    "#d57937",  # orange
    "#27787b",  # petrol
    "#9568da",  # violet
    "#9c541a",  # brown
    "#35a39c",  # turquoise
    "#7c0855",  # wine
    "#163308",  # dark green
)
"""Told apart with every kind of colour vision: any two differ by 12 and more (100 times their distance in OKLab) to
normal, protanopic, deuteranopic and tritanopic eyes, and each by 3 : 1 and more from white, enough for thin lines."""

_HINTS = {
    "#2f7fc1": ("water", "river", "drain", "flood", "sewer", "irrigation", "lake", "coast"),
    "#4f7f2f": ("park", "green", "tree", "forest", "farm", "agri", "plant"),
    "#6b5a48": ("build", "house", "address", "door"),
}
"""Colours that a word in the name of the layer asks for."""

_ICONS = {
    "school": ("school", "campus", "university"),
    "hospital": ("hospital", "clinic"),
    "pharmacy": ("pharmac",),
    "police": ("police",),
    "fire": ("fire-station", "firestation"),
    "library": ("librar",),
    "museum": ("museum",),
    "temple": ("temple", "church"),
    "government": ("government", "city-hall"),
    "market": ("market",),
    "parking": ("parking",),
    "bicycle": ("bike", "bicycle"),
    "bus": ("bus-stop",),
    "train": ("station-rail", "rail-station", "metro-station"),
    "camera": ("camera", "cctv"),
    "shelter": ("shelter",),
}
"""Pictograms that a word in the name of a layer of points asks for."""

_TERRAIN = ("#3d7a5c", "#8db36b", "#dccf8e", "#c49a62", "#8f6a52", "#f5f2ee")
"""From low to high; lightness rises and falls once, so that it reads without hue as well."""
_TERRAIN_SHARES = (0.0, 0.15, 0.35, 0.6, 0.85, 1.0)
_GREYS = ("#000000", "#ffffff")
_GREY_WORDS = ("shade", "ortho", "photo", "relief")
_RELIEF = 0.5
_LOWEST_LAND, _HIGHEST_LAND, _LEAST_RISE = -430.0, 8900.0, 5.0
_LEAST_SLOPE, _MOST_SLOPE = 0.001, 2.0
"""Mean rise over run: a plain, and cliffs that no terrain model consists of."""

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
    steepness: float | None = None,
    density: Density | None = None,
) -> Style:
    """Return a layer's style by what it holds; ``geometry_type`` is None for rasters.

    A raster with ``minimum`` and ``maximum`` gets a ramp between them, with soft relief where it is as steep as
    land is; one without is drawn as it is. Labels show
    ``title_field`` where it is one of ``fields``, the sooner the sparser the features are.
    """
    if geometry_type is None:
        return _raster_style(layer, minimum, maximum, steepness)
    colour = _colour(theme, layer)
    named = title_field is not None and any(field.name == title_field for field in fields)
    title = title_field if named else None
    look = _Look(colour, title, density or Density.MEDIUM, _icon(layer))
    if geometry_type.dimension is None:
        rules = [rule for kind in (2, 1, 0) for rule in _rules(kind, look, mixed=True)]
    else:
        rules = _rules(geometry_type.dimension, look, mixed=False)
    return Style(tuple(rules))


def _colour(theme: str, layer: str) -> str:
    for colour, words in _HINTS.items():
        if any(word in layer for word in words):
            return colour
    number = int.from_bytes(hashlib.sha256(f"{theme}/{layer}".encode()).digest()[:4], "big")
    return PALETTE[number % len(PALETTE)]


def _icon(layer: str) -> str | None:
    """Return the pictogram that the layer's name speaks of."""
    return next((icon for icon, words in _ICONS.items() if any(word in layer for word in words)), None)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a layer's symbols are chosen by."""

    colour: str
    title: str | None
    density: Density
    icon: str | None

    def by_density(self, sparse: _Choice, medium: _Choice, dense: _Choice) -> _Choice:
        """Return the value for the layer's density."""
        return {Density.SPARSE: sparse, Density.MEDIUM: medium, Density.DENSE: dense}[self.density]


def _rules(dimension: int, look: _Look, *, mixed: bool) -> list[Rule]:
    names: tuple[Dimension, ...] = ("point", "line", "polygon")
    name = names[dimension]
    only = name if mixed else None
    rules, label, zoom = {0: _point, 1: _line, 2: _polygon}[dimension](look)
    if label:
        rules.append(Rule(f"{name}-name", (label,), zoom=(zoom, None)))
    return [replace(rule, geometry=only) for rule in rules]


_Parts = tuple[list[Rule], Label | None, int]


def _point(look: _Look) -> _Parts:
    mark = Mark(
        size=look.by_density(
            _stops(8, 4.0, 12, 7.0, 16, 11.0, 19, 14.0),
            _stops(8, 2.5, 12, 5.0, 16, 9.0, 19, 13.0),
            _stops(8, 1.2, 12, 2.0, 14, 2.8, 16, 5.0, 19, 10.0),
        ),
        colour=look.colour,
        outline="#ffffff",
        # Around dots that touch one another outlines would be all that is seen.
        outline_width=look.by_density(
            _stops(8, 0.8, 13, 1.2, 17, 1.6), _stops(9, 0.4, 13, 1.0, 17, 1.6), _stops(14, 0.0, 16, 0.7, 19, 1.4)
        ),
    )
    near = look.by_density(12, 15, 18)
    label_zoom = look.by_density(11, 16, 18)
    if look.icon is None:
        return [Rule("point", (mark,))], _label(look.title, "point", down=8.0), label_zoom
    icon = Icon(look.icon, size=_stops(near, 14.0, near + 3, 20.0), colour=look.colour)
    rules = [Rule("point-far", (mark,), zoom=(None, near - 1)), Rule("point", (icon,), zoom=(near, None))]
    return rules, _label(look.title, "point", down=15.0), max(label_zoom, near)


def _line(look: _Look) -> _Parts:
    width = look.by_density(
        _stops(8, 1.2, 12, 2.2, 16, 3.6, 19, 6.0),
        _stops(8, 0.7, 12, 1.4, 16, 3.0, 19, 5.5),
        _stops(8, 0.3, 12, 0.6, 14, 1.0, 16, 2.0, 19, 4.5),
    )
    line = Line(look.colour, width=width, opacity=look.by_density(0.9, 0.9, 0.8))
    return [Rule("line", (line,))], _label(look.title, "line"), look.by_density(12, 15, 17)


def _polygon(look: _Look) -> _Parts:
    # Where polygons are a few pixels wide, edges as dark as these would be all that is seen, and pale ones nothing.
    areas: tuple[Number, ...] = (0.32, 0.32, _stops(12, 0.6, 15, 0.45, 17, 0.32))
    edges: tuple[Number, ...] = (0.85, _stops(10, 0.3, 13, 0.5, 15, 0.85), _stops(13, 0.0, 15, 0.4, 17, 0.65))
    fill = Fill(_mixed_with_white(look.colour, 0.35), opacity=look.by_density(*areas))
    edge = Line(
        _darker(look.colour),
        width=look.by_density(
            _stops(8, 0.8, 13, 1.4, 17, 2.2), _stops(8, 0.3, 13, 0.6, 17, 1.8), _stops(13, 0.0, 15, 0.5, 18, 1.2)
        ),
        opacity=look.by_density(*edges),
    )
    return [Rule("polygon", (fill, edge))], _label(look.title, "interior"), look.by_density(10, 14, 18)


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


def _raster_style(layer: str, minimum: float | None, maximum: float | None, steepness: float | None) -> Style:
    if minimum is None or maximum is None or minimum >= maximum:
        return Style((Rule("raster", (Raster(),)),))
    grey = any(word in layer for word in _GREY_WORDS)
    colours, shares = (_GREYS, (0.0, 1.0)) if grey else (_TERRAIN, _TERRAIN_SHARES)
    span = maximum - minimum
    ramp = tuple((round(minimum + span * share, 6), colour) for share, colour in zip(shares, colours, strict=True))
    relief = _RELIEF if not grey and _is_terrain(minimum, maximum, steepness) else 0.0
    return Style((Rule("raster", (Raster(ramp=ramp, relief=relief),)),))


def _is_terrain(minimum: float, maximum: float, steepness: float | None) -> bool:
    """Tell whether values can be heights in metres: as low, as high and as steep as land is."""
    if steepness is None or maximum - minimum < _LEAST_RISE:
        return False
    return minimum >= _LOWEST_LAND and maximum <= _HIGHEST_LAND and _LEAST_SLOPE <= steepness <= _MOST_SLOPE


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
