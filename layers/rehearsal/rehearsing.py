"""Rehearses a delivery: the pipeline of onboarding, with a store that keeps nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from layers.checks import Finding, Topic
from layers.checks.forecast import Forecast, KnownDelivery, forecast
from layers.config import LayersConfig
from layers.crs import CRS84, TWD97_TM2, TWD97_TM2_119, Crs, transform_bbox
from layers.errors import SourceError, TuziError, UnknownCrs
from layers.extent import BoundingBox
from layers.intake import Intake, Progress, take_in
from layers.plan import IntakePlan, PersonalRule, Privacy
from layers.raster import RasterStore
from layers.rehearsal.model import Rehearsal
from layers.rehearsal.sketch import Sketch
from layers.rehearsal.store import CountingStore
from layers.rehearsal.survey import Survey
from layers.sources import Part, SourceLayer, list_parts
from layers.sources.formats import recognise

_TAIWAN = BoundingBox(114.0, 10.0, 124.8, 26.7)
_ZONE_119 = 120.0
"""West of this meridian lie Penghu, Kinmen and Matsu, for which TM2 has a zone of its own."""
_UTF8_BY_STANDARD = frozenset({"GeoJSON", "GeoJSON lines", "TopoJSON", "JSON"})
"""RFC 8259, section 8.1."""

_WITHOUT_CRS = frozenset({"finding_crs_missing", "finding_crs_unknown"})


@dataclass(frozen=True, slots=True)
class _Trial:
    """How the pipeline ended, with an intake or with an error, and what was seen on the way."""

    plan: IntakePlan
    survey: Survey
    intake: Intake | None = None
    error: TuziError | None = None


def rehearse(
    plan: IntakePlan,
    limits: LayersConfig,
    progress: Progress,
    address: str | None = None,
    layer: str = "rehearsal",
) -> Rehearsal:
    """Rehearse the delivery of one layer; never raises for what is wrong with it.

    ``address`` is where the delivery is fetched from, if anywhere; ``layer`` is what refusals call the layer.
    Nothing is written but temporary files.
    """
    trial = _try_out(plan, layer, limits, progress)
    return _told(trial, _parts(plan.file, limits), limits, address)


def _try_out(plan: IntakePlan, layer: str, limits: LayersConfig, progress: Progress) -> _Trial:
    survey = Survey()
    with tempfile.TemporaryDirectory(prefix="tuzi-rehearsal-") as folder:
        # A raster has to be rewritten to know whether it can be: that is thrown away with the folder.
        rasters = RasterStore(Path(folder))
        try:
            intake = take_in(plan, layer, 1, CountingStore(), rasters, limits, progress, survey)
        except TuziError as error:
            return _Trial(plan, survey, error=error)
    return _Trial(plan, survey, intake)


def _parts(file: Path, limits: LayersConfig) -> tuple[Part, ...]:
    try:
        return list_parts(file, limits.archive)
    except SourceError:
        # The intake has said so already.
        return ()


def _personal_fields(findings: Iterable[Finding], privacy: Privacy) -> frozenset[str]:
    """Return the names of the fields whose values nobody may see in a report."""
    found = {finding.parameters.get("field") for finding in findings if finding.topic is Topic.PERSONAL}
    provided = {name for name, rule in privacy.columns.items() if rule is not PersonalRule.KEEP}
    looked_at = {name for name, rule in privacy.columns.items() if rule is PersonalRule.KEEP}
    return frozenset(name for name in (found | provided) - looked_at if name is not None)


def _told(trial: _Trial, parts: tuple[Part, ...], limits: LayersConfig, address: str | None) -> Rehearsal:
    plan, survey, intake = trial.plan, trial.survey, trial.intake
    findings = () if intake is None else intake.report.findings
    schema = None if intake is None else intake.schema
    part = _meant(parts, trial)
    extent = _extent(trial)
    zone = None if extent is None else _zone(extent)
    format_ = _format(plan, part)
    return Rehearsal(
        plan=plan,
        size=plan.file.stat().st_size if plan.file.is_file() else 0,
        parts=parts,
        part=part,
        format=format_,
        kind=None if intake is None else intake.kind,
        source_layer=None if intake is None else intake.source_layer,
        rows=0 if intake is None else intake.report.rows,
        kept=0 if intake is None else intake.report.kept,
        quarantined=0 if intake is None else intake.report.quarantined,
        geometries=dict(survey.geometries.most_common()),
        schema=schema,
        encoding=_encoding(findings, survey),
        crs=survey.crs if survey.crs is not None or intake is None else intake.crs,
        crs_presumed=any(finding.code in _WITHOUT_CRS for finding in findings),
        extent=extent,
        extent_tm2=_extent_tm2(trial, extent, zone),
        tm2=zone,
        city=BoundingBox(*limits.extent),
        fields=survey.fields(schema, _personal_fields(findings, plan.privacy)),
        findings=findings,
        forecast=None if format_ is None or survey.layer is None else _forecast(format_, trial, part, address),
        # Where the sick live is told by their points alone.
        sketch=Sketch() if any(finding.code == "finding_personal_case" for finding in findings) else survey.sketch(),
        error=trial.error,
    )


def _meant(parts: Iterable[Part], trial: _Trial) -> Part | None:
    """Return the part that was read."""
    candidates = list(parts)
    if len(candidates) == 1:
        return candidates[0]
    names = {trial.plan.source_layer, None if trial.intake is None else trial.intake.source_layer} - {None}
    return next((part for part in candidates if names.intersection({part.source_layer, part.name})), None)


def _format(plan: IntakePlan, part: Part | None) -> str | None:
    if part is not None and part.format is not None:
        return part.format.value
    try:
        return recognise(plan.file).value
    except SourceError:
        return None


def _extent(trial: _Trial) -> BoundingBox | None:
    summary = None if trial.intake is None else trial.intake.summary
    return trial.survey.extent() if summary is None else summary.extent


def _extent_tm2(trial: _Trial, extent: BoundingBox | None, zone: Crs | None) -> BoundingBox | None:
    if extent is None or zone is None:
        return None
    # A box that is turned into degrees and back grows by some metres.
    return trial.survey.extent(zone) or transform_bbox(extent, CRS84, zone)


def _zone(extent: BoundingBox) -> Crs | None:
    """Return the TM2 zone in which an extent is told in metres; none for one that leaves Taiwan."""
    within = _TAIWAN.west <= extent.west and extent.east <= _TAIWAN.east
    if not within or extent.south < _TAIWAN.south or extent.north > _TAIWAN.north:
        return None
    zone = TWD97_TM2_119 if extent.east < _ZONE_119 else TWD97_TM2
    try:
        transform_bbox(extent, CRS84, zone)
    except UnknownCrs:
        return None
    return zone


def _encoding(findings: Iterable[Finding], survey: Survey) -> str | None:
    decided = _parameter(findings, "encoding", "finding_encoding_wrong", "finding_encoding", "finding_encoding_lossy")
    return decided or (None if survey.is_plain else "utf-8")


def _parameter(findings: Iterable[Finding], name: str, *codes: str) -> str | None:
    by_code = {finding.code: finding for finding in findings}
    values = (by_code[code].parameters.get(name) for code in codes if code in by_code)
    return next((value for value in values if value is not None), None)


def _names(layer: SourceLayer | None) -> tuple[str, ...]:
    return () if layer is None else tuple(field.name for field in layer.fields)


def _count(findings: Iterable[Finding], code: str) -> int:
    return sum(finding.count for finding in findings if finding.code == code)


def _forecast(format_: str, trial: _Trial, part: Part | None, address: str | None) -> Forecast:
    plan, layer = trial.plan, trial.survey.layer
    findings = () if trial.intake is None else trial.intake.report.findings
    decided = _encoding(findings, trial.survey)
    claimed = _parameter(findings, "declared", "finding_encoding_wrong")
    undecided = any(finding.code == "finding_encoding" for finding in findings)
    if claimed is None and plan.encoding is not None:
        claimed = plan.encoding
    elif claimed is None and not undecided and format_ in {*_UTF8_BY_STANDARD, "Shapefile"}:
        # A shapefile that says nothing, or something else than it is in, has a finding.
        claimed = decided
    known = KnownDelivery(
        format=format_,
        header=part.fields if part is not None and part.fields else _names(layer),
        described=frozenset(plan.fields) if plan.fields else None,
        encoding=decided,
        declared=claimed,
        undecodable=_count(findings, "finding_encoding_lossy"),
        ragged=_count(findings, "finding_rows_ragged"),
        address=address,
    )
    return forecast(known)
