"""A report on the terminal: one page of at most 100 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from layers.checks import Severity
from layers.messages import Language
from layers.rehearsal import Outlook
from scripts.reports.outline import VIEW
from scripts.reports.picture import COLUMNS, taiwan_picture
from scripts.reports.view import Concern, Subject, View, describe
from scripts.reports.wording import Wording

_FIELDS = 30
"""Fields that are listed; the page that is written lists them all."""
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_MARKS = {Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.INFO: "•"}
_OUTLOOKS = {Outlook.PUBLISHED: ("green", "✓"), Outlook.REPAIRED: ("yellow", "✓"), Outlook.REFUSED: ("red", "✗")}


def print_report(screen: Console, subjects: Sequence[Subject], language: Language) -> None:
    """Print a page for each subject and, for several, the summary."""
    wording = Wording(language)
    views = [describe(subject, language) for subject in subjects]
    for view in views:
        screen.print(_page(view, wording))
    if len(views) > 1:
        screen.print(_summary(views, wording))


def _page(view: View, wording: Wording) -> RenderableType:
    colour, mark = _OUTLOOKS[view.outlook]
    heading = Text.assemble((f"{mark} {view.title}\n", "bold"), (view.verdict, colour))
    parts: list[RenderableType] = [Panel(heading, border_style=colour), _facts(view)]
    parts += [_section(wording, "findings"), _concerns(view, wording)]
    if view.fields:
        parts += [_section(wording, "fields"), _fields(view, wording)]
    if view.flags:
        parts += [_section(wording, "forecast"), _flags(view)]
    return Group(*parts, Text())


def _section(wording: Wording, name: str) -> Text:
    return Text(f"\n{wording.say(f'rehearsal_heading_{name}')}", style="bold")


def _plain_table(*columns: str) -> Table:
    table = Table(*columns, box=None, pad_edge=False, show_header=bool(columns), header_style="dim")
    table.expand = True
    return table


def _facts(view: View) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for fact in view.facts:
        value = Text(fact.value)
        if fact.reason:
            value.append(f"\n{fact.reason}", style="dim")
        table.add_row(fact.label, value)
    extent = view.rehearsal.extent
    if extent is None or not extent.intersects(VIEW) or extent.union(VIEW) == extent:
        return table
    beside = Table.grid(padding=(0, 2), expand=True)
    beside.add_column(ratio=1)
    beside.add_column(width=COLUMNS, no_wrap=True)
    beside.add_row(table, Text("\n".join(taiwan_picture(extent)), style="cyan"))
    return beside


def _concerns(view: View, wording: Wording) -> RenderableType:
    if not view.concerns:
        return Text(wording.say("rehearsal_nothing_found"), style="green")
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for concern in view.concerns:
        colour = _COLOURS[concern.severity]
        grade = Text(f"{_MARKS[concern.severity]} {concern.grade}", style=colour)
        table.add_row(f"{concern.number}", grade, _said(concern, wording))
    return table


def _said(concern: Concern, wording: Wording) -> Text:
    said = Text(concern.sentence)
    shown = [
        wording.say("rehearsal_examples_values", row=row, value=value) for row, value in concern.untold if row != "-"
    ]
    if shown:
        said.append(f"\n{wording.say('rehearsal_examples')}: {wording.listed(shown)}", style="dim")
    said.append(f"\n→ {concern.action}", style="dim")
    said.append(f"  {concern.code}", style="dim italic")
    return said


def _fields(view: View, wording: Wording) -> RenderableType:
    names = ("field", "type", "filled", "samples", "note")
    table = _plain_table(*(wording.say(f"rehearsal_column_{name}") for name in names))
    table.columns[0].overflow = "fold"
    table.columns[2].justify = "right"
    table.columns[3].ratio = 1
    for row in view.fields[:_FIELDS]:
        name = Text(row.name)
        if row.alias:
            name.append(f" {row.alias}", style="dim")
        style = "yellow" if row.mark and row.samples and "○" in row.samples[0] else "dim"
        table.add_row(name, row.kind, row.filled, Text(wording.listed(list(row.samples))), Text(row.mark, style=style))
    if len(view.fields) <= _FIELDS:
        return table
    more = wording.say("rehearsal_more_fields", count=len(view.fields) - _FIELDS)
    return Group(table, Text(more, style="dim"))


def _flags(view: View) -> RenderableType:
    colours = {"yes": "green", "no": "red", "unknown": "dim"}
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for flag in view.flags:
        word = Text(flag.verdict_word, style=colours[flag.verdict])
        table.add_row(flag.title, word, Text(flag.sentence, style="dim"))
    return table


def _summary(views: Sequence[View], wording: Wording) -> RenderableType:
    names = ("name", "file", "outlook", "rows")
    severities = tuple(Severity)
    headings = [wording.say(f"rehearsal_column_{name}") for name in names]
    headings += [wording.say(f"severity_{severity}") for severity in severities]
    table = _plain_table(*headings)
    for column in table.columns[3:]:
        column.justify = "right"
    for view in views:
        colour, mark = _OUTLOOKS[view.outlook]
        outlook = Text(f"{mark} {wording.say(f'rehearsal_outlook_{view.outlook}')}", style=colour)
        counts = (str(len(view.of(severity)) or "") for severity in severities)
        table.add_row(Text(view.title), Text(view.file), outlook, f"{view.rehearsal.rows:,}", *counts)
    refused = sum(view.outlook is Outlook.REFUSED for view in views)
    total = wording.say("rehearsal_total", count=len(views), good=len(views) - refused, refused=refused)
    return Group(_section(wording, "summary"), table, Padding(Text(total, style="bold"), (1, 0, 0, 0)))
