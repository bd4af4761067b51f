"""Symbols as layers of a MapLibre style: type, layout and paint of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from layers.styles.findings import StyleFindings
from layers.styles.model import (
    Cluster,
    Colour,
    Dimension,
    FieldColour,
    Fill,
    Hatch,
    Heat,
    Icon,
    Label,
    Line,
    Mark,
    Number,
    Proportion,
    Stops,
    Symbol,
    Weight,
    value_at,
)
from layers.styles.sprites import Sprite, hatch_sprite, icon_sprite, mark_sprite

Json = Any
FONTS: dict[Weight, str] = {
    "regular": "Noto Sans TC Regular",
    "medium": "Noto Sans TC Medium",
    "bold": "Noto Sans TC Bold",
}
"""What styles call the fonts, whichever the pictures are drawn with; a client without glyphs looks for these."""
USUAL_ZOOM = 16
"""Where lengths that cannot change with the zoom are what they are."""
ZOOM_SHIFT = 1.0
"""A picture of 256 pixels a tile is of the zoom that MapLibre, whose tiles have 512, calls one less."""


@dataclass(slots=True)
class Target:
    """Where the layers of one style belong, and what was found and asked for on the way."""

    source: str
    source_layer: str
    prefix: str
    findings: StyleFindings
    sprites: dict[str, Sprite]
    dimension: Dimension | None = None
    """Of the features that the present rule draws; None where it is not known."""
    points: str | None = None
    """The source layer with one point inside of each area; None where there is none."""

    def sprite(self, sprite: Sprite) -> Sprite:
        """Note a sprite that a layer names, and return it."""
        self.sprites[sprite.name] = sprite
        return sprite


@singledispatch
def client_layers(symbol: Symbol, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the suffix of an id, and type, layout and paint, of each layer that draws a symbol."""
    raise NotImplementedError(type(symbol).__name__)


