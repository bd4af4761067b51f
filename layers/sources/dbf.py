"""The table of a shapefile (dBASE III), looked at byte by byte: GDAL tells nothing of what does not fit its cells."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import SourceError
from layers.sources.encoding import cut_short, is_whole, losses

_LANGUAGE_DRIVERS = {0x4F: "cp950", 0x78: "cp950", 0x4D: "gbk", 0x7A: "gbk", 0x03: "cp1252", 0x57: None}
"""dBASE language driver ids that are met here; 0x57 is "the ANSI code page", whatever that was."""
_RECORDS = 8192
_DELETED = ord("*")
_TYPE = 11
"""Place of the type in a column's description."""
_BLANK = b" \0"

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DbfColumn:
    """A column; ``name`` is as the file has it."""

    name: bytes
    kind: str
    """C for text, D for dates, N and F for numbers."""
    offset: int
    width: int


@dataclass(frozen=True, slots=True)
class Cells:
    """One column of some thousand records that are not deleted: a row of bytes each."""

    column: DbfColumn
    content: Bytes
    first_row: int
    """Number of the first record, from 1."""

    def at(self, place: int | np.integer[Any]) -> bytes:
        """Return a cell without the blanks behind its text."""
        cell: bytes = self.content[place].tobytes()
        return cell.rstrip(_BLANK)

    def joined(self) -> bytes:
        """Return all cells, each on a line."""
        lines = np.full((len(self.content), self.column.width + 1), ord("\n"), dtype=np.uint8)
        lines[:, :-1] = self.content
        return lines.tobytes()

    def foreign(self) -> NDArray[np.int64]:
        """Return the places of the cells that are not ASCII."""
        return np.flatnonzero((self.content >= 0x80).any(axis=1))


class Dbf:
    """A table that is whole; raises SourceError for one that is not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as stream:
            head = stream.read(32)
            if len(head) < 32:
                raise SourceError("source_truncated", file=path.name, size=f"{len(head)}", expected="32+")
            rows, self._start, self._length = struct.unpack("<IHH", head[4:12])
            expected, size = self._start + rows * self._length, path.stat().st_size
            if size < expected:
                raise SourceError("source_truncated", file=path.name, size=f"{size:,}", expected=f"{expected:,}")
            self.columns = _columns(stream.read(max(self._start - 32, 0)))
        self._rows = rows
        self._places = {column.offset: 32 + 32 * at for at, column in enumerate(self.columns)}
        self.claimed: str | None = _LANGUAGE_DRIVERS.get(head[29])
        """The encoding that the header names."""

    def cells(self, kind: str) -> Iterator[Cells]:
        """Read all columns of a kind, some thousand records at a time, without the deleted ones."""
        columns = [column for column in self.columns if column.kind == kind and column.width]
        if not columns or not self._length:
            return
        row = 1
        with self._path.open("rb") as stream:
            stream.seek(self._start)
            for at in range(0, self._rows, _RECORDS):
                size = min(_RECORDS, self._rows - at) * self._length
                page = np.frombuffer(stream.read(size), dtype=np.uint8).reshape(-1, self._length)
                page = page[page[:, 0] != _DELETED]
                for column in columns:
                    yield Cells(column, page[:, column.offset : column.offset + column.width], row)
                row += len(page)

    def write_again(self, columns: Sequence[DbfColumn], target: Path) -> None:
        """Write the table again with other names and types for these columns, found by their offset."""
        shutil.copyfile(self._path, target)
        with target.open("r+b") as stream:
            for column in columns:
                stream.seek(self._places[column.offset])
                stream.write(column.name.ljust(_TYPE, b"\0") + column.kind.encode("ascii"))


def _columns(descriptors: bytes) -> list[DbfColumn]:
    columns, offset = [], 1
    for at in range(0, len(descriptors) - 31, 32):
        descriptor = descriptors[at : at + 32]
        if descriptor[0] == 0x0D:
            break
        name, kind, width = descriptor[:11].split(b"\0")[0], chr(descriptor[11]), descriptor[16]
        columns.append(DbfColumn(name, kind, offset, width))
        offset += width
    return columns


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


class DbfText:
    """All text of a table, names and cells, whose encoding is in question; a cell may end inside a character."""

    def __init__(self, dbf: Dbf) -> None:
        self._dbf = dbf
        self._names = [column.name for column in dbf.columns if not column.name.isascii()]

    def is_plain(self) -> bool:
        """Tell whether it is nothing but ASCII."""
        return not self._names and not any((cells.content >= 0x80).any() for cells in self._dbf.cells("C"))

    def _chunks(self, encoding: str) -> Iterator[bytes]:
        """Give the names and cells that one look at all cells of a page does not prove right."""
        yield from self._names
        for cells in self._dbf.cells("C"):
            joined = cells.joined()
            if joined.isascii():
                continue
            if not _decodes(joined, encoding):
                lines = (line.rstrip(_BLANK) for line in joined.split(b"\n"))
                yield from (line for line in lines if not line.isascii() and not _decodes(line, encoding))

    def fits(self, encoding: str) -> bool:
        """Tell whether all of it can be decoded."""
        return all(is_whole(chunk, encoding) for chunk in self._chunks(encoding))

    def losses(self, encoding: str, most: int | None) -> int:
        """Return how many characters the encoding does not define; counting may end above ``most``."""
        count = 0
        for chunk in self._chunks(encoding):
            if not is_whole(chunk, encoding):
                count += max(losses(cut_short(chunk, encoding)), 1)
            if most is not None and count > most:
                break
        return count

    def decoded(self, encoding: str) -> Iterator[str]:
        """Decode all of it, part by part, as far as that is possible."""
        yield from (cut_short(name, encoding) for name in self._names)
        for cells in self._dbf.cells("C"):
            yield from (cut_short(cells.at(place), encoding) for place in cells.foreign())
