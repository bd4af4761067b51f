"""Filters of rules as expressions of the MapLibre style specification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layers.errors import InvalidFilter
from layers.filters.model import (
    All,
    Always,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Constant,
    Expression,
    Folded,
    FoldKind,
    In,
    IsNull,
    Like,
    Not,
    Property,
    Some,
)
from layers.filters.text import parse_text
from layers.styles.model import Icon, Label, Rule, Style

Json = Any
_ORDER = frozenset({"<", "<=", ">", ">="})
_GEOMETRIES = {"point": "Point", "line": "LineString", "polygon": "Polygon"}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def compiled(filter_: str) -> Json:
    """Return a filter as an expression; raises InvalidFilter for what clients cannot decide.

    CQL2 knows three truth values, expressions two. With NOT pushed down to the comparisons, each of which asks
    whether its attributes have values, what is unknown counts as false, as it does in CQL2 in the end.
    """
    return _holds(parse_text(filter_))


def else_expression(style: Style, rule: Rule) -> Iterator[Json]:
    """Yield what holds for the features that other rules of the same level draw."""
    for other in style.rules:
        labels_all = (
            other.filter is None
            and other.geometry is None
            and all(isinstance(symbol, Icon | Label) for symbol in other.symbols)
        )
        if other.level == rule.level and not other.otherwise and not labels_all:
            parts: list[Json] = _between(other)
            if other.geometry:
                parts.append(["==", ["geometry-type"], _GEOMETRIES[other.geometry]])
            if other.filter:
                parts.append(compiled(other.filter))
            yield True if not parts else parts[0] if len(parts) == 1 else ["all", *parts]


def _between(rule: Rule) -> list[Json]:
    first, last = rule.zoom
    parts: list[Json] = []
    if first is not None:
        parts.append([">=", ["zoom"], first - 1.5])
    if last is not None:
        parts.append(["<", ["zoom"], last - 0.5])
    return parts


def _holds(node: Condition) -> Json:
    match node:
        case All(parts):
            return ["all", *map(_holds, parts)]
        case Some(parts):
            return ["any", *map(_holds, parts)]
        case Not(inner):
            return _fails(inner)
        case Always(holds):
            return holds
    return _predicate(node, True)


def _fails(node: Condition) -> Json:
    match node:
        case All(parts):
            return ["any", *map(_fails, parts)]
        case Some(parts):
            return ["all", *map(_fails, parts)]
        case Not(inner):
            return _holds(inner)
        case Always(holds):
            return not holds
    return _predicate(node, False)


def _predicate(node: Condition, holds: bool) -> Json:
    match node:
        case Comparison(operator, left, right):
            return _compared(operator if holds else _OPPOSITE[operator], left, right)
        case In(value, choices):
            found = [_compared("=" if holds else "<>", value, choice) for choice in choices]
            return [("any" if holds else "all"), *found]
        case Between(value, low, high):
            ends = [(">=", low), ("<=", high)]
            found = [_compared(sign if holds else _OPPOSITE[sign], value, end) for sign, end in ends]
            return [("all" if holds else "any"), *found]
        case IsNull(value):
            return ["==" if holds else "!=", _value(value), None]
        case Like(text, Constant(str(pattern))):
            return _like(text, pattern, holds)
        case Like(Folded(FoldKind.CASE) as text, Folded(FoldKind.CASE, Constant(str(pattern)))):
            return _like(text, pattern.lower(), holds)
    raise InvalidFilter("style_filter_unsupported", word=type(node).__name__)


def _compared(operator: str, left: Expression, right: Expression) -> Json:
    sign = {"=": "==", "<>": "!="}.get(operator, operator)
    first, second = _value(left), _value(right)
    conditions: list[Json] = []
    if sign != "==" or not isinstance(left, Constant | Property) or not isinstance(right, Constant):
        # What has no value is equal to no constant anyway.
        conditions = [_known(name) for name in dict.fromkeys((*_names(left), *_names(right)))]
    if sign in _ORDER:
        # Order is defined between numbers and between texts only; anything else is neither more nor less.
        texts = [side for side in (left, right) if isinstance(side, Constant) and isinstance(side.value, str)]
        kind = "string" if texts else "number"
        conditions += [["==", ["typeof", ["get", name]], kind] for name in (*_names(left), *_names(right))]
    compared = [sign, first, second]
    return ["all", *conditions, compared] if conditions else compared


def _known(name: str) -> Json:
    """Ask whether an attribute has a value: tiles leave out those that have none, and QGIS cannot compare with null."""
    return ["has", name]


def _like(text: Expression, pattern: str, holds: bool) -> Json:
    """Return a pattern that is a whole text, a beginning, an end or a part; expressions have no others."""
    core = pattern.strip("%")
    value: Json = ["to-string", _value(text)]
    if "%" in core or "_" in core or "\\" in core:
        raise InvalidFilter("style_filter_unsupported", word=f"LIKE '{pattern}'"[:40])
    starts, ends = not pattern.startswith("%"), not pattern.endswith("%")
    length = len(core)
    if not core:
        found: Json = True if pattern else ["==", value, ""]
    elif starts and ends:
        found = ["==", value, core]
    elif starts:
        found = ["==", ["slice", value, 0, length], core]
    elif ends:
        size = ["length", value]
        found = ["all", [">=", size, length], ["==", ["slice", value, ["-", size, length]], core]]
    else:
        found = ["in", core, value]
    known = [_known(name) for name in _names(text)]
    return ["all", *known, found if holds else ["!", found]]


def _value(node: Expression) -> Json:
    match node:
        case Property(name):
            return ["get", name]
        case Constant(value):
            return value if isinstance(value, bool | int | float | str) else value.isoformat()
        case Arithmetic(operator, left, right) if operator in "+-*/%":
            return [operator, *(["to-number", _value(side)] for side in (left, right))]
        case Folded(FoldKind.CASE, text):
            if isinstance(text, Constant):
                return str(text.value).lower()
            return ["downcase", ["to-string", _value(text)]]
    raise InvalidFilter("style_filter_unsupported", word=type(node).__name__)


def _names(node: Expression) -> tuple[str, ...]:
    match node:
        case Property(name):
            return (name,)
        case Arithmetic(_, left, right):
            return (*_names(left), *_names(right))
        case Folded(_, text):
            return _names(text)
    return ()
