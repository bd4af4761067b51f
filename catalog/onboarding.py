"""Onboarding 納管上架: a manifest's layers read, checked, stored, recorded and made current, one by one."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from catalog.database import Catalogue
from catalog.errors import CatalogueError, RefusedRelease
from catalog.holdings import Holdings
from catalog.manifest import LayerEntry
from catalog.publishing import StoredRelease, discard, stage
from catalog.records import Access
from layers.checks import QualityReport
from layers.config import LayersConfig
from layers.errors import TuziError
from layers.intake import Intake, take_in
from layers.messages import Language
from layers.plan import IntakePlan, Join, Privacy
from layers.raster import RasterSummary
from layers.schema import schema_document
from layers.stores import ReleaseSummary

logger = logging.getLogger(__name__)

Progress = Callable[[int, int | None], None]
Publish = Callable[[LayerEntry, int, StoredRelease], None]


class Outcome(StrEnum):
    """What became of a layer."""

    PUBLISHED = "published"
    REFUSED = "refused"
    """The checks found an error, or the file could not be read."""
    FAILED = "failed"
    """Something broke that is not the file's fault."""


@dataclass(frozen=True, slots=True)
class OnboardedLayer:
    """The result of onboarding one layer, for the summary table."""

    entry: LayerEntry
    outcome: Outcome
    number: int | None = None
    kind: str = ""
    count: int | None = None
    crs: str = ""
    report: QualityReport | None = None
    error: TuziError | None = None

    def sentence(self, language: Language) -> str:
        """Return why the layer was not published; empty where it was."""
        return "" if self.error is None else self.error.sentence(language)


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Takes deliveries in for one catalogue.

    ``publish`` moves the pointer once a release is stored; until then readers notice nothing, and
    whatever goes wrong before leaves neither a release nor a layer behind.
    """

    catalogue: Catalogue
    holdings: Holdings
    config: LayersConfig
    publish: Publish

    def onboard(self, entry: LayerEntry, progress: Progress) -> OnboardedLayer:
        """Onboard one layer; never raises for what is wrong with the delivery."""
        try:
            number = stage(self.catalogue, entry)
        except TuziError as error:
            return OnboardedLayer(entry, Outcome.REFUSED, error=error)
        try:
            stored, intake = self._store(entry, number, progress)
            self.publish(entry, number, stored)
        except TuziError as error:
            self._undo(entry.id, number)
            report = error.report if isinstance(error, RefusedRelease) else None
            return OnboardedLayer(entry, Outcome.REFUSED, report=report, error=error)
        except Exception as error:
            # Not the delivery's fault, and the other layers of the manifest must not suffer for it.
            self._undo(entry.id, number)
            logger.exception("onboarding %s failed", entry.id)
            reason = f"{type(error).__name__}: {error}"
            return OnboardedLayer(
                entry, Outcome.FAILED, error=CatalogueError("catalogue_unexpected", layer=entry.id, reason=reason)
            )
        except BaseException:
            self._undo(entry.id, number)
            raise
        return OnboardedLayer(
            entry,
            Outcome.PUBLISHED,
            number=number,
            kind=intake.kind,
            count=stored.count,
            crs=str(intake.crs),
            report=intake.report,
        )

    def _store(self, entry: LayerEntry, number: int, progress: Progress) -> tuple[StoredRelease, Intake]:
        intake = take_in(
            _plan(entry), entry.id, number, self.holdings.features, self.holdings.rasters, self.config, progress
        )
        if intake.summary is None:
            raise RefusedRelease(entry.id, intake.report)
        _check_title(entry, intake)
        return _stored(entry, intake, intake.summary), intake

    def _undo(self, layer: str, number: int) -> None:
        self.holdings.features.drop(layer, number)
        self.holdings.rasters.drop(layer, number)
        discard(self.catalogue, layer, number)


def _plan(entry: LayerEntry) -> IntakePlan:
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
        coverage=entry.coverage,
        public=entry.access is Access.PUBLIC,
        privacy=Privacy(columns=entry.personal.columns),
    )


def _check_title(entry: LayerEntry, intake: Intake) -> None:
    names = () if intake.schema is None else intake.schema.names
    if entry.title_field is not None and entry.title_field not in names:
        raise CatalogueError(
            "catalogue_unknown_field",
            layer=entry.id,
            field=entry.title_field,
            role="title_field",
            fields=", ".join(names),
        )


def _stored(entry: LayerEntry, intake: Intake, summary: ReleaseSummary | RasterSummary) -> StoredRelease:
    return StoredRelease(
        kind=intake.kind,
        count=None if isinstance(summary, RasterSummary) else summary.count,
        extent=summary.extent,
        schema=None if intake.schema is None else schema_document(intake.schema),
        raster=_raster_document(summary) if isinstance(summary, RasterSummary) else None,
        report=intake.report.to_document(),
        source=entry.file.name,
        checksum=checksum(entry.file),
    )


def _raster_document(summary: RasterSummary) -> dict[str, object]:
    return {
        "bands": summary.bands,
        "width": summary.width,
        "height": summary.height,
        "dtype": summary.dtype,
        "minimum": summary.minimum,
        "maximum": summary.maximum,
    }


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
