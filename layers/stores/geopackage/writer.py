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

from layers.crs import Crs
from layers.errors import StoreError
from layers.features import FeatureBatch, QuarantinedRows
from layers.schema import FieldType, Schema
from layers.stores import ReleaseSummary
from layers.stores.columns import json_column, stored_column
from layers.stores.form_queue import FormQueue
from layers.stores.forms import Boxes, Extent, Forms, Portion
from layers.stores.geopackage.geometry_blobs import encode_blobs
from layers.stores.geopackage.metadata import write_metadata
from layers.stores.geopackage.overviews import write_overviews
from layers.stores.geopackage.rtree import fill_rtree
from layers.stores.geopackage.search import build_search_index
from layers.stores.geopackage.tables import column_names, create_tables, quoted, register_features
from layers.stores.metadata import Metadata
from layers.stores.quarantine import quarantine_records
from layers.stores.shapes import of_type, stored_wkb

_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -32768")
"""A half-written file is thrown away, so nothing is gained by keeping it consistent on the way."""


class _Boxes:
    """Boxes of all features in one CRS, collected until the tree is built."""

    def __init__(self) -> None:
        self._ids: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
        self._boxes: list[Boxes] = [np.empty((0, 4))]

    def add(self, first: int, boxes: Boxes) -> None:
        located = np.isfinite(boxes).all(axis=1)
        self._ids.append(first + np.flatnonzero(located))
        self._boxes.append(boxes[located])

    def fill(self, connection: sqlite3.Connection, table: str) -> None:
        """Build the tree and forget the boxes."""
        ids, boxes = np.concatenate(self._ids), np.concatenate(self._boxes)
        self._ids, self._boxes = [], []
        fill_rtree(connection, table, ids, boxes)


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
        self._extent = Extent()
        self._stored, self._drawn = _Boxes(), _Boxes()
        self._forms = FormQueue(layer, schema.crs)
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
        first = self._count + 1
        columns = [stored_column(field, batch.columns[field.name].tolist()) for field in self._schema.fields]
        stored = of_type(batch.geometry, self._schema.geometry_type)
        self._has_z = self._has_z or bool(shapely.has_z(stored).any())
        with self._reporting():
            bodies = stored_wkb(stored)
            self._forms.put(self._portion(first, bodies, columns), stored)
            boxes = self._extent.add(stored)
            self._stored.add(first, boxes)
            blobs = encode_blobs(bodies, boxes, self._schema.crs.srid)
            fids = range(first, first + len(batch))
            self._connection.executemany(self._insert, zip(fids, blobs, *columns, strict=True))
            self._write_forms(self._forms.finished())
        self._count += len(batch)

    def _write_forms(self, made: Iterator[Forms]) -> None:
        for forms in made:
            fids = range(forms.first, forms.first + len(forms.features))
            rows = zip(fids, forms.drawing, strict=True)
            self._connection.executemany("INSERT INTO tuzi_drawing VALUES (?, ?)", rows)
            features = zip(fids, forms.features, strict=True)
            self._connection.executemany("INSERT INTO tuzi_geojson VALUES (?, ?)", features)
            self._drawn.add(forms.first, forms.boxes)

    def set_aside(self, rows: QuarantinedRows, crs: Crs) -> None:
        """Keep rows beside the release that cannot be features of it; their geometry is in ``crs``."""
        with self._reporting():
            self._connection.executemany(
                "INSERT INTO tuzi_quarantine VALUES (?, ?, ?, ?, ?)", quarantine_records(rows, crs)
            )

    def _portion(self, first: int, bodies: NDArray[np.object_], columns: Sequence[Sequence[Any]]) -> Portion:
        fields = self._schema.fields
        shown = [json_column(field, column) for field, column in zip(fields, columns, strict=True)]
        return Portion(first, bodies, self._feature_ids(first, len(bodies), columns), self._schema.names, shown)

    def _feature_ids(self, first: int, rows: int, columns: Sequence[Sequence[Any]]) -> Sequence[str | int]:
        key = self._schema.field(self._schema.key) if self._schema.key else None
        if key is None:
            return range(first, first + rows)
        values = columns[self._schema.fields.index(key)]
        if None in values:
            raise StoreError("store_key_missing", layer=self._layer, key=key.name)
        return values if key.type is FieldType.INTEGER else list(map(str, values))

    def commit(self) -> ReleaseSummary:
        """Build the indexes, then give the file its name: from here on it is readable and never changes."""
        with self._reporting():
            self._write_forms(self._forms.rest())
            outcome = self._forms.outcome()
            metadata = Metadata(
                self._schema, self._count, outcome.located, outcome.served, outcome.drawn, outcome.overviews
            )
            self._build_trees()
            if zooms := outcome.overviews.zooms:
                write_overviews(self._connection, outcome.overviews, self._forms.overview_rows(len(zooms)))
            # A search index takes much memory: what the second process has is given back before.
            self._forms.close()
            self._build_indexes()
            register_features(self._connection, self._schema, self._layer, self._extent.box(), has_z=self._has_z)
            write_metadata(self._connection, metadata)
            self._connection.executemany("INSERT INTO tuzi_digests VALUES (?, ?)", outcome.digests.blobs())
            self._connection.commit()
            self._connection.close()
            if not self._is_ours():
                raise StoreError("store_written_twice", layer=self._layer)
            _sync(self._partial)
            size = self._partial.stat().st_size
            self._partial.replace(self._file)
            _sync(self._file.parent)
        self._committed()
        return ReleaseSummary(self._count, metadata.extent, size, outcome.digests.release_digest(self._schema))

    def _build_trees(self) -> None:
        connection = self._connection
        connection.execute("CREATE VIRTUAL TABLE rtree_features_geom USING rtree(id, minx, maxx, miny, maxy)")
        connection.execute("CREATE VIRTUAL TABLE tuzi_drawing_index USING rtree(pkid, xmin, xmax, ymin, ymax)")
        self._stored.fill(connection, "rtree_features_geom")
        self._drawn.fill(connection, "tuzi_drawing_index")

    def _build_indexes(self) -> None:
        if self._schema.key:
            self._build_key_index(quoted(column_names(self._schema)[self._schema.key]))
        for place, name in enumerate(self._schema.searchable):
            build_search_index(self._connection, place, quoted(column_names(self._schema)[name]))

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
        self._forms.close()
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
