"""Onboarding 納管上架: a manifest's layers read, checked, stored, recorded and made current, one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from catalog.database import Catalogue
from catalog.errors import CatalogueError, RefusedRelease
from catalog.holdings import Holdings
from catalog.manifest import LayerEntry
from catalog.publishing import StoredRelease, discard, stage
from layers.checks import QualityReport, Severity
from layers.config import LayersConfig
from layers.errors import TuziError
from layers.intake import Intake, IntakePlan, take_in
from layers.messages import Language
from layers.raster import RasterSummary
from layers.schema import Field, FieldType, schema_document

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
            kind, number = "vector", stage(self.catalogue, entry, "vector")
        except TuziError as error:
            return OnboardedLayer(entry, Outcome.REFUSED, error=error)
        try:
            intake = self._take_in(entry, number, progress)
            self.publish(entry, number, _stored(entry, intake))
        except TuziError as error:
            self._undo(entry.id, number)
            return OnboardedLayer(entry, Outcome.REFUSED, kind=kind, error=error)
        except BaseException:
            self._undo(entry.id, number)
            raise
        return OnboardedLayer(
            entry,
            Outcome.PUBLISHED,
            number=number,
            kind=intake.kind,
            count=_count(intake),
            crs=str(intake.crs),
            report=intake.report,
        )

    def _take_in(self, entry: LayerEntry, number: int, progress: Progress) -> Intake:
        intake = take_in(
            _plan(entry),
            entry.id,
            number,
            self.holdings.features,
            self.holdings.rasters,
            self.config.archive,
            progress,
        )
        errors = [finding for finding in intake.report.findings if finding.severity is Severity.ERROR]
        if errors:
            findings = " ".join(finding.sentence("zh-TW") for finding in errors)
            raise RefusedRelease(layer=entry.id, findings=findings)
        _check_fields(entry, intake)
        return intake

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
        aliases={
            name: Field(name, FieldType.TEXT, alias.as_text(), unit=alias.unit) for name, alias in entry.fields.items()
        },
        searchable=entry.search,
    )


def _check_fields(entry: LayerEntry, intake: Intake) -> None:
    if intake.schema is None:
        return
    names = intake.schema.names
    roles = [("search", name) for name in entry.search] + [("title_field", entry.title_field)]
    for role, name in roles:
        if name is not None and name not in names:
            raise CatalogueError(
                "catalogue_unknown_field", layer=entry.id, field=name, role=role, fields=", ".join(names)
            )


def _stored(entry: LayerEntry, intake: Intake) -> StoredRelease:
    summary = intake.summary
    raster = None
    if isinstance(summary, RasterSummary):
        raster = {
            "bands": summary.bands,
            "width": summary.width,
            "height": summary.height,
            "dtype": summary.dtype,
            "minimum": summary.minimum,
            "maximum": summary.maximum,
        }
    return StoredRelease(
        kind=intake.kind,
        count=_count(intake),
        extent=summary.extent,
        schema=None if intake.schema is None else schema_document(intake.schema),
        raster=raster,
        report=intake.report.to_document(),
        source=entry.file.name,
        checksum=checksum(entry.file),
    )


def _count(intake: Intake) -> int | None:
    return None if isinstance(intake.summary, RasterSummary) else intake.summary.count


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
