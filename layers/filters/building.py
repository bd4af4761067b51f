"""Puts the parts of a filter together; both notations end here, so both have the same limits and meanings."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import shapely

from layers.errors import InvalidFilter
from layers.filters.model import (
    CONDITIONS,
    EXPRESSIONS,
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
    Interval,
    IsNull,
    Like,
    Node,
    Not,
    Property,
    Shape,
    Spatial,
    SpatialOperator,
    Temporal,
    TemporalOperator,
)

DEEPEST = 40
"""Levels of parentheses or arrays; people need five."""
LARGEST = 500
"""Conditions in one filter."""
MOST_ARITHMETIC = 50
"""Sums, products and so on in one filter."""
MOST_SPATIAL = 20
"""Spatial conditions in one filter; each looks at all that lies within its envelope."""
LONGEST_LIST = 5000

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "div"})

T = TypeVar("T")

_SPATIAL = {operator.value: operator for operator in SpatialOperator}
_TEMPORAL = {operator.value: operator for operator in TemporalOperator}
_FOLDS = {kind.value: kind for kind in FoldKind}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Builder:
    """Makes nodes and counts them."""

    def __init__(self) -> None:
        self._made = 0
        self._calculations = 0
        self._spatial = 0

    def call(self, name: str, arguments: Sequence[Node]) -> Node:
        """Return what a function of CQL2 stands for; ``name`` is in lower case."""
        if (spatial := _SPATIAL.get(name)) is not None:
            first, second = self._two(name, arguments)
            self._spatial += 1
            if self._spatial > MOST_SPATIAL:
                raise InvalidFilter("filter_too_large")
            return self._counted(Spatial(spatial, _spatial(first), _spatial(second)))
        if (temporal := _TEMPORAL.get(name)) is not None:
            first, second = self._two(name, arguments)
            return self._counted(Temporal(temporal, _temporal(first), _temporal(second)))
        if (kind := _FOLDS.get(name)) is not None and len(arguments) == 1:
            return self._counted(Folded(kind, expression(arguments[0])))
        raise InvalidFilter("filter_unsupported", word=name[:40])

    def comparison(self, operator: str, left: Node, right: Node) -> Node:
        """Return ``left operator right``."""
        return self._counted(Comparison(operator, expression(left), expression(right)))

    def arithmetic(self, operator: str, left: Node, right: Node) -> Node:
        """Return ``left operator right``; a sum of two constants is a constant no sooner than in the store."""
        self._calculations += 1
        if self._calculations > MOST_ARITHMETIC:
            raise InvalidFilter("filter_too_large")
        return Arithmetic(operator, expression(left), expression(right))

    def like(self, text: Node, pattern: Node) -> Condition:
        """Return ``text LIKE pattern``."""
        return self._counted(Like(expression(text), expression(pattern)))

    def between(self, value: Node, low: Node, high: Node) -> Condition:
        """Return ``value BETWEEN low AND high``."""
        return self._counted(Between(expression(value), expression(low), expression(high)))

    def one_of(self, value: Node, choices: Sequence[Node]) -> Condition:
        """Return ``value IN (choices)``."""
        if len(choices) > LONGEST_LIST:
            raise InvalidFilter("filter_too_large")
        return self._counted(In(expression(value), tuple(expression(choice) for choice in choices)))

    def is_null(self, value: Node) -> Condition:
        """Return ``value IS NULL``."""
        return self._counted(IsNull(expression(value)))

    def negation(self, node: Node) -> Condition:
        """Return ``NOT node``."""
        return self._counted(Not(condition(node)))

    def _two(self, name: str, arguments: Sequence[Node]) -> Sequence[Node]:
        if len(arguments) != 2:
            raise InvalidFilter("filter_unsupported", word=name[:40])
        return arguments

    def _counted(self, node: T) -> T:
        self._made += 1
        if self._made > LARGEST:
            raise InvalidFilter("filter_too_large")
        return node


def condition(node: Node) -> Condition:
    """Return the node where it is a condition; ``a + 1`` alone is none."""
    if isinstance(node, CONDITIONS):
        return node
    if isinstance(node, Constant) and isinstance(node.value, bool):
        return Always(node.value)
    raise InvalidFilter("filter_no_condition")


def expression(node: Node) -> Expression:
    """Return the node where it is a value; ``(a = 1) > 2`` compares none."""
    if isinstance(node, EXPRESSIONS):
        return node
    raise InvalidFilter("filter_no_value")


def constant(value: Any) -> Constant:
    """Return a number, text or truth value; numbers must be finite."""
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidFilter("filter_no_value")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 63:
        return Constant(float(value))
    return Constant(value)


def day(text: str) -> date:
    """Read ``2024-01-31``."""
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidFilter("filter_time", value=text[:40])


def instant(text: str) -> date | datetime:
    """Read ``2024-01-31T08:00:00Z``, or a day."""
    if _DATE.fullmatch(text):
        return day(text)
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidFilter("filter_time", value=text[:40])


def interval(start: str, end: str) -> Interval:
    """Read two instants; ``..`` is an open end."""
    return Interval(*(None if text in {"..", ""} else instant(text) for text in (start, end)))


def shape_of_wkt(text: str) -> Shape:
    """Read WKT."""
    try:
        return _checked(shapely.from_wkt(text))
    except shapely.errors.ShapelyError:
        raise InvalidFilter("filter_geometry") from None


def shape_of_geojson(text: bytes) -> Shape:
    """Read a GeoJSON geometry."""
    try:
        return _checked(shapely.from_geojson(text))
    except shapely.errors.ShapelyError:
        raise InvalidFilter("filter_geometry") from None


def shape_of_box(numbers: Sequence[float]) -> Shape:
    """Read four or six numbers: corners, the lower one first."""
    if len(numbers) not in {4, 6} or not all(map(math.isfinite, numbers)):
        raise InvalidFilter("filter_geometry")
    half = len(numbers) // 2
    return _checked(shapely.box(numbers[0], numbers[1], numbers[half], numbers[half + 1]))


def _checked(geometry: Any) -> Shape:
    if geometry is None or geometry.is_empty or not all(map(math.isfinite, geometry.bounds)) or not geometry.is_valid:
        raise InvalidFilter("filter_geometry")
    return Shape(shapely.force_2d(geometry))


def _spatial(node: Node) -> Property | Shape:
    if isinstance(node, Property | Shape):
        return node
    raise InvalidFilter("filter_geometry")


def _temporal(node: Node) -> Expression | Interval:
    return node if isinstance(node, Interval) else expression(node)
