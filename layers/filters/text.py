"""CQL2 text."""

from __future__ import annotations

from collections.abc import Callable

from layers.errors import InvalidFilter
from layers.filters.building import (
    COMPARISONS,
    DEEPEST,
    Builder,
    condition,
    constant,
    day,
    instant,
    interval,
    shape_of_box,
    shape_of_wkt,
)
from layers.filters.model import All, Condition, Constant, Node, Property, Some
from layers.filters.tokens import Token, tokens


def parse_text(source: str) -> Condition:
    """Read CQL2 text; raises InvalidFilter that names the place that is not understood."""
    return _Parser(tokens(source)).whole()


class _Parser:
    """Recursive descent. Conditions and values share one grammar, and the node says which of the two it is."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0
        self._depth = 0
        self._build = Builder()

    def whole(self) -> Condition:
        node = condition(self._either())
        if self._now.kind != "end":
            raise self._misunderstood()
        return node

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._now
        self._place += 1
        return token

    def _accept(self, *texts: str) -> str | None:
        """Take the token where it is one of these signs or keywords."""
        found = self._now.text if self._now.kind == "sign" else self._now.keyword
        if found not in texts or not found:
            return None
        self._place += 1
        return found

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._misunderstood()

    def _misunderstood(self) -> InvalidFilter:
        token = self._now
        return InvalidFilter("filter_syntax", position=token.position + 1, near=token.text[:20])

    def _either(self) -> Node:
        parts = [self._both()]
        while self._accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Some(tuple(map(condition, parts)))

    def _both(self) -> Node:
        parts = [self._negated()]
        while self._accept("AND"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else All(tuple(map(condition, parts)))

    def _negated(self) -> Node:
        if not self._accept("NOT"):
            return self._predicate()
        return self._build.negation(self._nested(self._negated))

    def _nested(self, parse: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidFilter("filter_too_large")
        node = parse()
        self._depth -= 1
        return node

    def _predicate(self) -> Node:
        left = self._sum()
        if self._now.kind == "sign" and (self._now.text in COMPARISONS or self._now.text == "!="):
            operator = self._take().text.replace("!=", "<>")
            return self._build.comparison(operator, left, self._sum())
        if self._accept("IS"):
            negated = self._accept("NOT")
            self._expect("NULL")
            return self._perhaps_not(negated, self._build.is_null(left))
        negated = self._accept("NOT")
        if word := self._accept("LIKE", "BETWEEN", "IN"):
            return self._perhaps_not(negated, self._range_or_pattern(word, left))
        if negated:
            raise self._misunderstood()
        return left

    def _range_or_pattern(self, word: str, left: Node) -> Condition:
        if word == "LIKE":
            return self._build.like(left, self._sum())
        if word == "BETWEEN":
            low = self._sum()
            self._expect("AND")
            return self._build.between(left, low, self._sum())
        self._expect("(")
        return self._build.one_of(left, self._arguments())

    def _perhaps_not(self, negated: str | None, node: Condition) -> Condition:
        return self._build.negation(node) if negated else node

    def _arguments(self) -> list[Node]:
        """Read what stands between parentheses, the first of which is taken already."""
        found = [self._nested(self._either)]
        while self._accept(","):
            found.append(self._nested(self._either))
        self._expect(")")
        return found

    def _sum(self) -> Node:
        left = self._product()
        while sign := self._accept("+", "-"):
            left = self._build.arithmetic(sign, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._factor()
        while sign := self._accept("*", "/", "%", "DIV"):
            left = self._build.arithmetic(sign.lower(), left, self._factor())
        return left

    def _factor(self) -> Node:
        if self._accept("-"):
            operand = self._nested(self._factor)
            if isinstance(operand, Constant) and isinstance(operand.value, int | float):
                return constant(-operand.value)
            return self._build.arithmetic("-", Constant(0), operand)
        if self._accept("+"):
            return self._nested(self._factor)
        if self._accept("("):
            inner = self._nested(self._either)
            self._expect(")")
            return inner
        return self._leaf()

    def _leaf(self) -> Node:
        token = self._now
        if token.kind in {"end", "sign"}:
            raise self._misunderstood()
        self._place += 1
        if token.kind == "number":
            return constant(int(token.text) if token.text.isdecimal() and len(token.text) < 20 else float(token.text))
        if token.kind == "text":
            return Constant(_unquoted(token.text))
        if token.kind == "quoted":
            return Property(token.text[1:-1].replace('""', '"'))
        if token.kind == "geometry":
            return shape_of_wkt(token.text)
        return self._word(token)

    def _word(self, token: Token) -> Node:
        if token.keyword in {"TRUE", "FALSE"}:
            return Constant(token.keyword == "TRUE")
        if not self._accept("("):
            if token.keyword in _RESERVED:
                self._place -= 1
                raise self._misunderstood()
            return Property(token.text)
        return self._call(token)

    def _call(self, token: Token) -> Node:
        if token.keyword == "DATE":
            (text,) = self._texts(1)
            return Constant(day(text))
        if token.keyword == "TIMESTAMP":
            (text,) = self._texts(1)
            return Constant(instant(text))
        if token.keyword == "INTERVAL":
            start, end = self._texts(2)
            return interval(start, end)
        arguments = self._arguments()
        if token.keyword == "BBOX":
            numbers = [node.value for node in arguments if isinstance(node, Constant)]
            return shape_of_box([float(value) for value in numbers if isinstance(value, int | float)])
        return self._build.call(token.text.lower(), arguments)

    def _texts(self, count: int) -> list[str]:
        found = []
        for place in range(count):
            if place:
                self._expect(",")
            if self._now.kind != "text":
                raise self._misunderstood()
            found.append(_unquoted(self._take().text))
        self._expect(")")
        return found


_RESERVED = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV"})


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
