"""Filters as SQL: one function for every name, parameters for every value; an engine says how it writes each part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime

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
    Spatial,
    Value,
)
from layers.stores.columns import datetime_text


class ConditionText(ABC):
    """Writes conditions over the feature table's alias ``f``."""

    def text(self, node: Condition) -> str:
        """Return the SQL of a condition."""
        match node:
            case All(parts):
                return self._joined(" AND ", parts)
            case Some(parts):
                return self._joined(" OR ", parts)
            case Not(inner):
                return f"(NOT {self.text(inner)})"
            case Always(holds):
                return self._always(holds)
            case Spatial():
                return self._spatial(node)
        return self._predicate(node)

    def _joined(self, word: str, parts: tuple[Condition, ...]) -> str:
        """Join in halves: a long chain written in a row would be too deep for an engine."""
        if len(parts) == 1:
            return self.text(parts[0])
        middle = len(parts) // 2
        return f"({self._joined(word, parts[:middle])}{word}{self._joined(word, parts[middle:])})"

    def _predicate(self, node: Condition) -> str:
        match node:
            case Comparison(operator, left, right):
                return f"({self._value(left)} {operator} {self._value(right)})"
            case Like(text, pattern):
                return self._like(text, pattern)
            case Between(value, low, high):
                return f"({self._value(value)} BETWEEN {self._value(low)} AND {self._value(high)})"
            case In(value, choices):
                return self._one_of(value, choices)
            case IsNull(value):
                return f"({self._value(value)} IS NULL)"
        raise TypeError(node)

    def _value(self, node: Expression) -> str:
        match node:
            case Property(name):
                return self._column(name)
            case Constant(value):
                return self._constant(value)
            case Arithmetic():
                return self._calculation(node)
            case Folded():
                return self._folded(node)

    def _like(self, text: Expression, pattern: Expression) -> str:
        return f"({self._value(text)} LIKE {self._value(pattern)} ESCAPE '\\')"

    def _one_of(self, value: Expression, choices: Sequence[Expression]) -> str:
        return f"({self._value(value)} IN ({', '.join(map(self._value, choices))}))"

    @abstractmethod
    def _always(self, holds: bool) -> str:
        """Return what is true or false."""

    @abstractmethod
    def _spatial(self, node: Spatial) -> str:
        """Return the SQL of a spatial condition."""

    @abstractmethod
    def _column(self, name: str) -> str:
        """Return the stored value of an attribute; the only name that is no attribute's is the geometry's."""

    @abstractmethod
    def _constant(self, value: Value) -> str:
        """Return a parameter of this value."""

    @abstractmethod
    def _calculation(self, node: Arithmetic) -> str:
        """Return a calculation; whatever is divided by zero is null."""

    @abstractmethod
    def _folded(self, node: Folded) -> str:
        """Return a text without case or without accents."""


def bound(value: Value) -> str | int | float:
    """Return a constant as the stores keep such values."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return datetime_text(value)
    return value.isoformat() if isinstance(value, date) else value
