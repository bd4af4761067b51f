"""Rule filters: CQL2 text (OGC 21-065r2) into the expressions that Mapnik evaluates per feature.

A parser of our own, small as the part of CQL2 is that styles need: pygeofilter 0.3's grammar gives
AND and OR the same precedence and refuses unquoted Chinese names and doubled quotes in strings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeVar

from layers.errors import InvalidStyle


@dataclass(frozen=True, slots=True)
class Filter:
    """A rule's filter, ready for Mapnik."""

    expression: str
    fields: frozenset[str]
    """Names of the attributes it reads."""


@lru_cache(maxsize=1024)
def parse_filter(text: str, where: str = "filter", absent: frozenset[str] = frozenset()) -> Filter:
    """Translate a CQL2 text; raises InvalidStyle, naming ``where`` and the place that is not understood.

    Fields that are ``absent`` from the data count as NULL: a release without them is drawn nevertheless.
    """
    parser = _Parser(text, where, absent)
    condition = parser.whole()
    return Filter(condition.holds, frozenset(parser.fields))


class _Condition(NamedTuple):
    """A condition and its opposite.

    CQL2 knows three truth values, Mapnik two. With NOT pushed down to the comparisons, "unknown"
    (a comparison with NULL) may stand as false in both texts, and the outcome is CQL2's.
    """

    holds: str
    fails: str


class _Operand(NamedTuple):
    text: str
    fields: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(f"{field} != null" for field in self.fields)


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


