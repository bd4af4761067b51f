"""Reads one release from its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from layers.drawing import DrawingSource
from layers.errors import InvalidFilter, InvalidParameter, UnknownRelease
from layers.extent import BoundingBox
from layers.features import FeatureQuery, Geometries, column_of
from layers.filters.model import Condition
from layers.overviews import Form
from layers.schema import Field, FieldType
from layers.stores import Digests, QuarantinedRow
from layers.stores.postgis.conditions import Parameters
from layers.stores.postgis.database import Database
from layers.stores.postgis.drawing import drawing_source
from layers.stores.postgis.overviews import of_overview
from layers.stores.postgis.registry import Entry, read_digests
from layers.stores.postgis.search import find
from layers.stores.postgis.selection import Selecting
from layers.stores.postgis.tables import stored_values
from layers.stores.quarantine import quarantined_row
from layers.stores.queries import stored_value
from layers.stores.reading import Records, StoredRelease
from layers.stores.search import Found, best_names
from layers.stores.selections import Fids, SelectionCache

_TEXTS = frozenset({FieldType.TEXT, FieldType.DATE, FieldType.DATETIME})


class PostgisRelease(StoredRelease):
    """A ``Release`` in PostGIS."""

    def __init__(
        self, database: Database, entry: Entry, selections: SelectionCache, dropped: Callable[[], UnknownRelease]
    ) -> None:
        super().__init__(entry.metadata, selections)
        self._database = database
        self._dropped = dropped
        self._entry = entry
        self._relations = entry.relations
        self._values = stored_values(self.schema)
        self._source = drawing_source(database, entry.relations, entry.metadata)

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            yield
        except psycopg.errors.UndefinedTable:
            # Another process dropped the release.
            raise self._dropped() from None

    def _rows(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._held():
            return self._database.rows(statement, parameters)

    def _texts_after(self, first: int, limit: int) -> list[bytes]:
        rows = self._rows(
            f"SELECT convert_to(feature, 'UTF8') FROM {self._relations.geojson} WHERE fid > $1 ORDER BY fid LIMIT $2",
            [first, limit],
        )
        return [row[0] for row in rows]

    def _texts(self, fids: Fids) -> list[bytes]:
        rows = self._rows(
            f"SELECT convert_to(g.feature, 'UTF8') {_among('g', self._relations.geojson)}", [fids.tolist()]
        )
        return [row[0] for row in rows]

    def _select(self, query: FeatureQuery) -> Fids:
        with self._held():
            return Selecting(self._database, self._relations, self._metadata).fids(query)

    def _records(self, fids: Fids, fields: Sequence[Field], *, geometry: bool = True) -> Records:
        parts = [
            "f.fid",
            "ST_AsBinary(f.geom)" if geometry else "NULL",
            *(self._values[field.name] for field in fields),
        ]
        return list(self._rows(f"SELECT {', '.join(parts)} {_among('f', self._relations.features)}", [fids.tolist()]))

    def _drawn(self, bbox: BoundingBox, overview: int | None, condition: Condition) -> Records:
        columns = "".join(f", {value}" for value in self._values.values())
        rows, among, number = self._relations.drawing, "true", "fid"
        if overview is not None:
            rows, among, number = self._relations.overview, of_overview(overview, Form.FEATURES), "feature"
        parameters = Parameters(list(bbox))
        text = Selecting(self._database, self._relations, self._metadata).condition(condition, parameters)
        statement = (
            f"SELECT o.{number}, ST_AsBinary(o.geometry){columns} FROM {rows} AS o"
            f" LEFT JOIN {self._relations.features} AS f ON f.fid = o.{number}"
            f" WHERE {among} AND o.geometry && ST_MakeEnvelope($1, $2, $3, $4, 3857) AND {text} ORDER BY o.fid"
        )
        try:
            return list(self._rows(statement, parameters.values))
        except psycopg.DataError:
            raise InvalidFilter("filter_number_range") from None

    def _geometries(self, records: Records) -> Geometries:
        result: Geometries = shapely.from_wkb(np.array([record[1] for record in records], dtype=object))
        return result

    def _fid_of(self, value: Any) -> int | None:
        column = "f.fid"
        key = self.schema.field(self.schema.key) if self.schema.key else None
        if key:
            column = self._values[key.name]
            try:
                value = stored_value(key, value) if key.type not in _TEXTS | {FieldType.INTEGER} else value
            except InvalidParameter:
                return None
        if isinstance(value, str) and "\0" in value:
            return None
        rows = self._rows(f"SELECT f.fid FROM {self._relations.features} AS f WHERE {column} = $1", [value])
        return int(rows[0][0]) if rows else None

    def _found(self, name: str, text: str, limit: int) -> list[Found]:
        if name in self.schema.searchable:
            with self._held():
                return find(self._database, self._relations, self.schema.searchable.index(name), text, limit)
        field = self.schema.field(name)
        if field is None or field.type not in _TEXTS:
            return []
        value = self._values[name]
        rows = self._rows(f"SELECT f.fid, {value} FROM {self._relations.features} AS f WHERE {value} IS NOT NULL")
        return best_names(((fid, found) for fid, found in rows), text, limit)

    def digests(self) -> Digests:
        """Return what tells every feature from any other."""
        blobs = read_digests(self._database, self._entry.identity)
        if blobs is None:
            raise self._dropped()
        geometry, attributes = (np.frombuffer(blob, dtype="<i8") for blob in blobs)
        keys = None
        if self.schema.key:
            rows = self._rows(
                f"SELECT {self._values[self.schema.key]} FROM {self._relations.features} AS f ORDER BY f.fid"
            )
            keys = column_of([row[0] for row in rows])
        return Digests(np.arange(1, self.count + 1), keys, geometry, attributes)

    def drawn_boxes(self, fids: Fids) -> NDArray[np.float64]:
        """Return the envelope of each feature in EPSG:3857; NaN where nothing is drawn."""
        sides = ", ".join(f"ST_{side}(d.geometry)" for side in ("XMin", "YMin", "XMax", "YMax"))
        rows = self._rows(f"SELECT {sides} {_among('d', self._relations.drawing)}", [fids.tolist()])
        return np.array(rows, dtype=np.float64).reshape(-1, 4)

    def quarantine(self) -> Iterator[QuarantinedRow]:
        """Read the rows that were set aside, in the order of the delivery."""
        rows = self._rows(
            f"SELECT row, reason, crs, geometry, properties FROM {self._relations.quarantine} ORDER BY row, place"
        )
        yield from map(quarantined_row, rows)

    def drawing_source(self) -> DrawingSource:
        """Return where the renderer reads this release."""
        return self._source


def _among(alias: str, table: str) -> str:
    """Return the end of a statement that reads the rows with the ``fid`` numbers of ``$1``, in their order."""
    return (
        f"FROM unnest($1::bigint[]) WITH ORDINALITY AS j(fid, place) JOIN {table} AS {alias} ON {alias}.fid = j.fid"
        " ORDER BY j.place"
    )
