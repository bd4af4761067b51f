"""``tuzi diff``: what is different between two releases of a layer."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from catalog.comparison import ReleasePair, choose_releases, compare_releases
from layers.changes import ChangeKind, Changes, Matching, changes_as_geojson, count_changed_fields, read_changes
from scripts.changes.document import changes_document
from scripts.changes.tables import area_line, counts_table, example_line, fields_table, schema_lines
from scripts.console import console
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop
from tilecache.area import touched_area


@click.command("diff", cls=TranslatedCommand, help="help_diff")
@click.argument("layer")
@click.argument("before", type=click.IntRange(min=1), required=False)
@click.argument("after", type=click.IntRange(min=1), required=False)
@option("--geojson", type=click.Path(path_type=Path, dir_okay=False), help="help_diff_geojson")
@option("--examples", type=click.IntRange(0, 1000), default=3, show_default=True, help="help_diff_examples")
@option("--json", "as_json", is_flag=True, help="help_json")
@click.pass_obj
def diff(
    workshop: Workshop,
    layer: str,
    before: int | None,
    after: int | None,
    geojson: Path | None,
    examples: int,
    as_json: bool,
) -> None:
    """Compare two releases of a layer, without numbers the current one with the one before."""
    pair = choose_releases(workshop.catalogue, layer, before, after)
    changes = compare_releases(workshop.holdings, pair)
    if geojson is not None:
        write_geojson(changes, geojson)
    if as_json:
        document = changes_document(pair, changes, examples)
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    _print(workshop, pair, changes, examples)
    if geojson is not None:
        click.echo(workshop.say("diff_written", count=f"{changes.total:,}", file=geojson))


def write_geojson(changes: Changes, file: Path) -> None:
    """Write all changed features to a file, which appears whole or not at all."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        with partial.open("wb") as stream:
            stream.writelines(changes_as_geojson(changes))
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _print(workshop: Workshop, pair: ReleasePair, changes: Changes, examples: int) -> None:
    screen = console()
    screen.print(
        workshop.say(
            "diff_title",
            layer=pair.layer,
            title=pair.title.in_language(workshop.language),
            before=pair.before,
            after=pair.after,
            count_before=f"{changes.before.count:,}",
            count_after=f"{changes.after.count:,}",
        ),
        style="bold",
        markup=False,
    )
    by_key = changes.matching is Matching.KEY
    screen.print(
        workshop.say("diff_by_key" if by_key else "diff_by_content", key=changes.after.schema.key), markup=False
    )
    for line in schema_lines(workshop, changes.schema):
        screen.print(f"• {line}", markup=False)
    if not changes.total:
        screen.print(workshop.say("diff_same"))
        return
    screen.print("", counts_table(workshop, changes), "")
    if fields := count_changed_fields(changes):
        screen.print(fields_table(workshop, changes, fields), "")
    for kind in ChangeKind:
        for change in read_changes(changes, kind, examples):
            screen.print(example_line(workshop, change), soft_wrap=True)
    screen.print(area_line(workshop, touched_area(changes.drawn_boxes())))
