"""Tables as streams of columns: what every table format is turned into before anything is understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TableChunk:
    """Some thousand rows in columns of raw cells (text, numbers, dates, truth values or None)."""

    columns: Sequence[Sequence[Any]]
    rows: int
    ragged: Mapping[int, str] = field(default_factory=dict)
    """Positions in the chunk of rows that had more or fewer cells than there are columns: how many, what is lost."""
    blank: int = 0
    """Rows in which every cell was blank; they are not among the others."""


class RowReader(Protocol):
    """A table file, readable more than once."""

    name: str
    header: list[str]
    """Column names as the file has them."""
    count: int | None

    def chunks(self) -> Iterator[TableChunk]:
        """Read all rows."""


def chunk_of(columns: Sequence[Sequence[Any]], rows: int, ragged: Mapping[int, str] | None = None) -> TableChunk:
    """Return a chunk without the rows in which every cell is blank."""
    empty = []
    if not _is_filled(columns[0]):
        doubtful = [at for at, cell in enumerate(columns[0]) if _is_blank(cell)]
        empty = [at for at in doubtful if all(_is_blank(column[at]) for column in columns)]
    if not empty:
        return TableChunk(columns, rows, ragged or {})
    dropped = set(empty)
    kept = [at for at in range(rows) if at not in dropped]
    place = {at: number for number, at in enumerate(kept)}
    return TableChunk(
        [[column[at] for at in kept] for column in columns],
        len(kept),
        {place[at]: lost for at, lost in (ragged or {}).items() if at in place},
        len(empty),
    )


def _is_filled(cells: Sequence[Any]) -> bool:
    """Tell at once whether no cell is blank, where all are texts, as they are in most tables."""
    return set(map(type, cells)) == {str} and all(map(str.strip, cells))


def _is_blank(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and cell.isspace())
