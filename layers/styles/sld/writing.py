"""Styles written as SLD 1.1.0 with SE 1.1.0 (OGC 05-078r4, 05-077r4) and the vendor options of GeoServer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import groupby
from xml.etree.ElementTree import Element, indent, tostring

from layers.filters.text import parse_text
from layers.styles.findings import StyleFinding, StyleFindings
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, Rule, Stops, Style, Symbol
from layers.styles.sld.building import NAMESPACES, NotSayable, add, add_filter, number_text
from layers.styles.sld.scales import Zooms, denominators
from layers.styles.sld.symbolizers import add_symbolizer
from layers.text import Text

_USUAL_ZOOM = 16


@dataclass(frozen=True, slots=True)
class SldWriting:
    """A style as an SLD document, and everything that SLD cannot say of it."""

    text: str
    findings: tuple[StyleFinding, ...]


def write_sld(style: Style, name: str = "style") -> SldWriting:
    """Write a style; ``name`` is the layer's.

    Numbers that change with the zoom become a rule for each zoom. Each level is a FeatureTypeStyle.
    """
    findings = StyleFindings()
    root = Element("StyledLayerDescriptor", {"version": "1.1.0", **NAMESPACES})
    layer = add(root, "NamedLayer")
    add(layer, "se:Name", name)
    user = add(layer, "UserStyle")
    add(user, "se:Name", name)
    _add_title(user, style.title)
    ordered = sorted(style.rules, key=lambda rule: rule.level)
    for _, rules in groupby(ordered, key=lambda rule: rule.level):
        block = add(user, "se:FeatureTypeStyle")
        for rule in rules:
            findings.rule = rule.title.zh if rule.title else rule.name
            _add_rules(block, rule, findings)
    indent(root)
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
    return SldWriting(text, tuple(findings.found))


def _add_rules(block: Element, rule: Rule, findings: StyleFindings) -> None:
    pieces = list(_pieces(rule))
    # The legend has one entry, whatever the number of zooms.
    titled = min(pieces, key=lambda zooms: _distance(zooms, _USUAL_ZOOM))
    for zooms in pieces:
        name = rule.name if len(pieces) == 1 else f"{rule.name}-z{zooms[0] if zooms[0] is not None else LOWEST_ZOOM}"
        element = Element("se:Rule")
        add(element, "se:Name", name)
        _add_title(element, rule.title if zooms == titled else None)
        try:
            _add_condition(element, rule, findings)
        except NotSayable as error:
            findings.add("style_write_rule", "filter", value=error.word)
            return
        least, most = denominators(zooms)
        if least is not None:
            add(element, "se:MinScaleDenominator", number_text(least))
        if most is not None:
            add(element, "se:MaxScaleDenominator", number_text(most))
        before = len(element)
        for symbol in rule.symbols:
            add_symbolizer(symbol, element, _zoom_in(zooms), findings)
        if len(element) > before:
            block.append(element)


def _add_condition(element: Element, rule: Rule, findings: StyleFindings) -> None:
    if not rule.otherwise:
        add_filter(element, parse_text(rule.filter) if rule.filter else None, rule.geometry)
        return
    if rule.filter or rule.geometry:
        findings.add("style_write_value", "otherwise", value=rule.filter or rule.geometry, used="ElseFilter")
    add(element, "se:ElseFilter")


def _pieces(rule: Rule) -> Iterator[Zooms]:
    """Yield ranges of zooms in which nothing in a rule changes."""
    stops = [number for symbol in rule.symbols for number in _stops(symbol)]
    first = LOWEST_ZOOM if rule.zoom[0] is None else rule.zoom[0]
    last = HIGHEST_ZOOM if rule.zoom[1] is None else rule.zoom[1]
    if not stops:
        yield rule.zoom
        return
    lowest = math.floor(min(number.pairs[0][0] for number in stops))
    highest = math.ceil(max(number.pairs[-1][0] for number in stops))
    starts = [first, *(zoom for zoom in range(lowest + 1, highest + 1) if first < zoom <= last)]
    for start, following in zip(starts, [*starts[1:], last + 1], strict=True):
        yield (
            rule.zoom[0] if start == first else start,
            rule.zoom[1] if following == last + 1 else following - 1,
        )


def _stops(symbol: Symbol) -> Iterator[Stops]:
    for field in fields(symbol):
        if isinstance(value := getattr(symbol, field.name), Stops):
            yield value


def _zoom_in(zooms: Zooms) -> int:
    """Return a zoom of a range: numbers are the same at all of them."""
    first, last = zooms
    if first is not None:
        return first
    return HIGHEST_ZOOM if last is None else last


def _distance(zooms: Zooms, zoom: int) -> int:
    first, last = zooms
    below = 0 if first is None else max(0, first - zoom)
    return below + (0 if last is None else max(0, zoom - last))


def _add_title(parent: Element, title: Text | None) -> None:
    description = add(parent, "se:Description")
    if title is None:
        return
    element = add(description, "se:Title", title.zh)
    if title.en:
        add(element, "se:Localized", title.en, lang="en")
