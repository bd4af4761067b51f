"""Style documents: what people write in YAML or JSON, read into the model and written from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from operator import itemgetter
from typing import Any

from layers.errors import InvalidStyle
from layers.styles import icons
from layers.styles.filters import parse_filter
from layers.styles.model import (
    HIGHEST_ZOOM,
    LOWEST_ZOOM,
    Fill,
    Icon,
    Label,
    Line,
    Mark,
    Raster,
    Rule,
    Stops,
    Style,
    Symbol,
)
from layers.styles.values import (
    Reader,
    by_zoom,
    choice,
    each,
    join,
    optional,
    plain,
    read_colour,
    read_list,
    read_mapping,
    read_name,
    read_optional_colour,
    read_slug,
    read_title,
    read_truth,
    whole,
)
from layers.text import Text, text_document

_SHARE = by_zoom(0, 1)
_LENGTH = by_zoom(0, 256)

_SYMBOLS: Mapping[str, tuple[type, Mapping[str, Reader]]] = {
    "fill": (
        Fill,
        {"colour": read_colour, "opacity": _SHARE, "outline": read_optional_colour, "outline_width": _LENGTH},
    ),
    "line": (
        Line,
        {
            "colour": read_colour,
            "width": _LENGTH,
            "opacity": _SHARE,
            "dash": each(plain(0, 256), most=16),
            "cap": choice("butt", "round", "square"),
            "join": choice("miter", "round", "bevel"),
            "offset": plain(-128, 128),
        },
    ),
    "mark": (
        Mark,
        {
            "shape": choice("circle", "square", "triangle", "diamond", "star", "cross"),
            "size": _LENGTH,
            "colour": read_colour,
            "outline": read_optional_colour,
            "outline_width": _LENGTH,
            "opacity": _SHARE,
            "allow_overlap": read_truth,
        },
    ),
    "icon": (
        Icon,
        {
            "name": choice(*icons.NAMES),
            "size": _LENGTH,
            "colour": read_colour,
            "opacity": _SHARE,
            "priority": whole(-1000, 1000),
            "allow_overlap": read_truth,
        },
    ),
    "text": (
        Label,
        {
            "field": read_name,
            "size": by_zoom(1, 128),
            "colour": read_colour,
            "halo": read_optional_colour,
            "halo_width": by_zoom(0, 16),
            "opacity": _SHARE,
            "weight": choice("regular", "medium", "bold"),
            "placement": choice("point", "line", "interior"),
            "offset": each(plain(-128, 128), length=2),
            "spacing": optional(plain(0, 4096)),
            "wrap": optional(plain(8, 1024)),
            "priority": whole(-1000, 1000),
            "allow_overlap": read_truth,
        },
    ),
    "raster": (Raster, {"opacity": _SHARE, "mode": choice("linear", "discrete", "exact")}),
}
_KEYS = {kind: key for key, (kind, _) in _SYMBOLS.items()}
_RULE = ("name", "title", "filter", "zoom", "level", "geometry", "symbols")


def parse_style(document: Mapping[str, Any]) -> Style:
    """Read a style document; raises InvalidStyle with the path of the wrong part and what is allowed there."""
    parts = read_mapping(document, "", ("title", "rules"))
    rules = tuple(_rule(rule, f"rules[{index}]") for index, rule in enumerate(read_list(parts.get("rules"), "rules")))
    names: set[str] = set()
    for index, rule in enumerate(rules):
        if rule.name in names:
            raise InvalidStyle("style_name_taken", where=f"rules[{index}].name", name=rule.name)
        names.add(rule.name)
    return Style(rules, read_title(parts.get("title"), "title"))


def _rule(value: Any, where: str) -> Rule:
    parts = read_mapping(value, where, _RULE)
    filter_ = parts.get("filter")
    if filter_ is not None:
        if not isinstance(filter_, str) or len(filter_) > 4000:
            raise InvalidStyle("style_text", where=join(where, "filter"))
        parse_filter(filter_, join(where, "filter"))
    symbols = read_list(parts.get("symbols"), join(where, "symbols"))
    return Rule(
        name=read_slug(parts.get("name"), join(where, "name")),
        symbols=tuple(_symbol(symbol, f"{where}.symbols[{index}]") for index, symbol in enumerate(symbols)),
        title=read_title(parts.get("title"), join(where, "title")),
        filter=filter_,
        zoom=_zoom(parts.get("zoom"), join(where, "zoom")),
        level=whole(-100, 100)(parts.get("level", 0), join(where, "level")),
        geometry=optional(choice("point", "line", "polygon"))(parts.get("geometry"), join(where, "geometry")),
    )


def _zoom(value: Any, where: str) -> tuple[int | None, int | None]:
    if value is None:
        return (None, None)
    first, last = each(optional(whole(LOWEST_ZOOM, HIGHEST_ZOOM)), length=2)(value, where)
    if first is not None and last is not None and first > last:
        raise InvalidStyle("style_zoom", where=where)
    return first, last


def _symbol(value: Any, where: str) -> Symbol:
    parts = read_mapping(value, where, tuple(_SYMBOLS))
    if len(parts) != 1:
        raise InvalidStyle("style_mapping", where=where, allowed=", ".join(_SYMBOLS))
    ((key, options),) = parts.items()
    kind, readers = _SYMBOLS[key]
    place = f"{where}.{key}"
    extra = ("ramp",) if kind is Raster else ()
    given = read_mapping(options if options is not None else {}, place, (*readers, *extra))
    read = {name: readers[name](option, join(place, name)) for name, option in given.items() if name in readers}
    if given.get("ramp"):
        read["ramp"] = _ramp(given["ramp"], join(place, "ramp"))
    for field in fields(kind):
        if field.default is MISSING and field.name not in read:
            raise InvalidStyle("style_missing", where=place, key=field.name)
    symbol: Symbol = kind(**read)
    return symbol


def _ramp(value: Any, where: str) -> tuple[tuple[float, str], ...]:
    stops = []
    for index, stop in enumerate(read_list(value, where)):
        place = f"{where}[{index}]"
        if len(read_list(stop, place)) != 2:
            raise InvalidStyle("style_items", where=place, count=2)
        stops.append((float(plain(-1e9, 1e9)(stop[0], f"{place}[0]")), read_colour(stop[1], f"{place}[1]")))
    return tuple(sorted(stops, key=itemgetter(0)))


def style_document(style: Style) -> dict[str, Any]:
    """Write a style as a JSON-able document that ``parse_style`` reads back as an equal style."""
    title = {"title": text_document(style.title)} if style.title else {}
    return {**title, "rules": [_rule_document(rule) for rule in style.rules]}


def _rule_document(rule: Rule) -> dict[str, Any]:
    document = _parts(rule)
    document["symbols"] = [{_KEYS[type(symbol)]: _parts(symbol)} for symbol in rule.symbols]
    return document


def _parts(value: Any) -> dict[str, Any]:
    """Return what is not left at its default, by name."""
    return {
        field.name: _plain(getattr(value, field.name))
        for field in fields(value)
        if field.name != "symbols" and getattr(value, field.name) != field.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Stops):
        return {str(int(zoom) if zoom == int(zoom) else zoom): number for zoom, number in value.pairs}
    if isinstance(value, Text):
        return text_document(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
