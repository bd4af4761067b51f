"""The only writer of what is current: staging, publishing, rolling back and retiring releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError, UnknownLayer, UnpublishedRelease
from catalog.manifest import AgencyEntry, LayerEntry, ThemeEntry
from catalog.models import ReleaseState
from catalog.registration import claim_layer, describe_layer, register_agencies, register_themes
from layers.extent import BoundingBox


@dataclass(frozen=True, slots=True)
class StoredRelease:
    """What a store holds after a release was taken in, as the catalogue records it."""

    kind: str
    count: int | None
    extent: BoundingBox | None
    """CRS84."""
    schema: dict[str, object] | None
    raster: dict[str, object] | None
    report: dict[str, Any]
    source: str
    checksum: str


def introduce(catalogue: Catalogue, agencies: tuple[AgencyEntry, ...], themes: tuple[ThemeEntry, ...]) -> None:
    """Make agencies and themes known."""
    if agencies or themes:
        with catalogue.change() as session:
            register_agencies(session, agencies)
            register_themes(session, themes)


def stage(catalogue: Catalogue, entry: LayerEntry) -> int:
    """Reserve the next release number of a layer; readers notice nothing."""
    with catalogue.write() as session:
        layer = claim_layer(session, entry)
        session.flush()
        # SQLite's writers wait for each other anyway; PostgreSQL's must for the next number of a layer.
        session.execute(select(models.Layer.id).where(models.Layer.id == layer.id).with_for_update())
        largest = session.scalar(select(func.max(models.Release.number)).where(models.Release.layer_id == layer.id))
        number = (largest or 0) + 1
        session.add(models.Release(layer_id=layer.id, number=number, state=ReleaseState.STAGED, source=entry.file.name))
        return number


def discard(catalogue: Catalogue, layer_id: str, number: int) -> None:
    """Forget a staged release, and its layer where that was all it had."""
    with catalogue.write() as session:
        release = session.get(models.Release, (layer_id, number))
        if release is not None and release.state == ReleaseState.STAGED:
            session.delete(release)
            session.flush()
        layer = session.get(models.Layer, layer_id, populate_existing=True)
        if layer is not None and not layer.releases:
            session.delete(layer)


def publish_stored(catalogue: Catalogue, entry: LayerEntry, number: int, stored: StoredRelease, actor: str) -> None:
    """Record a stored release, the layer's new description and the pointer to it, in one transaction."""
    with catalogue.change() as session:
        release = _release(session, entry.id, number)
        release.state = ReleaseState.READY
        release.count, release.schema, release.raster = stored.count, stored.schema, stored.raster
        release.report, release.source, release.checksum = stored.report, stored.source, stored.checksum
        if stored.extent is not None:
            release.west, release.south, release.east, release.north = stored.extent
        describe_layer(release.layer, entry, stored.kind)
        _point(session, release, "publish", actor)


def publish(catalogue: Catalogue, layer_id: str, number: int, actor: str) -> None:
    """Make a ready release the current one; brings a retired layer back."""
    with catalogue.change() as session:
        _layer(session, layer_id)
        _point(session, _release(session, layer_id, number), "publish", actor)


def rollback(catalogue: Catalogue, layer_id: str, actor: str) -> int:
    """Go back to the ready release before the current one; returns its number."""
    with catalogue.change() as session:
        layer = _layer(session, layer_id)
        earlier = [
            release
            for release in layer.releases
            if release.state == ReleaseState.READY and release.number < (layer.current_release or 0)
        ]
        if not earlier:
            raise CatalogueError("catalogue_nothing_to_roll_back", layer=layer_id)
        _point(session, earlier[-1], "rollback", actor)
        return earlier[-1].number


def retire(catalogue: Catalogue, layer_id: str, actor: str) -> None:
    """Take a layer out of every service; its releases stay."""
    with catalogue.change() as session:
        layer = _layer(session, layer_id)
        layer.retired = True
        session.add(models.Event(actor=actor, action="retire", subject=layer_id, detail={}))


def _point(session: Session, release: models.Release, action: str, actor: str) -> None:
    if release.state != ReleaseState.READY:
        raise UnpublishedRelease(layer=release.layer_id, number=release.number)
    layer = release.layer
    layer.current_release = release.number
    layer.retired = False
    layer.updated = models.now()
    session.add(models.Event(actor=actor, action=action, subject=layer.id, detail={"release": release.number}))


def _layer(session: Session, layer_id: str) -> models.Layer:
    layer = session.get(models.Layer, layer_id)
    if layer is None:
        raise UnknownLayer(layer=layer_id)
    return layer


def _release(session: Session, layer_id: str, number: int) -> models.Release:
    release = session.get(models.Release, (layer_id, number))
    if release is None:
        raise UnpublishedRelease(layer=layer_id, number=number)
    return release
