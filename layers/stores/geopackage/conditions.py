"""Filters as SQL: parameters for every value, one function for every name."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

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
    Spatial,
    Value,
)
from layers.stores.columns import datetime_text
from layers.stores.geopackage.tables import quoted

SpatialText = Callable[[Spatial], tuple[str, list[Any]]]
"""Evaluates a spatial condition to SQL over ``f.fid`` and its parameters."""

_CALCULATION = {
    "+": "({} + {})",
    "-": "({} - {})",
    "*": "({} * {})",
    "/": "({} * 1.0 / {})",
    "%": "({} % {})",
    "div": "CAST({} / {} AS INTEGER)",
}
_FOLD_FUNCTIONS = {FoldKind.CASE: "tuzi_casei", FoldKind.ACCENTS: "tuzi_accenti"}


def prepare(connection: sqlite3.Connection) -> None:
    """Teach a connection what the statements of this module need."""
    # CQL2 tells capital letters from small ones, SQLite's LIKE does not of itself.
    connection.execute("PRAGMA case_sensitive_like = ON")
    connection.create_function("tuzi_casei", 1, _without_case, deterministic=True)
    connection.create_function("tuzi_accenti", 1, _without_accents, deterministic=True)


@dataclass(slots=True)
class ConditionWriter:
    """Writes one condition; ``parameters`` are in the order of the question marks."""

    columns: Mapping[str, str]
    spatial: SpatialText
    parameters: list[Any] = field(default_factory=list)

    def text(self, node: Condition) -> str:
        """Return the SQL of a condition over the table alias ``f``."""
        match node:
            case All(parts):
                return self._joined(" AND ", parts)
            case Some(parts):
                return self._joined(" OR ", parts)
            case Not(inner):
                return f"(NOT {self.text(inner)})"
            case Always(holds):
                return "1" if holds else "0"
            case Spatial():
                sql, parameters = self.spatial(node)
                self.parameters += parameters
                return sql
        return self._predicate(node)

    def _joined(self, word: str, parts: tuple[Condition, ...]) -> str:
        """Join in halves: a long chain written in a row would be too deep for the engine."""
        if len(parts) == 1:
            return self.text(parts[0])
        middle = len(parts) // 2
        return f"({self._joined(word, parts[:middle])}{word}{self._joined(word, parts[middle:])})"

    def _predicate(self, node: Condition) -> str:
        match node:
            case Comparison(operator, left, right):
                return f"({self._value(left)} {operator} {self._value(right)})"
            case Like(text, pattern):
                return f"({self._value(text)} LIKE {self._value(pattern)} ESCAPE '\\')"
            case Between(value, low, high):
                return f"({self._value(value)} BETWEEN {self._value(low)} AND {self._value(high)})"
            case In(value, choices):
                return f"({self._value(value)} IN ({', '.join(map(self._value, choices))}))"
            case IsNull(value):
                return f"({self._value(value)} IS NULL)"
        raise TypeError(node)

    def _value(self, node: Expression) -> str:
        match node:
            case Property(name):
                # The only name that is no attribute's is the geometry's.
                return f"f.{quoted(self.columns.get(name, 'geom'))}"
            case Constant(value):
                self.parameters.append(_bound(value))
                return "?"
            case Arithmetic(operator, left, right):
                return _CALCULATION[operator].format(self._value(left), self._value(right))
            case Folded(kind, text):
                return f"{_FOLD_FUNCTIONS[kind]}({self._value(text)})"


def _bound(value: Value) -> str | int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return datetime_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _without_case(text: Any) -> Any:
    return text.casefold() if isinstance(text, str) else text


def _without_accents(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
