"""Filters as PostgreSQL evaluates them, with the meaning they have in every store.

Texts compare by code points, whatever is divided by zero is null, and whole numbers do not overflow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from layers.filters.model import Arithmetic, Constant, Expression, Folded, FoldKind, Property, Spatial, Value
from layers.schema import FieldType, Schema
from layers.stores.conditions import ConditionText, bound
from layers.stores.postgis.tables import quoted

_WHOLE = {
    "+": "({}::numeric + {}::numeric)",
    "-": "({}::numeric - {}::numeric)",
    "*": "({}::numeric * {}::numeric)",
    "%": "mod({}::numeric, nullif({}::numeric, 0))",
    "div": "div({}::numeric, nullif({}::numeric, 0))",
}
_REAL = {
    "+": "({}::float8 + {}::float8)",
    "-": "({}::float8 - {}::float8)",
    "*": "({}::float8 * {}::float8)",
    "/": "({}::float8 / nullif({}::float8, 0))",
    "%": "mod(trunc({}::float8)::numeric, nullif(trunc({}::float8)::numeric, 0))",
    "div": "trunc({}::float8 / nullif({}::float8, 0))",
}
_FOLD_FUNCTIONS = {FoldKind.CASE: "casei", FoldKind.ACCENTS: "accenti"}


@dataclass(slots=True)
class Parameters:
    """The values of one statement, in the order of their numbers."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: object, kind: str) -> str:
        """Take a value in and return what stands for it."""
        # No stored text holds NUL, which PostgreSQL refuses even in a question.
        self.values.append(value.replace("\0", "\ufffd") if isinstance(value, str) else value)
        return f"${len(self.values)}::{kind}"

    def add_text(self, value: str) -> str:
        """Take a text in that compares by code points."""
        return f'({self.add(value, "text")} COLLATE "C")'


@dataclass(slots=True)
class ConditionWriter(ConditionText):
    """Writes one condition; ``columns`` are the stored values of the attributes over the alias ``f``."""

    schema: Schema
    functions: str
    """The database's schema in which the folding functions are."""
    columns: Mapping[str, str]
    parameters: Parameters
    spatial: Callable[[Spatial], str]

    def _always(self, holds: bool) -> str:
        return "true" if holds else "false"

    def _spatial(self, node: Spatial) -> str:
        return self.spatial(node)

    def _column(self, name: str) -> str:
        return self.columns.get(name, "f.geom")

    def _constant(self, value: Value) -> str:
        return parameter(self.parameters, bound(value))

    def _calculation(self, node: Arithmetic) -> str:
        forms = _WHOLE if self._is_whole(node) else _REAL
        return forms[node.operator].format(self._value(node.left), self._value(node.right))

    def _is_whole(self, node: Expression) -> bool:
        match node:
            case Property(name):
                found = self.schema.field(name)
                return found is not None and found.type is FieldType.INTEGER
            case Constant(value):
                return isinstance(value, int)
            case Arithmetic(operator, left, right):
                return operator != "/" and self._is_whole(left) and self._is_whole(right)
        return False

    def _folded(self, node: Folded) -> str:
        return f"{quoted(self.functions)}.{_FOLD_FUNCTIONS[node.kind]}({self._value(node.text)})"

    def _like(self, text: Expression, pattern: Expression) -> str:
        if isinstance(pattern, Constant) and _ends_open(str(pattern.value)):
            # Nothing is like a pattern that ends in the middle of an escape; what is null stays so.
            return f"({self._value(text)} <> {self._value(text)})"
        return ConditionText._like(self, text, pattern)

    def _one_of(self, value: Expression, choices: Sequence[Expression]) -> str:
        constants = [bound(choice.value) for choice in choices if isinstance(choice, Constant)]
        if len(constants) < len(choices):
            return ConditionText._one_of(self, value, choices)
        # Thousands of choices are one parameter.
        array = _array_type(constants)
        values = [entry.replace("\0", "\ufffd") if isinstance(entry, str) else entry for entry in constants]
        return f"({self._value(value)} = ANY ({self.parameters.add(values, array)}))"


def parameter(parameters: Parameters, value: str | int | float) -> str:
    """Take a stored value in as a parameter of its type."""
    if isinstance(value, str):
        return parameters.add_text(value)
    return parameters.add(value, "bigint" if isinstance(value, int) else "float8")


def _array_type(values: Sequence[str | int | float]) -> str:
    if all(isinstance(value, str) for value in values):
        return "text[]"
    return "bigint[]" if all(isinstance(value, int) for value in values) else "float8[]"


def _ends_open(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1
