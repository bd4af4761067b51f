"""Style documents: what people write in YAML or JSON, read into the model and written from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from layers.errors import InvalidStyle
from layers.styles.filters import parse_filter
from layers.styles.gathering import check_gathering
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, FieldColour, Proportion, Rule, Stops, Style, Symbol
from layers.styles.options import SYMBOLS
from layers.styles.short import is_short, long_form
from layers.styles.values import (
    choice,
    each,
    join,
    optional,
    read_list,
    read_mapping,
    read_slug,
    read_title,
    read_truth,
    whole,
)
from layers.text import Text, text_document

_KEYS = {kind: key for key, (kind, _) in SYMBOLS.items()}
_RULE = ("name", "title", "filter", "zoom", "level", "geometry", "otherwise", "symbols")


def parse_style(document: Mapping[str, Any]) -> Style:
    """Read a style document; raises InvalidStyle with the path of the wrong part and what is allowed there."""
    parts = read_mapping(long_form(document) if is_short(document) else document, "", ("title", "rules"))
    rules = tuple(_rule(rule, f"rules[{index}]") for index, rule in enumerate(read_list(parts.get("rules"), "rules")))
    names: set[str] = set()
    for index, rule in enumerate(rules):
        if rule.name in names:
            raise InvalidStyle("style_name_taken", where=f"rules[{index}].name", name=rule.name)
        names.add(rule.name)
    check_gathering(rules)
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
        otherwise=read_truth(parts.get("otherwise", False), join(where, "otherwise")),
    )


def _zoom(value: Any, where: str) -> tuple[int | None, int | None]:
    if value is None:
        return (None, None)
    first, last = each(optional(whole(LOWEST_ZOOM, HIGHEST_ZOOM)), length=2)(value, where)
    if first is not None and last is not None and first > last:
        raise InvalidStyle("style_zoom", where=where)
    return first, last


def _symbol(value: Any, where: str) -> Symbol:
    parts = read_mapping(value, where, tuple(SYMBOLS))
    if len(parts) != 1:
        raise InvalidStyle("style_mapping", where=where, allowed=", ".join(SYMBOLS))
    ((key, options),) = parts.items()
    kind, readers = SYMBOLS[key]
    place = f"{where}.{key}"
    given = read_mapping(options if options is not None else {}, place, tuple(readers))
    read = {name: readers[name](option, join(place, name)) for name, option in given.items()}
    for field in fields(kind):
        if field.default is MISSING and field.name not in read:
            raise InvalidStyle("style_missing", where=place, key=field.name)
    symbol: Symbol = kind(**read)
    return symbol


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
    if isinstance(value, FieldColour | Proportion):
        return _parts(value)
    if isinstance(value, Text):
        return text_document(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
