"""Onboarding 納管上架: a manifest's layers read, checked, stored, recorded and made current.

``prepare`` does all the work of one layer and changes nothing for readers; what it returns is published, alone
or with others in one step, or discarded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from catalog.database import Catalogue
from catalog.deliveries import checksum, plan_digest
from catalog.errors import CatalogueError, RefusedRelease
from catalog.holdings import Holdings
from catalog.locks import HeldLock, LayerLocks
from catalog.manifest import LayerEntry, UpdateMode
from catalog.planning import context_of, earlier_steps, plan_of, update_of
from catalog.preparation import OnboardedLayer, OnboardingOptions, Outcome, Prepared
from catalog.publishing import Publication, StoredRelease, discard, is_staged, stage
from catalog.records import LayerKind
from catalog.registration import check_claim
from catalog.steps import extent_of_steps, guard_dates, raster_document, release_digest
from catalog.succession import (
    Predecessor,
    changes_since,
    counts_of,
    guard_loss,
    is_great_loss,
    is_same_content,
    predecessor,
)
from catalog.sweeping import drop_stored, sweep
from layers.config import LayersConfig
from layers.errors import TuziError
from layers.intake import Intake, Progress, take_in
from layers.raster import RasterSummary
from layers.schema import Schema, schema_document

__all__ = ["OnboardedLayer", "Onboarding", "OnboardingOptions", "Outcome", "Prepared"]

logger = logging.getLogger(__name__)


Publish = Callable[[Sequence[Prepared]], object]
_AS_THE_ENTRY_SAYS = OnboardingOptions()


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Takes deliveries in for one catalogue.

    ``publish`` makes prepared layers current; whatever goes wrong before leaves neither a release nor a layer.
    """

    catalogue: Catalogue
    holdings: Holdings
    locks: LayerLocks
    config: LayersConfig
    publish: Publish

    def onboard(
        self, entry: LayerEntry, progress: Progress, options: OnboardingOptions = _AS_THE_ENTRY_SAYS
    ) -> OnboardedLayer:
        """Onboard and publish one layer; never raises for what is wrong with the delivery."""
        prepared = self.prepare(entry, options, progress)
        if isinstance(prepared, OnboardedLayer):
            return prepared
        try:
            self.publish((prepared,))
        except Exception as error:
            self.discard((prepared,))
            return _unpublished(entry, error)
        except BaseException:
            self.discard((prepared,))
            raise
        return prepared.result()

    def prepare(self, entry: LayerEntry, options: OnboardingOptions, progress: Progress) -> Prepared | OnboardedLayer:
        """Read, check and store one layer without publishing it.

        Returns the layer's result where there is nothing to publish: it was refused or it failed.
        """
        try:
            lock = self.locks.hold(entry.id, options.wait)
        except TuziError as error:
            return OnboardedLayer(entry, Outcome.REFUSED, error=error)
        try:
            return self._prepare(entry, options, progress, lock)
        except Exception as error:
            lock.release()
            return _unpublished(entry, error)
        except BaseException:
            lock.release()
            raise

    def discard(self, prepared: Sequence[Prepared]) -> None:
        """Remove every trace of layers that are not to be published after all."""
        for one in prepared:
            try:
                if not one.unchanged:
                    self._undo(one.entry.id, one.number)
            finally:
                one.lock.release()

    def _prepare(self, entry: LayerEntry, options: OnboardingOptions, progress: Progress, lock: HeldLock) -> Prepared:
        check_claim(self.catalogue, entry)
        sweep(self.catalogue, self.holdings, entry.id)
        before = predecessor(self.catalogue, entry.id)
        mode = options.mode or entry.update.mode
        plan = self._recognisable(entry, mode)
        lasting = _lasting(entry, mode, before, options)
        if before and not options.force and before.has_taken(plan, mode) and self._keeps(entry.id, before):
            _check_title(entry, before.schema)
            return _unchanged(lasting, before, before.plan, lock)
        number = stage(self.catalogue, entry)
        try:
            intake = take_in(
                replace(
                    plan_of(entry, self.catalogue, self.holdings),
                    update=update_of(entry, mode, before, self.holdings, options.resubmission),
                    earlier=earlier_steps(mode, before),
                ),
                entry.id,
                number,
                self.holdings.features,
                self.holdings.rasters,
                self.config,
                progress,
            )
            action = "resubmit" if options.resubmission else "publish"
            # Files that changed while they were read are not to be recognised by what they were.
            taken = plan if self._recognisable(entry, mode) == plan else ""
            stored = replace(self._recorded(entry, number, intake, mode, before), plan=taken, action=action)
            publication = Publication(lasting, number, stored)
            return self._compared(Prepared(publication, lock, intake=intake), before, options)
        except BaseException:
            self._undo(entry.id, number)
            raise

    def _recorded(
        self, entry: LayerEntry, number: int, intake: Intake, mode: UpdateMode, before: Predecessor | None
    ) -> StoredRelease:
        """Return what the catalogue records of a release that was just stored; raises RefusedRelease for none."""
        summary = intake.summary
        if summary is None:
            raise RefusedRelease(entry.id, intake.report)
        source, content = entry.file.name, checksum(entry.file)
        report = intake.report.to_document()
        if isinstance(summary, RasterSummary):
            if mode is not UpdateMode.REPLACE and not intake.steps:
                raise CatalogueError("catalogue_merge_raster", layer=entry.id)
            raster = raster_document(self.holdings.rasters, entry.id, number, intake.steps, before)
            digest = release_digest(self.holdings.rasters, entry.id, number, raster)
            extent = extent_of_steps(self.holdings.rasters, entry.id, number, intake.steps)
            return StoredRelease(
                intake.kind, None, extent, None, raster, report, source, content, digest=digest, mode=mode.value
            )
        # Merged with another one, a release has more fields and more quarantined rows than the delivery.
        release = self.holdings.features.open(entry.id, number)
        _check_title(entry, release.schema)
        return StoredRelease(
            intake.kind,
            summary.count,
            summary.extent,
            schema_document(release.schema),
            None,
            report,
            source,
            content,
            digest=summary.digest,
            mode=mode.value,
            quarantined=sum(1 for _ in release.quarantine()),
        )

    def _compared(self, prepared: Prepared, before: Predecessor | None, options: OnboardingOptions) -> Prepared:
        """Compare what was stored with the current release: the same is dropped, a great loss refused."""
        stored, entry = prepared.publication.stored, prepared.entry
        if stored is None or before is None:
            return prepared
        if not self._keeps(entry.id, before):
            # Data that was lost cannot be compared with, and must not keep anybody from delivering it again.
            return replace(
                prepared, publication=replace(prepared.publication, stored=replace(stored, base=before.number))
            )
        if is_same_content(self.holdings, entry.id, before, prepared.number, stored.digest):
            self._undo(entry.id, prepared.number)
            return _unchanged(entry, before, stored.plan, prepared.lock, prepared.intake)
        stored = replace(stored, base=before.number)
        if not options.accept_loss:
            guard_dates(entry, before, stored.raster)
        if stored.kind != before.kind or stored.kind != LayerKind.VECTOR:
            return replace(prepared, publication=replace(prepared.publication, stored=stored))
        changes = changes_since(self.holdings, entry.id, before, prepared.number)
        if not options.accept_loss:
            guard_loss(entry, changes)
        stored = replace(stored, changes=counts_of(changes), loss_accepted=is_great_loss(entry, changes))
        return replace(prepared, publication=replace(prepared.publication, stored=stored), changes=changes)

    def _recognisable(self, entry: LayerEntry, mode: UpdateMode) -> str:
        """Return the digest of the delivery; empty, as nothing equals it, where the files cannot be read."""
        try:
            return plan_digest(entry, mode, context_of(entry, self.catalogue))
        except OSError:
            # The intake says what is wrong with the file, in its own words.
            return ""

    def _keeps(self, layer: str, before: Predecessor) -> bool:
        """Tell whether the store still has the data of the current release."""
        store = self.holdings.features if before.kind is LayerKind.VECTOR else self.holdings.rasters
        return before.number in store.numbers(layer)

    def _undo(self, layer: str, number: int) -> None:
        # What fails after a publication was committed must not take its data away.
        if is_staged(self.catalogue, layer, number):
            drop_stored(self.holdings, layer, number)
            discard(self.catalogue, layer, number)


