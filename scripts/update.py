"""``tuzi update``: looks where layers' deliveries come from and takes in what is new."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click
from rich.table import Table

from catalog.errors import CatalogueError
from catalog.onboarding import OnboardingOptions
from catalog.updates import Run, Scheduled, UpdateOutcome
from scripts.console import console, progress
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop

_STYLES = {
    UpdateOutcome.PUBLISHED: "green",
    UpdateOutcome.REFUSED: "red",
    UpdateOutcome.FAILED: "red",
    UpdateOutcome.RUNNING: "yellow",
}


@click.command("update", cls=TranslatedCommand, help="help_update")
@click.argument("layers", nargs=-1)
@option("--due", is_flag=True, help="help_update_due")
@option("--history", is_flag=True, help="help_update_history")
@option("--accept-loss", is_flag=True, help="help_accept_loss")
@option("--force", is_flag=True, help="help_update_force")
@option("--wait", type=click.FloatRange(min=0), default=10.0, show_default=True, help="help_wait")
@click.pass_obj
def update(
    workshop: Workshop, layers: tuple[str, ...], due: bool, history: bool, accept_loss: bool, force: bool, wait: float
) -> None:
    """Update the named layers, or those that are due; exit code 1 where one could not be updated."""
    if history:
        runs = [run for layer in layers for run in workshop.updates.history(layer)]
        console().print(_table(workshop, runs if layers else workshop.updates.history()))
        return
    if not layers and not due:
        raise CatalogueError("update_nothing_named")
    wanted = list(dict.fromkeys([*layers, *(workshop.updates.due(datetime.now(UTC)) if due else [])]))
    if not wanted:
        _say_when(workshop, workshop.updates.scheduled())
        return
    runs = _run(workshop, wanted, OnboardingOptions(accept_loss=accept_loss, force=force, wait=wait))
    console().print(_table(workshop, runs))
    for run in runs:
        if not run.is_fine:
            console().print(f"✗ {run.layer}: {run.reason(workshop.language)}", style="red", soft_wrap=True)
    if not all(run.is_fine for run in runs):
        sys.exit(1)


def _run(workshop: Workshop, layers: Sequence[str], options: OnboardingOptions) -> list[Run]:
    with progress(console()) as advance:
        return [
            workshop.updates.run(layer, options, lambda done, total, title=layer: advance(title, done, total))  # type: ignore[misc]
            for layer in layers
        ]


def _say_when(workshop: Workshop, scheduled: Sequence[Scheduled]) -> None:
    """Say that nothing is due, and what will be next."""
    coming = next((one for one in scheduled if one.next is not None), None)
    if coming is None or coming.next is None:
        click.echo(workshop.say("update_none_scheduled"))
        return
    when = f"{coming.next.astimezone(workshop.updates.zone):%Y-%m-%d %H:%M}"
    click.echo(workshop.say("update_none_due", layer=coming.layer, when=when))


def _table(workshop: Workshop, runs: Sequence[Run]) -> Table:
    columns = ("layer", "when", "outcome", "release", "changes", "reason")
    table = Table(*(workshop.say(f"column_{name}") for name in columns), box=None, pad_edge=False)
    for run in runs:
        style = _STYLES.get(run.outcome, "dim")
        table.add_row(
            run.layer,
            f"{run.started.astimezone(workshop.updates.zone):%Y-%m-%d %H:%M}",
            f"[{style}]{workshop.say(f'outcome_{run.outcome}')}[/]",
            str(run.release or "-"),
            _changes(run.changes),
            run.reason(workshop.language),
        )
    return table


def _changes(counts: dict[str, int] | None) -> str:
    if counts is None:
        return "-"
    changed = sum(count for name, count in counts.items() if name.startswith("changed"))
    return f"+{counts.get('added', 0):,} -{counts.get('removed', 0):,} ~{changed:,}"
