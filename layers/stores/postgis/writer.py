"""Writes one release in one transaction: it becomes visible whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import orjson
import psycopg
import shapely
from numpy.typing import NDArray

from layers.crs import WEB_MERCATOR, Crs
from layers.errors import StoreError
from layers.features import FeatureBatch, QuarantinedRows
from layers.schema import FieldType, Schema
from layers.stores import ReleaseSummary
from layers.stores.columns import json_column, stored_column
from layers.stores.form_queue import FormQueue
from layers.stores.forms import Forms, Portion
from layers.stores.metadata import Metadata
from layers.stores.postgis import overviews, registry, search, tables
from layers.stores.postgis.copying import Column, binaries, copy_rows, geometries, numbers, texts
from layers.stores.postgis.database import Database, primary_message
from layers.stores.postgis.tables import Relations, column_names, quoted
from layers.stores.quarantine import quarantine_records
from layers.stores.shapes import of_type, stored_wkb

_TEXTS = frozenset({FieldType.TEXT, FieldType.DATE, FieldType.DATETIME})


class PostgisWriter:
    """A ``ReleaseWriter`` on a connection of its own, whose transaction ends with ``commit`` or with nothing."""

    def __init__(
        self, database: Database, layer: str, number: int, schema: Schema, committed: Callable[[], None]
    ) -> None:
        self._database = database
        self._layer = layer
        self._number = number
        self._schema = schema
        self._committed = committed
        self._count = 0
        self._has_z = False
        self._forms = FormQueue(layer, schema.crs)
        self._connection = database.connect()
        with self._reporting():
            self._connection.execute("BEGIN")
            registry.take_over(self._connection, database.schema, layer, number)
            self._identity = registry.next_identity(self._connection, database.schema)
            self._relations = Relations.of(database.schema, layer, number, self._identity)
            self._execute(tables.create_statements(self._relations, schema, layer, number))

    def write(self, batch: FeatureBatch) -> None:
        """Append the batch; its geometry is in the schema's CRS."""
        if not len(batch):
            return
        columns = [stored_column(field, batch.columns[field.name].tolist()) for field in self._schema.fields]
        stored = of_type(batch.geometry, self._schema.geometry_type)
        self._has_z = self._has_z or bool(shapely.has_z(stored).any())
        first = self._count + 1
        with self._reporting():
            bodies = stored_wkb(stored)
            self._forms.put(self._portion(first, bodies, columns), stored)
            fids = numbers(range(first, first + len(batch)))
            self._copy(
                self._relations.features, [fids, geometries(bodies, self._schema.crs.srid), *self._texts(columns)]
            )
            self._write_names(columns)
            self._write_forms(self._forms.finished())
        self._count += len(batch)

    def _write_forms(self, made: Iterator[Forms]) -> None:
        for forms in made:
            fids = numbers(range(forms.first, forms.first + len(forms.features)))
            self._copy(self._relations.drawing, [fids, geometries(forms.drawing, WEB_MERCATOR.srid)])
            self._copy(self._relations.geojson, [fids, texts(feature.decode() for feature in forms.features)])

    def _copy(self, table: str, columns: Sequence[Column]) -> None:
        copy_rows(self._connection, table, columns)

    def _texts(self, columns: Sequence[Sequence[Any]]) -> list[Column]:
        return [
            texts(column) if field.type in _TEXTS else numbers(column)
            for field, column in zip(self._schema.fields, columns, strict=True)
        ]

    def _write_names(self, columns: Sequence[Sequence[Any]]) -> None:
        for place, name in enumerate(self._schema.searchable):
            names = columns[self._schema.names.index(name)]
            entries = search.search_columns(place, self._count + 1, names)
            if entries[0]:
                self._copy(self._relations.search, entries)

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

    def set_aside(self, rows: QuarantinedRows, crs: Crs) -> None:
        """Keep rows beside the release that cannot be features of it; their geometry is in ``crs``."""
        records = list(quarantine_records(rows, crs))
        if not records:
            return
        row, reason, name, body, properties = zip(*records, strict=True)
        columns = [numbers(row), texts(reason), texts(name), binaries(body), texts(properties)]
        with self._reporting():
            self._copy(f"{self._relations.quarantine} (row, reason, crs, geometry, properties)", columns)

    def commit(self) -> ReleaseSummary:
        """Build the indexes, then end the transaction: from here on the release is readable and never changes."""
        with self._reporting():
            self._write_forms(self._forms.rest())
            outcome = self._forms.outcome()
            made = outcome.overviews
            metadata = Metadata(self._schema, self._count, outcome.located, outcome.served, outcome.drawn, made)
            entry = registry.Entry(self._identity, self._relations, metadata)
            if zooms := made.zooms:
                rows = self._forms.overview_rows(len(zooms))
                overviews.write_overviews(self._connection, self._relations, made, rows)
            self._build_indexes()
            size = self._size()
            registry.remove_entry(self._connection, self._database.schema, self._layer, self._number)
            geometry, attributes = (value for _, value in outcome.digests.blobs())
            registry.add_entry(
                self._connection, self._database.schema, self._layer, self._number, entry, (geometry, attributes)
            )
            self._connection.execute("COMMIT")
            self._connection.close()
        self._committed()
        return ReleaseSummary(self._count, metadata.extent, size, outcome.digests.release_digest(self._schema))

    def _build_indexes(self) -> None:
        relations = self._relations
        self._connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        self._execute(tables.constraint_statements(relations, self._schema, has_z=self._has_z))
        self._execute(tables.index_statements(relations))
        if self._schema.key:
            self._build_key_index(quoted(column_names(self._schema)[self._schema.key]))
        if self._schema.searchable:
            self._execute(search.index_statements(relations))
        self._execute([f"ANALYZE {table}" for table in relations.all])

    def _build_key_index(self, column: str) -> None:
        table = self._relations.features
        try:
            with self._connection.transaction():
                self._connection.execute(f"CREATE UNIQUE INDEX ON {table} ({column})")
        except psycopg.errors.UniqueViolation:
            row = self._connection.execute(
                f"SELECT {column} FROM {table} GROUP BY 1 HAVING count(*) > 1 ORDER BY min(fid) LIMIT 1"
            ).fetchone()
            value = str(row[0])[:80] if row else ""
            raise StoreError("store_key_not_unique", layer=self._layer, key=self._schema.key, value=value) from None

    def _size(self) -> int:
        (row,) = self._connection.execute(
            "SELECT sum(pg_total_relation_size(name::regclass))::bigint FROM unnest($1::text[]) AS name",
            [list(self._relations.all)],
        ).fetchall()
        return int(row[0])

    def _execute(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._connection.execute(statement)

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.DataError, UnicodeError, OverflowError, orjson.JSONEncodeError) as error:
            reason = primary_message(error) if isinstance(error, psycopg.Error) else str(error)
            raise StoreError("store_value_refused", layer=self._layer, reason=reason) from error
        except psycopg.errors.AdminShutdown as error:
            raise StoreError("store_written_twice", layer=self._layer) from error
        except psycopg.Error as error:
            raise StoreError(
                "store_database_failed", place=self._database.place, reason=primary_message(error)
            ) from error

    def __enter__(self) -> PostgisWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forms.close()
        # A connection that was lost has undone its transaction by itself.
        with contextlib.suppress(psycopg.Error):
            if not self._connection.closed:
                self._connection.execute("ROLLBACK")
        self._connection.close()
