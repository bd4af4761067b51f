"""Builds the read model: the published catalogue as one immutable ``Snapshot``."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, String, cast, select
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
    NamedStyle,
    ReleaseRecord,
    Snapshot,
    ThemeRecord,
    TimeStep,
)
from layers.extent import BoundingBox
from layers.schema import Schema, parse_schema
from layers.styles.default import default_style
from layers.styles.density import Density
from layers.styles.document import parse_style
from layers.styles.model import Style
from layers.text import Text

NOWHERE = BoundingBox(0.0, 0.0, 0.0, 0.0)
_NOTHING = (None, "null")
"""What stands in an empty column of JSON: None may have been written as JSON's own."""


def read_snapshot(catalogue: Catalogue) -> Snapshot:
    """Read all that is published, in one transaction."""
    with catalogue.read() as session:
        revision = session.scalars(select(models.CatalogueState.revision)).one()
        layers = {record.id: record for record in _layers(session, _CURRENT)}
        return Snapshot(
            revision=revision,
            layers=layers,
            basemaps={record.id: record for record in _basemaps(session, layers)},
            themes=tuple(_theme(row) for row in session.scalars(select(models.Theme).order_by(*_THEME_ORDER))),
            agencies=tuple(_agency(row) for row in session.scalars(select(models.Agency).order_by(models.Agency.id))),
            grants=_grants(session),
            keys={row.digest: row.application_id for row in session.scalars(select(models.Key))},
        )


@dataclass(frozen=True, slots=True)
class Reachable:
    """What is current and what ``tuzi publish`` and ``tuzi rollback`` can make current, by id."""

    layers: Mapping[str, tuple[LayerRecord, ...]]
    """The current one first; of retired layers too."""
    basemaps: Mapping[str, tuple[BasemapRecord, ...]]


def read_reachable(catalogue: Catalogue, keep: int) -> Reachable:
    """Read the current releases, those after them and the ``keep`` before, each as it would be served.

    Basemaps: with any one member's release moved, and with the newest releases of the members undone one by one.
    """
    with catalogue.read() as session:
        ready: dict[str, list[LayerRecord]] = defaultdict(list)
        for record in _layers(session, models.Release.state == models.ReleaseState.READY):
            ready[record.id].append(record)
        numbers = {row.id: row.current_release for row in session.execute(_CURRENT_NUMBERS)}
        layers = {id_: _reachable(records, numbers[id_] or 0, keep) for id_, records in ready.items()}
        current = {record.id: record for record in _layers(session, _CURRENT)}
        basemaps = {}
        for row in session.scalars(select(models.Basemap)):
            states = _member_states({m.layer_id: layers[m.layer_id] for m in row.members if m.layer_id in current})
            basemaps[row.id] = tuple(_basemap(row, current | state) for state in states)
        return Reachable(layers, basemaps)


def _reachable(records: list[LayerRecord], current: int, keep: int) -> tuple[LayerRecord, ...]:
    ready = sorted(records, key=lambda record: record.release.number)
    now = [record for record in ready if record.release.number == current]
    after = [record for record in ready if record.release.number > current]
    before = [record for record in ready if record.release.number < current]
    return (*now, *after, *before[max(0, len(before) - keep) :])


def _member_states(members: Mapping[str, tuple[LayerRecord, ...]]) -> list[dict[str, LayerRecord]]:
    """Return what differs from the current members: nothing; one of them moved; the newest ones undone."""
    states: list[dict[str, LayerRecord]] = [{}]
    undone: list[tuple[LayerRecord, LayerRecord]] = []
    for id_, (now, *others) in members.items():
        states.extend({id_: other} for other in others)
        before = [other for other in others if other.release.number < now.release.number]
        falling = [now, *sorted(before, key=lambda record: -record.release.number)]
        undone.extend(pairwise(falling))
    state: dict[str, LayerRecord] = {}
    for later, earlier in sorted(undone, key=lambda step: step[0].release.created, reverse=True):
        state = state | {later.id: earlier}
        states.append(state)
    return states


_THEME_ORDER = (models.Theme.position, models.Theme.id)
_CURRENT = (models.Release.number == models.Layer.current_release) & models.Layer.retired.is_(False)
_CURRENT_NUMBERS = select(models.Layer.id, models.Layer.current_release)


def _layers(session: Session, chosen: ColumnElement[bool]) -> list[LayerRecord]:
    agencies = {row.id: _agency(row) for row in session.scalars(select(models.Agency))}
    themes = {row.id: _theme(row) for row in session.scalars(select(models.Theme))}
    rows = session.execute(
        select(*_COLUMNS)
        .join(models.Release, models.Release.layer_id == models.Layer.id)
        .outerjoin(
            models.Succession,
            (models.Succession.layer_id == models.Release.layer_id)
            & (models.Succession.number == models.Release.number),
        )
        .join(models.Layer.theme)
        .where(chosen)
        .order_by(*_THEME_ORDER, models.Layer.position.desc(), models.Layer.id)
    )
    return [_layer(row, agencies[row.agency_id], themes[row.theme_id]) for row in rows]


