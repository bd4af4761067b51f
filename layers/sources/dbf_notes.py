"""What cells of fixed width do to values: cut characters, cut texts, blanks, dates that cannot be."""

from __future__ import annotations

import codecs
import datetime
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from layers.big5 import tolerant
from layers.checks import FindingLog
from layers.checks.dates import promises_dates
from layers.checks.findings import EXAMPLES
from layers.sources.dbf import Bytes, Cells, Dbf, DbfColumn
from layers.sources.encoding import cut_short

_WIDEST = 254
"""Bytes of text that a cell can hold at most: what fills them was cut."""
_LONG = 30
"""Texts that are shorter and ASCII are codes, which fill their cells as a rule."""


@dataclass(slots=True)
class _Full:
    """The values of a column that reach its right edge."""

    width: int
    filled: int = 0
    count: int = 0
    values: set[bytes] = field(default_factory=set)
    examples: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_suspicious(self) -> bool:
        """Tell whether they were cut: some, but not most; one alone may be what the width was made for."""
        return self.width >= _WIDEST or (len(self.values) > 1 and self.count < self.filled / 2)


def note_cells(dbf: Dbf, encoding: str, log: FindingLog) -> None:
    """Look at all cells of text, and note what became of them."""
    full: dict[str, _Full] = {}
    for cells in dbf.cells("C"):
        name = cut_short(cells.column.name, encoding)
        cut = _note_cut(cells, name, encoding, log)
        _note_leading(cells, name, log)
        _collect_full(cells, cut, encoding, full.setdefault(name, _Full(cells.column.width)))
    for name, found in full.items():
        if found.is_suspicious:
            log.add("finding_values_cut", found.count, found.examples, field=name, width=found.width)


def _note_cut(cells: Cells, name: str, encoding: str, log: FindingLog) -> set[int]:
    """Note cells that end inside a character, and return their places."""
    joined = cells.joined()
    if joined.isascii():
        return set()
    try:
        joined.decode(encoding)
    except UnicodeDecodeError:
        texts = ((int(place), _before_cut(cells.at(place), encoding)) for place in cells.foreign())
        cut = {place: text for place, text in texts if text is not None}
        shown = [(cells.first_row + place, text) for place, text in list(cut.items())[:EXAMPLES]]
        log.add("finding_characters_cut", len(cut), shown, field=name)
        return set(cut)
    return set()


def _before_cut(cell: bytes, encoding: str) -> str | None:
    """Return what is whole of a cell that ends inside a character; None for one that does not."""
    decoder = codecs.getincrementaldecoder(encoding)(tolerant())
    text = decoder.decode(cell)
    return text if decoder.getstate()[0] else None


def _note_leading(cells: Cells, name: str, log: FindingLog) -> None:
    indented = np.flatnonzero(cells.content[:, 0] == ord(" "))
    places = indented[~_is_blank(cells.content[indented]).all(axis=1)]
    log.add("finding_values_trimmed", len(places), ((cells.first_row + at, "") for at in places[:EXAMPLES]), field=name)


def _collect_full(cells: Cells, cut: set[int], encoding: str, full: _Full) -> None:
    full.filled += int((~_is_blank(cells.content[:, 0])).sum())
    reaching = ~_is_blank(cells.content[:, -1])
    if full.width < _LONG:
        reaching[reaching] = (cells.content[reaching] >= 0x80).any(axis=1)
    for place in np.flatnonzero(reaching):
        if int(place) in cut:
            continue
        full.count += 1
        if len(full.values) < 2:
            full.values.add(cells.at(place))
        if len(full.examples) < EXAMPLES:
            full.examples.append((cells.first_row + int(place), cut_short(cells.at(place), encoding)))


def _is_blank(content: Bytes) -> NDArray[np.bool_]:
    blank: NDArray[np.bool_] = (content == ord(" ")) | (content == 0)
    return blank


def note_dates(dbf: Dbf, encoding: str, log: FindingLog) -> list[DbfColumn]:
    """Return the columns of dates that hold other things, too, and note those of which nobody would think so."""
    columns = {}
    for cells in dbf.cells("D"):
        filled = np.flatnonzero(~(_is_blank(cells.content) | (cells.content == ord("0"))).all(axis=1))
        texts = {int(place): cells.at(place).decode("latin-1") for place in filled}
        impossible = {text for text in set(texts.values()) if not _is_date(text)}
        if not impossible:
            continue
        name = cut_short(cells.column.name, encoding)
        columns[cells.column.offset] = cells.column
        if not promises_dates(name):
            wrong = [(cells.first_row + place, text) for place, text in texts.items() if text in impossible]
            log.add("finding_dates_impossible", len(wrong), wrong, field=name)
    return list(columns.values())


def whole_name(name: bytes, encoding: str) -> bytes:
    """Return a name without the half of a character that it may end in."""
    decoder = codecs.getincrementaldecoder(encoding)(tolerant())
    decoder.decode(name)
    half = decoder.getstate()[0]
    return name[: len(name) - len(half)]


def _is_date(text: str) -> bool:
    try:
        datetime.datetime.strptime(text.strip(), "%Y%m%d")
    except ValueError:
        return False
    return True
