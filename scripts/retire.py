"""``tuzi retire``: take a layer out of every service."""

from __future__ import annotations

import click

from scripts.language import TranslatedCommand
from scripts.workshop import Workshop
from tilecache.publication import retire_layer


@click.command("retire", cls=TranslatedCommand, help="help_retire")
@click.argument("layer")
@click.pass_obj
def retire(workshop: Workshop, layer: str) -> None:
    """Retire a layer; its releases stay and `tuzi publish` brings it back."""
    retire_layer(workshop.catalogue, layer, workshop.actor)
    click.echo(workshop.say("retired", layer=layer))
