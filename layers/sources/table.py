"""Tables with coordinates as sources: points from two columns, or shapes from WKT."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks import FindingLog
from layers.crs import TWD67_TM2, Crs
from layers.errors import SourceError
from layers.features import FeatureBatch
from layers.schema import Field, FieldType, GeometryType
from layers.sources.coordinates import (
    CoordinateColumns,
    are_exchanged,
    declared_crs,
    find_grid,
    find_pairs,
    find_wkt,
    guess_crs,
    numbers,
    read_wkt,
)
from layers.sources.inference import ColumnKind, coerced, trimmed
from layers.sources.model import SourceLayer, SourceOptions
from layers.sources.place_notes import PlaceNotes
from layers.sources.power_grid import decode
from layers.sources.rows import RowReader, TableChunk
from layers.sources.table_notes import note_blanks, note_rows, read_headings
from layers.sources.values import Column


class TableSource:
    """A table whose rows say where they lie; opening it reads it once to learn what its columns hold."""

    def __init__(self, reader: RowReader, file: str, options: SourceOptions, log: FindingLog) -> None:
        self._reader = reader
        self._file = file
        self._notes = PlaceNotes(reader.header, log)
        header = reader.header
        kinds = [ColumnKind(name) for name in header]
        self._place: CoordinateColumns | None = None
        crs = options.crs
        count = 0
        for chunk in reader.chunks():
            if not chunk.rows:
                note_rows(chunk, count, log)
                continue
            if self._place is None:
                self._place = self._find_place(header, chunk, options)
                crs = self._guess_crs(chunk, crs, log)
            count += chunk.rows
            note_rows(chunk, count, log)
            for kind, cells in zip(kinds, chunk.columns, strict=True):
                kind.watch(cells)
        if self._place is None:
            raise SourceError("source_no_rows", file=file)
        is_point = self._place.wkt is None
        headings = read_headings(header, [kind.type is not None for kind in kinds], log)
        names, self.renamed = headings.names, headings.renamed
        self._kept = [at for at in headings.used if at != self._place.wkt]
        self._blanks: FindingLog | None = log
        types = [_type(name, kind, options) for name, kind in zip(names, kinds, strict=True)]
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
        shapes = find_wkt(header, chunk.columns)
        found = ((shapes,) if shapes else ()) + find_pairs(header) + find_grid(chunk.columns)
        if not found:
            raise SourceError("source_columns_missing", file=self._file, columns=_shortened(header))
        place, *others = found
        self._notes.add_choice(place, others)
        if place.x is not None and are_exchanged(*self._pair(chunk, place)):
            self._notes.add_exchange(place)
            return place.exchanged()
        return place

    def _position(self, header: list[str], name: str) -> int:
        if name in header:
            return header.index(name)
        lowered = [other.lower() for other in header]
        if name.lower() in lowered:
            return lowered.index(name.lower())
        raise SourceError("source_column_unknown", file=self._file, column=name, columns=_shortened(header))

    def _guess_crs(self, chunk: TableChunk, named: Crs | None, log: FindingLog) -> Crs | None:
        place, header = self._place, self._reader.header
        if place is not None and place.grid is not None:
            return TWD67_TM2
        if named is not None or place is None:
            return named
        if place.wkt is not None and (declared := declared_crs(chunk.columns[place.wkt])):
            return declared
        if place.wkt is not None:
            boxes = shapely.bounds(read_wkt(chunk.columns[place.wkt]).geometry)
            crs = guess_crs(header[place.wkt], header[place.wkt], boxes[:, 0], boxes[:, 1])
        else:
            crs = guess_crs(header[place.x or 0], header[place.y or 0], *self._pair(chunk, place))
        if crs is not None:
            log.add("finding_crs_assumed", crs=crs)
        return crs

    def _pair(self, chunk: TableChunk, place: CoordinateColumns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return numbers(chunk.columns[place.x or 0]).values, numbers(chunk.columns[place.y or 0]).values

    def batches(self, attributes: bool = True) -> Iterator[FeatureBatch]:
        """Read all rows; a row that does not say where it lies has no geometry."""
        start = 1
        for chunk in filter(lambda chunk: chunk.rows, self._reader.chunks()):
            rows = np.arange(start, start + chunk.rows, dtype=np.int64)
            columns = self._columns(chunk, rows) if attributes else {}
            yield FeatureBatch(self._geometry(chunk, rows), columns, rows)
            start += chunk.rows
        if attributes:
            # What is read again is not noted again.
            self._blanks = None

    def _columns(self, chunk: TableChunk, rows: NDArray[np.int64]) -> dict[str, Column]:
        columns = {}
        for field, at in zip(self.layer.fields, self._kept, strict=True):
            cells = chunk.columns[at]
            columns[field.name] = coerced(cells, field.type)
            if self._blanks is not None and field.type is FieldType.TEXT:
                note_blanks(field.name, trimmed(cells, columns[field.name]), rows, self._blanks)
        return columns

    def _geometry(self, chunk: TableChunk, rows: NDArray[np.int64]) -> NDArray[np.object_]:
        place = self._place or CoordinateColumns()
        if place.wkt is not None:
            shapes = read_wkt(chunk.columns[place.wkt])
            self._notes.add_shapes(shapes, chunk.columns[place.wkt], rows)
            return shapes.geometry
        if place.grid is not None:
            x, y, alike = decode(chunk.columns[place.grid])
            self._notes.add_codes(place.grid, chunk.columns[place.grid], alike, np.isfinite(x), rows)
        else:
            columns = [at or 0 for at in (place.x, place.y)]
            east, north = (numbers(chunk.columns[at]) for at in columns)
            x, y = east.values, north.values
            for at, read in zip(columns, (east, north), strict=True):
                self._notes.add_degrees(at, chunk.columns[at], read, rows)
        # Zero and zero is how forms say "unknown"; nothing of ours lies in the Gulf of Guinea.
        known = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
        geometry = np.full(chunk.rows, None, dtype=object)
        geometry[known] = shapely.points(x[known], y[known])
        return geometry


def _type(name: str, kind: ColumnKind, options: SourceOptions) -> FieldType:
    return FieldType.TEXT if name in options.texts else kind.type or FieldType.TEXT


def _shortened(header: list[str]) -> str:
    shown = ", ".join(name or "(-)" for name in header[:30])
    return shown if len(header) <= 30 else f"{shown} …"
