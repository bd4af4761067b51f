"""The search index of a release's file: one full-text table of character pairs for each searchable field.

The row number of an entry is its folded length and its ``fid`` in one number, so the engine's natural order is the
order people want (shorter first, then ``fid``) and the best entries are found without looking at the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np

from layers.stores.search import Found, best_names, fold, fold_all, pair_texts, pairs

_FID_BITS = 40
_CHUNK = 20_000
"""Names folded and cut at a time."""
_FID_MASK = (1 << _FID_BITS) - 1
_TOKENIZER = "ascii tokenchars ''!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~''''''"
"""Splits at spaces only."""


def build_search_index(connection: sqlite3.Connection, place: int, column: str) -> None:
    """Index the quoted ``column`` of the feature table as the ``place``-th searchable field."""
    table = f"tuzi_search_{place}"
    connection.execute(
        f"CREATE VIRTUAL TABLE {table} USING fts5"
        f"(pairs, content='', columnsize=0, detail=full, tokenize='{_TOKENIZER}')"
    )
    connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('hashsize', {32 << 20})")
    connection.executemany(f"INSERT INTO {table}(rowid, pairs) VALUES (?, ?)", _entries(connection, column))
    connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")


def _entries(connection: sqlite3.Connection, column: str) -> Iterator[tuple[int, str]]:
    """Return position and pairs of each name, by position: the engine takes them fastest in order."""
    rows = connection.execute(f"SELECT fid, {column} FROM features WHERE typeof({column}) = 'text'")
    fids: list[int] = []
    names: list[str] = []
    while chunk := rows.fetchmany(_CHUNK):
        fids += [fid for fid, _ in chunk]
        names += fold_all([text for _, text in chunk])
    lengths = np.fromiter(map(len, names), dtype=np.int64, count=len(names))
    positions = (lengths << _FID_BITS) | np.array(fids, dtype=np.int64)
    # Those whose length is nothing come first and are left out.
    order = np.argsort(positions)[np.count_nonzero(lengths == 0) :]
    for at in range(0, len(order), _CHUNK):
        places = order[at : at + _CHUNK]
        texts = pair_texts([names[place] for place in places.tolist()])
        yield from zip(positions[places].tolist(), texts, strict=True)


def find(connection: sqlite3.Connection, place: int, text: str, limit: int) -> list[Found]:
    """Return (rank, length, fid) of a field's best entries; rank 0 equals the text, 1 starts with it, 2 contains it."""
    folded = fold(text)
    if not folded:
        return []
    starting = _matches(connection, place, _phrase(pairs(folded, start=True)), limit)
    found = {fid: (int(length > len(folded)), length, fid) for length, fid in starting}
    if len(found) < limit:
        inside = _phrase(pairs(folded)) if len(folded) > 1 else f'{_phrase(pairs(folded + " ")[:1])[:-2]}" *'
        for length, fid in _matches(connection, place, inside, 2 * limit):
            found.setdefault(fid, (2, length, fid))
    return sorted(found.values())[:limit]


def find_without_index(connection: sqlite3.Connection, column: str, text: str, limit: int) -> list[Found]:
    """Return what ``find`` would, by looking at every value of the quoted ``column``."""
    rows = connection.execute(f"SELECT fid, {column} FROM features WHERE typeof({column}) = 'text'")
    return best_names(rows, text, limit)


def _matches(connection: sqlite3.Connection, place: int, phrase: str, limit: int) -> list[tuple[int, int]]:
    table = f"tuzi_search_{place}"
    rows = connection.execute(
        f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid LIMIT ?", (phrase, limit)
    ).fetchall()
    return [(position >> _FID_BITS, position & _FID_MASK) for (position,) in rows]


def _phrase(words: list[str]) -> str:
    return '"' + " ".join(words).replace('"', '""') + '"'
