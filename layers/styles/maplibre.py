"""Styles as layers of a MapLibre style (style specification version 8), over a vector source.

A pure function of the style: the tiles' layer and the names of sprites are given by whoever serves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from math import copysign
from typing import Any

from layers.errors import InvalidFilter
from layers.styles.expressions import compiled, else_expression
from layers.styles.findings import StyleFinding, StyleFindings
from layers.styles.model import (
    HIGHEST_ZOOM,
    LOWEST_ZOOM,
    Colour,
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
    Raster,
    Rule,
    Stops,
    Style,
    Symbol,
    value_at,
)

Json = Any
_GEOMETRIES = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
_FONTS = {"regular": "Noto Sans TC Regular", "medium": "Noto Sans TC Medium", "bold": "Noto Sans TC Bold"}
_USUAL_ZOOM = 16
"""Where lengths that cannot change with the zoom are what they are."""
_LOWER = 1.0
"""A picture of 256 pixels a tile is of the zoom that MapLibre, whose tiles have 512, calls one less."""


@dataclass(frozen=True, slots=True)
class MapLibreLayers:
    """The layers of a style, the sprites they name, and what a client draws otherwise."""

    layers: tuple[Mapping[str, Json], ...]
    sprites: Mapping[str, Hatch | Icon | Mark]
    """What each sprite shows; icons and marks are drawn black, to be coloured by the client (SDF)."""
    findings: tuple[StyleFinding, ...]


@dataclass(slots=True)
class _Target:
    source: str
    source_layer: str
    prefix: str
    findings: StyleFindings
    sprites: dict[str, Hatch | Icon | Mark]


def write_maplibre(style: Style, source: str, source_layer: str, prefix: str = "") -> MapLibreLayers:
    """Write the layers of a style, from bottom to top; their ids begin with ``prefix`` and the rule's name.

    Shapes come first, level by level; icons and texts after them, the most important last, which is placed first.
    """
    target = _Target(source, source_layer, prefix or source_layer, StyleFindings(), {})
    layers = [
        layer for rule, symbol, number in _ordered(style) for layer in _layer(style, rule, symbol, number, target)
    ]
    return MapLibreLayers(tuple(layers), target.sprites, tuple(target.findings.found))


def _ordered(style: Style) -> Iterator[tuple[Rule, Symbol, int]]:
    """Yield symbols from bottom to top."""
    found = [(rule, symbol, number) for rule in style.rules for number, symbol in enumerate(_apart(rule))]
    shapes = [entry for entry in found if not isinstance(entry[1], Icon | Label)]
    placed = [entry for entry in found if isinstance(entry[1], Icon | Label)]
    yield from sorted(shapes, key=lambda entry: entry[0].level)
    yield from sorted(placed, key=lambda entry: entry[1].priority if isinstance(entry[1], Icon | Label) else 0)


def _apart(rule: Rule) -> Iterator[Symbol]:
    """Yield a rule's symbols, labels so far from the icon they belong to that both can be seen."""
    icon = next((symbol for symbol in rule.symbols if isinstance(symbol, Icon)), None)
    for symbol in rule.symbols:
        if icon is None or not isinstance(symbol, Label) or symbol.placement == "line":
            yield symbol
            continue
        clear = value_at(icon.size, _USUAL_ZOOM) / 2 + value_at(symbol.size, _USUAL_ZOOM) / 4 + 1
        right, down = symbol.offset
        if max(abs(right), abs(down)) < clear:
            sideways = right and not down
            symbol = replace(
                symbol, offset=(copysign(clear, right), down) if sideways else (right, copysign(clear, down))
            )
        yield symbol


def _layer(style: Style, rule: Rule, symbol: Symbol, number: int, target: _Target) -> Iterator[dict[str, Json]]:
    target.findings.rule = rule.title.zh if rule.title else rule.name
    if isinstance(symbol, Raster):
        target.findings.add("style_maplibre_raster", "raster")
        return
    try:
        filter_ = _filter(style, rule, symbol)
    except InvalidFilter as error:
        target.findings.add("style_maplibre_rule", "filter", value=error.sentence("en"))
        return
    for suffix, parts in _parts(symbol, target):
        layer: dict[str, Json] = {
            "id": f"{target.prefix}-{rule.name}-{number}{suffix}",
            "type": parts["type"],
            "source": target.source,
            "source-layer": target.source_layer,
        }
        layer |= _zooms(rule)
        if filter_ is not None:
            layer["filter"] = filter_
        yield layer | {key: value for key, value in parts.items() if key != "type" and value}


def _zooms(rule: Rule) -> dict[str, Json]:
    """Return the zooms of a client between which a rule is drawn: half a zoom beyond its own, as maps are."""
    first, last = rule.zoom
    zooms: dict[str, Json] = {}
    if first is not None and first > LOWEST_ZOOM:
        zooms["minzoom"] = max(0.0, first - 0.5 - _LOWER)
    if last is not None and last < HIGHEST_ZOOM:
        zooms["maxzoom"] = max(0.0, last + 0.5 - _LOWER)
    return zooms


def _filter(style: Style, rule: Rule, symbol: Symbol) -> Json:
    parts: list[Json] = []
    if rule.otherwise:
        parts += [["!", held] for held in else_expression(style, rule)]
    kind = rule.geometry or ("polygon" if isinstance(symbol, Fill | Hatch) else None)
    if kind:
        parts.append(["==", ["geometry-type"], _GEOMETRIES[kind]])
    if rule.filter:
        parts.append(compiled(rule.filter))
    return None if not parts else parts[0] if len(parts) == 1 else ["all", *parts]


