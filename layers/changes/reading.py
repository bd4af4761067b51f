"""Reads changed features with what they were and what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.changes.content import plain_text
from layers.changes.model import ChangeKind, Changes, FeaturePairs
from layers.changes.movement import metres_between
from layers.crs import Crs
from layers.features import FeatureBatch, column_of
from layers.stores import Release
from layers.stores.selections import Fids

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class FeatureChange:
    """One feature that was added, removed or changed."""

    kind: ChangeKind
    id: str | int
    """Value of the key; without one the ``fid`` after, of a removed feature before."""
    fid_before: int | None
    fid_after: int | None
    geometry: Any
    """As it is or, of a removed feature, as it was; in ``crs``."""
    crs: Crs
    old: Mapping[str, Any]
    """Attributes as they were: all of a removed feature, of others those that changed."""
    new: Mapping[str, Any]
    """Attributes as they are: all of an added feature, of others those that changed."""
    moved: float | None
    """Metres from the old to the new geometry (``metres_between``); None where it stayed or one is missing."""


def read_changes(changes: Changes, kind: ChangeKind, limit: int | None = None) -> Iterator[FeatureChange]:
    """Read the features of a kind, at most ``limit``, in the order of the release after."""
    pairs = changes.pairs(kind)
    for start in range(0, min(len(pairs), len(pairs) if limit is None else limit), _AT_ONCE):
        stop = start + _AT_ONCE if limit is None else min(start + _AT_ONCE, limit)
        yield from _read(changes, kind, FeaturePairs(pairs.before[start:stop], pairs.after[start:stop]))


def count_changed_fields(changes: Changes) -> Mapping[str, int]:
    """Return how many changed features have another value in each field that both releases have, most first."""
    counts: Counter[str] = Counter()
    for kind in (ChangeKind.ATTRIBUTES, ChangeKind.BOTH):
        pairs = changes.pairs(kind)
        for start in range(0, len(pairs), _AT_ONCE):
            before = changes.before.features_of(pairs.before[start : start + _AT_ONCE])
            after = changes.after.features_of(pairs.after[start : start + _AT_ONCE])
            counts.update({name: int(mask.sum()) for name, mask in _different(changes, before, after).items()})
    return {name: count for name, count in counts.most_common() if count}


def _different(changes: Changes, before: FeatureBatch, after: FeatureBatch) -> dict[str, NDArray[np.bool_]]:
    """Tell, for each field that both have, in which rows its value is another one."""
    retyped = {field.name for field, _ in changes.schema.retyped}
    result: dict[str, NDArray[np.bool_]] = {}
    for name, old in before.columns.items():
        if (new := after.columns.get(name)) is None:
            continue
        if name in retyped:
            old, new = _as_text(old), _as_text(new)
        result[name] = np.asarray(old != new, dtype=bool)
    return result


def _as_text(values: NDArray[np.object_]) -> NDArray[np.object_]:
    return column_of([None if value is None else plain_text(value) for value in values])


def _read(changes: Changes, kind: ChangeKind, pairs: FeaturePairs) -> Iterator[FeatureChange]:
    if kind is ChangeKind.ADDED:
        yield from _whole(kind, changes.after, pairs.after)
    elif kind is ChangeKind.REMOVED:
        yield from _whole(kind, changes.before, pairs.before)
    else:
        yield from _changed(changes, kind, pairs)


def _whole(kind: ChangeKind, release: Release, fids: Fids) -> Iterator[FeatureChange]:
    batch = release.features_of(fids)
    is_new = kind is ChangeKind.ADDED
    for place, fid in enumerate(fids.tolist()):
        values = {name: column[place] for name, column in batch.columns.items()}
        yield FeatureChange(
            kind,
            _id(release, batch, place, fid),
            None if is_new else fid,
            fid if is_new else None,
            batch.geometry[place],
            release.schema.crs,
            {} if is_new else values,
            values if is_new else {},
            None,
        )


def _changed(changes: Changes, kind: ChangeKind, pairs: FeaturePairs) -> Iterator[FeatureChange]:
    before, after = changes.before.features_of(pairs.before), changes.after.features_of(pairs.after)
    different = {} if kind is ChangeKind.GEOMETRY else _different(changes, before, after)
    crs = changes.after.schema.crs
    metres = metres_between(before.geometry, changes.before.schema.crs, after.geometry, crs)
    for place, (old, new) in enumerate(zip(pairs.before.tolist(), pairs.after.tolist(), strict=True)):
        names = [name for name, mask in different.items() if mask[place]]
        has_moved = kind is not ChangeKind.ATTRIBUTES and np.isfinite(metres[place])
        yield FeatureChange(
            kind,
            _id(changes.after, after, place, new),
            old,
            new,
            after.geometry[place],
            crs,
            {name: before.columns[name][place] for name in names},
            {name: after.columns[name][place] for name in names},
            float(metres[place]) if has_moved else None,
        )


def _id(release: Release, batch: FeatureBatch, place: int, fid: int) -> str | int:
    key = release.schema.key
    value = fid if key is None else batch.columns[key][place]
    return value if isinstance(value, int) else str(value)
