"""``tuzi prune``: removes old releases."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select

from catalog import models
from catalog.errors import LayerBusy
from catalog.pruning import Pruning
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop


@click.command("prune", cls=TranslatedCommand, help="help_prune")
@click.argument("layers", nargs=-1)
@option("--keep", type=click.IntRange(min=0), required=True, help="help_prune_keep")
@option("--dry-run", is_flag=True, help="help_prune_dry_run")
@option("--wait", type=click.FloatRange(min=0), default=10.0, show_default=True, help="help_wait")
@click.pass_obj
def prune(workshop: Workshop, layers: tuple[str, ...], keep: int, dry_run: bool, wait: float) -> None:
    """Remove all but the newest releases before the current one, of the named layers or of all."""
    pruning = Pruning(workshop.catalogue, workshop.holdings, workshop.locks, workshop.actor)
    total, busy = 0, False
    for layer in layers or _all_layers(workshop):
        try:
            numbers = pruning.old_releases(layer, keep)
            if numbers and not dry_run:
                numbers = pruning.prune(layer, keep, wait)
        except LayerBusy as error:
            busy = True
            click.secho(f"✗ {error.sentence(workshop.language)}", fg="red", err=True)
            continue
        if numbers:
            total += len(numbers)
            code = "prune_would" if dry_run else "prune_did"
            click.echo(workshop.say(code, layer=layer, releases=", ".join(map(str, numbers))))
    click.echo(workshop.say("prune_total_would" if dry_run else "prune_total", count=total))
    if busy:
        sys.exit(1)


def _all_layers(workshop: Workshop) -> list[str]:
    with workshop.catalogue.read() as session:
        return list(session.scalars(select(models.Layer.id).order_by(models.Layer.id)))
