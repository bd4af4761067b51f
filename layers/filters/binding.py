"""Holds a filter against a schema: only known properties, only values that fit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import Crs
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
    In,
    IsNull,
    Like,
    Not,
    Property,
    Shape,
    Some,
    Spatial,
    SpatialOperator,
    Temporal,
    Value,
)
from layers.filters.time import as_comparisons
from layers.schema import FieldType, Schema

GEOMETRY_NAMES = frozenset({"geometry", "geom"})

_KINDS = {
    FieldType.INTEGER: "number",
    FieldType.REAL: "number",
    FieldType.TEXT: "text",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "time",
}
_EXAMPLES = {
    "number": "12.5",
    "text": "'臺中'",
    "boolean": "TRUE",
    "date": "DATE('2026-01-31')",
    "time": "TIMESTAMP('2026-01-31T08:00:00Z')",
}
_CONVERSE = {SpatialOperator.CONTAINS: SpatialOperator.WITHIN, SpatialOperator.WITHIN: SpatialOperator.CONTAINS}


def bind(condition: Condition, schema: Schema, crs: Crs) -> Condition:
    """Return the condition with its values as the schema's types and its shapes with x before y."""
    return _Binder(schema, crs).condition(condition)


class _Binder:
    def __init__(self, schema: Schema, crs: Crs) -> None:
        self._schema = schema
        self._crs = crs

    def condition(self, node: Condition) -> Condition:
        match node:
            case All(parts):
                return All(tuple(map(self.condition, parts)))
            case Some(parts):
                return Some(tuple(map(self.condition, parts)))
            case Not(inner):
                return Not(self.condition(inner))
            case IsNull(value):
                return IsNull(value if _is_geometry(value) else self._fitted([value])[0])
            case Spatial():
                return self._spatial(node)
            case Temporal():
                return self.condition(as_comparisons(node))
            case Always():
                return node
        return self._predicate(node)

    def _predicate(self, node: Comparison | Like | Between | In) -> Condition:
        match node:
            case Comparison(operator, left, right):
                return Comparison(operator, *self._fitted([left, right]))
            case Like(text, pattern):
                return Like(*self._fitted([text, pattern], "text"))
            case Between(value, low, high):
                return Between(*self._fitted([value, low, high]))
            case In(value, choices):
                first, *others = self._fitted([value, *choices])
                return In(first, tuple(others))

    def _fitted(self, operands: Sequence[Expression], kind: str | None = None) -> list[Expression]:
        """Return operands that are compared with each other, all of one kind: that of the first attribute."""
        kinds = [self._kind(operand) for operand in operands]
        attributes = [
            found for operand, found in zip(operands, kinds, strict=True) if not isinstance(operand, Constant)
        ]
        wanted = kind or next(iter(attributes or kinds))
        return [self._fitting(operand, found, wanted) for operand, found in zip(operands, kinds, strict=True)]

    def _fitting(self, operand: Expression, kind: str, wanted: str) -> Expression:
        if isinstance(operand, Constant):
            return Constant(_converted(operand.value, kind, wanted))
        if kind != wanted and {kind, wanted} != {"date", "time"}:
            raise _misfit(operand, wanted)
        if isinstance(operand, Arithmetic):
            left, right = self._fitted([operand.left, operand.right], "number")
            return Arithmetic(operand.operator, left, right)
        if isinstance(operand, Folded):
            return Folded(operand.kind, self._fitted([operand.text], "text")[0])
        return operand

    def _kind(self, operand: Expression) -> str:
        match operand:
            case Property(name):
                field = self._schema.field(name)
                if field is None:
                    known = ", ".join(self._schema.names)
                    raise InvalidFilter("filter_unknown_property", property=name[:60], known=known[:500])
                return _KINDS[field.type]
            case Constant(value):
                return _kind_of(value)
            case Arithmetic():
                return "number"
            case Folded():
                return "text"

    def _spatial(self, node: Spatial) -> Spatial:
        operator, first, second = node.operator, node.first, node.second
        if isinstance(first, Shape):
            operator, first, second = _CONVERSE.get(operator, operator), second, first
        if not (_is_geometry(first) and isinstance(second, Shape)):
            raise InvalidFilter("filter_geometry")
        geometry = _swapped(second.geometry) if self._crs.latitude_first else second.geometry
        return replace(node, operator=operator, first=first, second=Shape(geometry), crs=self._crs)


def _is_geometry(node: object) -> bool:
    return isinstance(node, Property) and node.name.lower() in GEOMETRY_NAMES


def _swapped(geometry: Any) -> Any:
    def swapped(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        return coordinates[:, ::-1]

    return shapely.transform(geometry, swapped)


def _kind_of(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, datetime):
        return "time"
    return "date" if isinstance(value, date) else "text"


def _converted(value: Value, kind: str, wanted: str) -> Value:
    if kind == wanted:
        return value
    if wanted == "time" and isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if wanted in {"date", "time"} and isinstance(value, str):
        try:
            return date.fromisoformat(value) if wanted == "date" else datetime.fromisoformat(value)
        except ValueError:
            raise _misfit(Constant(value), wanted) from None
    if wanted == "date" and isinstance(value, datetime):
        return value
    raise _misfit(Constant(value), wanted)


def _misfit(operand: Expression, wanted: str) -> InvalidFilter:
    written = str(operand.value) if isinstance(operand, Constant) else getattr(operand, "name", type(operand).__name__)
    return InvalidFilter("filter_misfit", value=written[:60], example=_EXAMPLES[wanted])
