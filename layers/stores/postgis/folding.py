"""CQL2's CASEI and ACCENTI as functions of the database, with Python's meaning to the letter.

PostgreSQL's own ``lower`` follows the database's language, and under "C" it knows ASCII alone.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable

from layers.stores.postgis.tables import literal, quoted


def folding_statements(schema: str) -> list[str]:
    """Return what creates ``casei`` and ``accenti`` in the database's ``schema``."""
    return [_casei(quoted(schema)), _accenti(quoted(schema))]


def _casei(schema: str) -> str:
    folded = {sign: sign.casefold() for sign in _signs() if sign.casefold() != sign}
    single = {sign: other for sign, other in folded.items() if len(other) == 1}
    body = f"translate($1, {literal(''.join(single))}, {literal(''.join(single.values()))})"
    for sign, other in folded.items():
        if len(other) > 1:
            body = f"replace({body}, {literal(sign)}, {literal(other)})"
    capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    plain = f"translate($1, '{capitals}', '{capitals.lower()}')"
    foreign = literal(f"[{_ranges(sign for sign in folded if not sign.isascii())}]")
    return _function(schema, "casei", f"CASE WHEN $1 ~ {foreign} THEN {body} ELSE {plain} END")


def _accenti(schema: str) -> str:
    combining = literal(f"[{_ranges(sign for sign in _signs() if unicodedata.combining(sign))}]")
    return _function(schema, "accenti", f"regexp_replace(normalize($1, NFD), {combining}, '', 'g')")


def _function(schema: str, name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {schema}.{name}(text) RETURNS text"
        f" LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS {literal(f'SELECT {body}')}"
    )


def _signs() -> Iterable[str]:
    surrogates = re.compile("[\ud800-\udfff]")
    return (sign for sign in map(chr, range(1, sys.maxunicode + 1)) if not surrogates.match(sign))


def _ranges(signs: Iterable[str]) -> str:
    """Return what stands between the brackets of a regular expression."""
    parts: list[list[int]] = []
    for code in map(ord, signs):
        if parts and parts[-1][1] == code - 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in parts)
