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


class RowReader(Protocol):
    """A table file, readable more than once."""

    name: str
    header: list[str]
    """Column names as the file has them."""
    count: int | None

    def chunks(self) -> Iterator[TableChunk]:
        """Read all rows."""
