"""Digests of two releases that can be compared, also where their schemas differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.changes.schemas import SchemaChanges, shared_names
from layers.crs import Crs, transform_geometries
from layers.features import FeatureBatch, Geometries
from layers.schema import Field, GeometryType, Schema
from layers.stores import Digests, Release
from layers.stores.columns import datetime_text, json_column, stored_column
from layers.stores.digests import digests_of
from layers.stores.geojson import property_texts
from layers.stores.shapes import finite, of_type, stored_wkb

_MILLIMETRES, _DEGREES = 3, 8
"""Decimals to which coordinates of another CRS are compared: a millimetre in either unit."""


def comparable_digests(before: Release, after: Release, schema: SchemaChanges) -> tuple[Digests, Digests]:
    """Return the digests of both; where the schemas differ, those of what both have are made anew.

    Attributes that one of the two does not have are left out, and retyped ones are compared as text, so that
    5, 5.0 and "5" are equal. Geometry is compared in the CRS of ``after``, and single parts as collections.
    """
    old, new = before.digests(), after.digests()
    if not schema.touch_attributes and not schema.touch_geometry:
        return old, new
    forms = _Forms(before.schema, after.schema, schema)
    return forms.digests(before, old), forms.digests(after, new)


class _Forms:
    """The form in which features of two schemas are compared."""

    def __init__(self, before: Schema, after: Schema, changes: SchemaChanges) -> None:
        self._names = shared_names(before, after)
        self._as_text = {field.name for field, _ in changes.retyped}
        self._changes = changes
        self._crs = after.crs
        self._type = _joint_type(before.geometry_type, after.geometry_type)

    def digests(self, release: Release, kept: Digests) -> Digests:
        """Return the digests of a release, made anew as far as the stored ones say too much."""
        geometry: list[NDArray[np.int64]] = []
        attributes: list[NDArray[np.int64]] = []
        for batch in release.batches():
            if self._changes.touch_geometry:
                geometry.append(digests_of(self._bodies(batch.geometry, release.schema.crs)))
            if self._changes.touch_attributes:
                attributes.append(digests_of(self._properties(batch, release.schema)))
        return replace(
            kept,
            geometry=np.concatenate(geometry) if geometry else kept.geometry,
            attributes=np.concatenate(attributes) if attributes else kept.attributes,
        )

    def _bodies(self, geometries: Geometries, crs: Crs) -> NDArray[np.object_]:
        shapes = of_type(geometries, self._type)
        if self._changes.crs is not None:
            moved = finite(transform_geometries(shapes, crs, self._crs))
            shapes = _rounded(moved, _DEGREES if self._crs.is_geographic else _MILLIMETRES)
        return stored_wkb(shapes)

    def _properties(self, batch: FeatureBatch, schema: Schema) -> list[bytes]:
        columns = [self._shown(schema.field(name), batch.columns[name].tolist()) for name in self._names]
        return property_texts(self._names, columns, len(batch))

    def _shown(self, field: Field | None, values: Sequence[Any]) -> Sequence[Any]:
        if field is None or field.name in self._as_text:
            return [None if value is None else plain_text(value) for value in values]
        return json_column(field, stored_column(field, values))


def _rounded(geometries: Geometries, decimals: int) -> Geometries:
    def written(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        # Adding zero turns -0.0 into 0.0.
        return np.round(coordinates, decimals) + 0.0

    result: Geometries = shapely.transform(geometries, written, include_z=bool(shapely.has_z(geometries).any()))
    return result


def _joint_type(before: GeometryType, after: GeometryType) -> GeometryType:
    """Return the type in which geometry of both can be written: the collection where one of them is one."""
    if before is after:
        return before
    collections = [kind for kind in (before, after) if kind.value.startswith("MULTI")]
    return collections[0] if len(collections) == 1 and before.dimension == after.dimension else GeometryType.GEOMETRY


def plain_text(value: Any) -> str:
    """Write a value of any type so that the same value of another type is written equally."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return str(value).strip()


def _number(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: str(int(value))),
    (int, str),
    (float, _number),
    (datetime, datetime_text),
    (date, date.isoformat),
)
