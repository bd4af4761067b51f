"""Rows of OpenDocument spreadsheets (.ods)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from layers.errors import SourceError
from layers.sources.headings import Heading, find_heading
from layers.sources.model import BATCH_ROWS
from layers.sources.rows import TableChunk, chunk_of


class OdsRows:
    """A ``RowReader`` over one sheet: the named one, otherwise the first with a heading row.

    Titles above the heading fill one cell only; a heading over merged cells stands for all of their columns.
    """

    def __init__(self, path: Path, sheet: str | None) -> None:
        try:
            with CalamineWorkbook.from_path(path) as workbook:
                names = workbook.sheet_names
                if sheet is not None and sheet not in names:
                    raise SourceError("source_layer_unknown", file=path.name, layer=sheet, layers=", ".join(names))
                for name in [sheet] if sheet else names:
                    rows = workbook.get_sheet_by_name(name)
                    heading = _heading(rows)
                    if heading:
                        self.name, self._first, self.header = name, heading.rows, heading.names
                        self._sheet = rows
                        self.count: int | None = None
                        return
        except (CalamineError, OSError, ValueError) as error:
            raise SourceError("source_damaged", file=path.name, reason=str(error)[:200]) from error
        raise SourceError("source_no_rows", file=path.name)

    def chunks(self) -> Iterator[TableChunk]:
        """Read all rows below the heading."""
        width = len(self.header)
        rows = islice(self._sheet.iter_rows(), self._first, None)
        while chunk := list(islice(rows, BATCH_ROWS)):
            cells = [[_plain(value) for value in (row + [""] * width)[:width]] for row in chunk]
            yield chunk_of(list(zip(*cells, strict=True)), len(cells))


def list_sheets(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets that hold rows, also of .xlsx; raises SourceError where it cannot be read."""
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            return tuple(name for name in workbook.sheet_names if _heading(workbook.get_sheet_by_name(name)))
    except (CalamineError, OSError, ValueError) as error:
        raise SourceError("source_damaged", file=path.name, reason=str(error)[:200]) from error


def _heading(sheet: CalamineSheet) -> Heading | None:
    return find_heading([_plain(value) for value in row] for row in sheet.iter_rows())


def _plain(value: Any) -> Any:
    """Return a cell as the other tables have it: whole numbers without a fraction, None for nothing."""
    if value == "" and isinstance(value, str):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, datetime | date | str | bool | float | int) else str(value)
