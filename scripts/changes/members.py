"""What an update of a basemap brings, member by member, on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from rich.markup import escape
from rich.table import Table

from catalog.manifest import LayerEntry
from catalog.records import Snapshot
from layers.changes import ChangeKind
from layers.checks import Severity
from layers.rehearsal import Outlook, Rehearsal
from scripts.changes.tables import COLOURS, plain_table
from scripts.workshop import Workshop
from tilecache.area import TouchedArea, touched_area
from tilecache.footprint import Footprint
from tilecache.members import MemberChange

_OUTLOOKS = {Outlook.PUBLISHED: "green", Outlook.REPAIRED: "yellow", Outlook.REFUSED: "red"}


def rehearsals_table(workshop: Workshop, found: Sequence[tuple[LayerEntry, Rehearsal]]) -> Table:
    """Return which file is whose and what would become of it."""
    table = plain_table(
        workshop, "id", "title", "file", "outcome", "features", "crs", "findings", numbers=("features",)
    )
    for entry, rehearsal in found:
        grave = Counter(finding.severity for finding in rehearsal.findings)
        table.add_row(
            entry.id,
            escape(entry.title.zh),
            escape(entry.file.name),
            f"[{_OUTLOOKS[rehearsal.outlook]}]{workshop.say(f'rehearsal_outlook_{rehearsal.outlook}')}[/]",
            f"{rehearsal.kept:,}",
            str(rehearsal.stored_crs or "-"),
            " ".join(f"{workshop.say(f'severity_{level}')} {grave[level]}" for level in Severity if grave[level]),
        )
    return table


def members_table(workshop: Workshop, changes: Sequence[MemberChange], snapshot: Snapshot) -> Table:
    """Return how many features of each member changed, and of all together."""
    table = plain_table(workshop, "layer", "title", "release", "features")
    for kind in ChangeKind:
        table.add_column(workshop.say(f"change_{kind.value}"), justify="right")
    table.columns[3].justify = "right"
    totals: Counter[ChangeKind] = Counter()
    for change in changes:
        counts = _counts(change)
        totals.update(counts)
        table.add_row(
            change.layer,
            escape(change.prepared.entry.title.zh),
            *_releases(workshop, change, snapshot),
            *(_count(kind, counts.get(kind)) for kind in ChangeKind),
        )
    table.add_section()
    table.add_row(workshop.say("basemap_total"), "", "", "", *(_count(kind, totals[kind]) for kind in ChangeKind))
    return table


def _counts(change: MemberChange) -> dict[ChangeKind, int]:
    changes, stored = change.prepared.changes, change.prepared.publication.stored
    if changes is not None:
        return {kind: changes.count(kind) for kind in ChangeKind}
    return {} if stored is None or stored.count is None else {ChangeKind.ADDED: stored.count}


def _releases(workshop: Workshop, change: MemberChange, snapshot: Snapshot) -> tuple[str, str]:
    prepared, published = change.prepared, snapshot.layers.get(change.layer)
    before = "-" if published is None else str(published.release.number)
    if prepared.publication.stored is None:
        count = prepared.count
        return f"{before} {workshop.say('outcome_unchanged')}", "-" if count is None else f"{count:,}"
    count = prepared.publication.stored.count
    return f"{before} → {prepared.number}", "-" if count is None else f"{count:,}"


def _count(kind: ChangeKind, count: int | None) -> str:
    return f"[{COLOURS[kind]}]{count:,}[/]" if count else "·"


def total_area(changes: Sequence[MemberChange]) -> TouchedArea:
    """Return where features of any member changed."""
    return touched_area(np.concatenate([np.empty((0, 4)), *(change.touched for change in changes)]))


def tiles_table(workshop: Workshop, footprint: Footprint) -> Table:
    """Return how many tiles will be drawn again at each level."""
    table = plain_table(workshop, "zoom", "metatiles", "tiles", numbers=("zoom", "metatiles", "tiles"))
    metatiles = footprint.metatiles()
    for z, tiles in footprint.tiles().items():
        if tiles:
            table.add_row(str(z), f"{metatiles[z]:,}", f"{tiles:,}")
    return table
