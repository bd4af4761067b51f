"""``tuzi manifest``: drafts of manifests, their JSON Schema, and a check that reads no data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console

from catalog.errors import InvalidManifest
from catalog.manifest import AgencyEntry, Manifest, ThemeEntry, Titled, read_manifest
from catalog.manifest.drafting import Draft, Drafted
from catalog.manifest.problems import ManifestProblem
from catalog.manifest.schema import manifest_schema
from catalog.rehearsal import EntryRehearsals, catalogue_for_rehearsal, claim_errors, known_owners
from layers.errors import TuziError
from layers.messages import message
from scripts.console import progress
from scripts.deliveries import MANIFESTS, deliveries_in
from scripts.language import TranslatedCommand, TranslatedGroup, option
from scripts.onboard import identifier_of
from scripts.rehearse import patiently, rehearse_loose, report_language
from scripts.reports import Subject
from scripts.workshop import Workshop


@click.group("manifest", cls=TranslatedGroup, help="help_manifest")
def manifest() -> None:
    """Write and check manifests."""


@manifest.command("new", cls=TranslatedCommand, help="help_manifest_new")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="help_manifest_output")
@option("--agency", help="help_onboard_agency")
@option("--theme", help="help_onboard_theme")
@option("--crs", help="help_onboard_crs")
@option("--encoding", help="help_onboard_encoding")
@option("--source-layer", "--layer", help="help_onboard_source_layer")
@option("--x", help="help_onboard_x")
@option("--y", help="help_onboard_y")
@option("--key", help="help_onboard_key")
@click.pass_obj
def new(workshop: Workshop, /, files: tuple[Path, ...], output: Path | None, **options: Any) -> None:
    """Rehearse files and write a draft of their manifest."""
    if output is not None and output.exists():
        raise InvalidManifest("manifest_exists", file=output.name)
    configuration = workshop.configuration
    with catalogue_for_rehearsal(configuration.catalogue_url) as catalogue:
        rehearsals = EntryRehearsals(catalogue, workshop.holdings, configuration.layers)
        with progress(Console(stderr=True)) as advance:
            shown = patiently(advance)
            found = [file for path in files for file in deliveries_in(path) if file.suffix.lower() not in MANIFESTS]
            subjects = [subject for file in found for subject in rehearse_loose(file, rehearsals, options, shown)]
        known = known_owners(catalogue)
    agency, theme = _introduced(options["agency"]), _introduced(options["theme"])
    draft = Draft(
        language=report_language(workshop),
        folder=Path() if output is None else output.parent,
        known=known,
        agency=AgencyEntry(id=agency[0], title=agency[1]) if agency[0] and agency[1] else None,
        theme=ThemeEntry(id=theme[0], title=theme[1]) if theme[0] and theme[1] else None,
        agency_id=agency[0],
        theme_id=theme[0],
    )
    text = draft.write(list(_drafted(subjects)))
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(message("manifest_written", report_language(workshop), file=output))


@manifest.command("schema", cls=TranslatedCommand, help="help_manifest_schema")
def schema() -> None:
    """Print the JSON Schema of manifests."""
    click.echo(orjson.dumps(manifest_schema(), option=orjson.OPT_INDENT_2).decode())


@manifest.command("check", cls=TranslatedCommand, help="help_manifest_check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def check(workshop: Workshop, /, files: tuple[Path, ...]) -> None:
    """Check manifests, or all of a folder, without reading any data; exit code 1 where something is wrong."""
    wrong = False
    for file in (file for path in files for file in _manifests_in(path)):
        problems = list(_problems(workshop, file))
        for problem in problems:
            click.secho(f"✗ {problem}", fg="red")
        if not problems:
            click.secho(f"✓ {message('manifest_good', report_language(workshop), file=file.name)}", fg="green")
        wrong = wrong or bool(problems)
    if wrong:
        sys.exit(1)


def _manifests_in(path: Path) -> list[Path]:
    found = [file for file in deliveries_in(path) if not path.is_dir() or file.suffix.lower() in MANIFESTS]
    if not found:
        raise InvalidManifest("manifest_none", folder=path.name)
    return found


def _problems(workshop: Workshop, file: Path) -> Iterator[str]:
    """Tell everything that is wrong with a manifest, each time with the file."""
    language = report_language(workshop)
    try:
        read = read_manifest(file)
    except TuziError as error:
        yield error.sentence(language)
        return
    found = [*_misplaced(read)]
    with catalogue_for_rehearsal(workshop.configuration.catalogue_url) as catalogue:
        for id_, refusal in claim_errors(catalogue, [read]).items():
            found.append(ManifestProblem(id_, "id", refusal.code, cause=refusal))
    yield from (f"{file.name}: {problem.sentence(language)}" for problem in found)


def _misplaced(read: Manifest) -> Iterator[ManifestProblem]:
    """Find files that are not there and ids that are given twice."""
    seen: set[str] = set()
    for entry in read.layers:
        if entry.id in seen:
            yield ManifestProblem(entry.id, "id", "manifest_id_twice")
        seen.add(entry.id)
        joined = ((f"joins.{join.key}", join.file) for join in entry.joins)
        steps = ((f"times.{step.time}", step.file) for step in entry.times)
        for key, named in (("file", entry.file), *joined, *steps):
            if not named.exists():
                yield ManifestProblem(entry.id, key, "manifest_file_missing", {"path": named})


def _introduced(text: str | None) -> tuple[str | None, Titled | None]:
    """Read ``id`` or, to make a new one known, ``id:名稱``."""
    id_, _, title = (text or "").partition(":")
    return id_ or None, Titled(zh=title) if title else None


def _drafted(subjects: list[Subject]) -> Iterator[Drafted]:
    taken: set[str] = set()
    for subject in subjects:
        yield Drafted(_identifier(subject, taken), subject.title, subject.rehearsal)


def _identifier(subject: Subject, taken: set[str]) -> str | None:
    """Make an id of the names of file and layer that no other layer of the draft has."""
    layer = subject.rehearsal.plan.source_layer
    try:
        base = identifier_of(subject.rehearsal.plan.file)
    except InvalidManifest:
        return None
    with suppress(InvalidManifest):
        # A layer with a Chinese name is told from the others by its number.
        base = base if layer is None else f"{base}-{identifier_of(Path(layer))}"[:60]
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name