@singledispatch
def _parts(symbol: Symbol, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the suffix of an id, and type, layout and paint, of each layer that draws a symbol."""
    raise NotImplementedError(type(symbol).__name__)


@_parts.register
def _fill(symbol: Fill, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
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


@_parts.register
def _line(symbol: Line, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
    paint: dict[str, Json] = {
        "line-color": _colour(symbol.colour),
        "line-width": _number(symbol.width),
        "line-opacity": _number(symbol.opacity),
    }
    if symbol.dash:
        dash = symbol.dash if len(symbol.dash) % 2 == 0 else symbol.dash * 2
        # Dashes are counted in widths of the line, and cannot change with the zoom.
        width = value_at(symbol.width, _USUAL_ZOOM)
        paint["line-dasharray"] = [round(length / max(width, 0.01), 4) for length in dash]
        if isinstance(symbol.width, Stops):
            target.findings.add("style_maplibre_dash", "line.dash")
    if symbol.offset:
        paint["line-offset"] = -symbol.offset
    yield "", {"type": "line", "layout": {"line-cap": symbol.cap, "line-join": symbol.join}, "paint": paint}


@_parts.register
def _hatch(symbol: Hatch, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
    name = f"hatch-{symbol.pattern}-{symbol.spacing:g}-{symbol.width:g}-{symbol.colour[1:]}"
    target.sprites[name] = symbol
    yield "", {"type": "fill", "paint": {"fill-pattern": name, "fill-opacity": _number(symbol.opacity)}}


@_parts.register
def _mark(symbol: Mark, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
    if symbol.shape == "circle" and symbol.placement == "interior" and symbol.allow_overlap:
        paint: dict[str, Json] = {
            "circle-radius": _size(symbol.size, 0.5),
            "circle-color": _colour(symbol.colour),
            "circle-opacity": _number(symbol.opacity),
        }
        if symbol.outline:
            paint["circle-stroke-color"] = symbol.outline
            paint["circle-stroke-width"] = _number(symbol.outline_width)
            paint["circle-stroke-opacity"] = _number(symbol.opacity)
        yield "", {"type": "circle", "paint": paint}
        return
    name = f"mark-{symbol.shape}"
    target.sprites[name] = Mark(symbol.shape, 16.0, "#000000")
    if symbol.placement in {"first", "last"}:
        target.findings.add("style_maplibre_ends", "mark.placement", value=symbol.placement)
    layout = _pictured(name, symbol, symbol.allow_overlap)
    if symbol.placement == "line":
        layout |= {"symbol-placement": "line", "symbol-spacing": max(1.0, symbol.spacing)}
    elif symbol.placement != "interior":
        layout["symbol-placement"] = "line-center"
    paint = {"icon-color": _colour(symbol.colour), "icon-opacity": _number(symbol.opacity)}
    if symbol.outline:
        paint |= {"icon-halo-color": symbol.outline, "icon-halo-width": _number(symbol.outline_width)}
    yield "", {"type": "symbol", "layout": layout, "paint": paint}


@_parts.register
def _icon(symbol: Icon, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
    name = f"icon-{symbol.name}"
    target.sprites[name] = Icon(symbol.name, 16.0, "#000000")
    layout = {**_pictured(name, symbol, symbol.allow_overlap), "symbol-sort-key": -symbol.priority}
    paint = {"icon-color": _colour(symbol.colour), "icon-opacity": _number(symbol.opacity)}
    yield "", {"type": "symbol", "layout": layout, "paint": paint}


def _pictured(name: str, symbol: Mark | Icon, overlaps: bool) -> dict[str, Json]:
    layout: dict[str, Json] = {
        "icon-image": name,
        # Sprites measure 16 pixels.
        "icon-size": _size(symbol.size, 1 / 16),
        "icon-allow-overlap": overlaps,
        "icon-ignore-placement": overlaps,
    }
    if symbol.rotation:
        layout["icon-rotate"] = symbol.rotation
    return layout


@_parts.register
def _label(symbol: Label, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
    along = symbol.placement == "line"
    size = value_at(symbol.size, _USUAL_ZOOM)
    layout: dict[str, Json] = {
        "text-field": _text(symbol),
        "text-font": [_FONTS[symbol.weight]],
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


@_parts.register
def _heat(symbol: Heat, target: _Target) -> Iterator[tuple[str, dict[str, Json]]]:
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


def _number(number: Number, factor: float = 1.0) -> Json:
    """Return a number; stops grow between zooms as the model has it."""
    if not isinstance(number, Stops):
        return round(number * factor, 6)
    stops = [part for zoom, value in number.pairs for part in (zoom - _LOWER, round(value * factor, 6))]
    return ["interpolate", ["exponential", 1.5], ["zoom"], *stops] if len(number.pairs) > 1 else stops[1]


def _size(size: Number | Proportion, factor: float) -> Json:
    if not isinstance(size, Proportion):
        return _number(size, factor)
    return ["*", round(size.size * factor, 6), ["sqrt", _share(size)]]


def _share(size: Proportion) -> Json:
    value = ["to-number", ["get", size.field], 0]
    return ["/", ["min", ["max", value, 0], size.largest], size.largest]
