"""Swatches: for each entry of a legend, a small map of one made-up feature."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.gathering import CLASSES
from layers.messages import LANGUAGES, Language, message
from layers.render.gathering import class_colours
from layers.render.scale import ZERO_RESOLUTION
from layers.schema import GeometryType
from layers.styles.model import (
    Cluster,
    Dimension,
    Fill,
    Heat,
    Icon,
    Label,
    Line,
    Mark,
    Proportion,
    Raster,
    Rule,
    Stops,
    Style,
    Symbol,
    value_at,
)
from layers.text import Text

WIDTH = 28
HEIGHT = 18
"""In pixels at scale factor 1."""

_USUAL_ZOOM = 16
_MOST_STOPS = 7
"""Of a colour ramp; from more, this many are chosen evenly."""
_LARGEST = {"size": 16.0, "outline_width": 2.0}
_WIDEST = 9.0
_CLOSEST = 9.0
"""Pixels between marks along the line of a swatch, so that several are seen."""
_PLAIN_RASTER = (Fill("#c9d3da", outline="#8b9aa5", outline_width=1.0),)


@dataclass(frozen=True, slots=True)
class Swatch:
    """What is drawn beside one line of a legend; ``title`` is None where the style names none."""

    name: str
    title: Text | None
    rules: tuple[Rule, ...]
    dimension: Dimension
    sample: str
    """What labels say."""

    def request(self, scale_factor: float) -> MapRequest:
        """Return the request that draws the swatch."""
        pixel = ZERO_RESOLUTION / 2**_USUAL_ZOOM
        extent = BoundingBox(0, 0, WIDTH * pixel, HEIGHT * pixel)
        names = {symbol.field for rule in self.rules for symbol in rule.symbols if isinstance(symbol, Label)}
        feature = {
            "type": "Feature",
            "properties": dict.fromkeys(sorted(names), self.sample),
            "geometry": _geometry(self.dimension, pixel),
        }
        source = DrawingSource((("type", "geojson"), ("inline", json.dumps(feature))), WEB_MERCATOR, extent)
        return MapRequest(
            layers=(DrawnLayer(source, Style(self.rules)),),
            bbox=extent,
            crs=WEB_MERCATOR,
            width=round(WIDTH * scale_factor),
            height=round(HEIGHT * scale_factor),
            scale_factor=scale_factor,
        )


def swatches(style: Style, geometry_type: GeometryType | None, language: Language) -> tuple[Swatch, ...]:
    """Return the swatches of a style, in the order of its rules."""
    sample = message("legend_sample", language)
    titled = [rule for rule in style.rules if rule.title]
    if ramp := _ramp(style):
        return tuple(_ramp_swatches(*ramp))
    if not titled:
        return _entry(style.rules[0].name, style.title, style.rules, geometry_type, sample)
    return tuple(
        swatch
        for rule in titled
        for swatch in _entry(rule.name, rule.title, _together(rule, style), geometry_type, sample)
    )


def _entry(
    name: str, title: Text | None, rules: Sequence[Rule], geometry_type: GeometryType | None, sample: str
) -> tuple[Swatch, ...]:
    """Return the swatch of one entry, or several where colours or sizes say how much."""
    symbols = [symbol for rule in rules for symbol in rule.symbols]
    if heat := next((symbol for symbol in symbols if isinstance(symbol, Heat)), None):
        return tuple(_heat_swatches(name, title, heat))
    if cluster := next((symbol for symbol in symbols if isinstance(symbol, Cluster)), None):
        return tuple(_cluster_swatches(name, title, cluster))
    sizes = [symbol.size for symbol in symbols if isinstance(symbol, Mark) and isinstance(symbol.size, Proportion)]
    if sizes:
        return tuple(_size_swatches(name, title, rules, sizes[0], sample))
    return (_swatch(name, title, rules, geometry_type, sample),)


def _heat_swatches(name: str, title: Text | None, heat: Heat) -> Iterator[Swatch]:
    middle = len(heat.ramp) // 2
    for code, place in (("legend_few", 0), ("legend_some", middle), ("legend_many", -1)):
        fill = Fill(heat.ramp[place], value_at(heat.opacity, _USUAL_ZOOM))
        words = Text(*(message(code, language) for language in LANGUAGES))
        yield Swatch(f"{name}-{code[7:]}", _joined(title, words), (Rule(name, (fill,)),), "polygon", "")


def _cluster_swatches(name: str, title: Text | None, cluster: Cluster) -> Iterator[Swatch]:
    """Yield the circles of three of the classes of counts: the smallest, one between, the largest."""
    colours = class_colours(cluster)
    for place in (0, len(CLASSES) // 2, len(CLASSES) - 1):
        least, share = CLASSES[place]
        counts = f"{least:,} – {CLASSES[place + 1].least - 1:,}" if place + 1 < len(CLASSES) else f"≥ {least:,}"
        diameter = _LARGEST["size"] * share / CLASSES[-1].share
        mark = Mark("circle", diameter, colours[place], cluster.outline, 1.0, value_at(cluster.opacity, _USUAL_ZOOM))
        yield Swatch(f"{name}-{least}", _joined(title, Text(counts)), (Rule(name, (mark,)),), "point", "")


def _size_swatches(
    name: str, title: Text | None, rules: Sequence[Rule], size: Proportion, sample: str
) -> Iterator[Swatch]:
    """Yield the largest mark and those of a quarter and a sixteenth of its value: half and a quarter as wide."""
    for share in (1, 4, 16):
        drawn = min(size.size, _LARGEST["size"]) / share**0.5

        def shown(symbol: Symbol, drawn: float = drawn) -> Symbol:
            if isinstance(symbol, Mark) and isinstance(symbol.size, Proportion):
                return replace(symbol, size=drawn)
            return symbol

        fitted = [replace(rule, symbols=tuple(map(shown, rule.symbols))) for rule in rules]
        words = _joined(title, Text(f"{size.largest / share:,.6g}"))
        yield replace(_swatch(f"{name}-{share}", words, fitted, GeometryType.POINT, sample), dimension="point")


def _joined(title: Text | None, words: Text) -> Text:
    if title is None:
        return words
    english = f"{title.in_language('en')} {words.in_language('en')}" if title.en or words.en else None
    return Text(f"{title.zh} {words.zh}", english)


def _together(titled: Rule, style: Style) -> tuple[Rule, ...]:
    """Return the rule with those that draw the same features and have no title: casings, outlines."""
    return tuple(
        rule for rule in style.rules if rule is titled or (rule.title is None and _which(rule) == _which(titled))
    )


def _which(rule: Rule) -> tuple[object, ...]:
    """Return what says which features a rule draws."""
    return rule.filter, rule.geometry, rule.otherwise


def _ramp(style: Style) -> tuple[Rule, Raster] | None:
    found = ((rule, symbol) for rule in style.rules for symbol in rule.symbols if isinstance(symbol, Raster))
    return next(((rule, symbol) for rule, symbol in found if symbol.ramp), None)


def _ramp_swatches(rule: Rule, raster: Raster) -> Iterator[Swatch]:
    labels = (*raster.labels, *[""] * len(raster.ramp))
    stops = [(value, colour, labels[place]) for place, (value, colour) in enumerate(raster.ramp)]
    # Classes that somebody named are all of them worth a line.
    if len(stops) > _MOST_STOPS and not any(raster.labels):
        stops = [stops[round(index * (len(stops) - 1) / (_MOST_STOPS - 1))] for index in range(_MOST_STOPS)]
    for value, colour, label in stops:
        cell = Rule(rule.name, (Fill(colour, value_at(raster.opacity, _USUAL_ZOOM)),))
        yield Swatch(f"{rule.name}-{value:g}", Text(label or f"{value:g}"), (cell,), "polygon", "")


def _swatch(
    name: str, title: Text | None, rules: Sequence[Rule], geometry_type: GeometryType | None, sample: str
) -> Swatch:
    dimension = _dimension(rules, geometry_type)
    rules = [rule for rule in rules if rule.geometry in {None, dimension}]
    symbols = [symbol for rule in rules for symbol in rule.symbols]
    only_labels = all(isinstance(symbol, Label) for symbol in symbols)
    widths = [value_at(s.width, _zoom(rule)) for rule in rules for s in rule.symbols if isinstance(s, Line)]
    # All lines of an entry become narrower alike, so that a casing still shows beside its fill.
    narrower = min(1.0, _WIDEST / max([*widths, _WIDEST]))
    shown = tuple(
        replace(
            rule,
            symbols=tuple(
                _fitting(symbol, _zoom(rule), narrower) for symbol in rule.symbols if _belongs(symbol, only_labels)
            ),
            filter=None,
            otherwise=False,
            zoom=(None, None),
            geometry=None,
        )
        for rule in rules
    )
    if any(isinstance(symbol, Raster) for symbol in symbols):
        shown = (Rule(name, _PLAIN_RASTER),)
    drawn = tuple(rule for rule in shown if rule.symbols)
    return Swatch(name, title, drawn, dimension, sample)


def _belongs(symbol: Symbol, only_labels: bool) -> bool:
    return only_labels or not isinstance(symbol, Label)


def _zoom(rule: Rule) -> int:
    first, last = rule.zoom
    return min(max(_USUAL_ZOOM, first or 0), last if last is not None else _USUAL_ZOOM)


def _fitting(symbol: Symbol, zoom: int, narrower: float) -> Symbol:
    """Return the symbol as it is at ``zoom``, not larger than a swatch can show."""
    changes: dict[str, Any] = {}
    for field in fields(symbol):
        value = getattr(symbol, field.name)
        if isinstance(value, Stops):
            value = changes[field.name] = value.at(zoom)
        if isinstance(value, int | float) and value > _LARGEST.get(field.name, math.inf):
            changes[field.name] = _LARGEST[field.name]
    if isinstance(symbol, Line):
        changes["width"] = value_at(symbol.width, zoom) * narrower
    elif isinstance(symbol, Label):
        changes.update(
            offset=(0.0, 0.0), placement="point", wrap=None, allow_overlap=True, anchor="auto", before="", after=""
        )
    elif isinstance(symbol, Mark) and symbol.placement == "line":
        changes["spacing"] = min(symbol.spacing, _CLOSEST)
    elif isinstance(symbol, Icon):
        changes["allow_overlap"] = True
    return replace(symbol, **changes)


def _dimension(rules: Sequence[Rule], geometry_type: GeometryType | None) -> Dimension:
    kinds: tuple[Dimension, ...] = ("point", "line", "polygon")
    if (said := next((rule.geometry for rule in rules if rule.geometry), None)) is not None:
        return said
    symbols = [symbol for rule in rules for symbol in rule.symbols]
    if any(isinstance(symbol, Mark) and symbol.placement != "interior" for symbol in symbols):
        return "line"
    if all(isinstance(symbol, Mark | Icon | Label) for symbol in symbols):
        return "point"
    known = geometry_type.dimension if geometry_type else 2
    if known is not None:
        return kinds[known]
    return "polygon" if any(isinstance(symbol, Fill) for symbol in symbols) else "line"


def _geometry(dimension: Dimension, pixel: float) -> dict[str, Any]:
    def scaled(*points: tuple[float, float]) -> list[list[float]]:
        return [[x * pixel, y * pixel] for x, y in points]

    if dimension == "point":
        return {"type": "Point", "coordinates": scaled((WIDTH / 2, HEIGHT / 2))[0]}
    if dimension == "line":
        return {"type": "LineString", "coordinates": scaled((2, HEIGHT / 2), (WIDTH - 2, HEIGHT / 2))}
    box = ((2, 2), (WIDTH - 2, 2), (WIDTH - 2, HEIGHT - 2), (2, HEIGHT - 2), (2, 2))
    return {"type": "Polygon", "coordinates": [scaled(*box)]}
