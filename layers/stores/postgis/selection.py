"""Which features of a release answer a query, in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import psycopg
import shapely

from layers.crs import WEB_MERCATOR
from layers.errors import InvalidFilter
from layers.features import FeatureQuery
from layers.filters import parse_filter
from layers.filters.model import Condition, Spatial, SpatialOperator
from layers.stores.metadata import Metadata
from layers.stores.postgis.conditions import ConditionWriter, Parameters, parameter
from layers.stores.postgis.database import Database
from layers.stores.postgis.tables import Relations, stored_values
from layers.stores.queries import known_field, sort_terms, stored_value
from layers.stores.selections import Fids
from layers.stores.spatial import SpatialQuestion, box_shape, spatial_question

_CHUNK = 20_000
"""Geometries decoded at a time."""
_FUNCTIONS = {
    SpatialOperator.INTERSECTS: "ST_Intersects",
    SpatialOperator.CONTAINS: "ST_Contains",
    SpatialOperator.WITHIN: "ST_Within",
    SpatialOperator.TOUCHES: "ST_Touches",
    SpatialOperator.CROSSES: "ST_Crosses",
    SpatialOperator.OVERLAPS: "ST_Overlaps",
    SpatialOperator.EQUALS: "ST_Equals",
}

Related = Callable[[SpatialQuestion, Parameters], str]
"""Writes the condition that a feature's ``fid`` is among those for which a relation holds."""


@dataclass(slots=True)
class Selecting:
    """Evaluates queries to one release."""

    database: Database
    relations: Relations
    metadata: Metadata

    def fids(self, query: FeatureQuery) -> Fids:
        """Return the ``fid`` of every matching feature in the query's order."""
        try:
            return self._evaluated(query, self._related)
        except psycopg.errors.InternalError_:
            # PostGIS cannot relate every geometry, those that cross themselves and collections among them.
            return self._evaluated(query, self._related_one_by_one)
        except psycopg.DataError:
            raise InvalidFilter("filter_number_range") from None

    def _evaluated(self, query: FeatureQuery, related: Related) -> Fids:
        parameters = Parameters()
        conditions = ["true"]
        schema, columns = self.metadata.schema, stored_values(self.metadata.schema)
        if query.bbox is not None:
            shape = box_shape(query.bbox, query.bbox_crs)
            question = spatial_question(SpatialOperator.INTERSECTS, shape, query.bbox_crs, schema.crs)
            if not (query.equals or query.filter or query.sort):
                return self._within(question)
            conditions.append(related(question, parameters))
        for name, text in query.equals:
            value = stored_value(known_field(schema, name), text)
            conditions.append(f"{columns[name]} = {parameter(parameters, value)}")
        if query.filter:
            condition = parse_filter(query.filter, schema, query.filter_language, query.filter_crs)
            conditions.append(self._condition(condition, parameters, related))
        order = [
            f"{columns[field.name]} {'DESC' if descending else 'ASC'} NULLS LAST"
            for field, descending in sort_terms(schema, query.sort)
        ]
        return self._fids(
            f"SELECT f.fid FROM {self.relations.features} AS f WHERE {' AND '.join(conditions)}"
            f" ORDER BY {', '.join([*order, 'f.fid'])}",
            parameters,
        )

    def condition(self, condition: Condition, parameters: Parameters) -> str:
        """Return a condition as SQL over the feature table's alias ``f``; its values join the parameters."""
        return self._condition(condition, parameters, self._related)

    def _condition(self, condition: Condition, parameters: Parameters, related: Related) -> str:
        return ConditionWriter(
            self.metadata.schema,
            self.database.schema,
            stored_values(self.metadata.schema),
            parameters,
            lambda node: self._spatial(node, parameters, related),
        ).text(condition)

    def _within(self, question: SpatialQuestion) -> Fids:
        """Answer what is asked most, a box and nothing else, from the table that holds the geometry."""
        parameters = Parameters()
        table, column, srid = self._asked(question)
        return self._fids(
            f"SELECT fid FROM {table} WHERE ST_Intersects({column}, {_shape(question.shape, srid, parameters)})"
            " ORDER BY fid",
            parameters,
        )

    def _asked(self, question: SpatialQuestion) -> tuple[str, str, int]:
        """Return the table, column and SRID of the geometry that a question is put to."""
        if question.drawn:
            return self.relations.drawing, "geometry", WEB_MERCATOR.srid
        return self.relations.features, "geom", self.metadata.schema.crs.srid

    def _spatial(self, node: Spatial, parameters: Parameters, related: Related) -> str:
        disjoint = node.operator is SpatialOperator.DISJOINT
        operator = SpatialOperator.INTERSECTS if disjoint else node.operator
        question = spatial_question(operator, node.second.geometry, node.crs, self.metadata.schema.crs)  # type: ignore[union-attr]
        text = related(question, parameters)
        if disjoint:
            text = f"(NOT {text})"
        if self.metadata.located < self.metadata.count:
            # Without a geometry the answer is neither yes nor no.
            text = f"(CASE WHEN f.geom IS NULL THEN NULL ELSE {text} END)"
        return text

    def _related(self, question: SpatialQuestion, parameters: Parameters) -> str:
        """Let the database relate: by index first, then exactly."""
        function = _FUNCTIONS[question.operator]
        table, column, srid = self._asked(question)
        shape = _shape(question.shape, srid, parameters)
        if not question.drawn:
            return f"{function}(f.{column}, {shape})"
        return f"(f.fid IN (SELECT d.fid FROM {table} AS d WHERE {function}(d.{column}, {shape})))"

    def _related_one_by_one(self, question: SpatialQuestion, parameters: Parameters) -> str:
        """Take what the index finds and look at every geometry ourselves, mended where it must be."""
        table, column, srid = self._asked(question)
        inner = Parameters()
        envelope = _shape(shapely.envelope(question.shape), srid, inner)
        candidates = self._fids(f"SELECT f.fid FROM {table} AS f WHERE f.{column} && {envelope} ORDER BY 1", inner)
        chosen = [np.empty(0, dtype=np.int64)]
        for start in range(0, len(candidates), _CHUNK):
            part = candidates[start : start + _CHUNK]
            rows = self.database.rows(
                f"SELECT ST_AsBinary({column}) FROM {table} WHERE fid = ANY ($1::bigint[]) ORDER BY fid",
                [part.tolist()],
            )
            chosen.append(part[question.holds(shapely.from_wkb(np.array([row[0] for row in rows], dtype=object)))])
        return f"(f.fid = ANY ({parameters.add(np.concatenate(chosen).tolist(), 'bigint[]')}))"

    def _fids(self, statement: str, parameters: Parameters) -> Fids:
        rows = self.database.rows(statement, parameters.values)
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))


def _shape(shape: object, srid: int, parameters: Parameters) -> str:
    body = shapely.to_wkb(shape, byte_order=1, output_dimension=2)
    return f"ST_GeomFromWKB({parameters.add(body, 'bytea')}, {srid})"
