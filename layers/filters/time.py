"""Temporal predicates as comparisons: an attribute is an instant, so nothing more is needed."""

from __future__ import annotations

from datetime import date, datetime

from layers.errors import InvalidFilter
from layers.filters.model import (
    All,
    Always,
    Comparison,
    Condition,
    Constant,
    Expression,
    Interval,
    Not,
    Temporal,
    TemporalOperator,
)

_CONVERSE = {TemporalOperator.AFTER: TemporalOperator.BEFORE, TemporalOperator.BEFORE: TemporalOperator.AFTER}
_INSTANT = {
    TemporalOperator.AFTER: ">",
    TemporalOperator.BEFORE: "<",
    TemporalOperator.EQUALS: "=",
    TemporalOperator.INTERSECTS: "=",
    TemporalOperator.DISJOINT: "<>",
}


def as_comparisons(node: Temporal) -> Condition:
    """Return what the predicate says of an instant (CQL2, table 8)."""
    operator, first, second = node.operator, node.first, node.second
    if isinstance(first, Interval):
        operator, first, second = _CONVERSE.get(operator, operator), second, first
    if isinstance(first, Interval):
        raise InvalidFilter("filter_unsupported", word=node.operator.value)
    if isinstance(second, Interval):
        return _with_interval(operator, first, second)
    if operator not in _INSTANT:
        raise InvalidFilter("filter_unsupported", word=node.operator.value)
    return Comparison(_INSTANT[operator], first, second)


def _with_interval(operator: TemporalOperator, instant: Expression, interval: Interval) -> Condition:
    match operator:
        case TemporalOperator.AFTER:
            return _compared(">", instant, interval.end)
        case TemporalOperator.BEFORE:
            return _compared("<", instant, interval.start)
        case TemporalOperator.DURING:
            return All((_within(">", instant, interval.start), _within("<", instant, interval.end)))
        case TemporalOperator.INTERSECTS:
            return All((_within(">=", instant, interval.start), _within("<=", instant, interval.end)))
        case TemporalOperator.DISJOINT:
            return Not(All((_within(">=", instant, interval.start), _within("<=", instant, interval.end))))
    raise InvalidFilter("filter_unsupported", word=operator.value)


def _compared(sign: str, instant: Expression, end: date | datetime | None) -> Condition:
    """Nothing comes before or after an open end."""
    return Always(False) if end is None else Comparison(sign, instant, Constant(end))


def _within(sign: str, instant: Expression, end: date | datetime | None) -> Condition:
    return Always(True) if end is None else Comparison(sign, instant, Constant(end))
