"""``tuzi onboard``: files or a manifest into the catalogue and out to every service."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError
from rich.table import Table

from catalog.errors import InvalidManifest
from catalog.manifest import AgencyEntry, LayerEntry, Manifest, ThemeEntry, Titled, read_manifest
from catalog.onboarding import OnboardedLayer, Outcome
from catalog.publishing import introduce
from catalog.records import Access
from scripts.console import console, progress
from scripts.language import TranslatedCommand, option
from scripts.workshop import Workshop
from tilecache.publication import publish_basemap

MANIFESTS = {".yml", ".yaml"}


@click.command("onboard", cls=TranslatedCommand, help="help_onboard")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("--id", "id_", help="help_onboard_id")
@option("--agency", help="help_onboard_agency")
@option("--title", help="help_onboard_title")
@option("--theme", default="other:其他", help="help_onboard_theme")
@option("--crs", help="help_onboard_crs")
@option("--encoding", help="help_onboard_encoding")
@option("--source-layer", help="help_onboard_source_layer")
@option("--x", help="help_onboard_x")
@option("--y", help="help_onboard_y")
@option("--key", help="help_onboard_key")
@option(
    "--access", type=click.Choice([access.value for access in Access]), default="public", help="help_onboard_access"
)
@click.pass_obj
def onboard(workshop: Workshop, /, files: tuple[Path, ...], **options: Any) -> None:
    """Onboard each file as a layer, or every layer of a manifest."""
    results: list[OnboardedLayer] = []
    for manifest in _manifests(files, options):
        results += onboard_manifest(workshop, manifest)
    if any(result.outcome is not Outcome.PUBLISHED for result in results):
        sys.exit(1)


def onboard_manifest(workshop: Workshop, manifest: Manifest) -> list[OnboardedLayer]:
    """Onboard all that a manifest holds, with progress, and print the summary table."""
    introduce(workshop.catalogue, manifest.agencies, manifest.themes)
    screen = console()
    with progress(screen) as advance:
        results = [
            workshop.onboarding.onboard(entry, lambda done, total, title=entry.title.zh: advance(title, done, total))  # type: ignore[misc]
            for entry in manifest.layers
        ]
    screen.print(summary(workshop, results))
    for line in _sentences(workshop, results):
        screen.print(line, style="red", soft_wrap=True)
    for basemap in manifest.basemaps:
        for layer in publish_basemap(workshop.catalogue, basemap):
            screen.print(workshop.say("catalogue_unknown_member", basemap=basemap.id, layer=layer), style="yellow")
    return results


def summary(workshop: Workshop, results: Sequence[OnboardedLayer]) -> Table:
    """Return the table of what became of each layer."""
    columns = ("id", "title", "outcome", "release", "features", "crs", "findings")
    table = Table(*(workshop.say(f"column_{name}") for name in columns), box=None, pad_edge=False)
    for result in results:
        style = "green" if result.outcome is Outcome.PUBLISHED else "red"
        notes = [] if result.report is None else result.report.findings
        table.add_row(
            result.entry.id,
            result.entry.title.zh,
            f"[{style}]{workshop.say(f'outcome_{result.outcome}')}[/]",
            str(result.number or "-"),
            "-" if result.count is None else f"{result.count:,}",
            result.crs or "-",
            str(len(notes)) if notes else "",
        )
    return table


def _sentences(workshop: Workshop, results: Iterable[OnboardedLayer]) -> Iterable[str]:
    return (f"✗ {result.entry.id}: {result.sentence(workshop.language)}" for result in results if result.error)


def _manifests(files: Sequence[Path], options: dict[str, Any]) -> list[Manifest]:
    named = [file for file in files if file.suffix.lower() in MANIFESTS]
    loose = [file for file in files if file.suffix.lower() not in MANIFESTS]
    manifests = [read_manifest(file) for file in named]
    return [*manifests, _from_options(loose, options)] if loose else manifests


def _from_options(files: Sequence[Path], options: dict[str, Any]) -> Manifest:
    if not options["agency"]:
        raise InvalidManifest("onboard_no_agency")
    if len(files) > 1 and (options["id_"] or options["title"]):
        raise InvalidManifest("onboard_one_title")
    agency, theme = _introduced(options["agency"]), _introduced(options["theme"])
    try:
        return Manifest(
            agencies=tuple(AgencyEntry(id=id_, title=title) for id_, title in [agency] if title),
            themes=tuple(ThemeEntry(id=id_, title=title) for id_, title in [theme] if title),
            layers=tuple(_entry(file, agency[0], theme[0], options) for file in files),
        )
    except ValidationError as error:
        problems = "; ".join(f"--{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidManifest("onboard_options", problems=problems) from error


def _introduced(text: str) -> tuple[str, Titled | None]:
    """Read ``id`` or, to make a new one known, ``id:名稱``."""
    id_, _, title = text.partition(":")
    return id_, Titled(zh=title) if title else None


def _entry(file: Path, agency: str, theme: str, options: dict[str, Any]) -> LayerEntry:
    return LayerEntry(
        id=options["id_"] or identifier_of(file),
        file=file,
        source_layer=options["source_layer"],
        title=Titled(zh=options["title"] or file.name.split(".")[0]),
        agency=agency,
        theme=theme,
        crs=options["crs"],
        encoding=options["encoding"],
        key=options["key"],
        x=options["x"],
        y=options["y"],
        access=options["access"],
    )


def identifier_of(file: Path) -> str:
    """Make a layer id of a file's name; raises InvalidManifest where nothing of it can stand in an id."""
    stem = file.name.split(".")[0].lower()
    cleaned = re.sub(r"[^a-z0-9]+", "-", stem).strip("-_")[:63]
    if not cleaned:
        raise InvalidManifest("onboard_no_id", file=file.name)
    return cleaned
