"""Features and the question one asks of them: batches on the way in, queries and pages on the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from layers.crs import CRS84, Crs
from layers.extent import BoundingBox

Geometries = NDArray[np.object_]
"""An object array of shapely geometries or None."""


def column_of(values: Sequence[Any]) -> NDArray[np.object_]:
    """Return values as an object array, a column of a batch; lists in it stay lists."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@dataclass(slots=True)
class FeatureBatch:
    """Some thousand features in columns, on their way from a source to a store.

    ``geometry`` is an object array of shapely geometries (or None) in the CRS the context names,
    x before y. Each column is an object array of Python values (see ``schema.FieldType``) or None,
    as long as ``geometry``. ``rows`` holds each feature's row number in the source, from 1.
    """

    geometry: Geometries
    columns: dict[str, NDArray[np.object_]]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.geometry)

    def chosen(self, places: NDArray[np.bool_] | NDArray[np.int64]) -> FeatureBatch:
        """Return the rows at ``places`` (a mask or positions), in that order."""
        columns = {name: values[places] for name, values in self.columns.items()}
        return FeatureBatch(self.geometry[places], columns, self.rows[places])


@dataclass(frozen=True, slots=True)
class QuarantinedRows:
    """Rows that cannot be stored as features, as they were delivered, each with the finding's code that says why."""

    batch: FeatureBatch
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One sort criterion (OGC API Features, ``sortby``)."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class FeatureQuery:
    """A question to a release; all parts are optional and combine with AND."""

    limit: int = 10
    offset: int = 0
    after: int | None = None
    """Keyset paging: only features whose ``fid`` is greater (unsorted queries only)."""
    bbox: BoundingBox | None = None
    bbox_crs: Crs = CRS84
    equals: tuple[tuple[str, str], ...] = ()
    """(field name, value as text): the queryables given as plain parameters."""
    filter: str | None = None
    """A CQL2 filter as text or JSON."""
    filter_language: Literal["cql2-text", "cql2-json"] = "cql2-text"
    filter_crs: Crs = CRS84
    sort: tuple[SortKey, ...] = ()
    crs: Crs = CRS84
    """CRS of the coordinates in the answer, written in that CRS's own axis order."""
    properties: tuple[str, ...] | None = None
    skip_geometry: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: id (key value or fid), attributes, and shapely geometry in the query's CRS with x before y."""

    id: str | int
    fid: int
    properties: dict[str, Any]
    geometry: Any


@dataclass(frozen=True, slots=True)
class FeaturePage:
    """One page of an answer.

    ``features`` is the finished inside of a GeoJSON ``features`` array: UTF-8 bytes of feature
    objects joined by commas (empty bytes for none).
    """

    features: bytes
    number_returned: int
    number_matched: int
    next_after: int | None = None
    """``after`` of the next page of an unsorted query, None where this page is the last."""
    has_more: bool = field(default=False)
