"""What a layer is drawn from at a scale: its features, or the overview that shows the same more quickly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from xml.etree.ElementTree import Element

from layers.crs import Crs
from layers.drawing import DrawnLayer
from layers.extent import BoundingBox
from layers.overviews import Form, overview_zoom
from layers.render.scale import resolution_of
from layers.render.symbolizers import symbolizers
from layers.stores.drawn_names import JOINED
from layers.styles.attributes import fields_of
from layers.styles.model import Fill, Icon, Label, Line, Mark, Rule, Style, Symbol, base_colour, value_at

_SPREAD = 8
"""How much more of a pixel an outline of one pixel covers than what it goes around."""


def overview_of(bbox: BoundingBox, crs: Crs, width: int, height: int) -> int | None:
    """Return the zoom of the overviews that a picture is drawn from; None where features are drawn as they are.

    The picture's own pixels count here, whatever the scale factor: in double density more is seen.
    """
    return overview_zoom(resolution_of(bbox, crs, width, height))


def generalised(layer: DrawnLayer, zoom: int, overview: int) -> DrawnLayer:
    """Return what to draw instead of a layer where the overview of a zoom will do, else the layer."""
    symbols = _symbols_at(layer.style, zoom)
    if not layer.source.overviews or not all(
        isinstance(symbol, Fill | Line | Mark | Icon | Label) for symbol in symbols
    ):
        return layer
    plain = not _reads_attributes(layer.style, zoom) and all(isinstance(symbol, Fill | Line) for symbol in symbols)
    dissolved = layer.source.overview(overview, Form.DISSOLVED) if plain else None
    source = dissolved or layer.source.overview(overview, Form.FEATURES)
    if source is None:
        return layer
    style = _style_of_joined(layer.style, zoom) if dissolved else layer.style
    return DrawnLayer(replace(layer.source, parameters=source.parameters), style)


def _symbols_at(style: Style, zoom: int) -> list[Symbol]:
    return [symbol for rule in style.rules if rule.holds_at(zoom) for symbol in rule.symbols]


def _reads_attributes(style: Style, zoom: int) -> bool:
    held = tuple(rule for rule in style.rules if rule.holds_at(zoom))
    return bool(fields_of(Style(held))) or any(rule.filter or rule.otherwise for rule in held)


@dataclass(frozen=True, slots=True)
class Speck(Fill):
    """Polygons smaller than a pixel, joined: an area without an outline."""

    gamma: float = 1.0


@symbolizers.register
def _speck(symbol: Speck, zoom: int) -> Iterator[Element]:
    for element in symbolizers.dispatch(Fill)(symbol, zoom):
        element.set("gamma", f"{symbol.gamma:.3f}")
        yield element


@lru_cache(maxsize=1024)
def _style_of_joined(style: Style, zoom: int) -> Style:
    """Return a style with each rule twice: for features, and for specks, which have no outlines to stroke."""
    rules: list[Rule] = []
    for rule in style.rules:
        if rule.holds_at(zoom):
            specks = tuple(speck for symbol in rule.symbols for speck in _specks(symbol, zoom))
            rules.append(replace(rule, symbols=specks, filter=f"{JOINED} = 1"))
            rules.append(replace(rule, filter=f"{JOINED} = 0"))
    return Style(tuple(rules))


def _specks(symbol: Symbol, zoom: int) -> Iterator[Speck]:
    """Yield what a symbol looks like on a polygon smaller than a pixel.

    Of an outlined one only the outline is seen, and it covers more than the polygon does.
    """
    if isinstance(symbol, Fill):
        width = value_at(symbol.outline_width, zoom) if symbol.outline else 0.0
        yield Speck(
            symbol.outline if symbol.outline and width else base_colour(symbol.colour),
            symbol.opacity,
            gamma=_gamma(width),
        )
    elif isinstance(symbol, Line):
        width = value_at(symbol.width, zoom)
        yield Speck(base_colour(symbol.colour), symbol.opacity, gamma=_gamma(width))


def _gamma(width: float) -> float:
    return 1 / (1 + _SPREAD * width)
