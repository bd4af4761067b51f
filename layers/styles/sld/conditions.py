"""Filters of SLD (OGC Filter Encoding 1.0 and 1.1) as conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from layers.errors import InvalidFilter
from layers.filters.building import condition, constant
from layers.filters.model import (
    All,
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
from layers.schema import FieldType
from layers.styles.model import Dimension
from layers.styles.sld.elements import Node

Types = Mapping[str, FieldType]
"""Types of a layer's fields, as far as they are known."""

_COMPARISONS = {
    "PropertyIsEqualTo": "=",
    "PropertyIsNotEqualTo": "<>",
    "PropertyIsLessThan": "<",
    "PropertyIsLessThanOrEqualTo": "<=",
    "PropertyIsGreaterThan": ">",
    "PropertyIsGreaterThanOrEqualTo": ">=",
}
_ARITHMETIC = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}
_FOLDS = frozenset({"strToLowerCase", "strToUpperCase", "lower", "upper"})
_IN = re.compile(r"in(?:\d+)?", re.IGNORECASE)
_PREFIX = re.compile(r"^[A-Za-z_][\w.-]*:(?=.)")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NUMERIC = frozenset({FieldType.INTEGER, FieldType.REAL})
_DIMENSIONS: Mapping[str, Dimension] = {"0": "point", "1": "line", "2": "polygon"}
_KINDS: Mapping[str, Dimension] = {
    "point": "point",
    "multipoint": "point",
    "linestring": "line",
    "multilinestring": "line",
    "linearring": "line",
    "polygon": "polygon",
    "multipolygon": "polygon",
}


