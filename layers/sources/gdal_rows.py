"""Rows of tables without geometry that GDAL reads: GeoPackage's attribute tables."""

from __future__ import annotations

from collections.abc import Iterator

from layers.sources.chunks import read_chunks
from layers.sources.gdal import GdalLayer
from layers.sources.rows import TableChunk


class GdalRows:
    """A ``RowReader`` over a layer."""

    def __init__(self, layer: GdalLayer) -> None:
        self._layer = layer
        self.name = layer.name
        self.header = [field.name for field in layer.fields]
        self.count = layer.count

    def chunks(self) -> Iterator[TableChunk]:
        """Read all rows."""
        for chunk in read_chunks(self._layer, self._layer.fields):
            yield TableChunk([column.tolist() for column in chunk.columns], len(chunk.fids))
