"""A comparison on the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from layers.changes import ChangeKind, Changes, FeatureChange, SchemaChanges
from layers.schema import Field
from scripts.workshop import Workshop
from tilecache.area import TouchedArea

_WIDEST = 40
"""Characters of a value that are shown."""
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control and format characters, surrogates and separators."""
_FIELDS = 4
"""Fields of an added or removed feature that are shown."""
COLOURS = {
    ChangeKind.ADDED: "green",
    ChangeKind.REMOVED: "red",
    ChangeKind.GEOMETRY: "yellow",
    ChangeKind.ATTRIBUTES: "yellow",
    ChangeKind.BOTH: "yellow",
}


def plain_table(workshop: Workshop, *columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """Return an empty table in the house's form; the columns are message codes without ``column_``."""
    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(workshop.say(f"column_{name}"), justify="right" if name in numbers else "left")
    return table


def counts_table(workshop: Workshop, changes: Changes) -> Table:
    """Return how many features changed in each way and which share they are."""
    table = plain_table(workshop, "change", "features", "share", numbers=("features", "share"))
    for kind in ChangeKind:
        count = changes.count(kind)
        colour = COLOURS[kind] if count else "dim"
        table.add_row(
            f"[{colour}]{workshop.say(f'change_{kind.value}')}[/]", f"{count:,}", f"{changes.share(kind):.2%}"
        )
    table.add_row(workshop.say("change_unchanged"), f"{changes.unchanged:,}", "")
    return table


def fields_table(workshop: Workshop, changes: Changes, counts: Mapping[str, int]) -> Table:
    """Return which attributes have other values, and how often."""
    table = plain_table(workshop, "field", "alias", "features", numbers=("features",))
    for name, count in counts.items():
        table.add_row(escape(name), escape(_alias(workshop, changes.after.schema.field(name))), f"{count:,}")
    return table


def _alias(workshop: Workshop, field: Field | None) -> str:
    return "" if field is None or field.alias is None else field.alias.in_language(workshop.language)


def schema_lines(workshop: Workshop, schema: SchemaChanges) -> Iterator[str]:
    """Say what is different between the schemas."""
    for code, fields in (("diff_fields_added", schema.added), ("diff_fields_removed", schema.removed)):
        if fields:
            yield workshop.say(code, fields=", ".join(field.name for field in fields))
    for old, new in schema.retyped:
        yield workshop.say("diff_field_retyped", field=new.name, before=old.type.value, after=new.type.value)
    for code, pair in (
        ("diff_geometry_type", schema.geometry_type),
        ("diff_crs", schema.crs),
        ("diff_key", schema.key),
    ):
        if pair is not None:
            yield workshop.say(code, before=pair[0] or "-", after=pair[1] or "-")
    if schema.reordered and not (schema.added or schema.removed or schema.retyped):
        yield workshop.say("diff_fields_reordered")


def area_line(workshop: Workshop, area: TouchedArea) -> str:
    """Say where features changed and how much of the city that is."""
    if area.box is None:
        return workshop.say("diff_area_none")
    west, south, east, north = (f"{value:.5f}" for value in area.box)
    return workshop.say(
        "diff_area", area=f"{area.square_kilometres:,.2f}", west=west, south=south, east=east, north=north
    )


def example_line(workshop: Workshop, change: FeatureChange) -> str:
    """Say of one feature what it was and what it is."""
    parts = []
    if change.kind in {ChangeKind.ADDED, ChangeKind.REMOVED}:
        values = change.new or change.old
        parts += [f"{name} = {_shown(value)}" for name, value in values.items() if value is not None][:_FIELDS]
    else:
        parts += [f"{name}: {_shown(value)} → {_shown(change.new[name])}" for name, value in change.old.items()]
    if change.moved is not None:
        parts.append(workshop.say("diff_moved", metres=f"{change.moved:,.2f}"))
    colour = COLOURS[change.kind]
    id_ = escape(_shown(change.id))
    label = workshop.say(f"change_{change.kind.value}")
    return f"[{colour}]{label}[/] {id_}  {escape('; '.join(parts))}"


def _shown(value: Any) -> str:
    # Whatever an agency wrote into a value, it must not steer the terminal; private characters are names' own.
    written = "".join(" " if unicodedata.category(sign) in _STEERING else sign for sign in str(value))
    text = "∅" if value is None else " ".join(written.split())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
