"""Disclosure control of one delivery: columns dropped or masked, points moved or counted, before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks import FindingLog
from layers.crs import CRS84, TWD67, TWD67_TM2, TWD97_TM2, Crs, transform_points
from layers.errors import SourceError
from layers.features import FeatureBatch
from layers.plan import PersonalRule, Privacy
from layers.privacy.aggregation import AreaCounts
from layers.privacy.geomask import are_points, masked_points
from layers.privacy.kinds import PersonalKind, named_kind, names_coordinates
from layers.privacy.masking import masked
from layers.schema import Field, FieldType, Schema
from layers.sources import VectorSource

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NEAR_DEGREES, _NEAR_METRES = 0.02, 2000.0
"""A column of numbers this near to the points tells where they were, whatever it is called."""


class DisclosureControl:
    """What the manifest has done to each batch of a delivery; ``schema`` is what is left of the delivered one.

    Geometry is in ``crs``. Raises SourceError where the areas to count in do not serve, or the key is to be dropped.
    """

    def __init__(self, source: VectorSource, delivered: Schema, privacy: Privacy, crs: Crs, log: FindingLog) -> None:
        self._privacy = privacy
        self._crs = crs
        self._log = log
        fields = delivered.fields
        for name in privacy.columns:
            if name not in delivered.names:
                log.add("finding_personal_column_unknown", field=name, fields="、".join(delivered.names))
        self._dropped = {name for name, rule in privacy.columns.items() if rule is PersonalRule.DROP}
        self._masked = {
            field.name: _kind(field) for field in fields if privacy.columns.get(field.name) is PersonalRule.MASK
        }
        self._counts: AreaCounts | None = None
        if privacy.aggregate is not None:
            self._counts = AreaCounts(privacy.aggregate, crs, delivered.searchable, log)
            self.schema = self._counts.schema
            return
        if privacy.geomask is not None and (first := next(source.batches(), None)) is not None:
            self._drop_coordinates(fields, first)
        self.schema = self._schema(delivered)

    @property
    def dropped(self) -> frozenset[str]:
        """Columns that are left out, those that would tell where a moved point was among them."""
        return frozenset(self._dropped)

    @property
    def counted(self) -> int | None:
        """How many features were counted instead of being kept; None where they are kept."""
        return None if self._counts is None else self._counts.counted

    def _schema(self, delivered: Schema) -> Schema:
        if delivered.key in self._dropped:
            raise SourceError("privacy_key_dropped", field=delivered.key)
        fields = tuple(
            replace(field, type=FieldType.TEXT) if field.name in self._masked else field
            for field in delivered.fields
            if field.name not in self._dropped
        )
        searchable = tuple(name for name in delivered.searchable if name not in self._dropped)
        return replace(delivered, fields=fields, searchable=searchable)

    def _drop_coordinates(self, fields: tuple[Field, ...], first: FeatureBatch) -> None:
        """Leave out what would tell the place of a moved point after all."""
        telling = [
            field.name
            for field in fields
            if field.name not in self._privacy.columns
            and (names_coordinates(field.name) or _tells_place(first.columns[field.name], first, self._crs))
        ]
        self._dropped.update(telling)
        self._log.add("finding_personal_coordinates_dropped", len(telling), names="、".join(telling))

    def applied(self, batch: FeatureBatch) -> FeatureBatch:
        """Return the batch as it may be stored; of features that are counted nothing is left."""
        if self._counts is not None:
            self._counts.add(batch)
            return batch.chosen(np.zeros(len(batch), dtype=bool))
        columns = {}
        for name, values in batch.columns.items():
            if name in self._dropped:
                continue
            columns[name] = _masked_column(values, self._masked[name]) if name in self._masked else values
        return FeatureBatch(self._moved(batch), columns, batch.rows)

    def areas(self) -> Iterator[FeatureBatch]:
        """Give the areas with their counts, in the schema's CRS, once all batches were applied."""
        if self._counts is not None:
            yield from self._counts.batches()
            self._counts.finish()

    def _moved(self, batch: FeatureBatch) -> NDArray[np.object_]:
        mask = self._privacy.geomask
        if mask is None:
            return batch.geometry
        if not are_points(batch.geometry):
            shapes = ~np.isin(shapely.get_type_id(batch.geometry), (-1, 0, 4))
            rows = batch.rows[shapes]
            self._log.add("finding_personal_geomask_shapes", len(rows), ((row, "") for row in rows[:5]))
            return np.full(len(batch), None, dtype=object)
        moved = masked_points(batch.geometry, self._crs, mask)
        lost = shapely.is_missing(moved) & ~shapely.is_missing(batch.geometry)
        rows = batch.rows[lost]
        self._log.add("finding_personal_unmovable", len(rows), ((row, "") for row in rows[:5]))
        count = int((~shapely.is_missing(moved)).sum())
        self._log.add("finding_personal_geomasked", count, radius=f"{mask.radius:g}")
        return moved


def _kind(field: Field) -> PersonalKind | None:
    """Return the kind that a field's name or what people read instead promises."""
    return named_kind(field.name) or (named_kind(field.alias.zh) if field.alias else None)


def _masked_column(values: NDArray[np.object_], kind: PersonalKind | None) -> NDArray[np.object_]:
    known: dict[Any, str | None] = {}
    result = np.empty(len(values), dtype=object)
    for at, value in enumerate(values.tolist()):
        if value not in known:
            known[value] = masked(value, kind)
        result[at] = known[value]
    return result


def _tells_place(values: NDArray[np.object_], batch: FeatureBatch, crs: Crs) -> bool:
    """Tell whether most values hold a number that is a coordinate of their row's point, in whatever system."""
    places = np.flatnonzero([value is not None for value in values])
    located = places[~shapely.is_missing(batch.geometry[places])][:500]
    if not len(located) or isinstance(values[located[0]], bool):
        return False
    middles = shapely.get_coordinates(shapely.centroid(batch.geometry[located]))
    if len(middles) != len(located):
        return False
    numbers = [[float(number) for number in _NUMBER.findall(str(values[at]))[:12]] for at in located.tolist()]
    for system in (CRS84, TWD67, TWD97_TM2, TWD67_TM2):
        near = _NEAR_DEGREES if system in {CRS84, TWD67} else _NEAR_METRES
        pair = np.column_stack(transform_points(middles[:, 0], middles[:, 1], crs, system))
        hits = sum(
            any(abs(number - x) < near or abs(number - y) < near for number in found)
            for found, (x, y) in zip(numbers, pair.tolist(), strict=True)
        )
        if hits > 0.5 * len(located):
            return True
    return False
