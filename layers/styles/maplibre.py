"""Styles as layers of a MapLibre style (style specification version 8), over a vector source.

A pure function of the style: the tiles' layer and the names of sprites are given by whoever serves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import copysign

from layers.errors import InvalidFilter
from layers.styles.expressions import compiled, else_expression
from layers.styles.findings import StyleFinding, StyleFindings
from layers.styles.maplibre_symbols import USUAL_ZOOM, ZOOM_SHIFT, Json, Target, client_layers
from layers.styles.model import (
    HIGHEST_ZOOM,
    LOWEST_ZOOM,
    Dimension,
    Fill,
    Hatch,
    Icon,
    Label,
    Raster,
    Rule,
    Style,
    Symbol,
    value_at,
)
from layers.styles.sprites import Sprite
from layers.styles.standing import stands

_GEOMETRIES = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
_KIND = ["geometry-type"]


@dataclass(frozen=True, slots=True)
class MapLibreLayers:
    """The layers of a style, the sprites they name, and what a client draws otherwise."""

    layers: tuple[Mapping[str, Json], ...]
    sprites: Mapping[str, Sprite] = field(default_factory=dict)
    findings: tuple[StyleFinding, ...] = ()


def write_maplibre(
    style: Style,
    source: str,
    source_layer: str,
    prefix: str = "",
    dimension: Dimension | None = None,
    points: str | None = None,
) -> MapLibreLayers:
    """Write the layers of a style, from bottom to top; their ids begin with ``prefix`` and the rule's name.

    ``dimension`` is that of all features; None where it is not known or they are of several kinds. ``points`` is the
    source layer with one point inside of each area: of an area itself clients see one part in each tile.
    Shapes come first, level by level; icons and texts after them, the most important last, which is placed first.
    """
    target = Target(source, source_layer, prefix or source_layer, StyleFindings(), {}, points=points)
    layers: list[Mapping[str, Json]] = []
    for rule, symbol, number in _ordered(style):
        target.dimension = rule.geometry or dimension
        layers.extend(_layer(style, rule, symbol, number, target))
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
        clear = value_at(icon.size, USUAL_ZOOM) / 2 + value_at(symbol.size, USUAL_ZOOM) / 4 + 1
        right, down = symbol.offset
        if max(abs(right), abs(down)) < clear:
            sideways = right and not down
            symbol = replace(
                symbol, offset=(copysign(clear, right), down) if sideways else (right, copysign(clear, down))
            )
        yield symbol


def _layer(style: Style, rule: Rule, symbol: Symbol, number: int, target: Target) -> Iterator[dict[str, Json]]:
    target.findings.rule = rule.title.zh if rule.title else rule.name
    if isinstance(symbol, Raster):
        target.findings.add("style_maplibre_raster", "raster")
        return
    for home in _homes(rule, symbol, target):
        try:
            filter_ = _filter(style, rule, home.condition)
        except InvalidFilter as error:
            target.findings.add("style_maplibre_rule", "filter", value=error.sentence("en"))
            return
        target.dimension = home.dimension
        for suffix, parts in client_layers(symbol, target):
            layer: dict[str, Json] = {
                "id": f"{target.prefix}-{rule.name}-{number}{home.suffix}{suffix}",
                "type": parts["type"],
                "source": target.source,
                "source-layer": home.source_layer,
            }
            layer |= _zooms(rule)
            if filter_ is not None:
                layer["filter"] = filter_
            yield layer | {key: value for key, value in parts.items() if key != "type" and value}


@dataclass(frozen=True, slots=True)
class _Home:
    """A source layer in which a symbol finds features that it belongs to."""

    source_layer: str
    condition: Json = None
    """Which kind of geometry they are of; None where all are."""
    dimension: Dimension | None = None
    suffix: str = ""


def _homes(rule: Rule, symbol: Symbol, target: Target) -> list[_Home]:
    dimension = target.dimension
    kind = rule.geometry or ("polygon" if isinstance(symbol, Fill | Hatch) else None)
    of_kind = _Home(target.source_layer, ["==", _KIND, _GEOMETRIES[kind]] if kind else None, dimension)
    if not stands(symbol) or dimension not in {None, "polygon"}:
        return [of_kind]
    if target.points is None:
        if dimension == "polygon":
            target.findings.add("style_maplibre_areas", type(symbol).__name__.lower())
        return [of_kind]
    areas = _Home(target.points, None, "polygon")
    if dimension == "polygon":
        return [areas]
    others = _Home(target.source_layer, ["!=", _KIND, _GEOMETRIES["polygon"]], None)
    return [others, replace(areas, suffix="-areas")]


def _zooms(rule: Rule) -> dict[str, Json]:
    """Return the zooms of a client between which a rule is drawn: half a zoom beyond its own, as maps are."""
    first, last = rule.zoom
    zooms: dict[str, Json] = {}
    if first is not None and first > LOWEST_ZOOM:
        zooms["minzoom"] = max(0.0, first - 0.5 - ZOOM_SHIFT)
    if last is not None and last < HIGHEST_ZOOM:
        zooms["maxzoom"] = max(0.0, last + 0.5 - ZOOM_SHIFT)
    return zooms


def _filter(style: Style, rule: Rule, condition: Json) -> Json:
    parts: list[Json] = []
    if rule.otherwise:
        parts += [["!", held] for held in else_expression(style, rule)]
    if condition is not None:
        parts.append(condition)
    if rule.filter:
        parts.append(compiled(rule.filter))
    return None if not parts else parts[0] if len(parts) == 1 else ["all", *parts]
