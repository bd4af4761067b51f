"""Finds layers by what is said about them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from catalog.records import LayerRecord, Snapshot
from layers.stores.search import fold
from layers.text import Text

_EQUAL, _STARTS, _CONTAINS, _KEYWORD, _AGENCY, _ABSTRACT = range(6)


@dataclass(frozen=True, slots=True)
class _Entry:
    layer: LayerRecord
    titles: tuple[str, ...]
    """Folded, as all texts here."""
    keywords: str
    agency: str
    abstract: str


class LayerIndex:
    """The folded texts of every layer of one snapshot."""

    def __init__(self, snapshot: Snapshot):
        self._entries = tuple(_entry(layer) for layer in snapshot.layers.values())

    def find(self, text: str, visible: Container[str], limit: int) -> list[LayerRecord]:
        """Return visible layers that all words of ``text`` are found in, best first."""
        words = fold(text).split()
        if not words:
            return []
        ranked = [
            (rank, place)
            for place, entry in enumerate(self._entries)
            if entry.layer.id in visible and (rank := _rank(entry, words)) is not None
        ]
        return [self._entries[place].layer for _, place in sorted(ranked)[:limit]]


def _entry(layer: LayerRecord) -> _Entry:
    return _Entry(
        layer,
        titles=(*_folded(layer.title), layer.id),
        keywords="\n".join(map(fold, (*layer.keywords, *_texts(layer.theme.title)))),
        agency="\n".join(_folded(layer.agency.title)),
        abstract="\n".join(_folded(layer.abstract)),
    )


def _rank(entry: _Entry, words: list[str]) -> int | None:
    ranks = [_rank_of_word(entry, word) for word in words]
    found = [rank for rank in ranks if rank is not None]
    return sum(found) if len(found) == len(ranks) else None


def _rank_of_word(entry: _Entry, word: str) -> int | None:
    if word in entry.titles:
        return _EQUAL
    if any(title.startswith(word) for title in entry.titles):
        return _STARTS
    if any(word in title for title in entry.titles):
        return _CONTAINS
    places = ((entry.keywords, _KEYWORD), (entry.agency, _AGENCY), (entry.abstract, _ABSTRACT))
    return next((rank for text, rank in places if word in text), None)


def _folded(text: Text) -> Iterable[str]:
    return map(fold, _texts(text))


def _texts(text: Text) -> Iterable[str]:
    return (part for part in (text.zh, text.en) if part)
