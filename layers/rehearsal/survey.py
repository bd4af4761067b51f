"""Looks on while a delivery is taken in: what its fields hold, what shapes there are, where they lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, Crs, transform_bbox
from layers.errors import UnknownCrs
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.privacy.kinds import named_kind
from layers.privacy.masking import masked
from layers.rehearsal.model import FieldSummary
from layers.rehearsal.sketch import Sketch, Sketcher
from layers.schema import Field, FieldType, Schema
from layers.sources import SourceLayer

SAMPLES = 3
"""Different values that are shown of a field."""
_LONGEST_SAMPLE = 40

_TYPES = (
    "POINT", "LINESTRING", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON",
    "GEOMETRYCOLLECTION", "NONE",
)  # fmt: skip
"""By GEOS type id; the last is that of nothing, -1."""
_IDENTIFYING = frozenset({FieldType.TEXT, FieldType.INTEGER})


class _Column:
    """What is remembered of one field's values."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.filled = 0
        self.samples: list[str] = []
        self._hashes: list[NDArray[np.int64]] | None = [] if field.type in _IDENTIFYING else None

    def watch(self, values: list[Any]) -> None:
        filled = [value for value in values if value is not None and value != ""]
        self.filled += len(filled)
        if len(self.samples) < SAMPLES:
            self._sample(filled)
        self._compare(filled, len(values))

    def _sample(self, filled: list[Any]) -> None:
        for value in dict.fromkeys(filled):
            text = " ".join(str(value).split())[:_LONGEST_SAMPLE]
            if text and text not in self.samples:
                self.samples.append(text)
                if len(self.samples) == SAMPLES:
                    return

    def _compare(self, filled: list[Any], rows: int) -> None:
        """Keep the values' hashes for as long as the field could be a key."""
        if self._hashes is None:
            return
        hashes = np.fromiter(map(hash, filled), dtype=np.int64, count=len(filled))
        if len(filled) < rows or len(np.unique(hashes)) < rows:
            self._hashes = None
        else:
            self._hashes.append(hashes)

    @property
    def is_unique(self) -> bool:
        if not self._hashes:
            return False
        hashes = np.concatenate(self._hashes)
        return len(np.unique(hashes)) == len(hashes)


class Survey:
    """The ``Observer`` of a rehearsal."""

    def __init__(self) -> None:
        self.layer: SourceLayer | None = None
        self.crs: Crs | None = None
        self.geometries: Counter[str] = Counter()
        self.is_plain = True
        """No value has a character beyond ASCII."""
        self._columns: dict[str, _Column] = {}
        self._bounds = np.full(4, np.nan)
        self._sketcher = Sketcher()

    def begin(self, layer: SourceLayer, schema: Schema, crs: Crs) -> None:
        """Learn what is about to be read."""
        self.layer, self.crs = layer, crs
        self._columns = {field.name: _Column(field) for field in layer.fields}

    def delivered(self, batch: FeatureBatch) -> None:
        """Count geometries by type and look at the values."""
        codes, counts = np.unique(shapely.get_type_id(batch.geometry), return_counts=True)
        empty = int(shapely.is_empty(batch.geometry).sum())
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            self.geometries[_TYPES[code]] += count
        if empty:
            self._count_empty(batch.geometry)
        for name, values in batch.columns.items():
            listed = values.tolist()
            column = self._columns.get(name)
            if column is not None:
                column.watch(listed)
            self.is_plain = self.is_plain and all(not isinstance(value, str) or value.isascii() for value in listed)

    def _count_empty(self, geometry: NDArray[np.object_]) -> None:
        for code in shapely.get_type_id(geometry[shapely.is_empty(geometry)]).tolist():
            self.geometries[_TYPES[code]] -= 1
            self.geometries["EMPTY"] += 1

    def kept(self, batch: FeatureBatch) -> None:
        """Remember where the features lie."""
        self._sketcher.watch(batch)
        bounds = shapely.total_bounds(batch.geometry)
        self._bounds[:2] = np.fmin(self._bounds[:2], bounds[:2])
        self._bounds[2:] = np.fmax(self._bounds[2:], bounds[2:])

    def extent(self, crs: Crs = CRS84) -> BoundingBox | None:
        """Return where the features lie, in ``crs``, or None where nothing lies anywhere on earth."""
        if self.crs is None or not np.isfinite(self._bounds).all():
            return None
        try:
            return transform_bbox(BoundingBox(*self._bounds.tolist()), self.crs, crs)
        except UnknownCrs:
            return None

    def sketch(self) -> Sketch:
        """Return a sketch of the features."""
        return Sketch() if self.crs is None else self._sketcher.draw(self.crs)

    def fields(self, schema: Schema | None, personal: frozenset[str]) -> tuple[FieldSummary, ...]:
        """Return what the fields hold, under the aliases of ``schema``; values of ``personal`` ones are masked."""
        described: Mapping[str, Field] = {} if schema is None else {field.name: field for field in schema.fields}
        return tuple(
            FieldSummary(
                described.get(name, column.field),
                column.filled,
                _shown(name, column.samples) if name in personal else tuple(column.samples),
                name in personal,
                column.is_unique,
            )
            for name, column in self._columns.items()
        )


def _shown(name: str, samples: list[str]) -> tuple[str, ...]:
    """Return personal values as they may be shown."""
    return tuple(masked(value, named_kind(name)) or "○" for value in samples)
