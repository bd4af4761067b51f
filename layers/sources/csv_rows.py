"""Rows of CSV and TSV files."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from layers.errors import SourceError
from layers.sources.encoding import tolerant
from layers.sources.model import BATCH_ROWS
from layers.sources.rows import TableChunk, chunk_of

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
        with self._open() as stream:
            self.header = [cell.strip() for cell in next(self._rows(stream), [])]
        if not any(self.header):
            raise SourceError("source_empty", file=file)

    def _open(self) -> TextIO:
        return self._path.open(encoding=self._encoding, errors=tolerant(), newline="")

    def _find_delimiter(self) -> str:
        with self._open() as stream:
            line = next((line for line in stream if line.strip()), "")
        return max(_DELIMITERS, key=line.count)

    def _rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        # Blank lines before the heading are no rows; csv must not read on behind the last line it is asked for.
        try:
            yield from filter(None, csv.reader(lines, delimiter=self._delimiter))
        except csv.Error as error:
            raise SourceError("source_damaged", file=self._file, reason=str(error)) from error

    def chunks(self) -> Iterator[TableChunk]:
        """Read all rows after the header; rows in which every cell is blank are left out and counted."""
        with self._open() as stream:
            next(self._rows(stream), None)
            while lines := list(islice(stream, BATCH_ROWS)):
                columns = self._split(lines)
                if columns is None:
                    yield from self._read(chain(lines, stream))
                    return
                yield chunk_of(columns, len(lines))

    def _split(self, lines: list[str]) -> Sequence[list[str]] | None:
        """Return the columns of lines that are as plain as most are, at once; None where only ``csv`` will do."""
        block = "".join(lines).replace("\r\n", "\n")
        if '"' in block or "\r" in block:
            return None
        width = len(self.header)
        if not block.endswith("\n"):
            block += "\n"
        # Ends of lines become cells of their own: where each stands in its place, every line has all its cells.
        cells = block.replace("\n", f"{self._delimiter}\n{self._delimiter}").split(self._delimiter)
        ends = cells[width :: width + 1]
        if len(cells) != len(lines) * (width + 1) + 1 or ends.count("\n") != len(lines):
            return None
        return [cells[at : -1 : width + 1] for at in range(width)]

    def _read(self, lines: Iterator[str]) -> Iterator[TableChunk]:
        """Read the rest with ``csv``: quoted cells may hold delimiters and ends of lines."""
        rows = csv.reader(lines, delimiter=self._delimiter)
        width = len(self.header)
        while chunk := list(islice(self._guarded(rows), BATCH_ROWS)):
            ragged: dict[int, str] = {}
            if set(map(len, chunk)) != {width}:
                ragged = {at: _told(row, width) for at, row in enumerate(chunk) if _is_ragged(row, width)}
                chunk = [(row + [""] * width)[:width] for row in chunk]
            yield chunk_of(list(zip(*chunk, strict=True)), len(chunk), ragged)

    def _guarded(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        try:
            yield from rows
        except csv.Error as error:
            raise SourceError("source_damaged", file=self._file, reason=str(error)) from error


def _is_ragged(row: list[str], width: int) -> bool:
    return (len(row) < width and any(row)) or any(row[width:])


def _told(row: list[str], width: int) -> str:
    """Return how many cells a row has of those it should have, and those that nobody can place."""
    lost = [cell for cell in row[width:] if cell]
    return f"{len(row)}/{width}" + (f" ({', '.join(lost)})" if lost else "")
