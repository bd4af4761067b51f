"""Builds the read model: the published catalogue as one immutable ``Snapshot``."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache, reduce
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.records import (
    Access,
    AgencyRecord,
    BasemapMember,
    BasemapRecord,
    LayerKind,
    LayerRecord,
    ReleaseRecord,
    Snapshot,
    ThemeRecord,
)
from layers.extent import BoundingBox
from layers.schema import Schema, parse_schema
from layers.styles.default import default_style
from layers.styles.document import parse_style
from layers.styles.model import Style
from layers.text import Text

NOWHERE = BoundingBox(0.0, 0.0, 0.0, 0.0)


def read_snapshot(catalogue: Catalogue) -> Snapshot:
    """Read all that is published, in one transaction."""
    with catalogue.read() as session:
        revision = session.scalars(select(models.CatalogueState.revision)).one()
        layers = {record.id: record for record in _layers(session)}
        return Snapshot(
            revision=revision,
            layers=layers,
            basemaps={record.id: record for record in _basemaps(session, layers)},
            themes=tuple(_theme(row) for row in session.scalars(select(models.Theme).order_by(*_THEME_ORDER))),
            agencies=tuple(_agency(row) for row in session.scalars(select(models.Agency).order_by(models.Agency.id))),
            grants=_grants(session),
            keys={row.digest: row.application_id for row in session.scalars(select(models.Key))},
        )


_THEME_ORDER = (models.Theme.position, models.Theme.id)


def _layers(session: Session) -> list[LayerRecord]:
    rows = session.execute(
        select(models.Layer, models.Release)
        .join(
            models.Release,
            (models.Release.layer_id == models.Layer.id) & (models.Release.number == models.Layer.current_release),
        )
        .join(models.Layer.theme)
        .where(models.Layer.retired.is_(False))
        .order_by(*_THEME_ORDER, models.Layer.position.desc(), models.Layer.id)
    ).unique()
    return [_layer(layer, release) for layer, release in rows]


def _layer(layer: models.Layer, release: models.Release) -> LayerRecord:
    kind = LayerKind(layer.kind)
    schema = None if release.schema is None else _parse_schema(json.dumps(release.schema, sort_keys=True))
    return LayerRecord(
        id=layer.id,
        title=Text(layer.title_zh, layer.title_en),
        abstract=Text(layer.abstract_zh, layer.abstract_en),
        agency=_agency(layer.agency),
        theme=_theme(layer.theme),
        kind=kind,
        access=Access(layer.access),
        licence=layer.licence,
        attribution=Text(layer.attribution_zh or layer.agency.title_zh, layer.attribution_en or layer.agency.title_en),
        keywords=tuple(layer.keywords),
        demonstration=layer.demonstration,
        position=layer.position,
        search_fields=tuple(layer.search_fields),
        title_field=layer.title_field,
        release=ReleaseRecord(
            number=release.number,
            created=release.created,
            count=release.count,
            extent=_extent(release),
            schema=schema,
            source=release.source,
        ),
        style=_style(layer, schema, release),
        updated=layer.updated,
    )


def _extent(release: models.Release) -> BoundingBox:
    if release.west is None or release.south is None or release.east is None or release.north is None:
        return NOWHERE
    return BoundingBox(release.west, release.south, release.east, release.north)


def _style(layer: models.Layer, schema: Schema | None, release: models.Release) -> Style:
    if layer.style is not None:
        return _parse_style(json.dumps(layer.style))
    raster = release.raster or {}
    return default_style(
        geometry_type=None if schema is None else schema.geometry_type,
        theme=layer.theme_id,
        fields=() if schema is None else schema.fields,
        title_field=layer.title_field,
        layer=layer.id,
        minimum=raster.get("minimum"),
        maximum=raster.get("maximum"),
    )


def _basemaps(session: Session, layers: Mapping[str, LayerRecord]) -> list[BasemapRecord]:
    rows = session.scalars(select(models.Basemap).order_by(models.Basemap.position, models.Basemap.id))
    records = (_basemap(row, layers) for row in rows)
    return [record for record in records if record.members]


def _basemap(row: models.Basemap, layers: Mapping[str, LayerRecord]) -> BasemapRecord:
    members = tuple(
        BasemapMember(
            layers[member.layer_id],
            layers[member.layer_id].style if member.style is None else _parse_style(json.dumps(member.style)),
        )
        for member in row.members
        if member.layer_id in layers
    )
    parts = [f"{member.layer.id}:{member.layer.release.number}:{member.style.digest}" for member in members]
    return BasemapRecord(
        id=row.id,
        title=Text(row.title_zh, row.title_en),
        attribution=Text(row.attribution_zh, row.attribution_en),
        background=row.background,
        members=members,
        edition=hashlib.sha256("|".join([row.background or "", *parts]).encode()).hexdigest()[:12],
        extent=reduce(BoundingBox.union, (m.layer.release.extent for m in members)) if members else NOWHERE,
        overlay=row.overlay,
    )


def _agency(row: models.Agency) -> AgencyRecord:
    return AgencyRecord(row.id, Text(row.title_zh, row.title_en))


def _theme(row: models.Theme) -> ThemeRecord:
    return ThemeRecord(row.id, Text(row.title_zh, row.title_en), row.position)


def _grants(session: Session) -> dict[str, frozenset[str]]:
    granted: dict[str, set[str]] = defaultdict(set)
    for row in session.scalars(select(models.Grant)):
        granted[row.application_id].add(row.layer_id)
    return {application: frozenset(layers) for application, layers in granted.items()}


# Documents rarely change between revisions, and parsing them is most of the work of a snapshot.
@lru_cache(maxsize=8192)
def _parse_style(document: str) -> Style:
    parsed: dict[str, Any] = json.loads(document)
    return parse_style(parsed)


@lru_cache(maxsize=8192)
def _parse_schema(document: str) -> Schema:
    return parse_schema(json.loads(document))
