"""Reads one release from its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from layers.crs import CRS84, Crs, transform_geometries
from layers.drawing import DrawingSource
from layers.errors import InvalidParameter, UnknownFeature
from layers.features import Feature, FeatureBatch, FeaturePage, FeatureQuery
from layers.schema import Field, FieldType
from layers.stores import Digests, QuarantinedRow
from layers.stores.columns import batch_of_records, column_of, json_column, python_value
from layers.stores.geojson import feature_texts, geometry_texts, joined
from layers.stores.geopackage.conditions import prepare
from layers.stores.geopackage.connections import Connections
from layers.stores.geopackage.drawing import drawing_source
from layers.stores.geopackage.geometry_blobs import decode_blobs
from layers.stores.geopackage.metadata import read_metadata
from layers.stores.geopackage.search import Found, find, find_without_index
from layers.stores.geopackage.selection import Selecting, is_restricted, stored_value
from layers.stores.geopackage.tables import column_names, quoted
from layers.stores.quarantine import quarantined_row
from layers.stores.selections import Fids, SelectionCache
from layers.stores.shapes import finite

_NEXT_TEXTS = "SELECT feature FROM tuzi_geojson WHERE fid > ? ORDER BY fid LIMIT ?"
_TEXTS = "SELECT g.feature FROM json_each(?) AS j CROSS JOIN tuzi_geojson AS g ON g.fid = j.value"

_BOXES = (
    "SELECT i.xmin, i.ymin, i.xmax, i.ymax FROM json_each(?) AS j LEFT JOIN tuzi_drawing_index AS i ON i.pkid = j.value"
    " ORDER BY j.key"
)
BATCH_ROWS = 20_000
"""Features read at a time."""


class GeoPackageRelease:
    """A ``Release`` in a GeoPackage file."""

    def __init__(self, file: Path, mapped: int, selections: SelectionCache) -> None:
        self._connections = Connections(file, mapped, prepare)
        with self._connections.lend() as connection:
            self._metadata = read_metadata(connection)
        self._selections = selections
        self._identity = object()
        self.schema = self._metadata.schema
        self.count = self._metadata.count
        self.extent = self._metadata.extent
        self._columns = column_names(self.schema)
        self._source = drawing_source(file, self._metadata)

    def read_page(self, query: FeatureQuery) -> FeaturePage:
        """Answer the query as GeoJSON bytes; raises InvalidFilter, InvalidParameter."""
        as_stored = query.crs == CRS84 and query.properties is None and not query.skip_geometry
        if as_stored and not (query.sort or query.equals or query.filter or query.bbox):
            return self._next_page(query)
        with self._connections.lend() as connection:
            chosen, first, matched = self._chosen(connection, query)
            if as_stored:
                rows = connection.execute(_TEXTS, (orjson.dumps(chosen.tolist()),)).fetchall()
                texts = [row[0] for row in rows]
            else:
                texts = self._written(connection, chosen, query)
        more = first + len(chosen) < matched
        last = int(chosen[-1]) if more and len(chosen) and not query.sort else None
        return FeaturePage(joined(texts), len(chosen), matched, last, more)

    def _next_page(self, query: FeatureQuery) -> FeaturePage:
        """Join stored texts; ``fid`` is 1, 2, 3 … without a gap, so an offset is a ``fid``."""
        first = self._clamped((query.after or 0) + query.offset)
        with self._connections.lend() as connection:
            rows = connection.execute(_NEXT_TEXTS, (first, self._clamped(query.limit))).fetchall()
        last = first + len(rows)
        more = last < self.count
        return FeaturePage(joined([row[0] for row in rows]), len(rows), self.count, last if more else None, more)

    def _chosen(self, connection: sqlite3.Connection, query: FeatureQuery) -> tuple[Fids, int, int]:
        """Return the page's ``fid`` numbers, its place in the whole answer, and the length of that."""
        if query.sort and query.after is not None:
            raise InvalidParameter("query_after_sorted")
        if not is_restricted(query, self._metadata):
            first = self._clamped((query.after or 0) + query.offset)
            last = self._clamped(first + self._clamped(query.limit))
            return np.arange(first + 1, last + 1), first, self.count
        question = (
            self._identity,
            query.bbox,
            query.bbox_crs,
            query.equals,
            query.filter,
            query.filter_language,
            query.filter_crs,
            query.sort,
        )
        fids = self._selections.selection(question, lambda: Selecting(connection, self._metadata).fids(query))
        first = self._clamped(query.offset)
        if query.after is not None:
            first += int(np.searchsorted(fids, self._clamped(query.after), side="right"))
        return fids[first : first + self._clamped(query.limit)], first, len(fids)

    def _clamped(self, number: int) -> int:
        """Bring a number that a client chose within what can be meant; nothing else fits into 64 bits for sure."""
        return min(max(number, 0), self.count)

    def _written(self, connection: sqlite3.Connection, fids: Fids, query: FeatureQuery) -> list[bytes]:
        """Write features in another CRS or with other parts than the stored texts have."""
        features = self._features(connection, fids, query)
        fields = self._wanted(query.properties)
        columns = [json_column(field, [row.properties[field.name] for row in features]) for field in fields]
        rows = zip(*columns, strict=True) if columns else [()] * len(features)
        names = [field.name for field in fields]
        geometries = np.array([feature.geometry for feature in features] + [None], dtype=object)[:-1]
        texts: Sequence[str | None] = [None] * len(features)
        if not query.skip_geometry and len(features):
            texts = geometry_texts(geometries, query.crs).tolist()
        ids = [feature.id for feature in features]
        return feature_texts(ids, texts, (dict(zip(names, row, strict=True)) for row in rows))

    def read_features(self, query: FeatureQuery) -> list[Feature]:
        """Answer the query as objects, geometry in ``query.crs`` with x before y."""
        with self._connections.lend() as connection:
            chosen, _, _ = self._chosen(connection, query)
            return self._as_objects(self._features(connection, chosen, query))

    def _as_objects(self, features: list[Feature]) -> list[Feature]:
        for feature in features:
            for name, value in feature.properties.items():
                field = self.schema.field(name)
                if field:
                    feature.properties[name] = python_value(field, value)
        return features

    def _features(self, connection: sqlite3.Connection, fids: Fids, query: FeatureQuery) -> list[Feature]:
        """Return features with stored values; geometry is left out where the query does without."""
        fields = self._wanted(query.properties)
        key = self.schema.key
        parts = [
            "f.fid",
            "NULL" if query.skip_geometry else "f.geom",
            f"f.{quoted(self._columns[key])}" if key else "f.fid",
            *(f"f.{quoted(self._columns[field.name])}" for field in fields),
        ]
        rows = connection.execute(
            f"SELECT {', '.join(parts)} FROM json_each(?) AS j CROSS JOIN features AS f ON f.fid = j.value",
            (orjson.dumps(fids.tolist()),),
        ).fetchall()
        if not rows:
            return []
        geometries = decode_blobs([row[1] for row in rows])
        moved = finite(transform_geometries(geometries, self.schema.crs, query.crs))
        names = [field.name for field in fields]
        return [
            Feature(self._id(row[2]), row[0], dict(zip(names, row[3:], strict=True)), geometry)
            for row, geometry in zip(rows, moved, strict=True)
        ]

    def _wanted(self, properties: tuple[str, ...] | None) -> list[Field]:
        if properties is None:
            return list(self.schema.fields)
        for name in properties:
            if self.schema.field(name) is None:
                known = ", ".join(self.schema.names)
                raise InvalidParameter("query_unknown_property", name=name[:60], known=known[:500])
        return [field for field in self.schema.fields if field.name in properties]

    def _id(self, value: Any) -> str | int:
        return value if isinstance(value, int) else str(value)

    def read_item(self, feature_id: str, crs: Crs | None = None) -> bytes:
        """Return one feature as GeoJSON bytes; raises UnknownFeature."""
        with self._connections.lend() as connection:
            fid = self._fid(connection, feature_id)
            if crs not in {None, CRS84}:
                return self._written(connection, np.array([fid]), FeatureQuery(crs=crs or CRS84))[0]
            text: bytes = connection.execute("SELECT feature FROM tuzi_geojson WHERE fid = ?", (fid,)).fetchone()[0]
            return text

    def _fid(self, connection: sqlite3.Connection, feature_id: str) -> int:
        key = self.schema.field(self.schema.key) if self.schema.key else Field("fid", FieldType.INTEGER)
        column = quoted(self._columns[key.name]) if key and self.schema.key else "fid"
        try:
            value = stored_value(key, feature_id) if key and key.type is FieldType.INTEGER else feature_id
        except InvalidParameter:
            raise UnknownFeature(feature=feature_id[:80]) from None
        row = connection.execute(f"SELECT fid FROM features WHERE {column} = ?", (value,)).fetchone()
        if row is None or (isinstance(value, int) and str(value) != feature_id):
            raise UnknownFeature(feature=feature_id[:80])
        return int(row[0])

    def search(self, text: str, fields: tuple[str, ...], limit: int) -> list[Feature]:
        """Return features with ``text`` in one of ``fields``, best first: equal, starting with it, containing it."""
        with self._connections.lend() as connection:
            found = sorted(entry for name in fields for entry in self._found(connection, name, text, limit))
            # A feature found by several of its names counts by the best one.
            order = list(dict.fromkeys(fid for _, _, fid in found))[:limit]
            return self._as_objects(self._features(connection, np.array(order, dtype=np.int64), FeatureQuery()))

    def _found(self, connection: sqlite3.Connection, name: str, text: str, limit: int) -> list[Found]:
        if name in self.schema.searchable:
            return find(connection, self.schema.searchable.index(name), text, limit)
        if name not in self._columns:
            return []
        return find_without_index(connection, quoted(self._columns[name]), text, limit)

    def batches(self) -> Iterator[FeatureBatch]:
        """Read all features by ``fid``, geometry in the schema's CRS; ``rows`` holds the ``fid``."""
        for first in range(1, self.count + 1, BATCH_ROWS):
            yield self.features_of(np.arange(first, min(first + BATCH_ROWS, self.count + 1)))

    def features_of(self, fids: Fids) -> FeatureBatch:
        """Read the features with these ``fid``, in this order, as ``batches`` does."""
        names = "".join(f", f.{quoted(self._columns[field.name])}" for field in self.schema.fields)
        with self._connections.lend() as connection:
            rows = connection.execute(
                f"SELECT f.fid, f.geom{names} FROM json_each(?) AS j CROSS JOIN features AS f ON f.fid = j.value",
                (orjson.dumps(fids.tolist()),),
            ).fetchall()
        return batch_of_records(rows, decode_blobs([row[1] for row in rows]), self.schema)

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
