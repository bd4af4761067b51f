"""``tuzi export-manifest``: what the catalogue holds, as a manifest."""

from __future__ import annotations

from pathlib import Path

import click

from catalog.errors import CatalogueError
from catalog.export import export_all, export_manifest
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop


@click.command("export-manifest", cls=TranslatedCommand, help="help_export_manifest")
@click.argument("layers", nargs=-1)
@option("--all", "everything", is_flag=True, help="help_export_manifest_all")
@option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="help_export_manifest_output")
@click.pass_obj
def export_manifest_(workshop: Workshop, layers: tuple[str, ...], everything: bool, output: Path | None) -> None:
    """Write the manifest of layers and basemaps, or of all there are."""
    if everything == bool(layers):
        raise CatalogueError("export_manifest_what")
    folder = Path() if output is None else output.parent
    catalogue = workshop.catalogue
    text = export_all(catalogue, folder) if everything else export_manifest(catalogue, layers, folder)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(workshop.say("export_manifest_done", file=output.name))
