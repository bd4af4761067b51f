"""Rows of Excel workbooks (.xlsx), read as a stream."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from layers.errors import SourceError
from layers.sources.model import BATCH_ROWS
from layers.sources.rows import TableChunk, chunk_of

_LEAST_HEADINGS = 2


class XlsxRows:
    """A ``RowReader`` over one worksheet: the named one, otherwise the first with a heading row."""

    count: int | None = None

    def __init__(self, path: Path, sheet: str | None) -> None:
        self._path = path
        try:
            with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as workbook:
                sheets = list(workbook.sheetnames)
                if sheet is not None and sheet not in sheets:
                    raise SourceError("source_layer_unknown", file=path.name, layer=sheet, layers=", ".join(sheets))
                for name in [sheet] if sheet else sheets:
                    heading = self._find_heading(workbook[name])
                    if heading:
                        self.name, (self._first, self.header) = name, heading
                        return
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError) as error:
            raise SourceError("source_damaged", file=path.name, reason=str(error)) from error
        raise SourceError("source_no_rows", file=path.name)

    def _find_heading(self, sheet: Any) -> tuple[int, list[str]] | None:
        """Return (number of the row after the heading, headings): titles above the heading fill one cell only."""
        for number, row in enumerate(islice(sheet.iter_rows(values_only=True), 50), 1):
            cells = ["" if value is None else str(value).strip() for value in row]
            if sum(map(bool, cells)) >= _LEAST_HEADINGS:
                while cells and not cells[-1]:
                    cells.pop()
                return number + 1, cells
        return None

    def chunks(self) -> Iterator[TableChunk]:
        """Read all rows below the heading."""
        width = len(self.header)
        with closing(openpyxl.load_workbook(self._path, read_only=True, data_only=True)) as workbook:
            rows = workbook[self.name].iter_rows(min_row=self._first, max_col=width, values_only=True)
            while chunk := list(islice(rows, BATCH_ROWS)):
                padded = [(*row, *(None,) * (width - len(row))) for row in chunk]
                yield chunk_of(list(zip(*padded, strict=True)), len(padded))
