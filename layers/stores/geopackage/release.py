"""Reads one release from its file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from layers.drawing import DrawingSource
from layers.extent import BoundingBox
from layers.features import FeatureQuery, Geometries, column_of
from layers.filters.model import Condition
from layers.overviews import Form
from layers.schema import Field
from layers.stores import Digests, QuarantinedRow
from layers.stores.geopackage.conditions import prepare
from layers.stores.geopackage.connections import Connections
from layers.stores.geopackage.drawing import drawing_source
from layers.stores.geopackage.geometry_blobs import decode_blobs
from layers.stores.geopackage.metadata import read_metadata
from layers.stores.geopackage.overviews import TABLE, index_name
from layers.stores.geopackage.search import find, find_without_index
from layers.stores.geopackage.selection import Selecting
from layers.stores.geopackage.tables import column_names, quoted
from layers.stores.quarantine import quarantined_row
from layers.stores.reading import Records, StoredRelease
from layers.stores.search import Found
from layers.stores.selections import Fids, SelectionCache

_NEXT_TEXTS = "SELECT feature FROM tuzi_geojson WHERE fid > ? ORDER BY fid LIMIT ?"
_TEXTS = "SELECT g.feature FROM json_each(?) AS j CROSS JOIN tuzi_geojson AS g ON g.fid = j.value"

_BOXES = (
    "SELECT i.xmin, i.ymin, i.xmax, i.ymax FROM json_each(?) AS j LEFT JOIN tuzi_drawing_index AS i ON i.pkid = j.value"
    " ORDER BY j.key"
)


class GeoPackageRelease(StoredRelease):
    """A ``Release`` in a GeoPackage file."""

    def __init__(self, file: Path, mapped: int, selections: SelectionCache) -> None:
        self._connections = Connections(file, mapped, prepare)
        with self._connections.lend() as connection:
            super().__init__(read_metadata(connection), selections)
        self._columns = column_names(self.schema)
        self._source = drawing_source(file, self._metadata)

    def _texts_after(self, first: int, limit: int) -> list[bytes]:
        with self._connections.lend() as connection:
            return [row[0] for row in connection.execute(_NEXT_TEXTS, (first, limit)).fetchall()]

    def _texts(self, fids: Fids) -> list[bytes]:
        with self._connections.lend() as connection:
            return [row[0] for row in connection.execute(_TEXTS, (orjson.dumps(fids.tolist()),)).fetchall()]

    def _select(self, query: FeatureQuery) -> Fids:
        with self._connections.lend() as connection:
            return Selecting(connection, self._metadata).fids(query)

    def _records(self, fids: Fids, fields: Sequence[Field], *, geometry: bool = True) -> Records:
        columns = [f"f.{quoted(self._columns[field.name])}" for field in fields]
        parts = ["f.fid", "f.geom" if geometry else "NULL", *columns]
        with self._connections.lend() as connection:
            return connection.execute(
                f"SELECT {', '.join(parts)} FROM json_each(?) AS j CROSS JOIN features AS f ON f.fid = j.value",
                (orjson.dumps(fids.tolist()),),
            ).fetchall()

    def _drawn(self, bbox: BoundingBox, overview: int | None, condition: Condition) -> Records:
        columns = "".join(f", f.{quoted(column)}" for column in self._columns.values())
        rows, index, number = "tuzi_drawing", "tuzi_drawing_index", "fid"
        if overview is not None:
            rows, index, number = TABLE, index_name(overview, Form.FEATURES), "feature"
        with self._connections.lend() as connection:
            text, parameters = Selecting(connection, self._metadata).condition(condition)
            return connection.execute(
                f"SELECT d.{number}, d.geometry{columns} FROM {index} AS i CROSS JOIN {rows} AS d ON d.fid = i.pkid"
                f" LEFT JOIN features AS f ON f.fid = d.{number}"
                f" WHERE i.xmax >= ? AND i.xmin <= ? AND i.ymax >= ? AND i.ymin <= ? AND {text} ORDER BY d.fid",
                (bbox.west, bbox.east, bbox.south, bbox.north, *parameters),
            ).fetchall()

    def _geometries(self, records: Records) -> Geometries:
        return decode_blobs([record[1] for record in records])

    def _fid_of(self, value: Any) -> int | None:
        column = quoted(self._columns[self.schema.key]) if self.schema.key else "fid"
        with self._connections.lend() as connection:
            row = connection.execute(f"SELECT fid FROM features WHERE {column} = ?", (value,)).fetchone()
        return None if row is None else int(row[0])

    def _found(self, name: str, text: str, limit: int) -> list[Found]:
        with self._connections.lend() as connection:
            if name in self.schema.searchable:
                return find(connection, self.schema.searchable.index(name), text, limit)
            if name not in self._columns:
                return []
            return find_without_index(connection, quoted(self._columns[name]), text, limit)

    def digests(self) -> Digests:
        """Return what tells every feature from any other."""
        with self._connections.lend() as connection:
            arrays = dict(connection.execute("SELECT name, value FROM tuzi_digests"))
            keys = None
            if self.schema.key:
                column = quoted(self._columns[self.schema.key])
                keys = column_of([row[0] for row in connection.execute(f"SELECT {column} FROM features ORDER BY fid")])
        geometry, attributes = (np.frombuffer(arrays[name], dtype="<i8") for name in ("geometry", "attributes"))
        return Digests(np.arange(1, self.count + 1), keys, geometry, attributes)

    def drawn_boxes(self, fids: Fids) -> NDArray[np.float64]:
        """Return the envelope of each feature in EPSG:3857; NaN where nothing is drawn."""
        with self._connections.lend() as connection:
            rows = connection.execute(_BOXES, (orjson.dumps(fids.tolist()),)).fetchall()
        return np.array(rows, dtype=np.float64).reshape(-1, 4)

    def quarantine(self) -> Iterator[QuarantinedRow]:
        """Read the rows that were set aside, in the order of the delivery."""
        with self._connections.lend() as connection:
            records = connection.execute(
                'SELECT "row", reason, crs, geometry, properties FROM tuzi_quarantine ORDER BY "row"'
            ).fetchall()
        yield from map(quarantined_row, records)

    def drawing_source(self) -> DrawingSource:
        """Return where the renderer reads this release."""
        return self._source

    def close(self) -> None:
        """Let the file go."""
        self._connections.close()
