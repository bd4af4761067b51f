"""CQL2 JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import orjson

from layers.errors import InvalidFilter
from layers.filters.building import (
    ARITHMETIC,
    COMPARISONS,
    DEEPEST,
    Builder,
    condition,
    constant,
    day,
    instant,
    interval,
    shape_of_box,
    shape_of_geojson,
)
from layers.filters.model import All, Condition, Constant, Node, Property, Some

_BRACKET = re.compile(r"[\[\]{}]")


def parse_document(source: str) -> Condition:
    """Read CQL2 JSON; raises InvalidFilter."""
    # Checked before parsing, so that nothing below has to think of endless depth.
    depths = accumulate(1 if match[0] in "[{" else -1 for match in _BRACKET.finditer(source))
    if max(depths, default=0) > 3 * DEEPEST:
        raise InvalidFilter("filter_too_large")
    try:
        document = orjson.loads(source)
    except ValueError:
        raise InvalidFilter("filter_no_json") from None
    return condition(_Reader().node(document))


class _Reader:
    def __init__(self) -> None:
        self._build = Builder()
        self._depth = 0

    def node(self, document: Any) -> Node:
        """Return what a JSON value stands for."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidFilter("filter_too_large")
        try:
            return self._node(document)
        finally:
            self._depth -= 1

    def _node(self, document: Any) -> Node:
        if isinstance(document, str):
            return Constant(document)
        if isinstance(document, bool | int | float):
            return constant(document)
        if not isinstance(document, dict):
            raise _misunderstood(document)
        if "op" in document:
            return self._operation(str(document["op"]).lower(), document.get("args"))
        return _literal(document)

    def _operation(self, name: str, arguments: Any) -> Node:
        if not isinstance(arguments, list):
            raise _misunderstood(name)
        if name == "in" and len(arguments) == 2 and isinstance(arguments[1], list):
            return self._build.one_of(self.node(arguments[0]), self._nodes(arguments[1]))
        nodes = self._nodes(arguments)
        if name in {"and", "or"} and nodes:
            parts = tuple(map(condition, nodes))
            return All(parts) if name == "and" else Some(parts)
        if (made := self._fixed(name, nodes)) is not None:
            return made
        return self._build.call(name, nodes)

    def _fixed(self, name: str, nodes: Sequence[Node]) -> Node | None:
        """Return the operation where it is one with a fixed number of arguments."""
        build = self._build
        if len(nodes) == 2 and (name in COMPARISONS or name == "!="):
            return build.comparison(name.replace("!=", "<>"), *nodes)
        if len(nodes) == 2 and name in ARITHMETIC:
            return build.arithmetic(name, *nodes)
        makers: dict[tuple[str, int], Callable[..., Node]] = {
            ("not", 1): build.negation,
            ("isnull", 1): build.is_null,
            ("like", 2): build.like,
            ("between", 3): build.between,
        }
        make = makers.get((name, len(nodes)))
        return make(*nodes) if make else None

    def _nodes(self, documents: Sequence[Any]) -> list[Node]:
        return [self.node(document) for document in documents]


def _literal(document: dict[str, Any]) -> Node:
    match document:
        case {"property": str(name)}:
            return Property(name)
        case {"date": str(text)}:
            return Constant(day(text))
        case {"timestamp": str(text)}:
            return Constant(instant(text))
        case {"interval": [str(start), str(end)]}:
            return interval(start, end)
        case {"bbox": [*numbers]} if all(isinstance(value, int | float) for value in numbers):
            return shape_of_box([float(value) for value in numbers])
        case {"type": str(), "coordinates": list()} | {"type": "GeometryCollection", "geometries": list()}:
            return shape_of_geojson(orjson.dumps(document))
    raise _misunderstood(document)


def _misunderstood(document: Any) -> InvalidFilter:
    near = orjson.dumps(document).decode() if not isinstance(document, str) else document
    return InvalidFilter("filter_misunderstood", near=near[:40])
