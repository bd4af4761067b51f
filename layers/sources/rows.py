"""Tables as streams of columns: what every table format is turned into before anything is understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TableChunk:
    """Some thousand rows in columns of raw cells (text, numbers, dates, truth values or None)."""

    columns: Sequence[Sequence[Any]]
    rows: int
    ragged: tuple[int, ...] = ()
    """Positions in the chunk of rows that had more or fewer cells than there are columns."""
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


def chunk_of(columns: Sequence[Sequence[Any]], rows: int, ragged: tuple[int, ...] = ()) -> TableChunk:
    """Return a chunk without the rows in which every cell is blank."""
    first, *others = columns
    empty = [at for at, cell in enumerate(first) if _is_blank(cell) and all(_is_blank(column[at]) for column in others)]
    if not empty:
        return TableChunk(columns, rows, ragged)
    dropped = set(empty)
    kept = [at for at in range(rows) if at not in dropped]
    place = {at: number for number, at in enumerate(kept)}
    return TableChunk(
        [[column[at] for at in kept] for column in columns],
        len(kept),
        tuple(place[at] for at in ragged if at in place),
        len(empty),
    )


def _is_blank(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and cell.isspace())
