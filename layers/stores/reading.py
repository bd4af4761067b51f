"""How a release answers, whichever engine keeps it: pages, objects, items, searches, batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from layers.crs import CRS84, Crs, transform_geometries
from layers.drawing import DrawnFeatures
from layers.errors import InvalidParameter, UnknownFeature
from layers.extent import BoundingBox
from layers.features import Feature, FeatureBatch, FeaturePage, FeatureQuery, Geometries
from layers.filters import parse_filter
from layers.filters.model import Always, Condition
from layers.schema import Field, FieldType
from layers.stores.columns import batch_of_records, json_column, python_value
from layers.stores.geojson import feature_texts, geometry_texts, joined
from layers.stores.metadata import Metadata
from layers.stores.queries import is_restricted, known_field, stored_value
from layers.stores.search import Found
from layers.stores.selections import Fids, SelectionCache
from layers.stores.shapes import finite

BATCH_ROWS = 20_000
"""Features read at a time."""

Records = list[Sequence[Any]]
"""One row a feature: ``fid``, the geometry as the engine keeps it, then stored values."""


class StoredRelease(ABC):
    """The part of a ``Release`` that is the same on every engine; an engine says how its rows are read."""

    def __init__(self, metadata: Metadata, selections: SelectionCache) -> None:
        self._metadata = metadata
        self._selections = selections
        self._identity = object()
        self.schema = metadata.schema
        self.count = metadata.count
        self.extent = metadata.extent
        self.overviews = metadata.overviews

    @abstractmethod
    def _texts_after(self, first: int, limit: int) -> list[bytes]:
        """Return the finished texts of the features that follow ``fid`` ``first``."""

    @abstractmethod
    def _texts(self, fids: Fids) -> list[bytes]:
        """Return the finished texts of these features, in this order."""

    @abstractmethod
    def _select(self, query: FeatureQuery) -> Fids:
        """Evaluate what a query selects, in its order."""

    @abstractmethod
    def _records(self, fids: Fids, fields: Sequence[Field], *, geometry: bool = True) -> Records:
        """Read these features, in this order; without ``geometry`` that is None."""

    @abstractmethod
    def _geometries(self, records: Records) -> Geometries:
        """Return the geometry of each record, in the schema's CRS."""

    @abstractmethod
    def _fid_of(self, value: Any) -> int | None:
        """Return the feature with this stored value of the key, or with this ``fid`` where there is no key."""

    @abstractmethod
    def _found(self, name: str, text: str, limit: int) -> list[Found]:
        """Return the best entries of one field; none for a field there is not."""

    @abstractmethod
    def _drawn(self, bbox: BoundingBox, overview: int | None, condition: Condition) -> Records:
        """Read what is drawn in a box and holds a condition, geometry as WKB in EPSG:3857, in drawing order."""

    def drawn_features(
        self, bbox: BoundingBox, overview: int | None = None, condition: str | None = None
    ) -> DrawnFeatures:
        """Read what is drawn in a box of EPSG:3857: the features, or the overview of a zoom with attributes.

        ``condition`` is CQL2 text; without one every feature is read. Raises InvalidFilter.
        """
        records = self._drawn(bbox, overview, parse_filter(condition, self.schema) if condition else Always(True))
        fields = self.schema.fields
        values = list(zip(*records, strict=True)) if records else [()] * (len(fields) + 2)
        columns = {field.name: json_column(field, column) for field, column in zip(fields, values[2:], strict=True)}
        bodies = np.array(values[1], dtype=object)
        return DrawnFeatures(np.array(values[0], dtype=np.int64), shapely.from_wkb(bodies), columns)

    def read_page(self, query: FeatureQuery) -> FeaturePage:
        """Answer the query as GeoJSON bytes; raises InvalidFilter, InvalidParameter."""
        as_stored = query.crs == CRS84 and query.properties is None and not query.skip_geometry
        if as_stored and not (query.sort or query.equals or query.filter or query.bbox):
            return self._next_page(query)
        chosen, first, matched = self._chosen(query)
        texts = self._texts(chosen) if as_stored else self._written(chosen, query)
        more = first + len(chosen) < matched
        last = int(chosen[-1]) if more and len(chosen) and not query.sort else None
        return FeaturePage(joined(texts), len(chosen), matched, last, more)

    def _next_page(self, query: FeatureQuery) -> FeaturePage:
        """Join stored texts; ``fid`` is 1, 2, 3 … without a gap, so an offset is a ``fid``."""
        first = self._clamped((query.after or 0) + query.offset)
        texts = self._texts_after(first, self._clamped(query.limit))
        last = first + len(texts)
        more = last < self.count
        return FeaturePage(joined(texts), len(texts), self.count, last if more else None, more)

    def _chosen(self, query: FeatureQuery) -> tuple[Fids, int, int]:
        """Return the page's ``fid`` numbers, its place in the whole answer, and the length of that."""
        if query.sort and query.after is not None:
            raise InvalidParameter("query_after_sorted")
        if not is_restricted(query, self._metadata):
            first = self._clamped((query.after or 0) + query.offset)
            last = self._clamped(first + self._clamped(query.limit))
            return np.arange(first + 1, last + 1), first, self.count
        question = (
            self._identity,
            query.bbox,
            query.bbox_crs,
            query.equals,
            query.filter,
            query.filter_language,
            query.filter_crs,
            query.sort,
        )
        fids = self._selections.selection(question, lambda: self._select(query))
        first = self._clamped(query.offset)
        if query.after is not None:
            first += int(np.searchsorted(fids, self._clamped(query.after), side="right"))
        return fids[first : first + self._clamped(query.limit)], first, len(fids)

    def _clamped(self, number: int) -> int:
        """Bring a number that a client chose within what can be meant; nothing else fits into 64 bits for sure."""
        return min(max(number, 0), self.count)

    def _written(self, fids: Fids, query: FeatureQuery) -> list[bytes]:
        """Write features in another CRS or with other parts than the stored texts have."""
        features = self._features(fids, query)
        fields = self._wanted(query.properties)
        columns = [json_column(field, [row.properties[field.name] for row in features]) for field in fields]
        rows = zip(*columns, strict=True) if columns else [()] * len(features)
        names = [field.name for field in fields]
        geometries = np.array([feature.geometry for feature in features] + [None], dtype=object)[:-1]
        texts: Sequence[str | None] = [None] * len(features)
        if not query.skip_geometry and len(features):
            texts = geometry_texts(geometries, query.crs).tolist()
        ids = [feature.id for feature in features]
        return feature_texts(ids, texts, (dict(zip(names, row, strict=True)) for row in rows))

    def read_features(self, query: FeatureQuery) -> list[Feature]:
        """Answer the query as objects, geometry in ``query.crs`` with x before y."""
        chosen, _, _ = self._chosen(query)
        return self._as_objects(self._features(chosen, query))

    def _as_objects(self, features: list[Feature]) -> list[Feature]:
        for feature in features:
            for name, value in feature.properties.items():
                field = self.schema.field(name)
                if field:
                    feature.properties[name] = python_value(field, value)
        return features

    def _features(self, fids: Fids, query: FeatureQuery) -> list[Feature]:
        """Return features with stored values; geometry is left out where the query does without."""
        fields = self._wanted(query.properties)
        key = self.schema.field(self.schema.key) if self.schema.key else None
        rows = self._records(fids, [*([key] if key else []), *fields], geometry=not query.skip_geometry)
        if not rows:
            return []
        moved = finite(transform_geometries(self._geometries(rows), self.schema.crs, query.crs))
        names = [field.name for field in fields]
        first, id_place = (3, 2) if key else (2, 0)
        return [
            Feature(_id(row[id_place]), row[0], dict(zip(names, row[first:], strict=True)), geometry)
            for row, geometry in zip(rows, moved, strict=True)
        ]

    def _wanted(self, properties: tuple[str, ...] | None) -> list[Field]:
        if properties is None:
            return list(self.schema.fields)
        for name in properties:
            known_field(self.schema, name)
        return [field for field in self.schema.fields if field.name in properties]

    def read_item(self, feature_id: str, crs: Crs | None = None) -> bytes:
        """Return one feature as GeoJSON bytes; raises UnknownFeature."""
        fid = np.array([self._number(feature_id)])
        if crs not in {None, CRS84}:
            return self._written(fid, FeatureQuery(crs=crs or CRS84))[0]
        return self._texts(fid)[0]

    def _number(self, feature_id: str) -> int:
        key = self.schema.field(self.schema.key) if self.schema.key else Field("fid", FieldType.INTEGER)
        try:
            value = stored_value(key, feature_id) if key and key.type is FieldType.INTEGER else feature_id
        except InvalidParameter:
            raise UnknownFeature(feature=feature_id[:80]) from None
        fid = self._fid_of(value)
        if fid is None or (isinstance(value, int) and str(value) != feature_id):
            raise UnknownFeature(feature=feature_id[:80])
        return fid

    def search(self, text: str, fields: tuple[str, ...], limit: int) -> list[Feature]:
        """Return features with ``text`` in one of ``fields``, best first: equal, starting with it, containing it."""
        found = sorted(entry for name in fields for entry in self._found(name, text, limit))
        # A feature found by several of its names counts by the best one.
        order = list(dict.fromkeys(fid for _, _, fid in found))[:limit]
        return self._as_objects(self._features(np.array(order, dtype=np.int64), FeatureQuery()))

    def batches(self) -> Iterator[FeatureBatch]:
        """Read all features by ``fid``, geometry in the schema's CRS; ``rows`` holds the ``fid``."""
        for first in range(1, self.count + 1, BATCH_ROWS):
            yield self.features_of(np.arange(first, min(first + BATCH_ROWS, self.count + 1)))

    def features_of(self, fids: Fids) -> FeatureBatch:
        """Read the features with these ``fid``, in this order, as ``batches`` does."""
        records = self._records(fids, self.schema.fields)
        return batch_of_records(records, self._geometries(records), self.schema)


def _id(value: Any) -> str | int:
    return value if isinstance(value, int) else str(value)
