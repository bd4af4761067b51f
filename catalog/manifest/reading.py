"""Reads manifests from YAML, with the files and styles they name found beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from catalog.errors import InvalidManifest
from catalog.manifest.entries import AgencyEntry, BasemapEntry, LayerEntry, Manifest, ThemeEntry
from catalog.manifest.problems import BrokenManifest, problems_of
from catalog.retrieval import is_address
from layers.errors import InvalidStyle
from layers.styles.document import style_document
from layers.styles.sld import read_sld_file

DEFAULTED = ("agency", "theme", "access", "licence", "attribution", "demonstration", "crs", "encoding", "keywords")
"""What may stand at the top of a manifest for all of its layers."""

_KEYS = {
    "agencies": tuple(AgencyEntry.model_fields),
    "themes": tuple(ThemeEntry.model_fields),
    "layers": tuple(LayerEntry.model_fields),
    "basemaps": tuple(BasemapEntry.model_fields),
}
"""Keys of the entries in each list, to tell what a misspelt one was meant to be."""


def read_manifest(path: Path) -> Manifest:
    """Read a manifest, its layers' defaults filled in, its files and styles found beside it.

    Raises InvalidManifest, which says everything that is wrong and where.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidManifest("manifest_unreadable", file=path.name, reason=error.strerror) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidManifest("manifest_unreadable", file=path.name, reason=reason) from error
    if not isinstance(document, dict) or not isinstance(document.get("layers", []), list):
        raise InvalidManifest("manifest_shape", file=path.name)
    return _validated(_resolved(document, path), path)


def _resolved(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    defaults = {name: document[name] for name in DEFAULTED if name in document}
    rest = {name: value for name, value in document.items() if name not in DEFAULTED}
    layers = [_resolved_layer({**defaults, **entry}, path) for entry in document.get("layers") or [] if entry]
    basemaps = [
        {**basemap, "members": [_with_style(dict(member), path) for member in basemap.get("members") or []]}
        for basemap in document.get("basemaps") or []
    ]
    return {**rest, "layers": layers, "basemaps": basemaps}


def _resolved_layer(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    if isinstance(entry.get("file"), str):
        entry["file"] = path.parent / entry["file"]
    if isinstance(entry.get("joins"), list):
        entry["joins"] = [_with_file(join, path) for join in entry["joins"]]
    if isinstance(entry.get("times"), list):
        entry["times"] = [_with_file(step, path) for step in entry["times"]]
    update = entry.get("update")
    if isinstance(update, dict) and isinstance(source := update.get("source"), str) and not is_address(source):
        entry["update"] = {**update, "source": str((path.parent / source).absolute())}
    return _with_style(entry, path)


def _with_file(join: object, path: Path) -> object:
    """Find a joined table beside the manifest; what is no join at all is for the validation to say."""
    if isinstance(join, dict) and isinstance(join.get("file"), str):
        return {**join, "file": path.parent / join["file"]}
    return join


def _with_style(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    if isinstance(entry.get("style"), str):
        entry["style"] = read_style(path.parent / entry["style"])
    if isinstance(styles := entry.get("styles"), dict):
        entry["styles"] = {
            name: read_style(path.parent / style) if isinstance(style, str) else style for name, style in styles.items()
        }
    return entry


def read_style(path: Path) -> dict[str, Any]:
    """Read a style from a YAML or SLD file as a document; raises InvalidManifest where it cannot be read.

    What of an SLD is drawn otherwise is told by ``tuzi style check``.
    """
    if path.suffix.lower() == ".sld":
        return _read_sld(path)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidManifest("manifest_style_unreadable", file=path.name, reason=reason) from error
    if not isinstance(document, dict):
        raise InvalidManifest("manifest_style_unreadable", file=path.name, reason="rules: []")
    return document


def _read_sld(path: Path) -> dict[str, Any]:
    try:
        return style_document(read_sld_file(path).style)
    except InvalidStyle as error:
        reason = error.sentence("zh-TW")
        raise InvalidManifest("manifest_style_unreadable", file=path.name, reason=reason) from error


def _validated(document: dict[str, Any], path: Path) -> Manifest:
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        raise BrokenManifest(path, problems_of(error, document, _KEYS)) from error
