"""Which attributes a style reads, and what is drawn where the data lack some of them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from layers.styles.filters import parse_filter
from layers.styles.model import FieldColour, Heat, Label, Mark, Proportion, Style, Symbol


def fields_of(style: Style) -> frozenset[str]:
    """Return the names of the attributes a style reads."""
    names = {name for rule in style.rules for symbol in rule.symbols for name in fields_of_symbol(symbol)}
    return frozenset(names).union(*(parse_filter(rule.filter).fields for rule in style.rules if rule.filter))


def fields_of_symbol(symbol: Symbol) -> frozenset[str]:
    """Return the names of the attributes that one symbol reads."""
    values = [getattr(symbol, field.name) for field in fields(symbol)]
    names = {value.field for value in values if isinstance(value, FieldColour | Proportion)}
    return frozenset(names | {symbol.field}) if isinstance(symbol, Label) else frozenset(names)


def without(symbol: Symbol, absent: frozenset[str]) -> Symbol | None:
    """Return what is drawn of data that lack some fields, as if these were empty; None for nothing."""
    if not absent or not fields_of_symbol(symbol) & absent:
        return symbol
    if isinstance(symbol, Label) and symbol.field in absent:
        return None
    size = symbol.size if isinstance(symbol, Mark) else symbol.weight if isinstance(symbol, Heat) else None
    if isinstance(size, Proportion) and size.field in absent:
        return None
    changes: dict[str, Any] = {
        field.name: value.otherwise
        for field in fields(symbol)
        if isinstance(value := getattr(symbol, field.name), FieldColour) and value.field in absent
    }
    return replace(symbol, **changes)
