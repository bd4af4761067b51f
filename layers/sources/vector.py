"""Vector files as sources: one layer, or several of the same file put together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from layers.checks import FindingLog
from layers.features import FeatureBatch, column_of
from layers.schema import Field, FieldType
from layers.sources.chunks import Chunk, read_chunks
from layers.sources.gdal import GdalLayer
from layers.sources.model import BATCH_ROWS, SourceLayer
from layers.sources.names import fills_name, safe_names
from layers.sources.values import Column


class GdalSource:
    """The rows of one or more layers of a file.

    Several layers (KML folders, OSM's geometry kinds) become one: the field ``origin`` then says which one
    a row comes from, and a field that only some of them have is empty in the others.
    """

    def __init__(
        self,
        layers: Sequence[GdalLayer],
        log: FindingLog,
        origin: str | None = None,
        unused: frozenset[str] = frozenset(),
    ) -> None:
        self._layers = layers
        self._log = log
        self._noted = 0
        united = _united([layer.fields for layer in layers])
        self._fields = [field for field in united if field.name not in unused]
        self._origin = origin
        source_names = ([origin] if origin else []) + [field.name for field in self._fields]
        names = safe_names(source_names)
        self.renamed = [(old, new) for old, new in zip(source_names, names, strict=True) if old != new]
        kinds = ([FieldType.TEXT] if origin else []) + [field.type for field in self._fields]
        first = layers[0]
        self.layer = SourceLayer(
            name=first.name if len(layers) == 1 else first.file,
            fields=tuple(Field(name, kind) for name, kind in zip(names, kinds, strict=True)),
            geometry_type=first.geometry_type if len(layers) == 1 else None,
            has_z=any(layer.has_z for layer in layers),
            crs=first.crs,
            crs_text=first.crs_text,
            count=_total([layer.count for layer in layers]),
            full_names=self._full_names(source_names, names),
        )

    def _full_names(self, source_names: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
        encoding = self._layers[0].encoding or "utf-8"
        pairs = zip(source_names, names, strict=True) if self.declares_both_forms else ()
        return tuple(new for old, new in pairs if fills_name(old, encoding))

    @property
    def declares_both_forms(self) -> bool:
        """Tell whether the format has one type for a single shape and several: shapefiles' lines and polygons."""
        return self._layers[0].driver == "ESRI Shapefile"

    def batches(self, attributes: bool = True) -> Iterator[FeatureBatch]:
        """Read all rows in the file's order; without ``attributes`` the columns stay empty."""
        start = 1
        for layer in self._layers:
            own = {field.name: field for field in layer.fields}
            wanted = [own[field.name] for field in self._fields if field.name in own] if attributes else []
            for chunk in read_chunks(layer, wanted):
                yield from self._batches_of(chunk, layer, wanted, start, attributes)
                start += len(chunk.fids)

    def _batches_of(
        self, chunk: Chunk, layer: GdalLayer, wanted: list[Field], start: int, attributes: bool
    ) -> Iterator[FeatureBatch]:
        size = len(chunk.fids)
        rows = np.arange(start, start + size, dtype=np.int64)
        if attributes and start > self._noted:
            # A source may be read more than once; each row is told of once.
            self._noted = start + size - 1
            curved = chunk.curved | _drawn_as_curves(chunk, wanted)
            for code, cases in (("finding_ring_open", chunk.closed), ("finding_curves", curved)):
                self._log.add(code, int(cases.sum()), ((row, "") for row in rows[cases]))
        columns = self._columns(chunk, layer, wanted, size) if attributes else {}
        for at in range(0, size, BATCH_ROWS):
            part = slice(at, at + BATCH_ROWS)
            yield FeatureBatch(
                chunk.geometry[part], {name: values[part] for name, values in columns.items()}, rows[part]
            )

    def _columns(self, chunk: Chunk, layer: GdalLayer, wanted: list[Field], size: int) -> dict[str, Column]:
        read = {field.name: (field, column) for field, column in zip(wanted, chunk.columns, strict=True)}
        columns: list[Column] = [column_of([layer.name] * size)] if self._origin else []
        for field in self._fields:
            own, column = read.get(field.name, (field, np.full(size, None, dtype=object)))
            columns.append(column if own.type is field.type else _as_text(column))
        return {field.name: column for field, column in zip(self.layer.fields, columns, strict=True)}


_DRAWN_CURVE = re.compile("AcDb(Arc|Circle|Ellipse|Spline)")


def _drawn_as_curves(chunk: Chunk, fields: list[Field]) -> NDArray[np.bool_]:
    """Tell which rows of a drawing were curves before GDAL gave them as segments: DXF's subclasses say so."""
    for field, column in zip(fields, chunk.columns, strict=True):
        if field.name == "SubClasses":
            return np.array([isinstance(value, str) and bool(_DRAWN_CURVE.search(value)) for value in column])
    return np.zeros(len(chunk.fids), dtype=bool)


def _as_text(column: Column) -> Column:
    return column_of([None if value is None else str(value) for value in column])


def _united(schemas: Sequence[tuple[Field, ...]]) -> list[Field]:
    united: dict[str, Field] = {}
    for fields in schemas:
        for field in fields:
            before = united.setdefault(field.name, field)
            if before.type is not field.type:
                united[field.name] = Field(field.name, FieldType.TEXT)
    return list(united.values())


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


_DEFAULTS = {"tessellate": {-1, 0}, "extrude": {-1, 0}, "visibility": {-1, 1}, "drawOrder": {0}, "z_order": {0}}
"""What GDAL writes where a KML or OSM file says nothing."""


def unused_fields(layers: Sequence[GdalLayer]) -> frozenset[str]:
    """Return the fields that a format brings with it although no row of the file uses them."""
    candidates = {field.name for layer in layers for field in layer.fields}
    for layer in layers:
        for chunk in read_chunks(layer, list(layer.fields)):
            for field, column in zip(layer.fields, chunk.columns, strict=True):
                ignored = _DEFAULTS.get(field.name, set())
                if field.name in candidates and any(value is not None and value not in ignored for value in column):
                    candidates.discard(field.name)
    return frozenset(candidates)


def has_rows(layer: GdalLayer) -> bool:
    """Tell whether a layer has a row at all."""
    return bool(layer.count) if layer.count is not None else any(True for _ in islice(read_chunks(layer, []), 1))
