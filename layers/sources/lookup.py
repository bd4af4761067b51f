"""Tables without places, read whole: what is joined to features by a key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.schema import Field, FieldType
from layers.sources.archive import check_archive
from layers.sources.csv_rows import CsvRows
from layers.sources.encoding import codec_name, decide_for_file
from layers.sources.formats import Format, recognise
from layers.sources.inference import ColumnKind, coerced
from layers.sources.json_rows import JsonRows
from layers.sources.names import safe_names
from layers.sources.ods_rows import OdsRows
from layers.sources.rows import RowReader
from layers.sources.values import Column
from layers.sources.xlsx_rows import XlsxRows

_FORMATS = (Format.CSV, Format.XLSX, Format.ODS, Format.JSON)


@dataclass(frozen=True, slots=True)
class LookupTable:
    """All rows of a table, in columns of the types that all of their cells have."""

    file: str
    fields: tuple[Field, ...]
    columns: dict[str, Column]
    count: int


def read_lookup(path: Path, encoding: str | None, limits: ArchiveConfig) -> LookupTable:
    """Read a table (CSV, XLSX, ODS, JSON feed) whole; raises SourceError where it is none or cannot be read."""
    reader = _reader(path, encoding, limits)
    names = safe_names(reader.header)
    chunks = list(reader.chunks())
    kinds = [ColumnKind(name) for name in reader.header]
    for chunk in chunks:
        for kind, cells in zip(kinds, chunk.columns, strict=True):
            kind.watch(cells)
    types = [kind.type or FieldType.TEXT for kind in kinds]
    empty = np.empty(0, dtype=object)
    columns = {
        name: np.concatenate([empty, *(coerced(chunk.columns[at], types[at]) for chunk in chunks)])
        for at, name in enumerate(names)
    }
    fields = tuple(Field(name, kind) for name, kind in zip(names, types, strict=True))
    return LookupTable(path.name, fields, columns, sum(chunk.rows for chunk in chunks))


def _reader(path: Path, encoding: str | None, limits: ArchiveConfig) -> RowReader:
    kind, file = recognise(path), path.name
    if kind in {Format.XLSX, Format.ODS}:
        check_archive(path, limits)
        return XlsxRows(path, None) if kind is Format.XLSX else OdsRows(path, None)
    if kind not in _FORMATS:
        raise SourceError("join_not_table", file=file, found=kind.value, formats=", ".join(_FORMATS))
    size = path.stat().st_size
    if kind is Format.JSON and size > limits.max_document:
        raise SourceError(
            "source_document_large",
            file=file,
            format=kind.value,
            bytes=f"{size:,}",
            most=f"{limits.max_document:,}",
        )
    decided = decide_for_file(path, codec_name(encoding, file) if encoding else None).encoding
    return JsonRows(path, file, decided) if kind is Format.JSON else CsvRows(path, file, decided)
