"""Tables with coordinates as sources: points from two columns, or shapes from WKT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks import FindingLog
from layers.crs import Crs
from layers.errors import SourceError
from layers.features import FeatureBatch
from layers.schema import Field, FieldType, GeometryType
from layers.sources.coordinates import CoordinateColumns, find_pair, find_wkt, guess_crs, numbers
from layers.sources.inference import ColumnKind, coerced
from layers.sources.model import SourceLayer, SourceOptions
from layers.sources.names import safe_names
from layers.sources.rows import RowReader, TableChunk


class TableSource:
    """A table whose rows say where they lie; opening it reads it once to learn what its columns hold."""

    def __init__(self, reader: RowReader, file: str, options: SourceOptions, log: FindingLog) -> None:
        self._reader = reader
        self._file = file
        header = reader.header
        kinds = [ColumnKind(name) for name in header]
        self._place: CoordinateColumns | None = None
        crs = options.crs
        count = 0
        for chunk in reader.chunks():
            if self._place is None:
                self._place = self._find_place(header, chunk, options)
                crs = crs or self._guess_crs(chunk, log)
            count += chunk.rows
            _note_ragged(chunk, count, log)
            for kind, cells in zip(kinds, chunk.columns, strict=True):
                kind.watch(cells)
        if self._place is None:
            raise SourceError("source_no_rows", file=file)
        names = safe_names(header)
        self.renamed = [(old, new) for old, new in zip(header, names, strict=True) if old != new]
        is_point = self._place.wkt is None
        self._kept = [at for at in range(len(header)) if at != self._place.wkt]
        types = [kind.type or FieldType.TEXT for kind in kinds]
        self.layer = SourceLayer(
            name=reader.name,
            fields=tuple(Field(names[at], types[at]) for at in self._kept),
            geometry_type=GeometryType.POINT if is_point else None,
            has_z=not is_point,
            crs=crs,
            count=count,
            is_table=True,
        )

    def _find_place(self, header: list[str], chunk: TableChunk, options: SourceOptions) -> CoordinateColumns:
        if options.wkt:
            return CoordinateColumns(wkt=self._position(header, options.wkt))
        if options.x and options.y:
            return CoordinateColumns(x=self._position(header, options.x), y=self._position(header, options.y))
        place = find_wkt(header, chunk.columns) or find_pair(header)
        if place is None:
            raise SourceError("source_columns_missing", file=self._file, columns=_shortened(header))
        return place

    def _position(self, header: list[str], name: str) -> int:
        if name in header:
            return header.index(name)
        lowered = [other.lower() for other in header]
        if name.lower() in lowered:
            return lowered.index(name.lower())
        raise SourceError("source_column_unknown", file=self._file, column=name, columns=_shortened(header))

    def _guess_crs(self, chunk: TableChunk, log: FindingLog) -> Crs | None:
        place = self._place
        if place is None:
            return None
        if place.wkt is not None:
            boxes = shapely.bounds(_from_wkt(chunk.columns[place.wkt]))
            name = self._reader.header[place.wkt]
            crs = guess_crs(name, name, boxes[:, 0], boxes[:, 1])
        else:
            x, y = self._numbers(chunk)
            crs = guess_crs(self._reader.header[place.x or 0], self._reader.header[place.y or 0], x, y)
        if crs is not None:
            log.add("finding_crs_assumed", crs=crs)
        return crs

    def _numbers(self, chunk: TableChunk) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        assert self._place is not None  # noqa: S101 - set before any row is understood
        return numbers(chunk.columns[self._place.x or 0]), numbers(chunk.columns[self._place.y or 0])

    def batches(self, attributes: bool = True) -> Iterator[FeatureBatch]:
        """Read all rows; a row that does not say where it lies has no geometry."""
        start = 1
        for chunk in self._reader.chunks():
            columns = {}
            if attributes:
                pairs = zip(self.layer.fields, self._kept, strict=True)
                columns = {field.name: coerced(chunk.columns[at], field.type) for field, at in pairs}
            rows = np.arange(start, start + chunk.rows, dtype=np.int64)
            yield FeatureBatch(self._geometry(chunk), columns, rows)
            start += chunk.rows

    def _geometry(self, chunk: TableChunk) -> NDArray[np.object_]:
        if self._place is not None and self._place.wkt is not None:
            return _from_wkt(chunk.columns[self._place.wkt])
        x, y = self._numbers(chunk)
        # Zero and zero is how forms say "unknown"; nothing of ours lies in the Gulf of Guinea.
        known = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
        geometry = np.full(chunk.rows, None, dtype=object)
        geometry[known] = shapely.points(x[known], y[known])
        return geometry


def _from_wkt(cells: Sequence[Any]) -> NDArray[np.object_]:
    texts = [cell.split(";", 1)[-1] if isinstance(cell, str) and cell.strip() else None for cell in cells]
    shapes: NDArray[np.object_] = shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")
    return shapes


def _note_ragged(chunk: TableChunk, read: int, log: FindingLog) -> None:
    first = read - chunk.rows + 1
    log.add("finding_rows_ragged", len(chunk.ragged), ((first + at, "") for at in chunk.ragged[:5]))


def _shortened(header: list[str]) -> str:
    shown = ", ".join(name or "(-)" for name in header[:30])
    return shown if len(header) <= 30 else f"{shown} …"
