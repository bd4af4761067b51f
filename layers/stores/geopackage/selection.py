"""Which features of a file answer a query, in which order."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from layers.features import FeatureQuery
from layers.filters import parse_filter
from layers.filters.model import Condition, Spatial, SpatialOperator
from layers.stores.geopackage.conditions import ConditionWriter
from layers.stores.geopackage.spatial import related_fids
from layers.stores.geopackage.tables import column_names, quoted
from layers.stores.metadata import Metadata
from layers.stores.queries import known_field, sort_terms, stored_value
from layers.stores.selections import Fids
from layers.stores.spatial import box_shape, spatial_question


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
            text, values = self.condition(
                parse_filter(query.filter, self.metadata.schema, query.filter_language, query.filter_crs)
            )
            conditions.append(text)
            parameters += values
        rows = self.connection.execute(
            f"SELECT f.fid FROM features AS f WHERE {' AND '.join(conditions)} ORDER BY {self._order(query)}",
            parameters,
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64)

    def condition(self, condition: Condition) -> tuple[str, list[Any]]:
        """Return a condition as SQL over the feature table's alias ``f``, and its parameters."""
        writer = ConditionWriter(column_names(self.metadata.schema), self._spatial)
        return writer.text(condition), writer.parameters

    def _within(self, query: FeatureQuery) -> Fids | None:
        if query.bbox is None:
            return None
        shape = box_shape(query.bbox, query.bbox_crs)
        question = spatial_question(SpatialOperator.INTERSECTS, shape, query.bbox_crs, self.metadata.schema.crs)
        return related_fids(self.connection, question)

    def _spatial(self, node: Spatial) -> tuple[str, list[Any]]:
        disjoint = node.operator is SpatialOperator.DISJOINT
        operator = SpatialOperator.INTERSECTS if disjoint else node.operator
        question = spatial_question(operator, node.second.geometry, node.crs, self.metadata.schema.crs)  # type: ignore[union-attr]
        sql = f"(f.fid {'NOT IN' if disjoint else 'IN'} (SELECT value FROM json_each(?)))"
        if self.metadata.located < self.metadata.count:
            # Without a geometry the answer is neither yes nor no.
            sql = f"(CASE WHEN f.geom IS NULL THEN NULL ELSE {sql} END)"
        return sql, [orjson.dumps(related_fids(self.connection, question).tolist())]

    def _equal(self, name: str, text: str) -> tuple[str, Any]:
        field = known_field(self.metadata.schema, name)
        return quoted(column_names(self.metadata.schema)[name]), stored_value(field, text)

    def _order(self, query: FeatureQuery) -> str:
        columns = column_names(self.metadata.schema)
        keys = [
            f"f.{quoted(columns[field.name])} {'DESC' if descending else 'ASC'} NULLS LAST"
            for field, descending in sort_terms(self.metadata.schema, query.sort)
        ]
        return ", ".join([*keys, "f.fid"])
