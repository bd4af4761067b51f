"""``tuzi check``: configuration, catalogue, data files and fonts, every finding."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from catalog import models
from catalog.records import LayerKind
from catalog.sweeping import Leftovers, find_leftovers, sweep_all
from layers.errors import StoreError, TuziError
from layers.render.fonts import find_fonts
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop


@click.command("check", cls=TranslatedCommand, help="help_check")
@option("--clean", is_flag=True, help="help_check_clean")
@click.pass_obj
def check(workshop: Workshop, clean: bool) -> None:
    """Check everything the platform stands on; exit code 1 where something is wrong."""
    if clean:
        sweep_all(workshop.catalogue, workshop.holdings, workshop.locks, lambda found: _say_swept(workshop, found))
    findings = list(_findings(workshop))
    for finding in findings:
        click.secho(f"✗ {finding}", fg="red")
    if findings:
        sys.exit(1)
    click.secho(f"✓ {workshop.say('check_good')}", fg="green")


def _say_swept(workshop: Workshop, found: Leftovers) -> None:
    releases = ", ".join(map(str, (*found.staged, *found.orphans)))
    click.echo(workshop.say("check_swept", layer=found.layer, releases=releases))


def _findings(workshop: Workshop) -> Iterator[str]:
    yield from _fonts(workshop)
    if not (workshop.configuration.path(workshop.configuration.server.site) / "index.html").is_file():
        yield workshop.say("check_no_site", folder=workshop.configuration.server.site)
    try:
        workshop.holdings.features.numbers("tuzi")
    except StoreError as error:
        yield error.sentence(workshop.language)
        return
    try:
        yield from _layers(workshop)
        yield from _basemaps(workshop)
    except SQLAlchemyError as error:
        yield workshop.say("check_no_catalogue", reason=str(error.__cause__ or error))


def _fonts(workshop: Workshop) -> Iterator[str]:
    if not find_fonts(workshop.configuration.font_folders).has_chinese:
        folders = ", ".join(map(str, workshop.configuration.layers.fonts))
        yield workshop.say("check_no_font", folders=folders)


def _layers(workshop: Workshop) -> Iterator[str]:
    with workshop.catalogue.read() as session:
        for layer in session.scalars(select(models.Layer).order_by(models.Layer.id)):
            yield from _releases(workshop, layer)
            for number in find_leftovers(workshop.catalogue, workshop.holdings, layer.id).orphans:
                yield workshop.say("check_orphan", layer=layer.id, release=number)


def _releases(workshop: Workshop, layer: models.Layer) -> Iterator[str]:
    for release in layer.releases:
        if release.state == models.ReleaseState.STAGED:
            yield workshop.say("check_staged", layer=layer.id, release=release.number)
            continue
        try:
            if layer.kind == LayerKind.RASTER:
                workshop.holdings.rasters.open(layer.id, release.number)
            else:
                workshop.holdings.features.open(layer.id, release.number)
        except TuziError as error:
            yield error.sentence(workshop.language)
    if layer.current_release is None and layer.releases:
        yield workshop.say("check_unpublished", layer=layer.id)


def _basemaps(workshop: Workshop) -> Iterator[str]:
    with workshop.catalogue.read() as session:
        served = set(session.scalars(select(models.Layer.id).where(models.Layer.retired.is_(False))))
        for basemap in session.scalars(select(models.Basemap).order_by(models.Basemap.id)):
            for member in basemap.members:
                if member.layer_id not in served:
                    yield workshop.say("catalogue_unknown_member", basemap=basemap.id, layer=member.layer_id)
