"""Turns a manifest's entry into what ``layers`` needs to take the file in."""

from __future__ import annotations

from sqlalchemy import select

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError
from catalog.holdings import Holdings
from catalog.manifest import LayerEntry, UpdateMode
from catalog.records import Access, LayerKind
from catalog.succession import Predecessor
from layers.plan import (
    Areas,
    EarlierSteps,
    Geomask,
    IntakePlan,
    Join,
    Merge,
    PersonalRule,
    Privacy,
    Reference,
    TimedFile,
    Update,
)
from layers.stores import Release


def plan_of(entry: LayerEntry, catalogue: Catalogue, holdings: Holdings) -> IntakePlan:
    """Return how the entry's file is to be read; raises CatalogueError where it names layers that are not there."""
    return IntakePlan(
        file=entry.file,
        source_layer=entry.source_layer,
        crs=entry.declared_crs,
        encoding=entry.encoding,
        key=entry.key,
        x=entry.x,
        y=entry.y,
        wkt=entry.wkt,
        tags=entry.tags,
        fields={name: field.definition() for name, field in entry.fields.items()},
        searchable=entry.search,
        joins=tuple(
            Join(join.file, join.key, join.to, {name: f.definition() for name, f in join.fields.items()}, join.encoding)
            for join in entry.joins
        ),
        time=entry.time,
        times=tuple(TimedFile(step.time, step.file) for step in entry.times),
        coverage=entry.coverage,
        public=entry.access is Access.PUBLIC,
        privacy=_privacy(entry, catalogue, holdings),
        references=references(entry, catalogue, holdings),
    )


def update_of(
    entry: LayerEntry, mode: UpdateMode, before: Predecessor | None, holdings: Holdings, resubmission: bool = False
) -> Update | None:
    """Return what a delivery is merged with, None where it is the whole layer; raises CatalogueError."""
    if mode is UpdateMode.REPLACE:
        return None
    if mode is UpdateMode.APPEND and entry.time is not None and (before is None or before.kind is LayerKind.RASTER):
        return None
    if before is not None and before.kind is not LayerKind.VECTOR:
        raise CatalogueError("catalogue_merge_raster", layer=entry.id)
    if entry.personal.aggregate is not None:
        raise CatalogueError("catalogue_merge_aggregate", layer=entry.id)
    base = None if before is None else holdings.features.open(entry.id, before.number)
    if before is not None and base is not None:
        _check_carried(entry, before, base)
    deleted = entry.update.deleted if mode is UpdateMode.DELTA else None
    return Update(Merge(mode.value), base, deleted, resubmission)


def earlier_steps(mode: UpdateMode, before: Predecessor | None) -> EarlierSteps | None:
    """Return the dates of a raster layer that stay beside those that are added."""
    if mode is not UpdateMode.APPEND or before is None or not before.steps:
        return None
    return EarlierSteps(before.number, tuple(step["time"] for step in before.steps))


def _check_carried(entry: LayerEntry, before: Predecessor, base: Release) -> None:
    """Refuse to carry features over that were stored under looser rules: nobody looks at them a second time."""
    now, then = entry.personal, before.entry.personal
    stricter = (
        name
        for name, rule in now.columns.items()
        if rule is not PersonalRule.KEEP and then.columns.get(name) is not rule and name in base.schema.names
    )
    opened = entry.access is Access.PUBLIC and before.entry.access is not Access.PUBLIC
    moved = now.geomask is not None and now.geomask != then.geomask
    if opened or moved or then.aggregate is not None or any(stricter):
        raise CatalogueError("catalogue_merge_personal", layer=entry.id)


def references(entry: LayerEntry, catalogue: Catalogue, holdings: Holdings) -> tuple[Reference, ...]:
    """Return the layers that the catalogue knows to lie right, but for the entry's own."""
    field = models.Layer.entry["reference"].as_string()
    query = select(models.Layer.id, models.Layer.current_release, field).where(
        field.is_not(None),
        models.Layer.id != entry.id,
        models.Layer.kind == LayerKind.VECTOR.value,
        models.Layer.current_release.is_not(None),
        models.Layer.retired.is_(False),
    )
    with catalogue.read() as session:
        rows = session.execute(query.order_by(models.Layer.id)).all()
    return tuple(Reference(layer, name, holdings.features.open(layer, number)) for layer, number, name in rows)


def context_of(entry: LayerEntry, catalogue: Catalogue) -> tuple[str, ...]:
    """Name the releases of other layers that the entry's data is made of."""
    if entry.personal.aggregate is None:
        return ()
    layer = entry.personal.aggregate.layer
    return (f"{layer} {_current_release(catalogue, layer)}",)


def _privacy(entry: LayerEntry, catalogue: Catalogue, holdings: Holdings) -> Privacy:
    personal = entry.personal
    geomask = None if personal.geomask is None else Geomask(personal.geomask.radius, personal.geomask.seed)
    return Privacy(personal.columns, geomask, _areas(entry, catalogue, holdings))


def _areas(entry: LayerEntry, catalogue: Catalogue, holdings: Holdings) -> Areas | None:
    aggregate = entry.personal.aggregate
    if aggregate is None:
        return None
    number = _current_release(catalogue, aggregate.layer)
    if number is None:
        raise CatalogueError("catalogue_areas_unknown", layer=entry.id, areas=aggregate.layer)
    _check_access(entry, aggregate.layer, catalogue)
    release = holdings.features.open(aggregate.layer, number)
    if aggregate.key not in release.schema.names:
        raise CatalogueError(
            "catalogue_unknown_field",
            layer=aggregate.layer,
            field=aggregate.key,
            role="personal.aggregate.key",
            fields=", ".join(release.schema.names),
        )
    return Areas(release, aggregate.key)


def _check_access(entry: LayerEntry, areas: str, catalogue: Catalogue) -> None:
    """Refuse areas that not everybody may see who will see the counts: their outlines are published with them."""
    with catalogue.read() as session:
        access = Access(session.get_one(models.Layer, areas).access)
    order = list(Access)
    if order.index(access) > order.index(entry.access):
        raise CatalogueError("catalogue_areas_access", layer=entry.id, areas=areas, access=access.value)


def _current_release(catalogue: Catalogue, layer: str) -> int | None:
    query = select(models.Layer.current_release).where(
        models.Layer.id == layer, models.Layer.kind == LayerKind.VECTOR.value
    )
    with catalogue.read() as session:
        return session.scalar(query)
