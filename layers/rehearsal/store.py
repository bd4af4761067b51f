"""A feature store that keeps nothing: it refuses what every store refuses, and counts."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np
import shapely

from layers.crs import CRS84, Crs, transform_bbox
from layers.errors import StoreError, UnknownCrs, UnknownRelease
from layers.extent import BoundingBox
from layers.features import FeatureBatch, QuarantinedRows
from layers.schema import FieldType, Schema
from layers.stores import Release, ReleaseSummary

_LARGEST = 2**63
"""Integers are stored in 64 bits."""


class CountingStore:
    """A ``FeatureStore`` without a place to keep anything in."""

    name = "rehearsal"

    def create(self, layer: str, number: int, schema: Schema) -> CountingWriter:
        """Start counting."""
        return CountingWriter(layer, schema)

    def open(self, layer: str, number: int) -> Release:
        """Raise UnknownRelease: nothing is ever kept."""
        raise UnknownRelease(layer=layer, number=number)

    def drop(self, layer: str, number: int) -> None:
        """Do nothing: nothing is ever kept."""

    def numbers(self, layer: str) -> list[int]:
        """Return no numbers: nothing is ever kept."""
        return []


class CountingWriter:
    """A ``ReleaseWriter`` that forgets every batch but its count and its extent."""

    def __init__(self, layer: str, schema: Schema) -> None:
        self._layer = layer
        self._schema = schema
        self._count = 0
        self._bounds = np.full(4, np.nan)

    def write(self, batch: FeatureBatch) -> None:
        """Count a batch; raises StoreError for values that no store takes."""
        self._count += len(batch)
        west, south, east, north = shapely.total_bounds(batch.geometry)
        self._bounds[:2] = np.fmin(self._bounds[:2], (west, south))
        self._bounds[2:] = np.fmax(self._bounds[2:], (east, north))
        for field in self._schema.fields:
            self._refuse(field.type, batch.columns[field.name].tolist())

    def _refuse(self, kind: FieldType, values: list[Any]) -> None:
        if kind is FieldType.TEXT:
            try:
                "".join(filter(None, values)).encode()
            except UnicodeError as error:
                raise StoreError("store_value_refused", layer=self._layer, reason=str(error)) from error
        elif kind is FieldType.INTEGER:
            numbers = [value for value in values if value is not None]
            if numbers and not -_LARGEST <= min(numbers) <= max(numbers) < _LARGEST:
                raise StoreError("store_value_refused", layer=self._layer, reason=str(max(numbers, key=abs)))

    def set_aside(self, rows: QuarantinedRows, crs: Crs) -> None:
        """Keep nothing of the rows: the report of the intake counts them."""

    def commit(self) -> ReleaseSummary:
        """Return what a release would hold; its size is 0 and it has no digest."""
        return ReleaseSummary(self._count, self._extent(), 0, "")

    def _extent(self) -> BoundingBox | None:
        if not np.isfinite(self._bounds).all():
            return None
        try:
            return transform_bbox(BoundingBox(*self._bounds.tolist()), self._schema.crs, CRS84)
        except UnknownCrs:
            # Coordinates that lie nowhere on earth; the checks of places say so.
            return None

    def __enter__(self) -> CountingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""
