"""``tuzi quarantine``: the rows that could not become features, on their way to whoever mends them and back."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.table import Table

from catalog.onboarding import Outcome
from catalog.quarantine import open_quarantine, resubmit
from layers.quarantine import reason_sentence
from layers.stores.quarantine_files import write_quarantine
from scripts.console import console, progress
from scripts.language import TranslatedCommand, TranslatedGroup, option
from scripts.outcomes import sentences, summary
from scripts.workshop import Workshop


@click.group("quarantine", cls=TranslatedGroup, help="help_quarantine")
def quarantine() -> None:
    """Show, export and take back the rows that were set aside."""


@quarantine.command("show", cls=TranslatedCommand, help="help_quarantine_show")
@click.argument("layer")
@click.argument("release", type=click.IntRange(min=1), required=False)
@option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="help_quarantine_limit")
@click.pass_obj
def show(workshop: Workshop, layer: str, release: int | None, limit: int) -> None:
    """Show the quarantined rows of a release with the reason of each."""
    kept = open_quarantine(workshop.catalogue, workshop.holdings, layer, release)
    rows = kept.rows
    table = Table(*(workshop.say(f"column_{name}") for name in ("row", "reason", "values")), box=None, pad_edge=False)
    for row in rows[:limit]:
        values = "  ".join(f"{name}={value}" for name, value in row.properties.items() if value is not None)
        table.add_row(str(row.row), reason_sentence(row.reason, workshop.language), values)
    if rows:
        console().print(table)
    click.echo(
        workshop.say("quarantine_total", layer=layer, release=kept.number, count=len(rows), shown=min(limit, len(rows)))
    )


@quarantine.command("export", cls=TranslatedCommand, help="help_quarantine_export")
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def export(workshop: Workshop, layer: str, file: Path) -> None:
    """Write the quarantined rows of the current release to a file in which they can be mended."""
    kept = open_quarantine(workshop.catalogue, workshop.holdings, layer)
    count = write_quarantine(file, kept.rows, kept.schema, workshop.language, with_wkt=not kept.is_table)
    click.echo(workshop.say("quarantine_exported", layer=layer, count=count, file=file.name))


@quarantine.command("resubmit", cls=TranslatedCommand, help="help_quarantine_resubmit")
@click.argument("layer")
@click.argument("file", type=click.Path(path_type=Path))
@option("--wait", type=click.FloatRange(min=0), default=10.0, show_default=True, help="help_wait")
@click.pass_obj
def take_back(workshop: Workshop, layer: str, file: Path, wait: float) -> None:
    """Add mended rows to the current release; what is still bad stays in quarantine."""
    screen = console()
    with progress(screen) as advance:
        result = resubmit(workshop.onboarding, layer, file, wait, lambda done, total: advance(layer, done, total))
    screen.print(summary(workshop, [result]))
    for line in sentences(workshop, [result]):
        screen.print(line, style="red", soft_wrap=True)
    if result.outcome not in {Outcome.PUBLISHED, Outcome.UNCHANGED}:
        sys.exit(1)
    left = len(open_quarantine(workshop.catalogue, workshop.holdings, layer).rows)
    screen.print(workshop.say("quarantine_left", layer=layer, count=left))