def _unpublished(entry: LayerEntry, error: Exception) -> OnboardedLayer:
    """Return the result of a layer that could not be published."""
    if isinstance(error, TuziError):
        report = error.report if isinstance(error, RefusedRelease) else None
        return OnboardedLayer(entry, Outcome.REFUSED, report=report, error=error)
    # Not the delivery's fault, and the other layers of the manifest must not suffer for it.
    logger.error("onboarding %s failed", entry.id, exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    return OnboardedLayer(
        entry, Outcome.FAILED, error=CatalogueError("catalogue_unexpected", layer=entry.id, reason=reason)
    )


def _unchanged(
    entry: LayerEntry, before: Predecessor, plan: str, lock: HeldLock, intake: Intake | None = None
) -> Prepared:
    return Prepared(Publication(entry, before.number, None, plan), lock, intake=intake, count=before.count)


def _check_title(entry: LayerEntry, schema: Schema | None) -> None:
    names = () if schema is None else schema.names
    if entry.title_field is not None and entry.title_field not in names:
        raise CatalogueError(
            "catalogue_unknown_field",
            layer=entry.id,
            field=entry.title_field,
            role="title_field",
            fields=", ".join(names),
        )


def _lasting(entry: LayerEntry, mode: UpdateMode, before: Predecessor | None, options: OnboardingOptions) -> LayerEntry:
    """Return the entry that the catalogue keeps: a single delivery in another mode is not where the layer's data is."""
    if before is None:
        return entry
    if options.resubmission:
        return before.entry
    return (
        entry
        if mode is entry.update.mode
        else entry.model_copy(
            update={"file": before.entry.file, "time": before.entry.time, "times": before.entry.times}
        )
    )
