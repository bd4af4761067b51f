"""Rows of CSV and TSV files."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from layers.errors import SourceError
from layers.sources.encoding import tolerant
from layers.sources.model import BATCH_ROWS
from layers.sources.rows import TableChunk

_DELIMITERS = ",;\t|"


class CsvRows:
    """A ``RowReader`` over delimited text whose encoding is known."""

    count: int | None = None

    def __init__(self, path: Path, file: str, encoding: str) -> None:
        self._path = path
        self._file = file
        self._encoding = encoding
        self.name = Path(file).stem
        # Cells with outlines of whole districts are longer than the 128 KiB that csv allows.
        csv.field_size_limit(sys.maxsize)
        self._delimiter = self._find_delimiter()
        self.header = [cell.strip() for cell in next(self._rows(), [])]
        if not any(self.header):
            raise SourceError("source_empty", file=file)

    def _find_delimiter(self) -> str:
        with self._path.open(encoding=self._encoding, errors=tolerant()) as stream:
            line = next((line for line in stream if line.strip()), "")
        return max(_DELIMITERS, key=line.count)

    def _rows(self) -> Iterator[list[str]]:
        with self._path.open(encoding=self._encoding, errors=tolerant(), newline="") as stream:
            rows = csv.reader(stream, delimiter=self._delimiter)
            try:
                # Blank lines are no rows.
                yield from filter(None, rows)
            except csv.Error as error:
                raise SourceError("source_damaged", file=self._file, reason=str(error)) from error

    def chunks(self) -> Iterator[TableChunk]:
        """Read all rows after the header."""
        rows = self._rows()
        next(rows, None)
        width = len(self.header)
        while chunk := list(islice(rows, BATCH_ROWS)):
            ragged: tuple[int, ...] = ()
            if set(map(len, chunk)) != {width}:
                ragged = tuple(
                    at for at, row in enumerate(chunk) if len(row) != width and any(row[width:]) | (len(row) < width)
                )
                chunk = [(row + [""] * width)[:width] for row in chunk]
            yield TableChunk(list(zip(*chunk, strict=True)), len(chunk), ragged)
