"""``tuzi rollback``: go back to the release before."""

from __future__ import annotations

import click

from scripts.language import TranslatedCommand
from scripts.workshop import Workshop
from tilecache.publication import rollback_layer


@click.command("rollback", cls=TranslatedCommand, help="help_rollback")
@click.argument("layer")
@click.pass_obj
def rollback(workshop: Workshop, layer: str) -> None:
    """Go back to the release before the current one."""
    number = rollback_layer(workshop.catalogue, layer, workshop.actor)
    click.echo(workshop.say("rolled_back", layer=layer, release=number))
