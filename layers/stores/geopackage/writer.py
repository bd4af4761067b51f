"""Writes one release into a file that becomes visible whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, WEB_MERCATOR, Crs, transform_geometries
from layers.errors import StoreError
from layers.extent import BoundingBox
from layers.features import FeatureBatch, Geometries, QuarantinedRows
from layers.overviews import OverviewBuilder
from layers.schema import FieldType, Schema
from layers.stores import ReleaseSummary
from layers.stores.columns import json_column, stored_column
from layers.stores.digests import DigestArrays
from layers.stores.geojson import composed, geometry_texts, property_texts
from layers.stores.geopackage.geometry_blobs import encode_blobs
from layers.stores.geopackage.metadata import write_metadata
from layers.stores.geopackage.overviews import write_overviews
from layers.stores.geopackage.rtree import fill_rtree
from layers.stores.geopackage.search import build_search_index
from layers.stores.geopackage.tables import column_names, create_tables, quoted, register_features
from layers.stores.metadata import Metadata
from layers.stores.quarantine import quarantine_records
from layers.stores.shapes import clamp_to_mercator, finite, flat_wkb, of_type, stored_wkb

_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -65536")
"""A half-written file is thrown away, so nothing is gained by keeping it consistent on the way."""


class _Extent:
    """The box around all features in one CRS."""

    def __init__(self) -> None:
        self._box = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def add(self, geometries: Geometries) -> NDArray[np.float64]:
        """Take a batch in; returns the box of each, not finite where there is none."""
        boxes: NDArray[np.float64] = shapely.bounds(geometries)
        located = boxes[np.isfinite(boxes).all(axis=1)]
        if len(located):
            self._box[:2] = np.minimum(self._box[:2], located[:, :2].min(axis=0))
            self._box[2:] = np.maximum(self._box[2:], located[:, 2:].max(axis=0))
        return boxes

    def extent(self) -> BoundingBox | None:
        return BoundingBox(*self._box.tolist()) if np.isfinite(self._box).all() else None


class _Bounds:
    """Boxes of all features in one CRS, collected until the tree is built."""

    def __init__(self) -> None:
        self._extent = _Extent()
        self._ids: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
        self._boxes: list[NDArray[np.float64]] = [np.empty((0, 4))]

    def add(self, ids: NDArray[np.int64], geometries: Geometries) -> None:
        boxes = self._extent.add(geometries)
        located = np.isfinite(boxes).all(axis=1)
        self._ids.append(ids[located])
        self._boxes.append(boxes[located])

    def fill(self, connection: sqlite3.Connection, table: str) -> None:
        fill_rtree(connection, table, np.concatenate(self._ids), np.concatenate(self._boxes))

    def count(self) -> int:
        return sum(map(len, self._ids))

    def extent(self) -> BoundingBox | None:
        return self._extent.extent()


def partial_file(file: Path) -> Path:
    """Return where a release is written before it gets its name."""
    return file.with_name(file.name + ".partial")


class GeoPackageWriter:
    """A ``ReleaseWriter`` for ``<number>.gpkg``; until ``commit`` the file bears another name."""

    def __init__(self, file: Path, layer: str, schema: Schema, committed: Callable[[], None]) -> None:
        self._file = file
        self._partial = partial_file(file)
        self._layer = layer
        self._schema = schema
        self._committed = committed
        self._count = 0
        self._has_z = False
        self._stored, self._served, self._drawn = _Bounds(), _Extent(), _Bounds()
        self._overviews = OverviewBuilder()
        self._digests = DigestArrays()
        self._insert = f"INSERT INTO features VALUES ({', '.join('?' * (len(schema.fields) + 2))})"
        with self._reporting():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._partial.unlink(missing_ok=True)
            self._connection = sqlite3.connect(self._partial, isolation_level=None, check_same_thread=False)
            self._inode = self._partial.stat().st_ino
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            create_tables(self._connection, schema)
            self._connection.execute("BEGIN")

    def write(self, batch: FeatureBatch) -> None:
        """Append the batch; its geometry is in the schema's CRS."""
        if not len(batch):
            return
        ids = np.arange(self._count + 1, self._count + 1 + len(batch))
        columns = [stored_column(field, batch.columns[field.name].tolist()) for field in self._schema.fields]
        stored = of_type(batch.geometry, self._schema.geometry_type)
        self._has_z = self._has_z or bool(shapely.has_z(stored).any())
        with self._reporting():
            bodies = stored_wkb(stored)
            self._write_features(ids, encode_blobs(stored, bodies, self._schema.crs.srid), columns)
            self._stored.add(ids, stored)
            self._write_drawing(ids, stored)
            properties = self._properties(columns, len(batch))
            self._write_geojson(ids, stored, columns, properties)
            self._digests.add(bodies, properties)
        self._count += len(batch)

    def _write_features(
        self, ids: NDArray[np.int64], blobs: list[bytes | None], columns: Sequence[Sequence[Any]]
    ) -> None:
        self._connection.executemany(self._insert, zip(ids.tolist(), blobs, *columns, strict=True))

    def _write_drawing(self, ids: NDArray[np.int64], stored: Geometries) -> None:
        source = self._schema.crs
        drawn = finite(transform_geometries(clamp_to_mercator(stored, source), source, WEB_MERCATOR))
        self._connection.executemany(
            "INSERT INTO tuzi_drawing VALUES (?, ?)", zip(ids.tolist(), flat_wkb(drawn).tolist(), strict=True)
        )
        self._drawn.add(ids, drawn)
        self._overviews.add(ids, drawn)

    def _properties(self, columns: Sequence[Sequence[Any]], rows: int) -> list[bytes]:
        shown = [json_column(field, column) for field, column in zip(self._schema.fields, columns, strict=True)]
        return property_texts(self._schema.names, shown, rows)

    def _write_geojson(
        self,
        ids: NDArray[np.int64],
        stored: Geometries,
        columns: Sequence[Sequence[Any]],
        properties: list[bytes],
    ) -> None:
        served = finite(transform_geometries(stored, self._schema.crs, CRS84))
        texts = composed(self._feature_ids(ids, columns), geometry_texts(served, CRS84), properties)
        self._connection.executemany("INSERT INTO tuzi_geojson VALUES (?, ?)", zip(ids.tolist(), texts, strict=True))
        self._served.add(served)

    def set_aside(self, rows: QuarantinedRows, crs: Crs) -> None:
        """Keep rows beside the release that cannot be features of it; their geometry is in ``crs``."""
        with self._reporting():
            self._connection.executemany(
                "INSERT INTO tuzi_quarantine VALUES (?, ?, ?, ?, ?)", quarantine_records(rows, crs)
            )

    def _feature_ids(self, ids: NDArray[np.int64], columns: Sequence[Sequence[Any]]) -> list[str | int]:
        key = self._schema.field(self._schema.key) if self._schema.key else None
        if key is None:
            return [int(fid) for fid in ids]
        values = columns[self._schema.fields.index(key)]
        if any(value is None for value in values):
            raise StoreError("store_key_missing", layer=self._layer, key=key.name)
        return list(values) if key.type is FieldType.INTEGER else [str(value) for value in values]

    def commit(self) -> ReleaseSummary:
        """Build the indexes, then give the file its name: from here on it is readable and never changes."""
        extents = (self._served.extent(), self._drawn.extent())
        overviews = self._overviews.overviews()
        metadata = Metadata(self._schema, self._count, self._drawn.count(), *extents, overviews)
        with self._reporting():
            self._build_indexes()
            register_features(self._connection, self._schema, self._layer, self._stored.extent(), has_z=self._has_z)
            if overviews.zooms:
                write_overviews(self._connection, overviews, self._overviews.rows())
            write_metadata(self._connection, metadata)
            self._connection.executemany("INSERT INTO tuzi_digests VALUES (?, ?)", self._digests.blobs())
            self._connection.commit()
            self._connection.close()
            if not self._is_ours():
                raise StoreError("store_written_twice", layer=self._layer)
            _sync(self._partial)
            size = self._partial.stat().st_size
            self._partial.replace(self._file)
            _sync(self._file.parent)
        self._committed()
        return ReleaseSummary(self._count, metadata.extent, size, self._digests.release_digest(self._schema))

    def _build_indexes(self) -> None:
        connection = self._connection
        connection.execute("CREATE VIRTUAL TABLE rtree_features_geom USING rtree(id, minx, maxx, miny, maxy)")
        connection.execute("CREATE VIRTUAL TABLE tuzi_drawing_index USING rtree(pkid, xmin, xmax, ymin, ymax)")
        self._stored.fill(connection, "rtree_features_geom")
        self._drawn.fill(connection, "tuzi_drawing_index")
        if self._schema.key:
            self._build_key_index(quoted(column_names(self._schema)[self._schema.key]))
        for place, name in enumerate(self._schema.searchable):
            build_search_index(connection, place, quoted(column_names(self._schema)[name]))

    def _build_key_index(self, column: str) -> None:
        try:
            self._connection.execute(f"CREATE UNIQUE INDEX tuzi_key ON features ({column})")
        except sqlite3.IntegrityError:
            (value,) = self._connection.execute(
                f"SELECT {column} FROM features GROUP BY 1 HAVING count(*) > 1 LIMIT 1"
            ).fetchone()
            raise StoreError(
                "store_key_not_unique", layer=self._layer, key=self._schema.key, value=str(value)[:80]
            ) from None

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError("store_not_written", layer=self._layer, reason=str(error)) from error
        except (UnicodeError, OverflowError, orjson.JSONEncodeError) as error:
            raise StoreError("store_value_refused", layer=self._layer, reason=str(error)) from error

    def __enter__(self) -> GeoPackageWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        if self._is_ours():
            self._partial.unlink()

    def _is_ours(self) -> bool:
        """Tell whether the half-written file is still this writer's: a later one of the same number replaces it."""
        return self._partial.exists() and self._partial.stat().st_ino == self._inode


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
