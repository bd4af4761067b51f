"""The heading of a sheet: under titles that fill one cell, over one row or, where cells are merged, over two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

_LEAST_HEADINGS = 2
_DEEPEST = 50
"""Rows in which a heading is looked for."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a sheet's heading ends and what its columns are called."""

    rows: int
    """Rows down to the end of the heading."""
    names: list[str]


def find_heading(rows: Iterable[Sequence[Any]]) -> Heading | None:
    """Return the heading of a sheet given from its first row; None where there is none."""
    head = [list(map(_text, row)) for row in islice(rows, _DEEPEST + 1)]
    for number, cells in enumerate(head[:_DEEPEST], 1):
        if sum(map(bool, cells)) < _LEAST_HEADINGS:
            continue
        below = head[number] if number < len(head) else []
        if _is_second(cells, below):
            return Heading(number + 1, _joined(cells, below))
        return Heading(number, _trimmed(cells))
    return None


def _is_second(upper: list[str], lower: list[str]) -> bool:
    """Tell whether a row only names what stands under merged cells: it fills gaps, and repeats what it leaves empty.

    Merged cells keep their text in the first of them, so a heading over two rows has gaps in both.
    """
    width = max(len(upper), len(lower))
    upper, lower = upper + [""] * (width - len(upper)), lower + [""] * (width - len(lower))
    gaps = [at for at in range(width) if not upper[at] and lower[at]]
    spans = [at for at in range(width) if upper[at] and not lower[at]]
    return bool(gaps and spans) and not any(_is_number(cell) for cell in lower)


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    names, over = [], ""
    for at in range(max(len(upper), len(lower))):
        own = upper[at] if at < len(upper) else ""
        sub = lower[at] if at < len(lower) else ""
        over = own or over
        names.append(f"{over}_{sub}" if sub else own)
    return _trimmed(names)


def _trimmed(cells: list[str]) -> list[str]:
    end = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
    return cells[:end]


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
