"""Writes what the catalogue holds as a manifest, from which the same catalogue can be made again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.errors import UnknownLayer
from catalog.registration import entry_document, entry_of

_ORDER = ("id", "file", "title", "agency", "theme")
"""What people look for first in a layer's entry."""
_WIDTH = 120


def export_manifest(catalogue: Catalogue, names: Sequence[str], folder: Path) -> str:
    """Return the YAML of layers and basemaps, with the agencies and themes they need.

    Files below ``folder``, where the manifest will lie, are named from there, others by their whole path.
    Raises UnknownLayer.
    """
    with catalogue.read() as session:
        basemaps = [row for name in names if (row := session.get(models.Basemap, name)) is not None]
        taken = {row.id for row in basemaps}
        layers = [_layer(session, name) for name in names if name not in taken]
        agencies = {row.agency.id: row.agency for row in layers}
        themes = {row.theme.id: row.theme for row in layers}
        return _written(layers, basemaps, agencies.values(), themes.values(), folder)


def export_all(catalogue: Catalogue, folder: Path) -> str:
    """Return the YAML of the whole catalogue but for retired layers and those without a release."""
    with catalogue.read() as session:
        layers = select(models.Layer).where(models.Layer.retired.is_(False), models.Layer.current_release.is_not(None))
        order = (models.Layer.theme_id, models.Layer.position.desc(), models.Layer.id)
        basemaps = select(models.Basemap).order_by(models.Basemap.position, models.Basemap.id)
        themes = select(models.Theme).order_by(models.Theme.position, models.Theme.id)
        agencies = select(models.Agency).order_by(models.Agency.id)
        return _written(
            session.scalars(layers.order_by(*order)).unique().all(),
            session.scalars(basemaps).all(),
            session.scalars(agencies).all(),
            session.scalars(themes).all(),
            folder,
        )


def _layer(session: Session, name: str) -> models.Layer:
    row = session.get(models.Layer, name)
    if row is None:
        raise UnknownLayer(layer=name)
    return row


def _written(
    layers: Iterable[models.Layer],
    basemaps: Iterable[models.Basemap],
    agencies: Iterable[models.Agency],
    themes: Iterable[models.Theme],
    folder: Path,
) -> str:
    document = {
        "agencies": [{"id": row.id, "title": _title(row.title_zh, row.title_en)} for row in agencies],
        "themes": [_theme_document(row) for row in themes],
        "layers": [_layer_document(row, folder) for row in layers],
        "basemaps": [_basemap_document(row) for row in basemaps],
    }
    kept = {name: entries for name, entries in document.items() if entries}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _title(zh: str, en: str | None) -> str | dict[str, str]:
    return zh if en is None else {"zh": zh, "en": en}


def _theme_document(row: models.Theme) -> dict[str, Any]:
    return _filled({"id": row.id, "title": _title(row.title_zh, row.title_en), "position": row.position})


def _layer_document(row: models.Layer, folder: Path) -> dict[str, Any]:
    entry = entry_of(row)
    document = entry_document(entry)
    document["file"] = _from(folder, entry.file)
    for join, written in zip(entry.joins, document.get("joins", ()), strict=True):
        written["file"] = _from(folder, join.file)
    for step, written in zip(entry.times, document.get("times", ()), strict=True):
        written["file"] = _from(folder, step.file)
    for name in ("title", "abstract", "attribution"):
        if name in document:
            document[name] = _title(document[name]["zh"], document[name].get("en"))
    first = {name: document.pop(name) for name in _ORDER if name in document}
    return {**first, **document}


def _from(folder: Path, file: Path) -> str:
    """Name a file as the manifest's folder sees it."""
    whole = folder.absolute()
    return str(file.relative_to(whole)) if file.is_relative_to(whole) else str(file)


def _basemap_document(row: models.Basemap) -> dict[str, Any]:
    title, attribution = _title(row.title_zh, row.title_en), _title(row.attribution_zh, row.attribution_en)
    document = {"id": row.id, "title": title, "attribution": attribution, "background": row.background}
    members = [_filled({"layer": member.layer_id, "style": member.style}) for member in row.members]
    return {**_filled({**document, "overlay": row.overlay, "position": row.position}), "members": members}


def _filled(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing that is not so without it."""
    return {name: value for name, value in document.items() if value not in (None, "", False, 0)}
