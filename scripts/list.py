"""``tuzi list``: the layers of the catalogue."""

from __future__ import annotations

import click
import orjson
from rich.table import Table
from sqlalchemy import select

from catalog import models
from scripts.console import console
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop


@click.command("list", cls=TranslatedCommand, help="help_list")
@option("--agency", help="help_list_agency")
@option("--theme", help="help_list_theme")
@option("--json", "as_json", is_flag=True, help="help_json")
@click.pass_obj
def list_(workshop: Workshop, agency: str | None, theme: str | None, as_json: bool) -> None:
    """List the layers with their agency, theme, access and current release."""
    query = select(models.Layer).order_by(models.Layer.theme_id, models.Layer.position.desc(), models.Layer.id)
    if agency:
        query = query.where(models.Layer.agency_id == agency)
    if theme:
        query = query.where(models.Layer.theme_id == theme)
    with workshop.catalogue.read() as session:
        layers = list(session.scalars(query))
    if as_json:
        click.echo(orjson.dumps([_document(layer) for layer in layers], option=orjson.OPT_INDENT_2).decode())
        return
    columns = ("id", "title", "agency", "theme", "access", "release", "updated")
    table = Table(*(workshop.say(f"column_{name}") for name in columns), title=None, box=None, pad_edge=False)
    for layer in layers:
        state = workshop.say("state_retired") if layer.retired else str(layer.current_release or "-")
        access = workshop.say(f"access_{layer.access}")
        table.add_row(
            layer.id,
            layer.title_zh,
            layer.agency.title_zh,
            layer.theme.title_zh,
            access,
            state,
            f"{layer.updated:%Y-%m-%d}",
        )
    console().print(table)
    console().print(workshop.say("list_total", count=len(layers)))


def _document(layer: models.Layer) -> dict[str, object]:
    return {
        "id": layer.id,
        "title": layer.title_zh,
        "agency": layer.agency_id,
        "theme": layer.theme_id,
        "access": layer.access,
        "release": layer.current_release,
        "retired": layer.retired,
        "updated": layer.updated.isoformat(),
    }
