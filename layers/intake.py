"""Takes one delivered file in: read, check, mend, store; the report says what became of every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
import shapely

from layers.checks import Check, FindingLog, QualityReport
from layers.checks.attributes import AttributeCheck
from layers.checks.geometry import GeometryCheck
from layers.checks.islands import are_degrees, middles
from layers.checks.keys import KeyCheck
from layers.checks.overlaps import CoverageCheck
from layers.checks.personal import PersonalCheck
from layers.checks.places import PlaceCheck
from layers.checks.proposals import note_declaration, note_proposals, propose_systems
from layers.checks.references import ReferenceCheck
from layers.checks.survey import survey
from layers.config import LayersConfig
from layers.crs import (
    TWD67,
    TWD67_FAMILY,
    TWD67_TM2,
    TWD97,
    TWD97_TM2,
    TWD97_TM2_119,
    Crs,
    transform_geometries,
)
from layers.dictionary import DescribedSource
from layers.errors import SourceError
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.joins import JoinedSource
from layers.merging import MergingStore, kept_as_text
from layers.plan import IntakePlan
from layers.privacy.control import DisclosureControl
from layers.privacy.reporting import discreet
from layers.raster import RasterStore, RasterSummary
from layers.repair import Target, mend
from layers.schema import FieldType, GeometryType, Schema
from layers.sources import RasterSource, SourceLayer, SourceOptions, VectorSource, open_source
from layers.stores import FeatureStore, ReleaseSummary, ReleaseWriter

Progress = Callable[[int, int | None], None]
"""Called with the rows read so far and, where known, all there are."""


class Observer(Protocol):
    """Looks on while a vector delivery is taken in, whether or not it will be refused."""

    def begin(self, layer: SourceLayer, schema: Schema, crs: Crs) -> None:
        """Learn what is about to be read; all geometry that follows is in ``crs``."""

    def delivered(self, batch: FeatureBatch) -> None:
        """See a batch as the source gives it."""

    def kept(self, batch: FeatureBatch) -> None:
        """See what of the batch would be stored, its geometry mended."""


_COLLECTIONS = {
    GeometryType.POLYGON: GeometryType.MULTIPOLYGON,
    GeometryType.LINESTRING: GeometryType.MULTILINESTRING,
}


@dataclass(frozen=True, slots=True)
class Intake:
    """What was taken in; where the report holds an error, nothing was stored and ``summary`` is None."""

    kind: Literal["vector", "raster"]
    schema: Schema | None
    summary: ReleaseSummary | RasterSummary | None
    report: QualityReport
    crs: Crs | None
    source_layer: str | None


def take_in(
    plan: IntakePlan,
    layer: str,
    number: int,
    features: FeatureStore,
    rasters: RasterStore,
    limits: LayersConfig,
    progress: Progress,
    observer: Observer | None = None,
) -> Intake:
    """Take a file in as release ``number`` of ``layer``; raises SourceError where it cannot be read."""
    options = SourceOptions(
        plan.source_layer, plan.crs, plan.encoding, plan.x, plan.y, plan.wkt, plan.tags, kept_as_text(plan)
    )
    log = FindingLog()
    with open_source(plan.file, options, limits.archive, log) as source:
        if isinstance(source, RasterSource):
            return _take_raster(source, plan, layer, number, rasters, BoundingBox(*limits.extent), log)
        described = DescribedSource(source, plan.fields, log)
        plan = described.translated(plan)
        joined = JoinedSource(described, plan.joins, limits.archive, plan.file.name, log) if plan.joins else described
        crs = _crs_of(joined.layer, plan, log)
        run = _VectorIntake(joined, plan, crs, BoundingBox(*limits.extent), log, progress, observer)
        return run.store(
            features if plan.update is None else MergingStore(features, plan, plan.update, log), layer, number
        )


def _take_raster(
    source: RasterSource,
    plan: IntakePlan,
    layer: str,
    number: int,
    rasters: RasterStore,
    city: BoundingBox,
    log: FindingLog,
) -> Intake:
    if plan.crs is None:
        note_declaration(source.crs_text, source.crs, plan.file.name, log)
    if source.crs is None:
        west, south, east, north = source.bounds
        note_proposals(propose_systems(np.array([west, east]), np.array([south, north]), city), log)
        return Intake("raster", None, None, QualityReport(log.findings(), 0, 0, 0), None, None)
    summary = rasters.create(layer, number, source.file, source.crs)
    return Intake("raster", None, summary, QualityReport(log.findings(), 0, 0, 0), summary.crs, None)


def _crs_of(layer: SourceLayer, plan: IntakePlan, log: FindingLog) -> Crs | None:
    if plan.crs is not None:
        if layer.crs not in {None, plan.crs}:
            log.add("finding_crs_overruled", declared=layer.crs, crs=plan.crs)
        return plan.crs
    note_declaration(layer.crs_text, layer.crs, plan.file.name, log)
    return layer.crs


def _presumed_crs(source: VectorSource, city: BoundingBox, log: FindingLog) -> Crs:
    """Return what the coordinates of a refused delivery are read as, so that all else about it is found as well."""
    first = next(source.batches(attributes=False), None)
    x, y = middles(shapely.bounds(np.array([], dtype=object) if first is None else first.geometry))
    proposals = propose_systems(x, y, city)
    note_proposals(proposals, log)
    if proposals:
        return proposals[0].crs
    known = np.isfinite(x) & np.isfinite(y)
    return TWD97 if are_degrees(x[known], y[known]).all() else TWD97_TM2


class _VectorIntake:
    """One pass over a vector source, from its batches to a release."""

    def __init__(
        self,
        source: VectorSource,
        plan: IntakePlan,
        declared: Crs | None,
        city: BoundingBox,
        log: FindingLog,
        progress: Progress,
        observer: Observer | None,
    ) -> None:
        crs = declared or _presumed_crs(source, city, log)
        self._observer = observer
        # A row that lacks a place still is as bad as it was.
        self._is_resubmitted = plan.update is not None and plan.update.resubmission
        self._source = source
        self._city = city
        self._log = log
        self._progress = progress
        self._crs = crs
        self._target = self._find_target()
        delivered = _schema(source.layer, plan, _stored_crs(crs, log), self._target.geometry_type)
        self._privacy = plan.privacy
        self._control = DisclosureControl(source, delivered, plan.privacy, crs, log)
        self._schema = self._control.schema
        fields = delivered.fields
        self._delivered_checks: tuple[Check, ...] = (
            AttributeCheck(fields, crs, plan.key, log),
            PersonalCheck(fields, plan.privacy, plan.public, log, f"{plan.file.stem} {source.layer.name}"),
            GeometryCheck(crs, log),
        )
        self._stored_checks: tuple[Check, ...] = (
            ()
            if self._control.counted is not None
            else (
                *([PlaceCheck(crs, city, log)] if declared else []),
                *([ReferenceCheck(crs, plan.references, log)] if declared else []),
                *([CoverageCheck(crs, log)] if plan.coverage else []),
                *([KeyCheck(self._schema.key, log)] if self._schema.key else []),
            )
        )
        self._rows = self._kept = self._quarantined = 0

    def _find_target(self) -> Target:
        layer = self._source.layer
        geometry_type, keep_z = layer.geometry_type, False
        if geometry_type is None or layer.has_z:
            found = survey(self._source.batches(attributes=False))
            keep_z = found.has_height
            geometry_type = geometry_type or found.geometry_type
            if found.has_z and not found.has_height:
                self._log.add("finding_z_dropped")
            if geometry_type is GeometryType.GEOMETRY:
                self._log.add("finding_geometry_mixed")
        # Mending a polygon may split it, and formats that declare one shape often hold several.
        return Target(_COLLECTIONS.get(geometry_type, geometry_type), keep_z, layer.is_table or self._is_resubmitted)

    def store(self, features: FeatureStore, layer: str, number: int) -> Intake:
        """Write the release; with an error among the findings nothing is committed."""
        if self._observer is not None:
            self._observer.begin(self._source.layer, self._schema, self._crs)
        with features.create(layer, number, self._schema) as writer:
            for batch in self._source.batches():
                self._take(self._without_removals(batch, features), writer)
                self._progress(self._rows, self._source.layer.count)
            for areas in self._control.areas():
                writer.write(areas)
            for check in (*self._delivered_checks, *self._stored_checks):
                check.finish()
            if self._rows and not self._kept:
                self._log.add("finding_nothing_kept")
            summary = None if self._log.has_errors else writer.commit()
        findings = discreet(self._log.findings(), self._privacy, self._control.dropped)
        report = QualityReport(findings, self._rows, self._kept, self._quarantined)
        return Intake("vector", self._schema, summary, report, self._schema.crs, self._source.layer.name)

    def _without_removals(self, batch: FeatureBatch, features: FeatureStore) -> FeatureBatch:
        if not isinstance(features, MergingStore):
            return batch
        left = features.without_removals(batch)
        self._rows += len(batch) - len(left)
        self._kept += len(batch) - len(left)
        return left

    def _take(self, batch: FeatureBatch, writer: ReleaseWriter) -> None:
        self._rows += len(batch)
        if self._observer is not None:
            self._observer.delivered(batch)
        for check in self._delivered_checks:
            check.watch(batch)
        controlled = self._control.applied(batch)
        if self._control.counted is not None:
            self._kept, self._quarantined = self._control.counted, self._rows - self._control.counted
            return
        mended = mend(controlled, self._target, self._crs, self._log)
        for check in self._stored_checks:
            check.watch(mended.batch)
        if self._observer is not None:
            self._observer.kept(mended.batch)
        self._kept += len(mended.batch)
        self._quarantined += mended.quarantined
        if self._log.has_errors:
            return
        writer.write(self._moved(mended.batch))
        if mended.set_aside is not None:
            writer.set_aside(mended.set_aside, self._crs)

    def _moved(self, batch: FeatureBatch) -> FeatureBatch:
        if self._schema.crs == self._crs:
            return batch
        return replace(batch, geometry=transform_geometries(batch.geometry, self._crs, self._schema.crs))


def _stored_crs(crs: Crs, log: FindingLog) -> Crs:
    """Return the CRS a release is kept in: TWD67 is moved to TWD97 once, by the one good operation."""
    if crs not in TWD67_FAMILY:
        return crs
    successor = {TWD67: TWD97, TWD67_TM2: TWD97_TM2}.get(crs, TWD97_TM2_119)
    log.add("finding_datum_changed", declared=crs, crs=successor)
    return successor


def _schema(layer: SourceLayer, plan: IntakePlan, crs: Crs, geometry_type: GeometryType) -> Schema:
    fields = layer.fields
    names = {field.name: field for field in fields}
    for name in (*([plan.key] if plan.key else []), *plan.searchable):
        if name not in names:
            raise SourceError("source_field_unknown", file=plan.file.name, field=name, fields=", ".join(names))
    searchable = tuple(name for name in plan.searchable if names[name].type is FieldType.TEXT)
    return Schema(geometry_type, crs, fields, plan.key, searchable)
