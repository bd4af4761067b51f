"""What a new release is to the one before it: the same data, or so many features added, removed and changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from catalog import models
from catalog.database import Catalogue
from catalog.errors import RefusedLoss
from catalog.holdings import Holdings
from catalog.manifest import LayerEntry, UpdateMode
from catalog.records import LayerKind
from catalog.registration import entry_of
from layers.changes import ChangeKind, Changes, compare
from layers.schema import Schema, parse_schema
from layers.stores import QuarantinedRow

_SHOWN_SHARE = 100
"""Shares are shown in percent."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The release of a layer that is current while the next one is prepared."""

    number: int
    kind: LayerKind
    count: int | None
    digest: str
    plan: str
    schema: Schema | None
    """None for rasters."""
    entry: LayerEntry
    """The layer's manifest entry."""
    raster: dict[str, Any] | None = None
    """What the catalogue records of a raster."""
    appended: frozenset[str] = frozenset()
    """Of every delivery that was added since the layer was last delivered whole, what it is recognised by."""

    @property
    def steps(self) -> list[dict[str, str]]:
        """Of a raster of several dates: the time and the digest of each."""
        return list((self.raster or {}).get("steps") or ())

    def has_taken(self, plan: str, mode: UpdateMode) -> bool:
        """Tell whether the release holds a delivery already: as its last one, or added to it at any time."""
        return bool(plan) and (plan == self.plan or (mode is UpdateMode.APPEND and plan in self.appended))


def predecessor(catalogue: Catalogue, layer_id: str) -> Predecessor | None:
    """Return the current release of a layer; None where it has none yet."""
    with catalogue.read() as session:
        layer = session.get(models.Layer, layer_id)
        if layer is None or layer.current_release is None:
            return None
        release = session.get(models.Release, (layer_id, layer.current_release))
        if release is None:
            return None
        schema = None if release.schema is None else parse_schema(release.schema)
        kind = LayerKind(layer.kind)
        return Predecessor(
            release.number,
            kind,
            release.count,
            release.digest,
            release.plan,
            schema,
            entry_of(layer),
            release.raster,
            _appended(layer),
        )


def _appended(layer: models.Layer) -> frozenset[str]:
    """Return the plans of all appends from which the current release was made."""
    releases = {release.number: release for release in layer.releases}
    plans = set()
    number = layer.current_release
    while number is not None and (release := releases.get(number)) is not None:
        if release.mode == UpdateMode.APPEND:
            plans.add(release.plan)
        number = None if release.mode == UpdateMode.REPLACE else release.base
    return frozenset(plans)


def is_same_content(holdings: Holdings, layer: str, before: Predecessor, number: int, digest: str) -> bool:
    """Tell whether a new release holds the features and the quarantined rows of the one before, and no others."""
    if not digest or digest != before.digest:
        return False
    if before.kind is LayerKind.RASTER:
        return True
    old, new = holdings.features.open(layer, before.number), holdings.features.open(layer, number)
    return all(_is_same_row(*rows) for rows in zip_longest(old.quarantine(), new.quarantine()))


def _is_same_row(old: QuarantinedRow | None, new: QuarantinedRow | None) -> bool:
    if old is None or new is None:
        return False
    shapes = [None if row.geometry is None else row.geometry.wkb for row in (old, new)]
    return shapes[0] == shapes[1] and (old.row, old.reason, old.crs, old.properties) == (
        new.row,
        new.reason,
        new.crs,
        new.properties,
    )


def changes_since(holdings: Holdings, layer: str, before: Predecessor, number: int) -> Changes:
    """Compare a new release of a vector layer with the one before; raises UnknownRelease where a store lost one."""
    return compare(holdings.features.open(layer, before.number), holdings.features.open(layer, number))


def counts_of(changes: Changes) -> dict[str, int]:
    """Return the counts that the catalogue keeps."""
    return {kind.value: changes.count(kind) for kind in ChangeKind} | {"unchanged": changes.unchanged}


def is_great_loss(entry: LayerEntry, changes: Changes) -> bool:
    """Tell whether an update removes, or gives other keys to, more features than the entry allows."""
    return changes.share(ChangeKind.REMOVED) > entry.update.max_loss


def guard_loss(entry: LayerEntry, changes: Changes) -> None:
    """Refuse an update that is a great loss; raises RefusedLoss with the numbers."""
    if is_great_loss(entry, changes):
        raise RefusedLoss(
            layer=entry.id,
            removed=f"{changes.count(ChangeKind.REMOVED):,}",
            before=f"{changes.before.count:,}",
            after=f"{changes.after.count:,}",
            share=f"{changes.share(ChangeKind.REMOVED) * _SHOWN_SHARE:.1f}",
            allowed=f"{entry.update.max_loss * _SHOWN_SHARE:g}",
        )
