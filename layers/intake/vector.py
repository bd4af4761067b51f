"""Takes a vector delivery in: batch by batch through checks, privacy and repair into a release."""

from __future__ import annotations

from dataclasses import replace

from layers.checks import Check, FindingLog, QualityReport
from layers.crs import Crs, transform_geometries
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.intake.checking import delivered_checks, stored_checks
from layers.intake.form import find_target, schema_of
from layers.intake.model import Intake, Observer, Progress
from layers.intake.systems import presumed_crs, stored_crs
from layers.merging import MergingStore
from layers.plan import IntakePlan
from layers.privacy.control import DisclosureControl
from layers.privacy.reporting import discreet
from layers.repair import mend
from layers.sources import VectorSource
from layers.stores import FeatureStore, ReleaseWriter


class VectorIntake:
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
        crs = declared or presumed_crs(source, city, log)
        self._observer = observer
        # A row that lacks a place still is as bad as it was.
        is_resubmitted = plan.update is not None and plan.update.resubmission
        self._source = source
        self._log = log
        self._progress = progress
        self._crs = crs
        self._target = find_target(source, is_resubmitted, log)
        delivered = schema_of(source.layer, plan, stored_crs(crs, log), self._target.geometry_type)
        self._privacy = plan.privacy
        self._control = DisclosureControl(source, delivered, plan.privacy, crs, log)
        self._schema = self._control.schema
        self._delivered_checks = delivered_checks(source, plan, delivered.fields, crs, log)
        self._stored_checks: tuple[Check, ...] = ()
        if self._control.counted is None:
            self._stored_checks = stored_checks(plan, self._schema.key, crs, city if declared else None, log)
        self._rows = self._kept = self._quarantined = 0

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
