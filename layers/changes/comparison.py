"""Compares two releases of a layer by the digests of their features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from layers.changes.content import comparable_digests
from layers.changes.matching import PlacePairs, Places, match_equal, match_keys, occurring_once, others, out_of_order
from layers.changes.model import ChangeKind, Changes, FeaturePairs, Matching
from layers.changes.movement import NOTHING_MOVES, distances
from layers.changes.schemas import SchemaChanges, compare_schemas
from layers.schema import FieldType
from layers.stores import Digests, Release
from layers.stores.digests import NOTHING, digests_of


def compare(before: Release, after: Release) -> Changes:
    """Return what is different in ``after``; the releases may be kept by different stores.

    Features are the same where the key that both schemas have has the same value. Without such a key those of
    equal geometry and attributes are; of what is left, those of equal geometry; and of what is left then, those
    whose attributes no other feature of either release has.
    """
    schema = compare_schemas(before.schema, after.schema)
    old, new = comparable_digests(before, after, schema)
    if old.keys is not None and new.keys is not None and before.schema.key == after.schema.key:
        matching = Matching.KEY
        pairs = match_keys(old.keys, new.keys, as_text=_key_type(before) is not _key_type(after))
    else:
        matching = Matching.CONTENT
        pairs = _match_content(old, new)
    return _Comparison(before, after, schema, old, new).changes(matching, pairs)


def _key_type(release: Release) -> FieldType | None:
    field = release.schema.field(release.schema.key or "")
    return None if field is None else field.type


def _match_content(old: Digests, new: Digests) -> PlacePairs:
    """Pair equal features, then those of equal geometry, then those of attributes that nobody else has."""
    found = [match_equal((old.geometry, old.attributes), (new.geometry, new.attributes))]
    nowhere = digests_of([NOTHING])[0]
    for column, may_pair in (
        ("geometry", lambda values, _: values != nowhere),
        ("attributes", occurring_once),
    ):
        everything = (getattr(old, column), getattr(new, column))
        left = [others(len(whole), _joined(found, side)) for side, whole in enumerate(everything)]
        if not len(left[0]) or not len(left[1]):
            break
        left = [places[may_pair(whole[places], whole)] for places, whole in zip(left, everything, strict=True)]
        one, other = match_equal((everything[0][left[0]],), (everything[1][left[1]],))
        found.append((left[0][one], left[1][other]))
    one, other = _joined(found, 0), _joined(found, 1)
    order = np.argsort(other)
    return one[order], other[order]


def _joined(found: Sequence[PlacePairs], side: int) -> Places:
    return np.concatenate([pairs[side] for pairs in found])


class _Comparison:
    """Two releases whose digests can be compared."""

    def __init__(self, before: Release, after: Release, schema: SchemaChanges, old: Digests, new: Digests) -> None:
        self._before, self._after, self._schema = before, after, schema
        self._old, self._new = old, new

    def changes(self, matching: Matching, pairs: PlacePairs) -> Changes:
        one, other = pairs
        moved = self._old.geometry[one] != self._new.geometry[other]
        if self._schema.crs is not None:
            moved = self._really_moved(one, other, moved)
        told = self._old.attributes[one] != self._new.attributes[other]
        kinds = {
            ChangeKind.GEOMETRY: moved & ~told,
            ChangeKind.ATTRIBUTES: told & ~moved,
            ChangeKind.BOTH: moved & told,
        }
        return Changes(
            self._before,
            self._after,
            matching,
            self._schema,
            added=self._new.fids[others(len(self._new.fids), other)],
            removed=self._old.fids[others(len(self._old.fids), one)],
            changed={kind: self._pairs(one[mask], other[mask]) for kind, mask in kinds.items()},
            reordered=self._pairs(*(places[out_of_order(one)] for places in (one, other))),
        )

    def _pairs(self, one: Places, other: Places) -> FeaturePairs:
        return FeaturePairs(self._old.fids[one], self._new.fids[other])

    def _really_moved(self, one: Places, other: Places, moved: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Leave out what another CRS alone has made look different: roundings of less than a millimetre."""
        places = np.flatnonzero(moved)
        metres = distances(self._before, self._old.fids[one[places]], self._after, self._new.fids[other[places]])
        result = moved.copy()
        result[places[metres < NOTHING_MOVES]] = False
        return result
