"""Deliveries that are not the whole layer: rows added to the release before, or changes made to it.

The delivery is held in memory, the release before is streamed through, so a small change of a large layer costs
the reading of the layer and the memory of the change. The result is what a delivery of the whole layer would give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.carrying import carry_over, resubmitted, without_columns
from layers.checks import FindingLog
from layers.crs import Crs, transform_geometries
from layers.errors import MergeError
from layers.features import FeatureBatch, QuarantinedRows
from layers.fitting import fitted, joined, merged_schema
from layers.plan import IntakePlan, Merge, Update
from layers.quarantine import COLUMNS
from layers.repair import promoted
from layers.schema import FieldType, Schema
from layers.stores import FeatureStore, Release, ReleaseSummary, ReleaseWriter

_SHOWN = 5
_NO = {"", "0", "0.0", "n", "no", "f", "false", "否"}
"""Marks that remove nothing, in lower case."""


class MergingStore:
    """A ``FeatureStore`` in front of another one: releases written through it are merged with an earlier one."""

    def __init__(self, store: FeatureStore, plan: IntakePlan, update: Update, log: FindingLog) -> None:
        self.name = store.name
        self._store = store
        self._plan = plan
        self._update = update
        self._log = log
        self._removed: list[Any] = []

    def without_removals(self, batch: FeatureBatch) -> FeatureBatch:
        """Return a delivered batch without the rows that only say which features are to be removed.

        They need no place and pass no check but that they name a key.
        """
        mark, key = self._update.deleted, self._plan.key
        if mark is None or key is None:
            return batch
        removed = np.fromiter(map(_is_marked, batch.columns[mark]), dtype=bool, count=len(batch))
        if not removed.any():
            return batch
        keys = batch.columns[key][removed]
        missing = np.fromiter((value is None or value == "" for value in keys), dtype=bool, count=len(keys))
        rows = batch.rows[removed][missing]
        self._log.add("finding_key_missing", len(rows), ((row, "") for row in rows[:_SHOWN]), key=key)
        self._removed.extend(keys[~missing].tolist())
        return batch.chosen(~removed)

    def create(self, layer: str, number: int, schema: Schema) -> ReleaseWriter:
        """Start taking the delivery in; raises MergeError where it cannot be merged."""
        self._check(layer, schema)
        return _MergingWriter(self._store, layer, number, schema, self._plan, self._update, self._removed, self._log)

    def _check(self, layer: str, schema: Schema) -> None:
        update, base = self._update, self._update.base
        if update.mode is Merge.DELTA and schema.key is None:
            raise MergeError("merge_without_key", layer=layer)
        if update.deleted is not None and update.deleted not in schema.names:
            names = ", ".join(schema.names)
            raise MergeError("merge_mark_unknown", layer=layer, field=update.deleted, fields=names)
        if base is not None and schema.key is not None and schema.key not in base.schema.names:
            names = ", ".join(base.schema.names)
            raise MergeError("merge_key_unknown", layer=layer, key=schema.key, fields=names)
        if update.resubmission and not set(COLUMNS[:2]) <= set(schema.names):
            raise MergeError("merge_no_identity", layer=layer, column=COLUMNS[0])

    def open(self, layer: str, number: int) -> Release:
        """Open a committed release; raises UnknownRelease."""
        return self._store.open(layer, number)

    def drop(self, layer: str, number: int) -> None:
        """Remove a release."""
        self._store.drop(layer, number)

    def numbers(self, layer: str) -> list[int]:
        """List the committed releases of a layer."""
        return self._store.numbers(layer)


class _MergingWriter:
    """Keeps what is delivered until ``commit``, which alone writes."""

    def __init__(
        self,
        store: FeatureStore,
        layer: str,
        number: int,
        schema: Schema,
        plan: IntakePlan,
        update: Update,
        removed: list[Any],
        log: FindingLog,
    ) -> None:
        self._store, self._layer, self._number = store, layer, number
        self._schema, self._plan, self._update = schema, plan, update
        self._removed, self._log = removed, log
        self._rows: list[FeatureBatch] = []
        self._aside: list[tuple[QuarantinedRows, Crs]] = []

    def write(self, batch: FeatureBatch) -> None:
        """Keep the batch; its geometry is in the schema's CRS."""
        self._rows.append(batch)

    def set_aside(self, rows: QuarantinedRows, crs: Crs) -> None:
        """Keep rows that cannot be features."""
        self._aside.append((rows, crs))

    def commit(self) -> ReleaseSummary:
        """Merge and write; raises MergeError and leaves nothing where that cannot be done."""
        delivered = joined(self._rows, self._schema.names)
        own = {*COLUMNS, *([self._update.deleted] if self._update.deleted else [])}
        returned = resubmitted(self._layer, self._update, delivered, self._aside)
        delivered, schema = without_columns(delivered, own), _without_fields(self._schema, own)
        base = self._update.base
        merged = schema if base is None else merged_schema(self._layer, base.schema, schema, delivered, self._plan)
        delivered = self._brought(delivered, schema, merged)
        with self._store.create(self._layer, self._number, merged) as writer:
            for batch in _Merge(
                self._layer, merged, schema, self._update, delivered, self._removed, self._log
            ).batches():
                writer.write(batch)
            keys = set() if merged.key is None else {*delivered.columns[merged.key].tolist(), *self._removed}
            for rows, crs in carry_over(base, returned, merged.key, keys, self._aside, own):
                writer.set_aside(rows, crs)
            return writer.commit()

    def _brought(self, delivered: FeatureBatch, schema: Schema, merged: Schema) -> FeatureBatch:
        """Bring the delivery to the CRS, the geometry type and the field types of the merged release."""
        moved = fitted(delivered, schema, merged)
        geometry = transform_geometries(moved.geometry, schema.crs, merged.crs)
        return FeatureBatch(promoted(geometry, merged.geometry_type), moved.columns, moved.rows)

    def __enter__(self) -> _MergingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.clear()
        self._aside.clear()


