"""Which features of a file answer a query, in which order."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson

from layers.errors import InvalidParameter
from layers.features import FeatureQuery
from layers.filters import parse_filter
from layers.filters.model import Spatial, SpatialOperator
from layers.schema import Field, FieldType
from layers.stores.columns import datetime_text
from layers.stores.geopackage.conditions import ConditionWriter
from layers.stores.geopackage.metadata import Metadata
from layers.stores.geopackage.spatial import Relation, box_shape, holds_all
from layers.stores.geopackage.tables import column_names, quoted
from layers.stores.selections import Fids

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_BOOLEANS = {"true": 1, "1": 1, "false": 0, "0": 0}


def is_restricted(query: FeatureQuery, metadata: Metadata) -> bool:
    """Tell whether a query asks for less than all features, or for another order than the written one."""
    if query.equals or query.filter or query.sort:
        return True
    if query.bbox is None:
        return False
    everywhere = metadata.extent is not None and metadata.located == metadata.count
    return not (everywhere and metadata.extent and holds_all(query.bbox, query.bbox_crs, metadata.extent))


@dataclass(slots=True)
class Selecting:
    """Evaluates one query on one connection."""

    connection: sqlite3.Connection
    metadata: Metadata

    def fids(self, query: FeatureQuery) -> Fids:
        """Return the ``fid`` of every matching feature in the query's order."""
        within = self._within(query)
        if within is not None and not (query.equals or query.filter or query.sort):
            return within
        conditions, parameters = ["1"], []
        if within is not None:
            conditions, parameters = ["f.fid IN (SELECT value FROM json_each(?))"], [orjson.dumps(within.tolist())]
        for name, text in query.equals:
            column, value = self._equal(name, text)
            conditions.append(f"f.{column} = ?")
            parameters.append(value)
        if query.filter:
            writer = ConditionWriter(column_names(self.metadata.schema), self._spatial)
            condition = parse_filter(query.filter, self.metadata.schema, query.filter_language, query.filter_crs)
            conditions.append(writer.text(condition))
            parameters += writer.parameters
        rows = self.connection.execute(
            f"SELECT f.fid FROM features AS f WHERE {' AND '.join(conditions)} ORDER BY {self._order(query)}",
            parameters,
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64)

    def _within(self, query: FeatureQuery) -> Fids | None:
        if query.bbox is None:
            return None
        shape = box_shape(query.bbox, query.bbox_crs)
        relation = Relation.of(SpatialOperator.INTERSECTS, shape, query.bbox_crs, self.metadata.schema.crs)
        return relation.fids(self.connection)

    def _spatial(self, node: Spatial) -> tuple[str, list[Any]]:
        disjoint = node.operator is SpatialOperator.DISJOINT
        operator = SpatialOperator.INTERSECTS if disjoint else node.operator
        relation = Relation.of(operator, node.second.geometry, node.crs, self.metadata.schema.crs)  # type: ignore[union-attr]
        sql = f"(f.fid {'NOT IN' if disjoint else 'IN'} (SELECT value FROM json_each(?)))"
        if self.metadata.located < self.metadata.count:
            # Without a geometry the answer is neither yes nor no.
            sql = f"(CASE WHEN f.geom IS NULL THEN NULL ELSE {sql} END)"
        return sql, [orjson.dumps(relation.fids(self.connection).tolist())]

    def _equal(self, name: str, text: str) -> tuple[str, Any]:
        field = self._field(name)
        return quoted(column_names(self.metadata.schema)[name]), stored_value(field, text)

    def _order(self, query: FeatureQuery) -> str:
        columns = column_names(self.metadata.schema)
        # Sorting by a field again changes nothing, and the engine counts its terms.
        first = {key.name: key for key in reversed(query.sort)}
        keys = [
            f"f.{quoted(columns[self._field(key.name).name])} {'DESC' if key.descending else 'ASC'} NULLS LAST"
            for key in query.sort
            if first.pop(key.name, None) is not None
        ]
        return ", ".join([*keys, "f.fid"])

    def _field(self, name: str) -> Field:
        field = self.metadata.schema.field(name)
        if field is None:
            known = ", ".join(self.metadata.schema.names)
            raise InvalidParameter("query_unknown_property", name=name[:60], known=known[:500])
        return field


def stored_value(field: Field, text: str) -> Any:
    """Read a value that a client wrote, as it is stored in the field; raises InvalidParameter."""
    try:
        return _stored_value(field.type, text.strip())
    except ValueError:
        raise InvalidParameter("query_wrong_value", name=field.name, value=text[:60], kind=field.type.value) from None


def _stored_value(kind: FieldType, text: str) -> Any:
    match kind:
        case FieldType.INTEGER:
            if not _INTEGER.fullmatch(text):
                raise ValueError(text)
            return int(text)
        case FieldType.REAL:
            return float(text)
        case FieldType.BOOLEAN:
            if text.lower() not in _BOOLEANS:
                raise ValueError(text)
            return _BOOLEANS[text.lower()]
        case FieldType.DATE:
            return date.fromisoformat(text).isoformat()
        case FieldType.DATETIME:
            return datetime_text(datetime.fromisoformat(text))
        case FieldType.TEXT:
            return text
