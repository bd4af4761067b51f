"""Rule filters: CQL2 text into the expressions that Mapnik evaluates per feature."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from layers.errors import InvalidFilter, InvalidStyle
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
    Temporal,
    Value,
)
from layers.filters.text import parse_text
from layers.messages import Language, message


class InvalidRuleFilter(InvalidStyle):
    """A rule's filter cannot be parsed, or is more than Mapnik can evaluate."""

    def __init__(self, where: str, reason: InvalidFilter) -> None:
        super().__init__("style_filter", where=where, reason=reason)
        self._reason = reason

    def sentence(self, language: Language) -> str:
        """Return the sentence for people, with the filter's own reason in the same language."""
        reason = self._reason.sentence(language)
        return message(self.code, language, where=self.parameters["where"], reason=reason)


@dataclass(frozen=True, slots=True)
class Filter:
    """A rule's filter, ready for Mapnik."""

    expression: str
    fields: frozenset[str]
    """Names of the attributes it reads."""


@lru_cache(maxsize=1024)
def parse_filter(text: str, where: str = "filter", absent: frozenset[str] = frozenset()) -> Filter:
    """Translate a CQL2 text; raises InvalidStyle that names ``where`` and what is not understood.

    Fields that are ``absent`` from the data count as NULL: a release without them is drawn nevertheless.
    """
    translation = _Translation(absent)
    try:
        condition = translation.condition(parse_text(text))
    except InvalidFilter as error:
        raise InvalidRuleFilter(where, error) from None
    return Filter(condition.holds, frozenset(translation.fields))


class _Pair(NamedTuple):
    """A condition and its opposite.

    CQL2 knows three truth values, Mapnik two. With NOT pushed down to the comparisons, "unknown"
    (a comparison with NULL) may stand as false in both texts, and the outcome is CQL2's.
    """

    holds: str
    fails: str

    def opposite(self) -> _Pair:
        return _Pair(self.fails, self.holds)


class _Operand(NamedTuple):
    text: str
    fields: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(f"{field} != null" for field in self.fields)


_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_WORDS: dict[type, str] = {Folded: "ACCENTI", Spatial: "S_INTERSECTS …", Temporal: "T_AFTER …"}
_ARITHMETIC = {"+", "-", "*", "/", "%"}


class _Translation:
    """Turns the parts of one filter into Mapnik's texts."""

    def __init__(self, absent: frozenset[str]) -> None:
        self.fields: set[str] = set()
        self._absent = absent

    def condition(self, node: Condition) -> _Pair:
        match node:
            case All(parts):
                return _joined([self.condition(part) for part in parts], "and", "or")
            case Some(parts):
                return _joined([self.condition(part) for part in parts], "or", "and")
            case Not(inner):
                return self.condition(inner).opposite()
            case Always(holds):
                pair = _Pair("true", "false")
                return pair if holds else pair.opposite()
        return self._predicate(node)

    def _predicate(self, node: Condition) -> _Pair:
        match node:
            case Comparison("=" | "<>" as operator, Folded(FoldKind.CASE, text), right) if _is_text(right):
                pair = self._folded(self.operand(text), right, re.escape(str(_unfolded(right))))
                return pair if operator == "=" else pair.opposite()
            case Comparison(operator, left, right):
                return _compared(self.operand(left), "!=" if operator == "<>" else operator, self.operand(right))
            case In(value, choices):
                value_ = self.operand(value)
                return _joined([_compared(value_, "=", self.operand(choice)) for choice in choices], "or", "and")
            case Between(value, low, high):
                value_ = self.operand(value)
                least, most = _compared(value_, ">=", self.operand(low)), _compared(value_, "<=", self.operand(high))
                return _joined([least, most], "and", "or")
            case IsNull(value):
                known = self.operand(value).text
                return _Pair(f"({known} = null)", f"({known} != null)")
            case Like(Folded(FoldKind.CASE, text), folded) if _is_text(folded):
                return self._folded(self.operand(text), folded, _regular_expression(str(_unfolded(folded))))
            case Like(text, Constant(str(pattern))):
                return self._match(self.operand(text), _regular_expression(pattern))
        raise InvalidFilter("style_filter_unsupported", word=_WORDS.get(type(node), "LIKE"))

    def _folded(self, left: _Operand, right: Expression, expression: str) -> _Pair:
        """Compare a folded text: with one that is folded as well, or with one that has no capitals to begin with."""
        text = str(_unfolded(right))
        if not isinstance(right, Folded) and text != text.casefold():
            return _Pair("false", _all(["true", *left.known]))
        return self._match(left, f"(?i){expression}")

    def _match(self, left: _Operand, expression: str) -> _Pair:
        match_ = f"{left.text}.match({_quoted(expression)})"
        return _Pair(_all([match_, *left.known]), _all([f"not ({match_})", *left.known]))

    def operand(self, node: Expression) -> _Operand:
        match node:
            case Property(name):
                return self._field(name)
            case Constant(value):
                return _Operand(_literal(value))
            case Arithmetic(operator, left, right) if operator in _ARITHMETIC:
                first, second = self.operand(left), self.operand(right)
                return _Operand(f"({first.text} {operator} {second.text})", first.fields + second.fields)
        raise InvalidFilter("style_filter_unsupported", word=_WORDS.get(type(node), "div"))

    def _field(self, name: str) -> _Operand:
        if "]" in name:
            raise InvalidFilter("style_filter_unsupported", word=name[:40])
        self.fields.add(name)
        text = "null" if name in self._absent else f"[{name}]"
        return _Operand(text, (text,))


def _unfolded(node: Expression) -> Value | None:
    """Return the constant that a text is compared with, told in any case of letters."""
    inner = node.text if isinstance(node, Folded) and node.kind is FoldKind.CASE else node
    return inner.value if isinstance(inner, Constant) else None


def _is_text(node: Expression) -> bool:
    return isinstance(_unfolded(node), str)


def _all(conditions: list[str]) -> str:
    return f"({' and '.join(dict.fromkeys(conditions))})"


def _compared(left: _Operand, sign: str, right: _Operand) -> _Pair:
    known = [*left.known, *right.known]
    return _Pair(
        _all([f"{left.text} {sign} {right.text}", *known]),
        _all([f"{left.text} {_OPPOSITE[sign]} {right.text}", *known]),
    )


def _joined(parts: list[_Pair], word: str, opposite: str) -> _Pair:
    if len(parts) == 1:
        return parts[0]
    return _Pair(
        "(" + f" {word} ".join(part.holds for part in parts) + ")",
        "(" + f" {opposite} ".join(part.fails for part in parts) + ")",
    )


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"({value!r})" if value < 0 else repr(value)
    return _quoted(_instant(value) if isinstance(value, date) else value)


def _instant(value: date) -> str:
    """Write a date or time as the stores keep it: as ISO 8601 text, which sorts as the times do."""
    if not isinstance(value, datetime):
        return value.isoformat()
    moment = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _regular_expression(pattern: str) -> str:
    """Translate a LIKE pattern: ``%`` any text, ``_`` one character; a backslash takes the next one literally."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
