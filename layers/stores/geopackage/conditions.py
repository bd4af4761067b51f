"""Filters as SQLite evaluates them."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.filters.model import Arithmetic, Folded, FoldKind, Spatial, Value
from layers.stores.conditions import ConditionText, bound
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
class ConditionWriter(ConditionText):
    """Writes one condition; ``parameters`` are in the order of the question marks."""

    columns: Mapping[str, str]
    spatial: SpatialText
    parameters: list[Any] = field(default_factory=list)

    def _always(self, holds: bool) -> str:
        return "1" if holds else "0"

    def _spatial(self, node: Spatial) -> str:
        sql, parameters = self.spatial(node)
        self.parameters += parameters
        return sql

    def _column(self, name: str) -> str:
        return f"f.{quoted(self.columns.get(name, 'geom'))}"

    def _constant(self, value: Value) -> str:
        self.parameters.append(bound(value))
        return "?"

    def _calculation(self, node: Arithmetic) -> str:
        return _CALCULATION[node.operator].format(self._value(node.left), self._value(node.right))

    def _folded(self, node: Folded) -> str:
        return f"{_FOLD_FUNCTIONS[node.kind]}({self._value(node.text)})"


def _without_case(text: Any) -> Any:
    return text.casefold() if isinstance(text, str) else text


def _without_accents(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
