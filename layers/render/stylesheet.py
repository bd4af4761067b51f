"""Layers and their styles as one Mapnik map in XML, for one zoom.

Mapnik could choose rules by scale denominator itself. Tuzi chooses them instead, by zoom: the same
rules hold in every CRS and at every scale factor, numbers are what they are at that zoom, and layers
that draw nothing there are not asked for features at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from xml.etree.ElementTree import Element, SubElement, tostring

from layers.drawing import DrawnLayer
from layers.render.fonts import FontSet, fallback_faces
from layers.render.reach import shape_reach
from layers.render.seams import kept_whole, reach_of
from layers.render.symbolizers import label_margin, symbolizers
from layers.styles.attributes import without
from layers.styles.filters import parse_filter
from layers.styles.model import Heat, Icon, Label, Raster, Rule, Style, Symbol, Weight, value_at

BUFFER = 128
"""Pixels around a picture (at scale factor 1) within which features still reach into it."""

WEIGHTS: tuple[Weight, ...] = ("regular", "medium", "bold")


_Writer = Callable[[Symbol, int], Iterator[Element]]


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """A map in Mapnik's XML; its layers have no datasources yet."""

    xml: str
    sources: tuple[int, ...]
    """For each of the map's layers, in order, which drawn layer's source it reads."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Rules of one drawn layer that make one Mapnik style."""

    name: str
    rules: tuple[tuple[Rule, tuple[Element, ...]], ...]
    others: tuple[Rule, ...] = ()
    """The rules of the style that draw at this zoom, for those that hold otherwise."""
    effects: tuple[tuple[str, str], ...] = ()
    """What is done to the picture of these rules as a whole: attributes of Mapnik's style."""
    reach: float = 0.0
    """Pixels from a feature to where its symbols end, at most; of labels and icons, beside others' pictures."""


@lru_cache(maxsize=4096)
def draws_at(style: Style, zoom: int) -> bool:
    """Tell whether a style draws anything at ``zoom``."""
    held = (rule for rule in style.rules if rule.holds_at(zoom))
    return any(True for rule in held for symbol in rule.symbols for _ in symbolizers(symbol, zoom))


def is_label(symbol: Symbol) -> bool:
    """Tell whether a symbol competes for its place: texts and icons do."""
    return isinstance(symbol, Icon | Label)


def has_ramp(style: Style) -> bool:
    """Tell whether a style colours a raster by the values of its first band."""
    return any(isinstance(symbol, Raster) and symbol.ramp for rule in style.rules for symbol in rule.symbols)


def write_stylesheet(
    layers: Sequence[DrawnLayer],
    absent: Sequence[frozenset[str]],
    zoom: int,
    fonts: FontSet,
    *,
    scale_factor: float = 1.0,
    adjoined: bool = False,
) -> Stylesheet:
    """Write the map of ``layers`` at ``zoom``; ``absent`` names, for each, the fields that its source lacks.

    First come all symbols but texts and icons, layer by layer and level by level; then texts and icons of
    all layers by priority, those of upper layers before those of lower ones.
    ``adjoined`` keeps them inside the picture. Each layer is asked for features that reach into a picture of
    ``scale_factor`` and no others.
    """
    write = kept_whole if adjoined else symbolizers
    root = Element("Map", {"srs": "epsg:3857"})
    _add_fonts(root, fonts)
    sources: list[int] = []
    for index, layer in enumerate(layers):
        parts = _geometry_parts(layer.style, index, zoom, absent[index], write)
        if parts:
            _add_layer(root, f"{index}", parts, layer, absent[index], _buffer(parts, scale_factor))
            sources.append(index)
    first_label = True
    for index, part in _label_parts(layers, absent, zoom, write):
        # Beside others, labels of features that lie elsewhere are drawn elsewhere.
        parts = [part if adjoined else replace(part, reach=BUFFER)]
        element = _add_layer(root, part.name, parts, layers[index], absent[index], _buffer(parts, scale_factor))
        if first_label:
            # Marks only compete with marks: where one stands, a label may still be written.
            element.set("clear-label-cache", "true")
            first_label = False
        sources.append(index)
    return Stylesheet(tostring(root, encoding="unicode"), tuple(sources))


def _buffer(parts: Sequence[_Part], scale_factor: float) -> int:
    """Return the picture's pixels around it in which features matter to these rules; Mapnik does not scale them."""
    return math.ceil(min(max(part.reach for part in parts), BUFFER) * scale_factor)


def _add_fonts(root: Element, fonts: FontSet) -> None:
    for weight in WEIGHTS:
        element = SubElement(root, "FontSet", {"name": weight})
        for name in (fonts.face(weight).name, *fallback_faces(weight)):
            SubElement(element, "Font", {"face-name": name})


def _geometry_parts(style: Style, index: int, zoom: int, absent: frozenset[str], write: _Writer) -> list[_Part]:
    parts = []
    for level in sorted({rule.level for rule in style.rules}):
        rules = [rule for rule in style.rules if rule.level == level]
        effects = dict.fromkeys(_effects(symbol, zoom) for rule in rules for symbol in rule.symbols)
        for number, effect in enumerate(sorted(effects, key=len)):

            def wanted(
                rule: Rule, symbol: Symbol, level: int = level, effect: tuple[tuple[str, str], ...] = effect
            ) -> bool:
                return rule.level == level and not is_label(symbol) and _effects(symbol, zoom) == effect

            name = f"{index} {level}" + (f" {number}" if effect else "")
            part = _part(name, style, zoom, wanted, absent, write)
            if part.rules:
                parts.append(replace(part, effects=effect))
    return parts