_DOCUMENTS = tuple(
    # As text: what is unchanged has been parsed before, and is found by it.
    cast(column, String).label(name)
    for name, column in (
        ("keywords", models.Layer.keywords),
        ("search_fields", models.Layer.search_fields),
        ("style", models.Layer.style),
        ("styles", models.Layer.entry["styles"]),
        ("schema", models.Release.schema),
        ("raster", models.Release.raster),
    )
)
# Not the whole rows: reports and manifest entries are many times as large as what readers see.
_COLUMNS: tuple[Any, ...] = (
    models.Layer.id,
    models.Layer.agency_id,
    models.Layer.theme_id,
    models.Layer.kind,
    models.Layer.title_zh,
    models.Layer.title_en,
    models.Layer.abstract_zh,
    models.Layer.abstract_en,
    models.Layer.attribution_zh,
    models.Layer.attribution_en,
    models.Layer.access,
    models.Layer.licence,
    models.Layer.demonstration,
    models.Layer.position,
    models.Layer.title_field,
    models.Layer.density,
    models.Layer.updated,
    models.Release.number,
    models.Release.created,
    models.Release.count,
    models.Release.west,
    models.Release.south,
    models.Release.east,
    models.Release.north,
    models.Release.source,
    models.Succession.base,
    *_DOCUMENTS,
)


def _layer(row: Any, agency: AgencyRecord, theme: ThemeRecord) -> LayerRecord:
    schema = None if row.schema in _NOTHING else _parse_schema(row.schema)
    return LayerRecord(
        id=row.id,
        title=Text(row.title_zh, row.title_en),
        abstract=Text(row.abstract_zh, row.abstract_en),
        agency=agency,
        theme=theme,
        kind=LayerKind(row.kind),
        access=Access(row.access),
        licence=row.licence,
        attribution=Text(row.attribution_zh or agency.title.zh, row.attribution_en or agency.title.en),
        keywords=_names(row.keywords),
        demonstration=row.demonstration,
        position=row.position,
        search_fields=_names(row.search_fields),
        title_field=row.title_field,
        density=None if row.density is None else Density(row.density),
        release=ReleaseRecord(
            number=row.number,
            created=row.created,
            count=row.count,
            extent=_extent(row),
            schema=schema,
            source=row.source,
            bands=None if row.raster in _NOTHING else json.loads(row.raster).get("bands"),
            steps=() if row.raster in _NOTHING else _steps(row.raster),
            base=row.base,
        ),
        style=_style(row),
        updated=row.updated,
        styles=() if row.styles in _NOTHING else _named_styles(row.styles),
    )


def _steps(document: str) -> tuple[TimeStep, ...]:
    return tuple(TimeStep(step["time"], step["digest"]) for step in json.loads(document).get("steps") or ())


def _extent(row: Any) -> BoundingBox:
    if row.west is None or row.south is None or row.east is None or row.north is None:
        return NOWHERE
    return BoundingBox(row.west, row.south, row.east, row.north)


def _style(row: Any) -> Style:
    if row.style not in _NOTHING:
        return _parse_style(row.style)
    return _default_style(row.id, row.theme_id, row.title_field, row.density, row.schema, row.raster)


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
    parts = [f"{member.layer.id}:{member.layer.content}:{member.style.digest}" for member in members]
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
def _named_styles(document: str) -> tuple[NamedStyle, ...]:
    parsed: dict[str, Any] = json.loads(document)
    return tuple(NamedStyle(name, parse_style(style)) for name, style in parsed.items())


@lru_cache(maxsize=8192)
def _parse_schema(document: str) -> Schema:
    return parse_schema(json.loads(document))


@lru_cache(maxsize=8192)
def _names(document: str) -> tuple[str, ...]:
    return tuple(json.loads(document))


@lru_cache(maxsize=8192)
def _default_style(
    layer: str,
    theme: str,
    title_field: str | None,
    density: str | None,
    schema_document: str | None,
    raster_document: str | None,
) -> Style:
    schema = None if schema_document in _NOTHING else _parse_schema(schema_document)
    raster = {} if raster_document in _NOTHING else json.loads(raster_document)
    return default_style(
        geometry_type=None if schema is None else schema.geometry_type,
        theme=theme,
        fields=() if schema is None else schema.fields,
        title_field=title_field,
        layer=layer,
        minimum=raster.get("minimum"),
        maximum=raster.get("maximum"),
        steepness=raster.get("steepness"),
        density=None if density is None else Density(density),
    )
