"""Makes two deliveries of a layer fit together: one schema for both, and values of its types."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import MergeError
from layers.features import FeatureBatch
from layers.plan import IntakePlan
from layers.schema import Field, FieldType, GeometryType, Schema

_WIDER: Mapping[frozenset[FieldType], FieldType] = {
    frozenset({FieldType.INTEGER, FieldType.REAL}): FieldType.REAL,
    frozenset({FieldType.DATE, FieldType.DATETIME}): FieldType.DATETIME,
}
_MULTI = {
    GeometryType.POINT: GeometryType.MULTIPOINT,
    GeometryType.LINESTRING: GeometryType.MULTILINESTRING,
    GeometryType.POLYGON: GeometryType.MULTIPOLYGON,
}


def joined(batches: Sequence[FeatureBatch], names: Sequence[str]) -> FeatureBatch:
    """Return batches as one."""
    nothing = np.empty(0, dtype=object)
    return FeatureBatch(
        np.concatenate([nothing, *(batch.geometry for batch in batches)]),
        {name: np.concatenate([nothing, *(batch.columns[name] for batch in batches)]) for name in names},
        np.concatenate([np.empty(0, dtype=np.int64), *(batch.rows for batch in batches)]),
    )


def merged_schema(layer: str, base: Schema, delivered: Schema, batch: FeatureBatch, plan: IntakePlan) -> Schema:
    """Return a schema for the features of a release and of a delivery to it; raises MergeError where there is none.

    All fields of the release stay, in their order, then come those that are new.
    """
    fields = [_merged_field(layer, field, delivered.field(field.name), batch) for field in base.fields]
    fields += [field for field in delivered.fields if base.field(field.name) is None]
    texts = {field.name for field in fields if field.type is FieldType.TEXT}
    return Schema(
        _merged_geometry_type(layer, base.geometry_type, delivered.geometry_type, batch),
        base.crs,
        tuple(fields),
        delivered.key,
        tuple(name for name in plan.searchable if name in texts),
    )


def _merged_field(layer: str, kept: Field, new: Field | None, batch: FeatureBatch) -> Field:
    if new is None:
        return kept
    described = replace(
        kept,
        alias=new.alias or kept.alias,
        description=new.description or kept.description,
        unit=new.unit or kept.unit,
    )
    if new.type is kept.type:
        return described
    filled = [value for value in batch.columns[new.name] if value is not None]
    if not filled:
        return described
    if wider := _WIDER.get(frozenset({new.type, kept.type})):
        return replace(described, type=wider)
    if kept.type is FieldType.TEXT and new.type is FieldType.INTEGER:
        return described
    if kept.type is FieldType.BOOLEAN and new.type is FieldType.INTEGER and set(filled) <= {0, 1}:
        return described
    place = next(at for at, value in enumerate(batch.columns[new.name]) if value is not None)
    raise MergeError(
        "merge_type_differs",
        layer=layer,
        field=kept.name,
        kept=kept.type.value,
        delivered=new.type.value,
        row=int(batch.rows[place]),
        value=str(filled[0])[:80],
    )


def _merged_geometry_type(layer: str, kept: GeometryType, delivered: GeometryType, batch: FeatureBatch) -> GeometryType:
    if kept in {delivered, GeometryType.GEOMETRY} or shapely.is_missing(batch.geometry).all():
        return kept
    if _MULTI.get(kept, kept) is _MULTI.get(delivered, delivered):
        return _MULTI.get(kept, kept)
    raise MergeError("merge_geometry_differs", layer=layer, kept=kept.value, delivered=delivered.value)


def fitted(batch: FeatureBatch, schema: Schema, merged: Schema) -> FeatureBatch:
    """Return a batch of one of the two as one of the merged schema, its geometry as it was.

    Columns that it does not have are added empty, so the answer has all fields.
    """
    columns = {field.name: _fitted_column(field, schema.field(field.name), batch) for field in merged.fields}
    return FeatureBatch(batch.geometry, columns, batch.rows)


def _fitted_column(merged: Field, own: Field | None, batch: FeatureBatch) -> NDArray[np.object_]:
    if own is None:
        return np.full(len(batch), None, dtype=object)
    values = batch.columns[own.name]
    convert = None if own.type is merged.type else _CONVERSIONS.get((own.type, merged.type))
    if convert is None:
        return values
    column = np.empty(len(values), dtype=object)
    column[:] = [None if value is None else convert(value) for value in values]
    return column


def _midnight(value: datetime.date) -> datetime.datetime:
    return datetime.datetime(value.year, value.month, value.day)


_CONVERSIONS: Mapping[tuple[FieldType, FieldType], Callable[[Any], Any]] = {
    (FieldType.INTEGER, FieldType.REAL): float,
    (FieldType.INTEGER, FieldType.TEXT): str,
    (FieldType.INTEGER, FieldType.BOOLEAN): bool,
    (FieldType.DATE, FieldType.DATETIME): _midnight,
}
