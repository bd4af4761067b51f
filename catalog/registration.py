"""Writes what manifests say — agencies, themes, layers' descriptions, basemaps — into the catalogue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError, LayerTaken
from catalog.manifest import AgencyEntry, BasemapEntry, LayerEntry, ThemeEntry
from catalog.records import LayerKind
from layers.text import Text


def register_agencies(session: Session, entries: Sequence[AgencyEntry]) -> None:
    """Add the agencies, or give those that exist their new titles."""
    for entry in entries:
        session.merge(models.Agency(id=entry.id, title_zh=entry.title.zh, title_en=entry.title.en))


def register_themes(session: Session, entries: Sequence[ThemeEntry]) -> None:
    """Add the themes, or give those that exist their new titles and positions."""
    for entry in entries:
        session.merge(
            models.Theme(id=entry.id, title_zh=entry.title.zh, title_en=entry.title.en, position=entry.position)
        )


def claim_layer(session: Session, entry: LayerEntry) -> models.Layer:
    """Return the layer of that id, made where there is none; raises where it is another agency's or a basemap's."""
    if session.get(models.Agency, entry.agency) is None:
        raise CatalogueError("catalogue_unknown_agency", agency=entry.agency)
    if session.get(models.Theme, entry.theme) is None:
        raise CatalogueError("catalogue_unknown_theme", theme=entry.theme)
    if session.get(models.Basemap, entry.id) is not None:
        raise LayerTaken("catalogue_basemap_taken", layer=entry.id)
    layer = session.get(models.Layer, entry.id)
    if layer is None:
        layer = models.Layer(
            id=entry.id,
            agency_id=entry.agency,
            theme_id=entry.theme,
            kind=LayerKind.VECTOR.value,
            title_zh=entry.title.zh,
            access=entry.access.value,
        )
        session.add(layer)
    elif layer.agency_id != entry.agency:
        raise LayerTaken(layer=entry.id, agency=layer.agency.title_zh)
    return layer


def check_claim(catalogue: Catalogue, entry: LayerEntry) -> None:
    """Raise what ``claim_layer`` would, and change nothing."""
    with catalogue.read() as session:
        claim_layer(session, entry)


def describe_layer(layer: models.Layer, entry: LayerEntry, kind: str) -> None:
    """Write the entry's description over the layer's."""
    layer.kind = kind
    layer.theme_id = entry.theme
    layer.title_zh, layer.title_en = entry.title.zh, entry.title.en
    layer.abstract_zh, layer.abstract_en = entry.abstract.zh, entry.abstract.en
    layer.attribution_zh, layer.attribution_en = entry.attribution.zh, entry.attribution.en
    layer.access = entry.access.value
    layer.licence = entry.licence
    layer.keywords = list(entry.keywords)
    layer.demonstration = entry.demonstration
    layer.position = entry.position
    layer.search_fields = list(entry.search)
    layer.title_field = entry.title_field or (entry.search[0] if entry.search else None)
    layer.style = _as_kept(entry.style)
    layer.entry = entry_document(entry)


def entry_document(entry: LayerEntry) -> dict[str, Any]:
    """Write an entry down so that it says the same from any folder: what is given, with its files' whole paths."""
    document = entry.model_dump(mode="json", exclude_defaults=True)
    document["file"] = str(entry.file.absolute())
    for join, written in zip(entry.joins, document.get("joins", ()), strict=True):
        written["file"] = str(join.file.absolute())
    for step, written in zip(entry.times, document.get("times", ()), strict=True):
        written["file"] = str(step.file.absolute())
    if entry.style is not None:
        document["style"] = _as_kept(entry.style)
    if entry.styles:
        document["styles"] = {name: _as_kept(style) for name, style in entry.styles.items()}
    return document


def _as_kept(style: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a style as the database gives it back: zooms that were numbers in YAML are names in JSON."""
    kept: dict[str, Any] | None = json.loads(json.dumps(style))
    return kept


def entry_of(layer: models.Layer) -> LayerEntry:
    """Return the manifest entry of a layer, whose columns are true where an entry differs from them.

    A layer that was taken in before entries were kept has one made of its columns, with the name of its last
    file and no word on how that was read.
    """
    known = dict(layer.entry or {})
    if not known:
        last = max(layer.releases, key=lambda release: release.number, default=None)
        known["file"] = "" if last is None else last.source
        known["key"] = None if last is None or last.schema is None else last.schema.get("key")
    first = layer.search_fields[0] if layer.search_fields else None
    known |= {
        "id": layer.id,
        "title": {"zh": layer.title_zh, "en": layer.title_en},
        "abstract": {"zh": layer.abstract_zh, "en": layer.abstract_en},
        "attribution": {"zh": layer.attribution_zh, "en": layer.attribution_en},
        "agency": layer.agency_id,
        "theme": layer.theme_id,
        "access": layer.access,
        "licence": layer.licence,
        "keywords": layer.keywords,
        "demonstration": layer.demonstration,
        "position": layer.position,
        "search": layer.search_fields,
        "style": layer.style,
    }
    if layer.title_field != first or known.get("title_field"):
        known["title_field"] = layer.title_field
    known["file"] = Path(known["file"])
    return LayerEntry.model_validate(known)


def register_basemap(session: Session, entry: BasemapEntry) -> tuple[str, ...]:
    """Write a basemap; returns the ids of members the catalogue does not hold, which are left out."""
    if session.get(models.Layer, entry.id) is not None:
        raise LayerTaken("catalogue_basemap_taken", layer=entry.id)
    held = set(session.scalars(select(models.Layer.id)))
    basemap = session.get(models.Basemap, entry.id) or models.Basemap(id=entry.id)
    title, attribution = entry.title.as_text(), entry.attribution.as_text()
    _set_texts(basemap, title, attribution)
    basemap.background, basemap.overlay, basemap.position = entry.background, entry.overlay, entry.position
    basemap.members.clear()
    session.add(basemap)
    session.flush()
    basemap.members.extend(
        models.BasemapMember(position=position, layer_id=member.layer, style=_as_kept(member.style))
        for position, member in enumerate(entry.members)
        if member.layer in held
    )
    return tuple(member.layer for member in entry.members if member.layer not in held)


def _set_texts(basemap: models.Basemap, title: Text, attribution: Text) -> None:
    basemap.title_zh, basemap.title_en = title.zh, title.en
    basemap.attribution_zh, basemap.attribution_en = attribution.zh, attribution.en