class NotDrawable(Exception):
    """The filter says what no rule can; ``word`` is the part that is not understood."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """What a filter says of attributes, and of the kind of geometry."""

    condition: Condition | None
    geometry: Dimension | None


def read_filter(node: Node, types: Types) -> RuleFilter:
    """Read an ``ogc:Filter``; raises NotDrawable."""
    parts = node.take().children
    if len(parts) != 1:
        raise NotDrawable(parts[1].name if parts else node.name)
    whole = parts[0]
    conjuncts = whole.children if whole.name == "And" else [whole]
    geometries = [kind for part in conjuncts if (kind := _geometry(part)) is not None]
    rest = [part for part in conjuncts if _geometry(part) is None]
    if len(set(geometries)) > 1:
        raise NotDrawable("geometryType")
    reader = _Reader(types)
    try:
        conditions = tuple(reader.condition(part) for part in rest)
    except InvalidFilter as error:
        raise NotDrawable(error.sentence("en")) from None
    met = None if not conditions else conditions[0] if len(conditions) == 1 else All(conditions)
    return RuleFilter(met, geometries[0] if geometries else None)


def _geometry(part: Node) -> Dimension | None:
    """Return the kind of geometry that a condition asks for by a function; None where it asks for something else."""
    if part.name != "PropertyIsEqualTo" or len(part.children) != 2:
        return None
    function, literal = sorted(part.children, key=lambda child: child.name != "Function")
    name, value = function.attributes.get("name", ""), literal.words().lower()
    if name == "dimension":
        return _DIMENSIONS.get(value)
    if name == "geometryType":
        return _KINDS.get(value)
    if _IN.fullmatch(name) and value == "true" and function.children:
        first, *choices = function.children
        kinds = {_KINDS.get(choice.words().lower()) for choice in choices}
        if first.attributes.get("name") == "geometryType" and len(kinds) == 1:
            return kinds.pop()
    return None


class _Reader:
    def __init__(self, types: Types) -> None:
        self._types = types

    def condition(self, node: Node) -> Condition:
        """Return what one element of a filter asks for."""
        parts = node.children
        if node.name in {"And", "Or"} and parts:
            inner = tuple(self.condition(part) for part in parts)
            return inner[0] if len(inner) == 1 else (All(inner) if node.name == "And" else Some(inner))
        if node.name == "Not" and len(parts) == 1:
            return Not(self.condition(parts[0]))
        if node.name in _COMPARISONS and len(parts) == 2:
            return self._comparison(node)
        readers: Mapping[str, Callable[[Node], Condition]] = {
            "PropertyIsLike": self._like,
            "PropertyIsBetween": self._between,
        }
        if node.name in readers:
            return readers[node.name](node)
        if node.name in {"PropertyIsNull", "PropertyIsNil"} and parts:
            return IsNull(self.value(parts[0]))
        raise NotDrawable(node.attributes.get("name", node.name))

    def _comparison(self, node: Node) -> Condition:
        operator = _COMPARISONS[node.name]
        left, right = node.children
        if operator == "=" and (asked := self._function(left, right)) is not None:
            return asked
        if left.name == "Literal" and right.name != "Literal":
            left, right = right, left
            operator = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
        value = self.value(left)
        if right.name != "Literal":
            return condition(Comparison(operator, value, self.value(right)))
        choices = self._literals(right, value)
        if node.attributes.get("matchCase", "true").lower() == "false" and isinstance(choices[-1].value, str):
            value = Folded(FoldKind.CASE, value)
        compared: list[Condition] = [Comparison(operator, value, _alike(value, choice)) for choice in choices]
        if operator not in {"=", "<>"}:
            return compared[0]
        return compared[0] if len(compared) == 1 else (Some if operator == "=" else All)(tuple(compared))

    def _function(self, left: Node, right: Node) -> Condition | None:
        """Return what a function that is or is not true asks for."""
        function, literal = (left, right) if left.name == "Function" else (right, left)
        truth = literal.words().lower()
        if function.name != "Function" or truth not in {"true", "false"} or not function.children:
            return None
        name = function.attributes.get("name", "")
        first, *others = function.children
        found: Condition | None = None
        if _IN.fullmatch(name) and others:
            value = self.value(first)
            found = In(value, tuple(choice for other in others for choice in self._literals(other, value)))
        elif name == "isNull":
            found = IsNull(self.value(first))
        elif name == "isLike" and len(others) == 1:
            raise NotDrawable(name)
        if found is None:
            return None
        return found if truth == "true" else Not(found)

    def _literals(self, node: Node, value: Expression) -> tuple[Constant, ...]:
        """Return what a literal can mean: a number, a text, or, where the field's type is not known, both.

        Literals have no type in filters, and codes such as ``11`` are as often text as numbers.
        """
        text = node.words() if node.name == "Literal" else ""
        if node.name != "Literal":
            raise NotDrawable(node.name)
        kind = self._types.get(value.name) if isinstance(value, Property) else None
        number = (constant(float(text) if re.search(r"[.eE]", text) else int(text)),) if _NUMBER.fullmatch(text) else ()
        if kind is FieldType.BOOLEAN and text.lower() in {"true", "false"}:
            return (Constant(text.lower() == "true"),)
        if number and (kind in _NUMERIC or isinstance(value, Arithmetic)):
            return number
        if kind is None and isinstance(value, Property):
            return (*number, Constant(text))
        return (Constant(text),)

    def _like(self, node: Node) -> Condition:
        text, pattern = self.value(node.children[0]), node.children[-1].words()
        marks = node.attributes
        wild, single = marks.get("wildCard", "*"), marks.get("singleChar", "?")
        escape = marks.get("escapeChar") or marks.get("escape") or "\\"
        written, rest = "", iter(pattern)
        for character in rest:
            if character == escape:
                character = next(rest, "")
                written += f"\\{character}" if character in "%_\\" else character
            elif character == wild:
                written += "%"
            elif character == single:
                written += "_"
            else:
                written += f"\\{character}" if character in "%_\\" else character
        if marks.get("matchCase", "true").lower() == "false":
            text = Folded(FoldKind.CASE, text)
        return Like(text, _alike(text, Constant(written)))

    def _between(self, node: Node) -> Condition:
        names = {part.name: part for part in node.children}
        low, high = names.get("LowerBoundary"), names.get("UpperBoundary")
        value = node.children[0]
        if low is None or high is None or not low.children or not high.children:
            raise NotDrawable(node.name)
        read = self.value(value)
        return Between(read, *(self._literals(part.children[0], read)[0] for part in (low, high)))

    def value(self, node: Node) -> Expression:
        """Return the value that an element stands for."""
        if node.name in {"PropertyName", "ValueReference"}:
            return property_of(node)
        if node.name == "Literal":
            text = node.words()
            return Constant(float(text) if "." in text else int(text)) if _NUMBER.fullmatch(text) else Constant(text)
        if node.name in _ARITHMETIC and len(node.children) == 2:
            left, right = (self.value(part) for part in node.children)
            return Arithmetic(_ARITHMETIC[node.name], left, right)
        name = node.attributes.get("name", node.name)
        if name in _FOLDS and len(node.children) == 1:
            return Folded(FoldKind.CASE, self.value(node.children[0]))
        raise NotDrawable(name)


def _alike(value: Expression, constant_: Constant) -> Expression:
    """Return the constant folded where the value is that it is compared with."""
    folds = isinstance(value, Folded) and isinstance(constant_.value, str)
    return Folded(FoldKind.CASE, constant_) if folds else constant_


def property_of(node: Node) -> Property:
    """Return the attribute an element names, without the prefix of its namespace."""
    name = _PREFIX.sub("", node.words())
    if not name or "]" in name:
        raise NotDrawable(node.words())
    return Property(name)
