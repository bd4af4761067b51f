"""``tuzi rehearse``: what onboarding would say of files, without changing anything."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from rich.console import Console

from catalog.errors import InvalidManifest
from catalog.folders import expand_folders
from catalog.manifest import LayerEntry, Manifest, Titled, read_manifest
from catalog.records import Access
from catalog.rehearsal import EntryRehearsals, catalogue_for_rehearsal, claim_errors
from layers.errors import TuziError
from layers.messages import LANGUAGES, Language, language_of, message
from layers.rehearsal import Outlook
from scripts.console import Advance, progress
from scripts.deliveries import MANIFESTS, deliveries_in
from scripts.language import TranslatedCommand, option
from scripts.reports import Subject, print_report, report_document, report_page
from scripts.workshop import Workshop

_WIDEST = 100
_PATIENCE = 2.0
"""Seconds after which somebody wants to know how long it will take."""
_SEVERAL = frozenset({"source_archive_several", "source_layer_choose"})


@dataclass(frozen=True, slots=True)
class Task:
    """One layer to be rehearsed and what the catalogue has against it."""

    entry: LayerEntry
    refusal: TuziError | None = None
    is_loose: bool = False
    """A file without a manifest."""


@click.command("rehearse", cls=TranslatedCommand, help="help_rehearse")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("--crs", help="help_onboard_crs")
@option("--encoding", help="help_onboard_encoding")
@option("--source-layer", "--layer", help="help_onboard_source_layer")
@option("--x", help="help_onboard_x")
@option("--y", help="help_onboard_y")
@option("--key", help="help_onboard_key")
@option(
    "--access", type=click.Choice([access.value for access in Access]), default="public", help="help_onboard_access"
)
@option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="help_rehearse_html")
@option("--json", "as_json", is_flag=True, help="help_json")
@option("--language", type=click.Choice(LANGUAGES), help="help_rehearse_language")
@click.pass_obj
def rehearse(
    workshop: Workshop,
    /,
    files: tuple[Path, ...],
    page: Path | None,
    as_json: bool,
    language: Language | None,
    **options: Any,
) -> None:
    """Rehearse files, manifests or folders; exit code 1 where something would be refused."""
    wanted = language or report_language(workshop)
    configuration, broken = workshop.configuration, list[TuziError]()
    with catalogue_for_rehearsal(configuration.catalogue_url) as catalogue:
        rehearsals = EntryRehearsals(catalogue, workshop.holdings, configuration.layers)
        tasks = list(_tasks(files, rehearsals, options, broken))
        with progress(Console(stderr=True)) as advance:
            shown = patiently(advance)
            subjects = [subject for task in tasks for subject in _subjects(task, rehearsals, shown)]
    if page is not None:
        page.write_text(report_page(subjects, wanted), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(report_document(subjects, wanted), ensure_ascii=False, indent=2))
    else:
        print_report(report_console(), subjects, wanted)
        if page is not None:
            click.echo(message("rehearsal_written", wanted, file=page))
    for error in broken:
        click.secho(f"✗ {error.sentence(wanted)}", fg="red", err=True)
    if broken or any(subject.rehearsal.outlook is Outlook.REFUSED for subject in subjects):
        sys.exit(1)


def report_language(workshop: Workshop) -> Language:
    """Return the language of reports: ``TUZI_LANGUAGE`` where it is set, else that of the configuration."""
    named = os.environ.get("TUZI_LANGUAGE")
    return language_of(named) if named else workshop.language


def report_console() -> Console:
    """Return the terminal, no wider than a page is read well."""
    screen = Console(highlight=False)
    return Console(highlight=False, width=min(screen.width, _WIDEST) if screen.is_terminal else _WIDEST)


def _tasks(
    paths: Sequence[Path], rehearsals: EntryRehearsals, options: Mapping[str, Any], broken: list[TuziError]
) -> Iterator[Task]:
    files = [file for path in paths for file in deliveries_in(path)]
    named = [file for file in files if file.suffix.lower() in MANIFESTS]
    manifests = dict(_manifests(named, rehearsals, broken))
    errors = claim_errors(rehearsals.catalogue, list(manifests.values()))
    for file in files:
        if file in manifests:
            yield from (Task(entry, errors.get(entry.id)) for entry in manifests[file].layers)
        elif file not in named:
            yield Task(loose_entry(file, options), is_loose=True)


def _manifests(
    files: Sequence[Path], rehearsals: EntryRehearsals, broken: list[TuziError]
) -> Iterator[tuple[Path, Manifest]]:
    """Read manifests; one that cannot be read does not stop the others."""
    for file in files:
        try:
            yield file, expand_folders(read_manifest(file), rehearsals.config.archive)
        except TuziError as error:
            broken.append(error)


def loose_entry(file: Path, options: Mapping[str, Any]) -> LayerEntry:
    """Return an entry for a file of which only the reading options are known; raises InvalidManifest."""
    entry = {name: options.get(name) for name in ("crs", "encoding", "source_layer", "x", "y", "key")}
    access = options.get("access") or Access.PUBLIC
    title = Titled(zh=file.name.split(".")[0])
    placed = {"id": "rehearsal", "agency": "rehearsal", "theme": "rehearsal", "title": title}
    try:
        return LayerEntry.model_validate({**entry, **placed, "file": file, "access": access})
    except ValidationError as error:
        problems = "; ".join(f"--{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidManifest("onboard_options", problems=problems) from error


def patiently(advance: Advance) -> Advance:
    """Show progress only once it takes long enough to be asked for."""
    started = time.monotonic()

    def shown(title: str, done: int, total: int | None) -> None:
        if time.monotonic() - started > _PATIENCE:
            advance(title, done, total)

    return shown


def rehearse_loose(
    file: Path, rehearsals: EntryRehearsals, options: Mapping[str, Any], advance: Advance
) -> Iterator[Subject]:
    """Rehearse a file that no manifest describes, each of its layers where it holds several."""
    return _subjects(Task(loose_entry(file, options), is_loose=True), rehearsals, advance)


def _subjects(task: Task, rehearsals: EntryRehearsals, advance: Advance) -> Iterator[Subject]:
    """Rehearse one layer, or each layer of a file that holds several and of which none was chosen."""
    title = task.entry.title.zh
    rehearsal = rehearsals.rehearse(task.entry, lambda done, total: advance(title, done, total), task.refusal)
    names = [part.source_layer for part in rehearsal.parts if part.source_layer is not None]
    if not task.is_loose or rehearsal.error is None or rehearsal.error.code not in _SEVERAL or not names:
        yield Subject(title, rehearsal)
        return
    for name in names:
        part = Task(task.entry.model_copy(update={"source_layer": name, "title": Titled(zh=f"{title}：{name}")}))
        yield from _subjects(part, rehearsals, advance)