_TOKENS = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<word>[^\W\d][\w.]*)
  | (?P<sign><>|<=|>=|[=<>()+\-*/%,])
  )""",
    re.VERBOSE,
)
_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MAXIMUM_DEPTH = 40

T = TypeVar("T")


class _Parser:
    """Recursive descent over one filter; every method consumes what it is named after."""

    def __init__(self, text: str, where: str, absent: frozenset[str]) -> None:
        self.fields: set[str] = set()
        self._absent = absent
        self._where = where
        self._text = text
        self._tokens = self._split(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> _Condition:
        condition = self._or()
        if self._token.kind != "end":
            raise self._failure()
        return condition

    def _split(self, text: str) -> list[_Token]:
        tokens, position = [], 0
        end = len(text.rstrip())
        while position < end:
            match = _TOKENS.match(text, position)
            if not match or not match.lastgroup:
                raise InvalidStyle(
                    "style_filter", where=self._where, found=text[position:].strip()[:20], position=position + 1
                )
            tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            position = match.end()
        return [*tokens, _Token("end", "", end)]

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _failure(self) -> InvalidStyle:
        found = self._token.text or self._text.strip()[-20:]
        return InvalidStyle("style_filter", where=self._where, found=found, position=self._token.position + 1)

    def _accept(self, *texts: str) -> str | None:
        token = self._token
        if token.kind in {"word", "sign"} and token.text.upper() in texts:
            self._next += 1
            return token.text.upper()
        return None

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._failure()

    def _or(self) -> _Condition:
        parts = [self._and()]
        while self._accept("OR"):
            parts.append(self._and())
        return _joined(parts, "or", "and")

    def _and(self) -> _Condition:
        parts = [self._not()]
        while self._accept("AND"):
            parts.append(self._not())
        return _joined(parts, "and", "or")

    def _not(self) -> _Condition:
        if self._accept("NOT"):
            condition = self._deeper(self._not)
            return _Condition(condition.fails, condition.holds)
        return self._predicate()

    def _deeper(self, part: Callable[[], T]) -> T:
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            raise self._failure()
        result = part()
        self._depth -= 1
        return result

    def _predicate(self) -> _Condition:
        start, fields = self._next, set(self.fields)
        if self._accept("("):
            # "(" opens a condition or an arithmetic group; which one shows only behind its ")".
            try:
                condition = self._deeper(self._or)
                self._expect(")")
            except InvalidStyle:
                self._next, self.fields = start, fields
            else:
                return condition
        return self._comparison(self._sum())

    def _comparison(self, left: _Operand) -> _Condition:
        if sign := self._accept("=", "<>", "<", ">", "<=", ">="):
            return _compared(left, "!=" if sign == "<>" else sign, self._sum())
        if self._accept("IS"):
            return self._null(left)
        negated = bool(self._accept("NOT"))
        condition = self._membership(left)
        return _Condition(condition.fails, condition.holds) if negated else condition

    def _null(self, left: _Operand) -> _Condition:
        negated = bool(self._accept("NOT"))
        self._expect("NULL")
        is_null = _Condition(f"({left.text} = null)", f"({left.text} != null)")
        return _Condition(is_null.fails, is_null.holds) if negated else is_null

    def _membership(self, left: _Operand) -> _Condition:
        if self._accept("LIKE"):
            return self._like(left)
        if self._accept("BETWEEN"):
            low = self._sum()
            self._expect("AND")
            return _joined([_compared(left, ">=", low), _compared(left, "<=", self._sum())], "and", "or")
        self._expect("IN")
        self._expect("(")
        options = [_compared(left, "=", self._sum())]
        while self._accept(","):
            options.append(_compared(left, "=", self._sum()))
        self._expect(")")
        return _joined(options, "or", "and")

    def _like(self, left: _Operand) -> _Condition:
        if self._token.kind != "text":
            raise self._failure()
        pattern = _quoted(_regular_expression(_unquoted(self._token.text)))
        self._next += 1
        match = f"{left.text}.match({pattern})"
        return _Condition(f"({match})", _all([f"not ({match})", *left.known]))

    def _sum(self) -> _Operand:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> _Operand:
        return self._chain(self._atom, ("*", "/", "%"))

    def _chain(self, part: Callable[[], _Operand], signs: tuple[str, ...]) -> _Operand:
        left = part()
        while sign := self._accept(*signs):
            right = part()
            left = _Operand(f"({left.text} {sign} {right.text})", left.fields + right.fields)
        return left

    def _atom(self) -> _Operand:
        if self._accept("-"):
            operand = self._deeper(self._atom)
            return _Operand(f"(0 - {operand.text})", operand.fields)
        if self._accept("("):
            operand = self._deeper(self._sum)
            self._expect(")")
            return operand
        return self._value()

    def _value(self) -> _Operand:
        token = self._token
        following = self._tokens[self._next + 1] if token.kind != "end" else token
        if token.kind == "word" and token.text.upper() in {"DATE", "TIMESTAMP"} and following.text == "(":
            return self._instant()
        if token.kind == "word" and (token.text.upper() in _RESERVED or following.text == "("):
            raise self._failure()
        self._next += 1
        match token.kind:
            case "number":
                return _Operand(token.text)
            case "text":
                return _Operand(_quoted(_unquoted(token.text)))
            case "word" if token.text.upper() in {"TRUE", "FALSE"}:
                return _Operand(token.text.lower())
            case "word" | "quoted":
                return self._field(_unquoted(token.text) if token.kind == "quoted" else token.text)
        self._next -= 1
        raise self._failure()

    def _instant(self) -> _Operand:
        # Dates reach Mapnik as ISO 8601 text, which sorts as the dates do.
        self._next += 2
        if self._token.kind != "text":
            raise self._failure()
        operand = _Operand(_quoted(_unquoted(self._token.text)))
        self._next += 1
        self._expect(")")
        return operand

    def _field(self, name: str) -> _Operand:
        if "]" in name:
            self._next -= 1
            raise self._failure()
        self.fields.add(name)
        text = "null" if name in self._absent else f"[{name}]"
        return _Operand(text, (text,))


_RESERVED = {"AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "NULL"}


def _all(conditions: list[str]) -> str:
    return f"({' and '.join(dict.fromkeys(conditions))})"


def _compared(left: _Operand, sign: str, right: _Operand) -> _Condition:
    known = [*left.known, *right.known]
    return _Condition(
        _all([f"{left.text} {sign} {right.text}", *known]),
        _all([f"{left.text} {_OPPOSITE[sign]} {right.text}", *known]),
    )


def _joined(parts: list[_Condition], word: str, opposite: str) -> _Condition:
    if len(parts) == 1:
        return parts[0]
    return _Condition(
        "(" + f" {word} ".join(part.holds for part in parts) + ")",
        "(" + f" {opposite} ".join(part.fails for part in parts) + ")",
    )


def _unquoted(token: str) -> str:
    quote = token[0]
    return token[1:-1].replace(quote * 2, quote)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _regular_expression(pattern: str) -> str:
    """Translate a LIKE pattern: ``%`` any text, ``_`` one character; a backslash takes the next one literally."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
