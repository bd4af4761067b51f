"""``tuzi application``: connected systems 介接系統, their keys and the layers granted to them."""

from __future__ import annotations

import click

from catalog.applications import connect_application, disconnect_application
from scripts.language import TranslatedCommand, TranslatedGroup, option
from scripts.workshop import Workshop


@click.group("application", cls=TranslatedGroup, help="help_application")
def application() -> None:
    """Manage connected systems."""


@application.command("add", cls=TranslatedCommand, help="help_application_add")
@click.argument("name")
@option("--title", default="", help="help_application_title")
@option("--grant", "layers", multiple=True, help="help_application_grant")
@click.pass_obj
def add(workshop: Workshop, name: str, title: str, layers: tuple[str, ...]) -> None:
    """Connect a system, or grant more to it, and show a new key once."""
    key = connect_application(workshop.catalogue, name, title or name, layers, workshop.actor)
    click.echo(workshop.say("application_added", application=name))
    click.echo(key)


@application.command("remove", cls=TranslatedCommand, help="help_application_remove")
@click.argument("name")
@click.pass_obj
def remove(workshop: Workshop, name: str) -> None:
    """Disconnect a system: all of its keys stop working."""
    disconnect_application(workshop.catalogue, name, workshop.actor)
    click.echo(workshop.say("application_removed", application=name))
