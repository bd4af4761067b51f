"""``tuzi basemap``: a basemap's or overlay's layers brought up to date, all in one step or none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from catalog.assignment import Assignment, assign
from catalog.basemaps import MemberLayers, member_layers
from catalog.batch import LayerBatch, RefusedBatch, layer_batch
from catalog.errors import CatalogueError, RefusedLoss
from catalog.manifest import LayerEntry
from catalog.onboarding import OnboardingOptions
from catalog.preparation import Prepared
from catalog.rehearsal import EntryRehearsals
from catalog.snapshot import read_snapshot
from catalog.succession import guard_loss
from catalog.sweeping import sweep_all
from layers.rehearsal import Outlook, Rehearsal
from scripts.changes.members import members_table, rehearsals_table, tiles_table, total_area
from scripts.changes.tables import area_line
from scripts.console import console, progress
from scripts.language import TranslatedCommand, TranslatedGroup, option
from scripts.workshop import Workshop
from tilecache.grids import find_grid, tile_matrix_sets
from tilecache.members import MemberChange, basemap_footprint, member_change


@click.group("basemap", cls=TranslatedGroup, help="help_basemap")
def basemap() -> None:
    """Keep basemaps and overlays up to date."""


@basemap.command("update", cls=TranslatedCommand, help="help_basemap_update")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@option("--yes", is_flag=True, help="help_basemap_yes")
@option("--dry-run", is_flag=True, help="help_basemap_dry_run")
@option("--accept-loss", is_flag=True, help="help_accept_loss")
@option("--force", is_flag=True, help="help_basemap_force")
@option("--grid", default="WebMercatorQuad", show_default=True, help="help_basemap_grid")
@option("--wait", type=click.FloatRange(min=0), default=10.0, show_default=True, help="help_wait")
@click.pass_obj
def update(
    workshop: Workshop,
    name: str,
    folder: Path,
    yes: bool,
    dry_run: bool,
    accept_loss: bool,
    force: bool,
    grid: str,
    wait: float,
) -> None:
    """Take a delivery in for the members of a basemap and publish them in one step, or none."""
    members = member_layers(workshop.catalogue, name)
    find_grid(tile_matrix_sets(workshop.configuration.tilecache.max_zoom), grid)
    sweep_all(workshop.catalogue, workshop.holdings, workshop.locks, lambda leftovers: None)
    screen = console()
    assignment = assign(members.members, folder)
    _say_assignment(workshop, screen, members, assignment)
    _rehearse(workshop, screen, assignment.entries)
    options = OnboardingOptions(accept_loss=True, force=force, wait=wait)
    with layer_batch(workshop.onboarding) as batch:
        _prepare(workshop, screen, batch, assignment.entries, options)
        _show(workshop, screen, name, batch.prepared, grid)
        if not accept_loss:
            _guard(workshop, screen, batch.prepared)
        if dry_run:
            screen.print(workshop.say("basemap_dry_run"))
            return
        changed = [one for one in batch.prepared if not one.unchanged]
        if changed and not yes and not click.confirm(workshop.say("basemap_confirm", count=len(changed))):
            screen.print(workshop.say("basemap_declined"))
            sys.exit(1)
        batch.publish()
    screen.print(workshop.say("basemap_published", basemap=name, count=len(changed)), style="green")


def _say_assignment(workshop: Workshop, screen: Console, members: MemberLayers, assignment: Assignment) -> None:
    if assignment.absent:
        layers = ", ".join(assignment.absent)
        screen.print(workshop.say("basemap_absent", layers=layers), style="yellow", markup=False)
    if assignment.unclaimed:
        files = ", ".join(assignment.unclaimed)
        screen.print(workshop.say("basemap_unclaimed", files=files), style="yellow", markup=False)
    if not assignment.entries:
        known = ", ".join(member.id for member in members.members)
        raise CatalogueError("basemap_nothing", basemap=members.basemap, members=known)


def _rehearse(workshop: Workshop, screen: Console, entries: Sequence[LayerEntry]) -> None:
    """Look at every delivery; where one would be refused say why, and stop."""
    rehearsals = EntryRehearsals(workshop.catalogue, workshop.holdings, workshop.configuration.layers)
    found: list[tuple[LayerEntry, Rehearsal]] = []
    with progress(screen) as advance:
        for entry in entries:
            title = workshop.say("basemap_rehearsing", title=entry.title.zh)
            found.append((entry, rehearsals.rehearse(entry, partial(advance, title))))
    screen.print("", rehearsals_table(workshop, found))
    refused = [(entry, rehearsal) for entry, rehearsal in found if rehearsal.outlook is Outlook.REFUSED]
    for entry, rehearsal in refused:
        for sentence in _reasons(workshop, rehearsal):
            screen.print(f"✗ {entry.id}: {sentence}", style="red", soft_wrap=True, markup=False)
    if refused:
        _stop(workshop, screen)


def _reasons(workshop: Workshop, rehearsal: Rehearsal) -> list[str]:
    if rehearsal.error is not None:
        return [rehearsal.error.sentence(workshop.language)]
    return [finding.sentence(workshop.language) for finding in rehearsal.findings if finding.severity == "error"]


def _prepare(
    workshop: Workshop,
    screen: Console,
    batch: LayerBatch,
    entries: Sequence[LayerEntry],
    options: OnboardingOptions,
) -> None:
    with progress(screen) as advance:
        for entry in entries:
            try:
                batch.prepare(entry, options, lambda layer, done, total: advance(layer.title.zh, done, total))
            except RefusedBatch as refused:
                reason = refused.result.sentence(workshop.language)
                screen.print(f"✗ {entry.id}: {reason}", style="red", soft_wrap=True, markup=False)
                _stop(workshop, screen)


def _show(workshop: Workshop, screen: Console, name: str, prepared: Sequence[Prepared], grid: str) -> None:
    """Show what is different in all members together."""
    snapshot = read_snapshot(workshop.catalogue)
    changes: list[MemberChange] = [member_change(one, workshop.holdings, snapshot) for one in prepared]
    screen.print("", members_table(workshop, changes, snapshot), "")
    if not any(len(change.redrawn) or change.restyled for change in changes):
        screen.print(workshop.say("basemap_same"))
        return
    tilecache = workshop.configuration.tilecache
    matrices = find_grid(tile_matrix_sets(tilecache.max_zoom), grid)
    if any(len(change.touched) for change in changes):
        screen.print(area_line(workshop, total_area(changes)))
    footprint = basemap_footprint(changes, snapshot.basemaps.get(name), matrices, tilecache.metatile)
    screen.print(workshop.say("basemap_tiles", grid=grid, tiles=f"{sum(footprint.tiles().values()):,}"))
    screen.print(tiles_table(workshop, footprint))


def _guard(workshop: Workshop, screen: Console, prepared: Sequence[Prepared]) -> None:
    """Stop where members lose more features than their manifests allow."""
    losses: list[RefusedLoss] = []
    for one in prepared:
        try:
            if one.changes is not None:
                guard_loss(one.entry, one.changes)
        except RefusedLoss as error:
            losses.append(error)
    for loss in losses:
        screen.print(f"✗ {loss.sentence(workshop.language)}", style="red", soft_wrap=True, markup=False)
    if losses:
        _stop(workshop, screen)


def _stop(workshop: Workshop, screen: Console) -> None:
    screen.print(workshop.say("basemap_stopped"), style="red")
    sys.exit(1)
