"""``tuzi show``: one layer with its releases and what the checks found."""

from __future__ import annotations

from datetime import datetime

import click
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import models
from catalog.errors import UnknownLayer
from layers.checks import QualityReport
from scripts.console import console
from scripts.language import TranslatedCommand
from scripts.outcomes import counts_text
from scripts.workshop import Workshop

_EVENTS = 10
"""Events that are shown of a layer."""


@click.command("show", cls=TranslatedCommand, help="help_show")
@click.argument("layer")
@click.pass_obj
def show(workshop: Workshop, layer: str) -> None:
    """Show a layer's description, its releases and the findings of the current one."""
    with workshop.catalogue.read() as session:
        row = session.get(models.Layer, layer)
        if row is None:
            raise UnknownLayer(layer=layer)
        screen = console()
        screen.print(_description(workshop, row))
        screen.print(_releases(workshop, row))
        screen.print(_history(workshop, session, layer))
        for line in _findings(workshop, row):
            screen.print(line)


def _description(workshop: Workshop, row: models.Layer) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    values = {
        "id": row.id,
        "title": f"{row.title_zh}{f' ({row.title_en})' if row.title_en else ''}",
        "agency": f"{row.agency.title_zh} ({row.agency_id})",
        "theme": f"{row.theme.title_zh} ({row.theme_id})",
        "access": workshop.say(f"access_{row.access}"),
        "licence": row.licence,
        "abstract": row.abstract_zh,
        "state": workshop.say(
            "state_retired" if row.retired else "state_published" if row.current_release else "state_staged"
        ),
    }
    for name, value in values.items():
        table.add_row(workshop.say(f"column_{name}"), value)
    return table


def _releases(workshop: Workshop, row: models.Layer) -> Table:
    columns = ("release", "state", "created", "actor", "features", "mode", "changes", "quarantined", "source")
    table = Table(*(workshop.say(f"column_{name}") for name in columns), box=None, pad_edge=False)
    for release in row.releases:
        mark = "→ " if release.number == row.current_release else "  "
        count = "-" if release.count is None else f"{release.count:,}"
        state = workshop.say(f"release_{release.state}")
        table.add_row(
            f"{mark}{release.number}",
            state,
            _time(release.created),
            release.actor or "-",
            count,
            workshop.say(f"mode_{release.mode}"),
            counts_text(release.changes),
            f"{release.quarantined:,}",
            release.source,
        )
    return table


def _history(workshop: Workshop, session: Session, layer: str) -> Table:
    """Return what was done to the layer most recently, and by whom."""
    query = select(models.Event).where(models.Event.subject == layer).order_by(models.Event.id.desc()).limit(_EVENTS)
    table = Table(*(workshop.say(f"column_{name}") for name in ("when", "actor", "event", "release")), box=None)
    for event in session.scalars(query):
        releases = event.detail.get("releases") or [event.detail.get("release")]
        numbers = ", ".join(str(number) for number in releases if number is not None)
        table.add_row(_time(event.time), event.actor, workshop.say(f"event_{event.action}"), numbers or "-")
    return table


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _findings(workshop: Workshop, row: models.Layer) -> list[str]:
    current = next((release for release in row.releases if release.number == row.current_release), None)
    if current is None or not current.report:
        return []
    report = QualityReport.from_document(current.report)
    return [f"• {finding.sentence(workshop.language)}" for finding in report.findings]
