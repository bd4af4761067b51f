"""The result of a comparison: which features were added, removed and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from layers.changes.schemas import SchemaChanges
from layers.stores import Release
from layers.stores.selections import Fids


class ChangeKind(StrEnum):
    """What happened to a feature."""

    ADDED = "added"
    REMOVED = "removed"
    GEOMETRY = "changed_geometry"
    ATTRIBUTES = "changed_attributes"
    BOTH = "changed_both"
    """Geometry and attributes."""


class Matching(StrEnum):
    """How features of the two releases were found to be the same."""

    KEY = "key"
    """By the value of the field that identifies them."""
    CONTENT = "content"
    """By equal geometry or by equal attributes that no other feature has."""


@dataclass(frozen=True, slots=True)
class FeaturePairs:
    """Features of the one release and, at the same place, what became of them in the other."""

    before: Fids
    after: Fids

    def __len__(self) -> int:
        return len(self.after)


@dataclass(frozen=True, slots=True)
class Changes:
    """All that is different between two releases of a layer."""

    before: Release
    after: Release
    matching: Matching
    schema: SchemaChanges
    added: Fids
    """Of the release after."""
    removed: Fids
    """Of the release before."""
    changed: Mapping[ChangeKind, FeaturePairs]
    """Of the kinds ``GEOMETRY``, ``ATTRIBUTES`` and ``BOTH``, ordered by the ``fid`` after."""
    reordered: FeaturePairs
    """Features, changed or not, that are drawn before or after others than they were: no change but in pictures."""

    def count(self, kind: ChangeKind) -> int:
        """Return how many features changed in this way."""
        if kind is ChangeKind.ADDED:
            return len(self.added)
        return len(self.removed) if kind is ChangeKind.REMOVED else len(self.changed[kind])

    @property
    def total(self) -> int:
        """How many features changed in any way."""
        return sum(map(self.count, ChangeKind))

    @property
    def unchanged(self) -> int:
        """How many features are in both releases as they were."""
        return self.after.count - len(self.added) - sum(map(len, self.changed.values()))

    def share(self, kind: ChangeKind) -> float:
        """Return the part that changed in this way: of what is there now if added, else of what was there before."""
        whole = self.after.count if kind is ChangeKind.ADDED else self.before.count
        return self.count(kind) / whole if whole else 0.0

    def __bool__(self) -> bool:
        return bool(self.schema) or self.total > 0

    def pairs(self, kind: ChangeKind) -> FeaturePairs:
        """Return the features of a kind in both releases; ``fid`` 0 where a release does not have them."""
        if kind is ChangeKind.ADDED:
            return FeaturePairs(np.zeros_like(self.added), self.added)
        if kind is ChangeKind.REMOVED:
            return FeaturePairs(self.removed, np.zeros_like(self.removed))
        return self.changed[kind]

    def drawn_boxes(self) -> NDArray[np.float64]:
        """Return where pictures may differ: the EPSG:3857 envelopes of all changed features, old and new.

        West, south, east, north; features without geometry are left out. Attributes count like geometry, since
        what a style draws may depend on them.
        """
        return _located([boxes for kind in ChangeKind for boxes in self._boxes(self.pairs(kind))])

    def further_boxes(self) -> NDArray[np.float64]:
        """Return where else pictures may differ: the envelopes of features that changed their place in the order.

        Where fields came, went or got another type, any feature may be drawn differently.
        """
        if self.schema.added or self.schema.removed or self.schema.retyped:
            releases = (self.before, self.after)
            return _located([release.drawn_boxes(np.arange(1, release.count + 1)) for release in releases])
        return _located(list(self._boxes(self.reordered)))

    def _boxes(self, pairs: FeaturePairs) -> Iterator[NDArray[np.float64]]:
        for release, fids in ((self.before, pairs.before), (self.after, pairs.after)):
            if (existing := fids[fids > 0]).size:
                yield release.drawn_boxes(existing)


def _located(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    boxes: NDArray[np.float64] = np.concatenate([np.empty((0, 4)), *parts])
    located: NDArray[np.float64] = boxes[np.isfinite(boxes).all(axis=1)]
    return located