def _effects(symbol: Symbol, zoom: int) -> tuple[tuple[str, str], ...]:
    """Return what Mapnik does to a whole style for this symbol; nothing for most."""
    if isinstance(symbol, Heat):
        last = max(len(symbol.ramp) - 1, 1)
        stops = ", ".join(f"{colour} {100 * place / last:.1f}%" for place, colour in enumerate(symbol.ramp))
        blur = max(1, round(symbol.radius / 2))
        # Where the ramp begins to be seen it should not be paler than it is: only the outermost glow fades.
        filters = f"agg-stack-blur({blur},{blur}) colorize-alpha({stops}) scale-hsla(0,1,0,1,0,1,0,3)"
        opacity = f"{value_at(symbol.opacity, zoom):.3f}"
        # Inflated, what lies beyond the picture's edge shines into it.
        return (("image-filters", filters), ("image-filters-inflate", "true"), ("opacity", opacity))
    if isinstance(symbol, Raster) and symbol.contrast != 1:
        half = symbol.contrast / 2
        return (("image-filters", f"scale-hsla(0,1,0,1,{0.5 - half:.3f},{0.5 + half:.3f},0,1)"),)
    return ()


def _label_parts(
    layers: Sequence[DrawnLayer], absent: Sequence[frozenset[str]], zoom: int, write: _Writer
) -> Iterator[tuple[int, _Part]]:
    ranks = {
        (-symbol.priority, -index)
        for index, layer in enumerate(layers)
        for rule in layer.style.rules
        for symbol in rule.symbols
        if isinstance(symbol, Icon | Label)
    }
    for negative_priority, negative_index in sorted(ranks):
        index, priority = -negative_index, -negative_priority
        missing = absent[index]

        def wanted(rule: Rule, symbol: Symbol, at: int = priority) -> bool:
            return isinstance(symbol, Icon | Label) and symbol.priority == at

        part = _part(f"{index} labels {priority}", layers[index].style, zoom, wanted, missing, write)
        if part.rules:
            yield index, part


def _part(
    name: str,
    style: Style,
    zoom: int,
    wanted: Callable[[Rule, Symbol], bool],
    absent: frozenset[str],
    write: _Writer,
) -> _Part:
    rules, reach = [], 0.0
    for rule in style.rules:
        if rule.holds_at(zoom):
            told = [without(symbol, absent) for symbol in _beside_icon(rule, zoom) if wanted(rule, symbol)]
            symbols = [symbol for symbol in told if symbol]
            if drawn := tuple(element for symbol in symbols for element in write(symbol, zoom)):
                rules.append((rule, drawn))
                reach = max(reach, *(_reach(symbol, zoom) for symbol in symbols))
    return _Part(name, tuple(rules), tuple(rule for rule in style.rules if rule.holds_at(zoom)), reach=reach)


def _reach(symbol: Symbol, zoom: int) -> float:
    return reach_of(symbol, zoom) if is_label(symbol) else shape_reach(symbol, zoom)


def _beside_icon(rule: Rule, zoom: int) -> Iterator[Symbol]:
    """Yield the rule's symbols, labels moved so far that the icon they belong to is not in their way."""
    icon = next((symbol for symbol in rule.symbols if isinstance(symbol, Icon)), None)
    for symbol in rule.symbols:
        if icon and isinstance(symbol, Label) and symbol.placement != "line":
            clear = value_at(icon.size, zoom) / 2 + label_margin(symbol, zoom) + 1
            yield replace(symbol, offset=_at_least(symbol.offset, clear))
        else:
            yield symbol


def _at_least(offset: tuple[float, float], clear: float) -> tuple[float, float]:
    right, down = offset
    if max(abs(right), abs(down)) >= clear:
        return offset
    return (math.copysign(clear, right), down) if right and not down else (right, math.copysign(clear, down))


def _add_layer(
    root: Element, name: str, parts: Sequence[_Part], layer: DrawnLayer, absent: frozenset[str], buffer: int
) -> Element:
    for part in parts:
        style = SubElement(root, "Style", {"name": part.name, **dict(part.effects)})
        for rule, drawn in part.rules:
            element = SubElement(style, "Rule", {"name": rule.name})
            if filter_ := _filter(rule, part.others, absent):
                SubElement(element, "Filter").text = filter_
            element.extend(drawn)
    element = SubElement(root, "Layer", {"name": name, "srs": _srs(layer), "buffer-size": str(buffer)})
    if len(parts) > 1:
        # One query for all levels.
        element.set("cache-features", "true")
    for part in parts:
        SubElement(element, "StyleName").text = part.name
    return element


def _filter(rule: Rule, others: Sequence[Rule], absent: frozenset[str]) -> str:
    conditions = []
    if rule.otherwise:
        siblings = [other for other in others if other.level == rule.level and _counts(other)]
        held = [_filter(other, (), absent) or "true" for other in siblings]
        conditions += [f"not ({condition})" for condition in dict.fromkeys(held)]
    if rule.geometry:
        name = "linestring" if rule.geometry == "line" else rule.geometry
        conditions.append(f"([mapnik::geometry_type] = {name})")
    if rule.filter:
        conditions.append(parse_filter(rule.filter, absent=absent).expression)
    return " and ".join(conditions)


def _counts(rule: Rule) -> bool:
    """Tell whether other features than those of a rule are "otherwise": not of one that labels whatever there is."""
    labels_all = rule.filter is None and rule.geometry is None and all(map(is_label, rule.symbols))
    return not rule.otherwise and not labels_all


def _srs(layer: DrawnLayer) -> str:
    return f"epsg:{layer.source.crs.srid}"
