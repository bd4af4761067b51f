"""``tuzi publish``: make a release the current one."""

from __future__ import annotations

import click

from catalog import models
from catalog.records import LayerKind
from scripts.language import TranslatedCommand
from scripts.workshop import Workshop
from tilecache.publication import publish_release


@click.command("publish", cls=TranslatedCommand, help="help_publish")
@click.argument("layer")
@click.argument("release", type=click.IntRange(min=1))
@click.pass_obj
def publish(workshop: Workshop, layer: str, release: int) -> None:
    """Publish an earlier or later release of a layer, or bring a retired layer back."""
    _check_kept(workshop, layer, release)
    publish_release(workshop.catalogue, layer, release, workshop.actor)
    click.echo(workshop.say("published", layer=layer, release=release))


def _check_kept(workshop: Workshop, layer: str, release: int) -> None:
    """Raise UnknownRelease where the store lost a release: better no answer to staff than none to everybody."""
    with workshop.catalogue.read() as session:
        row = session.get(models.Layer, layer)
        if row is None or session.get(models.Release, (layer, release)) is None:
            return  # What is wrong with the names is said by whoever publishes.
        kind = row.kind
    if kind == LayerKind.RASTER:
        workshop.holdings.rasters.open(layer, release)
    else:
        workshop.holdings.features.open(layer, release)
