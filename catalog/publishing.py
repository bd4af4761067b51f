"""The only writer of what is current: staging, publishing, rolling back and retiring releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue, move_revision
from catalog.errors import CatalogueError, UnknownLayer, UnpublishedRelease
from catalog.footprints import Succession, write_succession
from catalog.manifest import AgencyEntry, BasemapEntry, LayerEntry, ThemeEntry
from catalog.models import ReleaseState
from catalog.registration import (
    claim_layer,
    describe_layer,
    register_agencies,
    register_basemap,
    register_themes,
)
from layers.extent import BoundingBox
from layers.styles.density import Density, density_of


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
    digest: str = ""
    """``ReleaseSummary.digest``."""
    plan: str = ""
    """``deliveries.plan_digest``."""
    mode: str = "replace"
    base: int | None = None
    """The release that was current before."""
    changes: dict[str, Any] | None = None
    quarantined: int = 0
    action: str = "publish"
    """What the event of its publication is called."""
    loss_accepted: bool = False
    """It loses more features than the manifest allows, and somebody said that it may."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One layer's part of a change of the catalogue."""

    entry: LayerEntry
    number: int
    """The release that becomes, or stays, current."""
    stored: StoredRelease | None
    """What was taken in; None where the data is that of the current release and only the description is new."""
    plan: str = ""
    """By which the delivery will be recognised the next time, where nothing was stored."""
    succession: Succession | None = None
    """Where its pictures differ from those of the release before; None where that is not known."""


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
        lock_layer(session, layer.id)
        largest = session.scalar(select(func.max(models.Release.number)).where(models.Release.layer_id == layer.id))
        number = (largest or 0) + 1
        session.add(models.Release(layer_id=layer.id, number=number, state=ReleaseState.STAGED, source=entry.file.name))
        return number


def is_staged(catalogue: Catalogue, layer_id: str, number: int) -> bool:
    """Tell whether a release is still in preparation, so that it may be discarded."""
    with catalogue.read() as session:
        release = session.get(models.Release, (layer_id, number))
        return release is not None and release.state == ReleaseState.STAGED


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


def publish_all(
    catalogue: Catalogue, publications: Sequence[Publication], actor: str, basemaps: Sequence[BasemapEntry] = ()
) -> dict[str, tuple[str, ...]]:
    """Make stored releases current, with the descriptions of their layers and basemaps: all in one step, or none.

    Returns for each basemap the members that the catalogue does not hold. The revision stays where nothing
    changes for readers.
    """
    with catalogue.write() as session:
        changed = [_publish(session, publication, actor) for publication in publications]
        missing: dict[str, tuple[str, ...]] = {}
        for basemap in basemaps:
            missing[basemap.id], is_new = _publish_basemap(session, basemap, actor)
            changed.append(is_new)
        if any(changed):
            session.flush()
            move_revision(session)
    return missing


def _publish_basemap(session: Session, entry: BasemapEntry, actor: str) -> tuple[tuple[str, ...], bool]:
    """Publish one basemap; returns the members that are missing, and whether readers see anything new."""
    before = _appearance(session.get(models.Basemap, entry.id))
    missing = register_basemap(session, entry)
    session.flush()
    is_new = _appearance(session.get(models.Basemap, entry.id)) != before
    if is_new:
        detail = {"members": [member.layer for member in entry.members]}
        session.add(models.Event(actor=actor, action="basemap", subject=entry.id, detail=detail))
    return missing, is_new


def _appearance(row: models.Basemap | None) -> object:
    if row is None:
        return None
    texts = (row.title_zh, row.title_en, row.attribution_zh, row.attribution_en)
    return *texts, row.background, row.overlay, row.position, [(m.layer_id, m.style) for m in row.members]


def _publish(session: Session, publication: Publication, actor: str) -> bool:
    """Publish one layer; returns whether readers see anything new."""
    if publication.stored is None:
        return _describe(session, publication, actor)
    entry, stored = publication.entry, publication.stored
    lock_layer(session, entry.id)
    release = _release(session, entry.id, publication.number)
    if stored.mode != "replace" and release.layer.current_release != stored.base:
        # It was made from a release that is no longer current.
        raise CatalogueError("catalogue_overtaken", layer=entry.id, base=stored.base or "-")
    release.state = ReleaseState.READY
    release.count, release.schema, release.raster = stored.count, stored.schema, stored.raster
    release.report, release.source, release.checksum = stored.report, stored.source, stored.checksum
    release.digest, release.plan, release.quarantined = stored.digest, stored.plan, stored.quarantined
    release.mode, release.base, release.changes = stored.mode, stored.base, stored.changes
    release.actor = actor
    if stored.extent is not None:
        release.west, release.south, release.east, release.north = stored.extent
    if publication.succession is not None:
        write_succession(session, entry.id, publication.number, publication.succession)
    describe_layer(release.layer, entry, stored.kind)
    kept = release.layer.density
    release.layer.density = density_of(stored.count, stored.extent, None if kept is None else Density(kept))
    detail: dict[str, object] = {"mode": stored.mode, "source": stored.source, "changes": stored.changes}
    if stored.loss_accepted:
        detail["loss_accepted"] = True
    _point(session, release, stored.action, actor, **detail)
    return True


def _describe(session: Session, publication: Publication, actor: str) -> bool:
    """Write a layer's new description beside the data it has."""
    layer = claim_layer(session, publication.entry)
    release = _release(session, layer.id, publication.number)
    release.plan = publication.plan or release.plan
    retired = layer.retired
    before = layer.entry
    describe_layer(layer, publication.entry, layer.kind)
    changed = _changed_columns(layer)
    shown = [_shown_of(document or {}) for document in (before, layer.entry)]
    visible = changed - {"entry"} or shown[0] != shown[1]
    if visible or retired:
        layer.retired = False
        layer.updated = models.now()
    if changed or retired:
        session.add(models.Event(actor=actor, action="describe", subject=layer.id, detail={"changed": sorted(changed)}))
    return bool(visible) or retired


def _shown_of(entry: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what readers see of an entry and what stands in no column of its own."""
    return entry.get("reference"), entry.get("styles") or None


def _changed_columns(layer: models.Layer) -> set[str]:
    return {attribute.key for attribute in inspect(layer).attrs if attribute.history.has_changes()}


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


def _point(session: Session, release: models.Release, action: str, actor: str, **detail: object) -> None:
    if release.state != ReleaseState.READY:
        raise UnpublishedRelease(layer=release.layer_id, number=release.number)
    layer = release.layer
    layer.current_release = release.number
    layer.retired = False
    layer.updated = models.now()
    session.add(
        models.Event(actor=actor, action=action, subject=layer.id, detail={"release": release.number, **detail})
    )


def lock_layer(session: Session, layer_id: str) -> None:
    """Make other transactions on this layer wait: SQLite's writers do so anyway, PostgreSQL's must be told."""
    session.execute(select(models.Layer.id).where(models.Layer.id == layer_id).with_for_update())


def _layer(session: Session, layer_id: str) -> models.Layer:
    lock_layer(session, layer_id)
    layer = session.get(models.Layer, layer_id)
    if layer is None:
        raise UnknownLayer(layer=layer_id)
    return layer


def _release(session: Session, layer_id: str, number: int) -> models.Release:
    release = session.get(models.Release, (layer_id, number))
    if release is None:
        raise UnpublishedRelease(layer=layer_id, number=number)
    return release
