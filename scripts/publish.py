"""``tuzi publish``: make a release the current one."""

from __future__ import annotations

import click

from scripts.language import TranslatedCommand
from scripts.workshop import Workshop
from tilecache.publication import publish_release


@click.command("publish", cls=TranslatedCommand, help="help_publish")
@click.argument("layer")
@click.argument("release", type=click.IntRange(min=1))
@click.pass_obj
def publish(workshop: Workshop, layer: str, release: int) -> None:
    """Publish an earlier or later release of a layer, or bring a retired layer back."""
    publish_release(workshop.catalogue, layer, release, workshop.actor)
    click.echo(workshop.say("published", layer=layer, release=release))
