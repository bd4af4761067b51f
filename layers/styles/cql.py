"""Conditions written as CQL2 text, which the filters of rules are kept as."""

from __future__ import annotations

import re
from datetime import datetime

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
    In,
    IsNull,
    Like,
    Not,
    Property,
    Some,
    Value,
)

_WORD = re.compile(r"[^\W\d]\w*")
_KEPT = frozenset(
    {"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV", "TRUE", "FALSE", "DATE", "TIMESTAMP"}
    | {"INTERVAL", "BBOX"}
)
"""Words of the language, which names of attributes must not be taken for."""


def condition_text(node: Condition) -> str:
    """Write a condition; ``parse_text`` reads it back as an equal one. Raises TypeError for geometry and time."""
    match node:
        case All(parts):
            return " AND ".join(_inner(part) for part in parts)
        case Some(parts):
            return " OR ".join(_inner(part) for part in parts)
        case Not(Like(text, pattern)):
            return f"{_expression(text)} NOT LIKE {_expression(pattern)}"
        case Not(inner):
            return f"NOT ({condition_text(inner)})"
    return _predicate_text(node)


def _predicate_text(node: Condition) -> str:
    match node:
        case Always(holds):
            return "TRUE" if holds else "FALSE"
        case Comparison(operator, left, right):
            return f"{_expression(left)} {operator} {_expression(right)}"
        case Like(text, pattern):
            return f"{_expression(text)} LIKE {_expression(pattern)}"
        case Between(value, low, high):
            return f"{_expression(value)} BETWEEN {_expression(low)} AND {_expression(high)}"
        case In(value, choices):
            return f"{_expression(value)} IN ({', '.join(map(_expression, choices))})"
        case IsNull(value):
            return f"{_expression(value)} IS NULL"
    raise TypeError(type(node).__name__)


def _inner(part: Condition) -> str:
    text = condition_text(part)
    return f"({text})" if isinstance(part, All | Some) else text


def _expression(node: Expression) -> str:
    match node:
        case Property(name):
            plain = _WORD.fullmatch(name) and name.upper() not in _KEPT
            return name if plain else '"' + name.replace('"', '""') + '"'
        case Constant(value):
            return value_text(value)
        case Arithmetic(operator, left, right):
            return f"({_expression(left)} {operator} {_expression(right)})"
        case Folded(kind, text):
            return f"{kind.value.upper()}({_expression(text)})"


def value_text(value: Value) -> str:
    """Write a constant."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP('{value.isoformat().replace('+00:00', 'Z')}')"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"DATE('{value.isoformat()}')"
