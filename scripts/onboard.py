"""``tuzi onboard``: files, manifests or whole folders of them into the catalogue and out to every service."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from catalog import models
from catalog.errors import InvalidManifest
from catalog.folders import expand_folders
from catalog.manifest import AgencyEntry, LayerEntry, Manifest, ThemeEntry, Titled, UpdateMode, read_manifest
from catalog.onboarding import OnboardedLayer, OnboardingOptions, Outcome
from catalog.publishing import introduce
from catalog.records import Access
from catalog.registration import entry_document, entry_of
from layers.errors import TuziError
from scripts.console import console, progress
from scripts.deliveries import MANIFESTS, deliveries_in, files_in
from scripts.language import TranslatedCommand, option
from scripts.outcomes import sentences, summary
from scripts.workshop import Workshop
from tilecache.publication import publish_all

_FINE = {Outcome.PUBLISHED, Outcome.UNCHANGED}
_OF_THE_FILE = ("title", "crs", "encoding", "source_layer", "x", "y", "key", "access")
"""Options that stand in an entry under the same name."""
_OTHER = "other:其他"


@click.command("onboard", cls=TranslatedCommand, help="help_onboard")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("--id", "id_", help="help_onboard_id")
@option("--agency", help="help_onboard_agency")
@option("--title", help="help_onboard_title")
@option("--theme", help="help_onboard_theme")
@option("--crs", help="help_onboard_crs")
@option("--encoding", help="help_onboard_encoding")
@option("--source-layer", help="help_onboard_source_layer")
@option("--x", help="help_onboard_x")
@option("--y", help="help_onboard_y")
@option("--key", help="help_onboard_key")
@option("--access", type=click.Choice([access.value for access in Access]), help="help_onboard_access")
@option("--mode", type=click.Choice([mode.value for mode in UpdateMode]), help="help_onboard_mode")
@option("--deleted", help="help_onboard_deleted")
@option("--accept-loss", is_flag=True, help="help_accept_loss")
@option("--force", is_flag=True, help="help_onboard_force")
@option("--wait", type=click.FloatRange(min=0), default=10.0, show_default=True, help="help_wait")
@click.pass_obj
def onboard(workshop: Workshop, /, files: tuple[Path, ...], **options: Any) -> None:
    """Onboard each file as a layer, every layer of a manifest, or every manifest of a folder."""
    screen = console()
    manifests, problems = _manifests(workshop, files, options)
    given = OnboardingOptions(
        mode=None if options["mode"] is None else UpdateMode(options["mode"]),
        accept_loss=options["accept_loss"],
        force=options["force"],
        wait=options["wait"],
    )
    results = onboard_manifests(workshop, manifests, given) if manifests else []
    for problem in problems:
        screen.print(f"✗ {problem.sentence(workshop.language)}", style="red", soft_wrap=True)
    for folder in files:
        for file in loose_files(folder, manifests):
            screen.print(workshop.say("onboard_loose", file=str(file)), style="yellow", soft_wrap=True)
    if problems or any(result.outcome not in _FINE for result in results):
        sys.exit(1)


def onboard_manifests(
    workshop: Workshop, manifests: Sequence[Manifest], options: OnboardingOptions
) -> list[OnboardedLayer]:
    """Onboard manifests as one delivery: agencies and themes of all of them first, then layers, then basemaps."""
    manifests = [expand_folders(manifest, workshop.configuration.layers.archive) for manifest in manifests]
    for manifest in manifests:
        introduce(workshop.catalogue, manifest.agencies, manifest.themes)
    screen = console()
    with progress(screen) as advance:
        results = [
            workshop.onboarding.onboard(
                entry,
                lambda done, total, title=entry.title.zh: advance(title, done, total),  # type: ignore[misc]
                options,
            )
            for manifest in manifests
            for entry in manifest.layers
        ]
    screen.print(summary(workshop, results))
    for line in sentences(workshop, results):
        screen.print(line, style="red", soft_wrap=True)
    basemaps = [basemap for manifest in manifests for basemap in manifest.basemaps]
    for basemap, missing in publish_all(workshop.catalogue, (), workshop.actor, basemaps).items():
        for layer in missing:
            screen.print(workshop.say("catalogue_unknown_member", basemap=basemap, layer=layer), style="yellow")
    return results


def _manifests(
    workshop: Workshop, files: Sequence[Path], options: dict[str, Any]
) -> tuple[list[Manifest], list[TuziError]]:
    """Read what was named; in a folder, a manifest that cannot be read does not stop the others."""
    manifests: list[Manifest] = []
    problems: list[TuziError] = []
    homes: dict[str, str] = {}
    loose = [file for file in files if not file.is_dir() and file.suffix.lower() not in MANIFESTS]
    for named in files:
        if named in loose:
            continue
        for file in deliveries_in(named):
            if file.suffix.lower() not in MANIFESTS:
                loose.append(file)
                continue
            try:
                manifests.append(_unclaimed(read_manifest(file), file, homes))
            except TuziError as error:
                if not named.is_dir():
                    raise
                problems.append(error)
    if loose:
        manifests.append(_from_options(workshop, loose, options))
    return manifests, problems


def _unclaimed(manifest: Manifest, file: Path, homes: dict[str, str]) -> Manifest:
    """Return a manifest whose layers no other one has; raises InvalidManifest where one does."""
    for entry in manifest.layers:
        if entry.id in homes:
            raise InvalidManifest("manifest_layer_twice", layer=entry.id, first=homes[entry.id], second=str(file))
    homes.update({entry.id: str(file) for entry in manifest.layers})
    return manifest


def loose_files(folder: Path, manifests: Sequence[Manifest]) -> Iterable[Path]:
    """Return the deliveries in a folder that none of its manifests names."""
    if not folder.is_dir():
        return []
    named = {
        file.resolve()
        for manifest in manifests
        for layer in manifest.layers
        for file in (layer.file, *(join.file for join in layer.joins), *(step.file for step in layer.times))
    }
    return [file for file in files_in(folder) if file.resolve() not in named]


def _from_options(workshop: Workshop, files: Sequence[Path], options: dict[str, Any]) -> Manifest:
    if len(files) > 1 and (options["id_"] or options["title"]):
        raise InvalidManifest("onboard_one_title")
    try:
        layers = tuple(_entry(workshop, file, options) for file in files)
        agency, theme = _introduced(options["agency"]), _introduced(options["theme"] or _OTHER)
        return Manifest(
            agencies=tuple(AgencyEntry(id=id_, title=title) for id_, title in [agency] if title),
            themes=tuple(ThemeEntry(id=id_, title=title) for id_, title in [theme] if title),
            layers=layers,
        )
    except ValidationError as error:
        problems = "; ".join(f"--{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidManifest("onboard_options", problems=problems) from error


def _introduced(text: str | None) -> tuple[str, Titled | None]:
    """Read ``id`` or, to make a new one known, ``id:名稱``."""
    id_, _, title = (text or "").partition(":")
    return id_, Titled(zh=title) if title else None


def _entry(workshop: Workshop, file: Path, options: dict[str, Any]) -> LayerEntry:
    """Return the entry of a file: that of the layer, where the catalogue holds it, with what was said anew."""
    id_ = options["id_"] or identifier_of(file)
    known = _known_entry(workshop, id_)
    if not options["agency"] and (known is None or not options["id_"]):
        raise InvalidManifest("onboard_no_agency")
    said = {name: options[name] for name in _OF_THE_FILE if options[name] is not None}
    said |= {name: _introduced(options[name])[0] for name in ("agency", "theme") if options[name]}
    if known is None:
        document = {"title": file.name.split(".")[0], "theme": _introduced(_OTHER)[0]}
    else:
        document = entry_document(known)
    if options["deleted"]:
        said["update"] = {**document.get("update", {}), "deleted": options["deleted"]}  # type: ignore[dict-item]
    return LayerEntry.model_validate({**document, **said, "id": id_, "file": file})


def _known_entry(workshop: Workshop, id_: str) -> LayerEntry | None:
    with workshop.catalogue.read() as session:
        layer = session.get(models.Layer, id_)
        return None if layer is None or layer.current_release is None else entry_of(layer)


def identifier_of(file: Path) -> str:
    """Make a layer id of a file's name; raises InvalidManifest where nothing of it can stand in an id."""
    stem = file.name.split(".")[0].lower()
    cleaned = re.sub(r"[^a-z0-9]+", "-", stem).strip("-_")[:63]
    if not cleaned:
        raise InvalidManifest("onboard_no_id", file=file.name)
    return cleaned
