"""Scheduled updates: looks where a layer's deliveries come from, takes in what is new, writes down what came of it.

A source that did not change since the last look is left alone, so a layer that was rolled back stays rolled back
until its agency delivers something new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import models
from catalog.database import Catalogue
from catalog.deliveries import parts_of, plan_digest
from catalog.errors import UnknownLayer
from catalog.manifest import LayerEntry, UpdateMode
from catalog.onboarding import OnboardedLayer, Onboarding, OnboardingOptions, Outcome
from catalog.planning import context_of
from catalog.registration import entry_of
from catalog.retrieval import Retrieval, Validators, is_address
from catalog.schedule import next_time
from layers.errors import TuziError
from layers.intake import Progress
from layers.messages import LANGUAGES, Language


class UpdateOutcome(StrEnum):
    """What came of one look for a new delivery."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    """The delivery holds the data of the current release."""
    NOT_MODIFIED = "not_modified"
    """The source says that nothing changed since the last look; nothing was fetched."""
    REFUSED = "refused"
    FAILED = "failed"
    RUNNING = "running"
    """At work, or ended by force before it could say more."""


_FINE = frozenset({UpdateOutcome.PUBLISHED, UpdateOutcome.UNCHANGED, UpdateOutcome.NOT_MODIFIED})
_OUTCOMES = {
    Outcome.PUBLISHED: UpdateOutcome.PUBLISHED,
    Outcome.UNCHANGED: UpdateOutcome.UNCHANGED,
    Outcome.REFUSED: UpdateOutcome.REFUSED,
    Outcome.FAILED: UpdateOutcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One look for a new delivery of a layer, as it is kept."""

    layer: str
    started: datetime
    finished: datetime | None
    outcome: UpdateOutcome
    release: int | None
    changes: dict[str, int] | None
    """Counts against the release before."""
    reasons: dict[str, str]
    """By language, why it failed; empty where it did not."""

    @property
    def is_fine(self) -> bool:
        """Tell whether nobody need look at it."""
        return self.outcome in _FINE

    def reason(self, language: Language) -> str:
        """Return why it failed; empty where it did not."""
        return self.reasons.get(language, "")


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A layer whose manifest names a schedule."""

    layer: str
    schedule: str
    next: datetime | None
    """The first moment of the schedule since the last look; past for a layer that is due."""


@dataclass(frozen=True, slots=True)
class Updates:
    """Runs the updates of one catalogue; ``folder`` keeps the newest delivery fetched for each layer."""

    catalogue: Catalogue
    onboarding: Onboarding
    retrieval: Retrieval
    folder: Path
    zone: ZoneInfo

    def scheduled(self) -> list[Scheduled]:
        """List the layers that have a schedule, the most urgent first."""
        with self.catalogue.read() as session:
            layers = session.scalars(select(models.Layer).where(models.Layer.retired.is_(False)))
            found = [one for layer in layers if (one := self._scheduled(session, layer)) is not None]
        return sorted(found, key=lambda one: (one.next is None, one.next, one.layer))

    def due(self, now: datetime) -> list[str]:
        """Return the layers whose moment has come, the most urgent first."""
        return [one.layer for one in self.scheduled() if one.next is not None and one.next <= now]

    def _scheduled(self, session: Session, layer: models.Layer) -> Scheduled | None:
        entry = entry_of(layer)
        if entry.update.schedule is None:
            return None
        last = _last_run(session, layer.id)
        since = layer.created if last is None else last.started
        return Scheduled(layer.id, entry.update.schedule, next_time(entry.update.schedule, since, self.zone))

    def run(self, layer_id: str, options: OnboardingOptions, progress: Progress) -> Run:
        """Look for a new delivery of one layer now; never raises for what is wrong with source or delivery."""
        entry, known = self._begin(layer_id)
        with self._recording(layer_id) as record:
            try:
                entry, validators = self._fetched(entry, Validators() if options.force else known)
            except TuziError as error:
                record.refuse(error)
            else:
                if validators is None:
                    record.leave(UpdateOutcome.NOT_MODIFIED, known)
                elif not options.force and self._was_taken_in(entry, options.mode or entry.update.mode):
                    record.leave(UpdateOutcome.UNCHANGED, validators)
                else:
                    record.take(self.onboarding.onboard(entry, progress, options), validators)
        return self.history(layer_id, 1)[0]

    def _was_taken_in(self, entry: LayerEntry, mode: UpdateMode) -> bool:
        """Tell whether this very delivery made the last release of its mode, or for appends any release at all.

        What came after it, such as mended rows from the quarantine or a rollback, must not be undone by it.
        """
        try:
            plan = plan_digest(entry, mode, context_of(entry, self.catalogue))
        except OSError:
            # Onboarding says what is wrong with the file.
            return False
        made = select(models.Release.plan).where(models.Release.layer_id == entry.id, models.Release.mode == mode.value)
        with self.catalogue.read() as session:
            plans = list(session.scalars(made.order_by(models.Release.number)))
        return plan in plans if mode is UpdateMode.APPEND else plans[-1:] == [plan]

    def _begin(self, layer_id: str) -> tuple[LayerEntry, Validators]:
        with self.catalogue.read() as session:
            layer = session.get(models.Layer, layer_id)
            if layer is None:
                raise UnknownLayer(layer=layer_id)
            last = _last_run(session, layer_id)
            return entry_of(layer), Validators() if last is None else Validators(last.etag, last.last_modified)

    def _fetched(self, entry: LayerEntry, known: Validators) -> tuple[LayerEntry, Validators | None]:
        """Return the entry with the file that is to be taken in; no validators where the source did not change."""
        source = entry.update.source
        if source is None or not is_address(source):
            return _looked_at(entry if source is None else entry.model_copy(update={"file": Path(source)}), known)
        target = self.folder / entry.id / entry.file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        try:
            retrieved = self.retrieval.fetch(source, partial, known if target.is_file() else Validators())
            if not retrieved.changed:
                return entry, None
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return entry.model_copy(update={"file": target}), retrieved.validators

    @contextmanager
    def _recording(self, layer_id: str) -> Iterator[_Record]:
        """Write down that a look has begun and, whatever happens, what came of it."""
        with self.catalogue.write() as session:
            run = models.UpdateRun(layer_id=layer_id, outcome=UpdateOutcome.RUNNING.value)
            session.add(run)
            session.flush()
            number = run.id
        record = _Record()
        try:
            yield record
        finally:
            with self.catalogue.write() as session:
                written = session.get_one(models.UpdateRun, number)
                written.finished = models.now()
                written.outcome, written.release = record.outcome.value, record.release
                written.detail = {"changes": record.changes, "reasons": record.reasons}
                written.etag, written.last_modified = record.validators.etag, record.validators.last_modified

    def history(self, layer_id: str | None = None, limit: int = 20) -> list[Run]:
        """Return the last looks, of one layer or of all, the newest first."""
        wanted = select(models.UpdateRun).order_by(models.UpdateRun.id.desc()).limit(limit)
        if layer_id is not None:
            wanted = wanted.where(models.UpdateRun.layer_id == layer_id)
        with self.catalogue.read() as session:
            return [_run(written) for written in session.scalars(wanted)]


def _looked_at(entry: LayerEntry, known: Validators) -> tuple[LayerEntry, Validators | None]:
    """Do with files what ``Retrieval`` does on the web: size and time of each tell whether it changed."""
    digest = hashlib.sha256()
    try:
        for file in (*parts_of(entry.file), *(join.file for join in entry.joins), *(step.file for step in entry.times)):
            status = file.stat()
            digest.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    except OSError:
        # Onboarding says what is wrong with the file.
        return entry, Validators()
    found = Validators(etag=digest.hexdigest())
    return entry, None if found == known else found


class _Record:
    """What came of a look, while it goes on."""

    def __init__(self) -> None:
        self.outcome = UpdateOutcome.FAILED
        self.release: int | None = None
        self.changes: dict[str, int] | None = None
        self.reasons: dict[str, str] = {}
        self.validators = Validators()

    def leave(self, outcome: UpdateOutcome, validators: Validators) -> None:
        """Note that there was nothing to take in."""
        self.outcome, self.validators = outcome, validators

    def refuse(self, error: TuziError) -> None:
        """Note why nothing could be taken in."""
        self.outcome = UpdateOutcome.FAILED
        self.reasons = {language: error.sentence(language) for language in LANGUAGES}

    def take(self, result: OnboardedLayer, validators: Validators) -> None:
        """Note what onboarding made of the delivery."""
        self.outcome = _OUTCOMES[result.outcome]
        self.changes = result.changes
        self.release = result.number if result.outcome is Outcome.PUBLISHED else None
        if result.error is not None:
            # Without validators the next look fetches it again: perhaps the manifest is mended by then.
            self.reasons = {language: result.error.sentence(language) for language in LANGUAGES}
        else:
            self.validators = validators


def _last_run(session: Session, layer_id: str) -> models.UpdateRun | None:
    runs = select(models.UpdateRun).where(models.UpdateRun.layer_id == layer_id)
    return session.scalars(runs.order_by(models.UpdateRun.id.desc()).limit(1)).first()


def _run(written: models.UpdateRun) -> Run:
    detail: dict[str, Any] = written.detail
    return Run(
        written.layer_id,
        written.started,
        written.finished,
        UpdateOutcome(written.outcome),
        written.release,
        detail.get("changes"),
        detail.get("reasons") or {},
    )
