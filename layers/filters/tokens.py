"""The words and signs of CQL2 text."""

from __future__ import annotations

import re
from typing import NamedTuple

from layers.errors import InvalidFilter

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<word>[^\W\d][\w.:]*)
  | (?P<sign><>|<=|>=|!=|[=<>()+\-*/%,])
  )""",
    re.VERBOSE,
)
_GEOMETRIES = frozenset(
    {
        "POINT",
        "LINESTRING",
        "POLYGON",
        "MULTIPOINT",
        "MULTILINESTRING",
        "MULTIPOLYGON",
        "GEOMETRYCOLLECTION",
    }
)
_WKT = re.compile(r"\s*(?:ZM?|M)?\s*\(", re.IGNORECASE)
_DEEPEST_GEOMETRY = 10
"""Parentheses within each other; a multipolygon in a collection needs five."""
_PARENTHESIS = re.compile(r"[()]")


class Token(NamedTuple):
    """A word, number, text, quoted name, sign or whole WKT geometry; ``end`` closes the list."""

    kind: str
    text: str
    position: int

    @property
    def keyword(self) -> str:
        """The word in upper case; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(source: str) -> list[Token]:
    """Cut a filter into tokens; raises InvalidFilter at the first place that is none."""
    found: list[Token] = []
    position, length = 0, len(source.rstrip())
    while position < length:
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            raise InvalidFilter("filter_syntax", position=position + 1, near=source[position : position + 20])
        kind, start, position = match.lastgroup, match.start(match.lastgroup), match.end()
        if kind == "word" and match[kind].upper() in _GEOMETRIES and _WKT.match(source, position):
            kind, position = "geometry", _end_of_wkt(source, position)
        found.append(Token(kind, source[start:position], start))
    return [*found, Token("end", "", len(source))]


def _end_of_wkt(source: str, position: int) -> int:
    depth = 0
    for match in _PARENTHESIS.finditer(source, position):
        depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return match.end()
        if depth > _DEEPEST_GEOMETRY:
            break
    raise InvalidFilter("filter_syntax", position=position + 1, near=source[position : position + 20])
