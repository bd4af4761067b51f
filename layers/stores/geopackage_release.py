"""Reads one release from its file."""

from __future__ import annotations

from pathlib import Path

from layers.drawing import DrawingSource
from layers.features import FeaturePage, FeatureQuery
from layers.stores.geopackage_connections import Connections
from layers.stores.geopackage_drawing import drawing_source
from layers.stores.geopackage_metadata import read_metadata
from layers.stores.selections import SelectionCache


class GeoPackageRelease:
    """A ``Release`` in a GeoPackage file."""

    def __init__(self, file: Path, mapped: int, selections: SelectionCache) -> None:
        self._connections = Connections(file, mapped)
        with self._connections.lend() as connection:
            self._metadata = read_metadata(connection)
        self.schema = self._metadata.schema
        self.count = self._metadata.count
        self.extent = self._metadata.extent
        self._source = drawing_source(file, self._metadata)

    def read_page(self, query: FeatureQuery) -> FeaturePage:
        """Answer the query as GeoJSON bytes; raises InvalidFilter, InvalidParameter."""
        first = max(query.offset, query.after or 0)
        with self._connections.lend() as connection:
            rows = connection.execute(
                "SELECT feature FROM tuzi_geojson WHERE fid > ? ORDER BY fid LIMIT ?", (first, query.limit)
            ).fetchall()
        last = first + len(rows)
        more = last < self.count
        return FeaturePage(b",".join([row[0] for row in rows]), len(rows), self.count, last if more else None, more)

    def drawing_source(self) -> DrawingSource:
        """Return where the renderer reads this release."""
        return self._source

    def close(self) -> None:
        """Let the file go."""
        self._connections.close()
