"""The parts of a filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

Value = str | int | float | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Property:
    """The value of a feature's attribute, or its geometry."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the filter."""

    value: Value


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers made one: ``+ - * / % div``."""

    operator: str
    left: Expression
    right: Expression


class FoldKind(StrEnum):
    """What two texts may differ in and still be equal."""

    CASE = "casei"
    ACCENTS = "accenti"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text compared without regard to case or accents."""

    kind: FoldKind
    text: Expression


Expression = Property | Constant | Arithmetic | Folded


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry written in the filter; after binding in the filter's CRS with x before y."""

    geometry: Any


@dataclass(frozen=True, slots=True)
class Interval:
    """A time span; an open end is None."""

    start: date | datetime | None
    end: date | datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """``= <> < <= > >=``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Like:
    """A text that fits a pattern: ``%`` is any characters, ``_`` is one, a backslash makes the next one literal."""

    text: Expression
    pattern: Expression


@dataclass(frozen=True, slots=True)
class Between:
    """A value within two others, these included."""

    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class In:
    """A value that is one of several."""

    value: Expression
    choices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """No value at all."""

    value: Expression


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds (AND)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds (OR)."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Always:
    """``TRUE`` or ``FALSE`` as a whole condition."""

    holds: bool


class SpatialOperator(StrEnum):
    """How the feature's geometry (first) and the filter's (second) relate."""

    INTERSECTS = "s_intersects"
    DISJOINT = "s_disjoint"
    CONTAINS = "s_contains"
    WITHIN = "s_within"
    TOUCHES = "s_touches"
    CROSSES = "s_crosses"
    OVERLAPS = "s_overlaps"
    EQUALS = "s_equals"


@dataclass(frozen=True, slots=True)
class Spatial:
    """A relation between the feature's geometry and one in the filter."""

    operator: SpatialOperator
    first: Property | Shape
    second: Property | Shape
    crs: Any = None
    """CRS of the shape; known after binding."""


class TemporalOperator(StrEnum):
    """How two times relate; an attribute is an instant."""

    AFTER = "t_after"
    BEFORE = "t_before"
    DURING = "t_during"
    EQUALS = "t_equals"
    INTERSECTS = "t_intersects"
    DISJOINT = "t_disjoint"


@dataclass(frozen=True, slots=True)
class Temporal:
    """A relation between an attribute and a time; binding turns it into comparisons."""

    operator: TemporalOperator
    first: Expression | Interval
    second: Expression | Interval


Condition = Comparison | Like | Between | In | IsNull | All | Some | Not | Always | Spatial | Temporal
Node = Expression | Condition | Shape | Interval

CONDITIONS = (Comparison, Like, Between, In, IsNull, All, Some, Not, Always, Spatial, Temporal)
EXPRESSIONS = (Property, Constant, Arithmetic, Folded)