class _Merge:
    """The features of the merged release, one batch after the other."""

    def __init__(
        self,
        layer: str,
        merged: Schema,
        schema: Schema,
        update: Update,
        delivered: FeatureBatch,
        removed: list[Any],
        log: FindingLog,
    ) -> None:
        self._layer, self._merged, self._update = layer, merged, update
        self._delivered, self._log = delivered, log
        self._columns = [name for name in merged.names if schema.field(name) is not None]
        keys = [] if merged.key is None else delivered.columns[merged.key].tolist()
        self._place = {key: place for place, key in enumerate(keys)}
        self._removed = _keys_like(removed, merged)
        self._fresh = np.ones(len(delivered), dtype=bool)

    def batches(self) -> Iterator[FeatureBatch]:
        """Yield the base's features, changed or left out, then those that are new."""
        absent = set(self._removed)
        known: Counter[Any] = Counter()
        for kept in self._kept():
            keys = None if self._merged.key is None else kept.columns[self._merged.key]
            if keys is not None:
                absent.difference_update(keys.tolist())
                known.update(key for key in keys.tolist() if key in self._place)
            yield self._changed(kept, keys)
        if self._update.mode is Merge.APPEND and known:
            self._refuse_known(known)
        if absent:
            examples = ((0, key) for key in sorted(map(str, absent))[:_SHOWN])
            self._log.add("finding_removal_unknown", len(absent), examples)
        yield self._delivered.chosen(self._fresh)

    def _kept(self) -> Iterator[FeatureBatch]:
        base = self._update.base
        if base is None:
            return
        for batch in base.batches():
            geometry = promoted(batch.geometry, self._merged.geometry_type)
            yield fitted(FeatureBatch(geometry, batch.columns, batch.rows), base.schema, self._merged)

    def _changed(self, kept: FeatureBatch, keys: NDArray[np.object_] | None) -> FeatureBatch:
        if keys is None or self._update.mode is Merge.APPEND:
            return kept
        source = np.fromiter((self._place.get(key, -1) for key in keys), dtype=np.int64, count=len(keys))
        at = np.flatnonzero(source >= 0)
        if len(at):
            kept.geometry[at] = self._delivered.geometry[source[at]]
            for name in self._columns:
                kept.columns[name][at] = self._delivered.columns[name][source[at]]
            self._fresh[source[at]] = False
        gone = np.fromiter((key in self._removed for key in keys), dtype=bool, count=len(keys)) & (source < 0)
        return kept.chosen(~gone) if gone.any() else kept

    def _refuse_known(self, known: Counter[Any]) -> None:
        shown = ", ".join(sorted(map(str, known))[:_SHOWN])
        raise MergeError("merge_key_known", layer=self._layer, key=self._merged.key, count=known.total(), values=shown)


def kept_as_text(plan: IntakePlan) -> frozenset[str]:
    """Return the columns that hold text in the release before: a delivery of few rows may not show that they do.

    By the name in the file where the field dictionary gives them another one.
    """
    if plan.update is None or plan.update.base is None:
        return frozenset()
    texts = {field.name for field in plan.update.base.schema.fields if field.type is FieldType.TEXT}
    coded = {name for name, field in plan.fields.items() if field.name in texts}
    return frozenset(texts | coded)


def _keys_like(values: list[Any], schema: Schema) -> set[Any]:
    """Return keys as the merged release has them: what is a number in one delivery may be text in the layer."""
    if schema.key is None:
        return set()
    field = schema.field(schema.key)
    is_text = field is not None and field.type is FieldType.TEXT
    return {str(value) if is_text else value for value in values}


def _is_marked(value: Any) -> bool:
    return value is not None and str(value).strip().lower() not in _NO


def _without_fields(schema: Schema, names: set[str]) -> Schema:
    fields = tuple(field for field in schema.fields if field.name not in names)
    return Schema(schema.geometry_type, schema.crs, fields, schema.key, schema.searchable)