@client_layers.register
def _fill(symbol: Fill, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    paint = {"fill-color": _colour(symbol.colour), "fill-opacity": _number(symbol.opacity)}
    yield "", {"type": "fill", "paint": paint}
    if symbol.outline:
        # The outline of a fill is always one pixel wide; a line is as wide as it is told.
        line = {"line-color": symbol.outline, "line-width": _number(symbol.outline_width)}
        yield (
            "-outline",
            {
                "type": "line",
                "layout": {"line-join": "round"},
                "paint": {**line, "line-opacity": _number(symbol.opacity)},
            },
        )


@client_layers.register
def _line(symbol: Line, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    paint: dict[str, Json] = {
        "line-color": _colour(symbol.colour),
        "line-width": _number(symbol.width),
        "line-opacity": _number(symbol.opacity),
    }
    if symbol.dash:
        paint["line-dasharray"] = _dash(symbol)
    if symbol.offset:
        paint["line-offset"] = -symbol.offset
    yield "", {"type": "line", "layout": {"line-cap": symbol.cap, "line-join": symbol.join}, "paint": paint}


def _dash(symbol: Line) -> Json:
    """Return the dashes in widths of the line, as clients count them; anew for each zoom where the width changes."""
    dash = symbol.dash if len(symbol.dash) % 2 == 0 else symbol.dash * 2

    def at(zoom: float) -> list[float]:
        width = max(value_at(symbol.width, zoom), 0.01)
        return [round(length / width, 4) for length in dash]

    if not isinstance(symbol.width, Stops):
        return at(USUAL_ZOOM)
    first, last = math.floor(symbol.width.pairs[0][0]), math.ceil(symbol.width.pairs[-1][0])
    steps: list[Json] = [["literal", at(first)]]
    for zoom in range(first + 1, last + 1):
        # A client's zooms lie between ours: each begins half a zoom before.
        steps += [zoom - ZOOM_SHIFT - 0.5, ["literal", at(zoom)]]
    return ["step", ["zoom"], *steps] if len(steps) > 1 else at(first)


@client_layers.register
def _hatch(symbol: Hatch, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    name = target.sprite(hatch_sprite(symbol)).name
    yield "", {"type": "fill", "paint": {"fill-pattern": name, "fill-opacity": _number(symbol.opacity)}}


@client_layers.register
def _mark(symbol: Mark, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    plain = symbol.shape == "circle" and symbol.placement == "interior" and symbol.allow_overlap
    # A client draws a circle on every corner of a line or polygon.
    if plain and target.dimension in {None, "point"}:
        yield "", {"type": "circle", "paint": _circle(symbol)}
        return
    sprite = target.sprite(mark_sprite(symbol))
    if symbol.placement in {"first", "last"}:
        target.findings.add("style_maplibre_ends", "mark.placement", value=symbol.placement)
    layout = _pictured(sprite, symbol)
    if symbol.placement == "line":
        layout |= {"symbol-placement": "line", "symbol-spacing": max(1.0, symbol.spacing)}
    elif symbol.placement != "interior":
        layout["symbol-placement"] = "line-center"
    paint: dict[str, Json] = {"icon-opacity": _number(symbol.opacity)}
    if sprite.is_field:
        paint["icon-color"] = _colour(symbol.colour)
        if symbol.outline:
            paint |= {"icon-halo-color": symbol.outline, "icon-halo-width": _number(symbol.outline_width, 0.5)}
    yield "", {"type": "symbol", "layout": layout, "paint": paint}


def _circle(symbol: Mark) -> dict[str, Json]:
    """Return the paint of a circle: its stroke lies outside of the radius, in pictures half within it."""
    paint: dict[str, Json] = {
        "circle-radius": _size(symbol.size, 0.5),
        "circle-color": _colour(symbol.colour),
        "circle-opacity": _number(symbol.opacity),
    }
    if symbol.outline:
        half = value_at(symbol.outline_width, USUAL_ZOOM) / 2
        paint["circle-radius"] = _size(symbol.size, 0.5, -half)
        paint["circle-stroke-color"] = symbol.outline
        paint["circle-stroke-width"] = _number(symbol.outline_width)
        paint["circle-stroke-opacity"] = _number(symbol.opacity)
    return paint


@client_layers.register
def _icon(symbol: Icon, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    sprite = target.sprite(icon_sprite(symbol))
    layout = {**_pictured(sprite, symbol), "symbol-sort-key": -symbol.priority}
    paint: dict[str, Json] = {"icon-opacity": _number(symbol.opacity)}
    if sprite.is_field:
        paint["icon-color"] = _colour(symbol.colour)
    yield "", {"type": "symbol", "layout": layout, "paint": paint}


def _pictured(sprite: Sprite, symbol: Mark | Icon) -> dict[str, Json]:
    layout: dict[str, Json] = {
        "icon-image": sprite.name,
        "icon-size": _size(symbol.size, 1 / sprite.size),
        "icon-allow-overlap": symbol.allow_overlap,
        "icon-ignore-placement": symbol.allow_overlap,
        "icon-padding": 0,
    }
    if symbol.rotation:
        layout["icon-rotate"] = symbol.rotation
    return layout


@client_layers.register
def _label(symbol: Label, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    along = symbol.placement == "line"
    size = value_at(symbol.size, USUAL_ZOOM)
    layout: dict[str, Json] = {
        "text-field": _text(symbol),
        "text-font": [FONTS[symbol.weight]],
        "text-size": _number(symbol.size),
        "text-allow-overlap": symbol.allow_overlap,
        "text-padding": round(size / 4, 3),
        "symbol-sort-key": -symbol.priority,
    }
    if along:
        layout |= {
            "symbol-placement": "line",
            "text-max-angle": symbol.max_angle,
            "text-keep-upright": symbol.upright,
            "text-letter-spacing": 0.1,
            "symbol-spacing": max(1.0, symbol.spacing or 1000.0),
        }
    else:
        layout |= {"text-anchor": _anchor(symbol), "text-max-width": round((symbol.wrap or 2000.0) / size, 3)}
        if symbol.rotation:
            layout["text-rotate"] = symbol.rotation
    if any(symbol.offset):
        layout["text-offset"] = [round(length / size, 4) for length in symbol.offset]
    paint: dict[str, Json] = {"text-color": _colour(symbol.colour), "text-opacity": _number(symbol.opacity)}
    if symbol.halo:
        paint |= {"text-halo-color": symbol.halo, "text-halo-width": _number(symbol.halo_width)}
    yield "", {"type": "symbol", "layout": layout, "paint": paint}


@client_layers.register
def _heat(symbol: Heat, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    last = len(symbol.ramp) - 1
    stops: list[Json] = [0, "rgba(0, 0, 0, 0)"]
    for place, colour in enumerate(symbol.ramp):
        stops += [round(0.05 + 0.95 * place / last, 4), colour]
    paint: dict[str, Json] = {
        "heatmap-radius": symbol.radius,
        "heatmap-intensity": symbol.strength,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], *stops],
        "heatmap-opacity": _number(symbol.opacity),
    }
    if symbol.weight:
        paint["heatmap-weight"] = _share(symbol.weight)
    target.findings.add("style_maplibre_heat", "heat")
    yield "", {"type": "heatmap", "paint": paint}


@client_layers.register
def _cluster(symbol: Cluster, target: Target) -> Iterator[tuple[str, dict[str, Json]]]:
    # Clients gather points of GeoJSON alone, not those of vector tiles.
    target.findings.add("style_maplibre_cluster", "cluster")
    yield from client_layers(Mark(colour=symbol.ramp[0], outline=symbol.outline), target)


def _text(symbol: Label) -> Json:
    value = ["to-string", ["get", symbol.field]]
    if not symbol.before and not symbol.after:
        return value
    return ["case", ["==", value, ""], "", ["concat", symbol.before, value, symbol.after]]


def _anchor(symbol: Label) -> str:
    right, down = symbol.offset
    if symbol.anchor != "auto":
        return symbol.anchor
    return "left" if right > 0 else "right" if right < 0 else "top" if down > 0 else "bottom" if down else "center"


def _colour(colour: Colour) -> Json:
    """Return a colour; one from an attribute by text, of which ``r,g,b`` lacks only the function around it."""
    if not isinstance(colour, FieldColour):
        return colour
    text = ["to-string", ["get", colour.field]]
    return ["to-color", text, ["concat", "rgb(", text, ")"], colour.otherwise]


def _number(number: Number, factor: float = 1.0, more: float = 0.0) -> Json:
    """Return a number; stops grow between zooms as the model has it."""
    if not isinstance(number, Stops):
        return _least(number * factor, more)
    stops = [part for zoom, value in number.pairs for part in (zoom - ZOOM_SHIFT, _least(value * factor, more))]
    return ["interpolate", ["exponential", 1.5], ["zoom"], *stops] if len(number.pairs) > 1 else stops[1]


def _least(value: float, more: float) -> float:
    return round(max(value + more, 0.0), 6)


def _size(size: Number | Proportion, factor: float, more: float = 0.0) -> Json:
    if not isinstance(size, Proportion):
        return _number(size, factor, more)
    grown = ["*", round(size.size * factor, 6), ["sqrt", _share(size)]]
    return ["max", ["+", grown, round(more, 6)], 0] if more else grown


def _share(size: Proportion) -> Json:
    value = ["to-number", ["get", size.field], 0]
    return ["/", ["min", ["max", value, 0], size.largest], size.largest]
