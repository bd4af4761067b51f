"""The search index of a release: names folded and cut into pairs of characters, found by an inverted index."""

from __future__ import annotations

from collections.abc import Sequence

from layers.stores.postgis.copying import Column, numbers, texts
from layers.stores.postgis.database import Database
from layers.stores.postgis.tables import Relations
from layers.stores.search import Found, fold, pairs

_SEPARATOR = "\x1f"
"""Between the tokens of a name: white space, of which folding leaves nothing but single spaces."""
_TOKENS = f"string_to_array(tokens, '{_SEPARATOR}')"


def search_columns(place: int, first: int, names: Sequence[object]) -> list[Column]:
    """Return the index's rows for the ``place``-th searchable field; ``first`` is the ``fid`` of the first name."""
    entries = [(fid, fold(name)) for fid, name in enumerate(names, first) if isinstance(name, str)]
    found = [(fid, folded) for fid, folded in entries if folded]
    return [
        [str(place)] * len(found),
        numbers(fid for fid, _ in found),
        numbers(len(folded) for _, folded in found),
        texts(folded for _, folded in found),
        texts(_tokens(folded) for _, folded in found),
    ]


def index_statements(relations: Relations) -> list[str]:
    """Return what builds the index over finished rows."""
    return [
        f"CREATE INDEX ON {relations.search} USING gin (({_TOKENS}))",
        # Where a text is in most names, the best are found sooner by going through them in the order of the answer.
        f"CREATE INDEX ON {relations.search} (place, length, fid)",
    ]


def find(database: Database, relations: Relations, place: int, text: str, limit: int) -> list[Found]:
    """Return a field's best entries."""
    folded = fold(text)
    if not folded:
        return []
    starting = _matches(database, relations, place, pairs(folded, start=True), "starts_with(folded, $2)", folded, limit)
    found = {fid: (int(length > len(folded)), length, fid) for length, fid in starting}
    if len(found) < limit:
        inside = pairs(folded) if len(folded) > 1 else [folded]
        for length, fid in _matches(database, relations, place, inside, "strpos(folded, $2) > 0", folded, 2 * limit):
            found.setdefault(fid, (2, length, fid))
    return sorted(found.values())[:limit]


def _matches(
    database: Database, relations: Relations, place: int, tokens: list[str], exact: str, folded: str, limit: int
) -> list[tuple[int, int]]:
    rows = database.rows(
        f"SELECT length, fid FROM {relations.search} WHERE place = {place} AND {_TOKENS} @> $1::text[]"
        f" AND {exact} ORDER BY length, fid LIMIT $3",
        [tokens, folded, limit],
    )
    return [(length, fid) for length, fid in rows]


def _tokens(folded: str) -> str:
    return _SEPARATOR.join([*folded.replace(" ", ""), *pairs(folded, start=True, end=True)])
