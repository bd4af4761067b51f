"""CQL2's CASEI and ACCENTI as functions of the database, with Python's meaning to the letter.

PostgreSQL's own ``lower`` follows the database's language, and under "C" it knows ASCII alone.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

from layers.stores.postgis.tables import literal, quoted


def folding_statements(schema: str) -> list[str]:
    """Return what creates ``casei`` and ``accenti`` in the database's ``schema``."""
    foreign = f"{quoted(schema)}.casei_foreign"
    # Only what few texts need is a function of its own: the rest is short enough to become a part of the question.
    plain = f'CASE WHEN $1 ~ {_foreign_signs()} THEN {foreign}($1) ELSE lower($1 COLLATE "C") END'
    bodies = {"casei_foreign": _casefold(), "casei": plain, "accenti": _accenti()}
    return [
        f"CREATE OR REPLACE FUNCTION {quoted(schema)}.{name}(text) RETURNS text"
        f" LANGUAGE sql IMMUTABLE PARALLEL SAFE AS {literal(f'SELECT {body}')}"
        for name, body in bodies.items()
    ]


@cache
def _folded_signs() -> dict[str, str]:
    return {sign: sign.casefold() for sign in _signs() if sign.casefold() != sign}


@cache
def _foreign_signs() -> str:
    return literal(f"[{_ranges(sign for sign in _folded_signs() if not sign.isascii())}]")


@cache
def _casefold() -> str:
    folded = _folded_signs()
    single = {sign: other for sign, other in folded.items() if len(other) == 1}
    body = f"translate($1, {literal(''.join(single))}, {literal(''.join(single.values()))})"
    for sign, other in folded.items():
        if len(other) > 1:
            body = f"replace({body}, {literal(sign)}, {literal(other)})"
    return body


@cache
def _accenti() -> str:
    combining = literal(f"[{_ranges(sign for sign in _signs() if unicodedata.combining(sign))}]")
    return f"regexp_replace(normalize($1, NFD), {combining}, '', 'g')"


def _signs() -> Iterable[str]:
    surrogates = range(0xD800, 0xE000)
    return (chr(code) for code in range(1, sys.maxunicode + 1) if code not in surrogates)


def _ranges(signs: Iterable[str]) -> str:
    """Return what stands between the brackets of a regular expression."""
    parts: list[list[int]] = []
    for code in map(ord, signs):
        if parts and parts[-1][1] == code - 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in parts)
