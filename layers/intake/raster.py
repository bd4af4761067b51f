"""Takes a raster in: nothing is checked but where it lies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from layers.checks import FindingLog, QualityReport
from layers.checks.proposals import note_declaration, note_proposals, propose_systems
from layers.errors import SourceError
from layers.extent import BoundingBox
from layers.intake.model import Intake
from layers.moments import parse_moment
from layers.plan import IntakePlan, TimedFile
from layers.raster import RasterStore
from layers.sources import RasterSource, VectorSource


def take_raster(
    source: RasterSource,
    plan: IntakePlan,
    layer: str,
    number: int,
    rasters: RasterStore,
    city: BoundingBox,
    log: FindingLog,
    time: str | None = None,
) -> Intake:
    """Store a raster, or with ``time`` a step of one; without a CRS it is refused, with a proposal."""
    if plan.crs is None:
        note_declaration(source.crs_text, source.crs, plan.file.name, log)
    if source.crs is None:
        west, south, east, north = source.bounds
        note_proposals(propose_systems(np.array([west, east]), np.array([south, north]), city), log)
        return Intake("raster", None, None, QualityReport(log.findings(), 0, 0, 0), None, None)
    summary = rasters.create(layer, number, source.file, source.crs, time=time)
    return Intake("raster", None, summary, QualityReport(log.findings(), 0, 0, 0), summary.crs, None)


Open = Callable[[TimedFile], AbstractContextManager[RasterSource | VectorSource]]
"""Opens the file of a step."""


def take_steps(
    source: RasterSource,
    plan: IntakePlan,
    layer: str,
    number: int,
    rasters: RasterStore,
    city: BoundingBox,
    log: FindingLog,
    open_step: Open,
) -> Intake:
    """Store a raster of several dates: what is delivered, and what it takes over from the release before."""
    if plan.time is None:
        return take_raster(source, plan, layer, number, rasters, city, log)
    intake = take_raster(source, plan, layer, number, rasters, city, log, plan.time)
    times = [plan.time]
    for step in plan.times:
        if intake.summary is None:
            return intake
        with open_step(step) as other:
            if not isinstance(other, RasterSource):
                raise SourceError("time_not_raster", file=step.file.name)
            step_plan = replace(plan, file=step.file)
            intake = take_raster(other, step_plan, layer, number, rasters, city, log, step.time)
        times.append(step.time)
    if intake.summary is None:
        return intake
    taken = {parse_moment(time) for time in times}
    for time in plan.earlier.times if plan.earlier else ():
        if plan.earlier and parse_moment(time) not in taken:
            rasters.carry(layer, number, plan.earlier.number, time)
            times.append(time)
    ordered = sorted(times, key=_beginning)
    rasters.complete(layer, number, ordered[-1])
    summary = rasters.open(layer, number).summary
    return replace(intake, summary=summary, crs=summary.crs, steps=tuple(ordered))


def _beginning(time: str) -> datetime:
    return parse_moment(time) or datetime.max.replace(tzinfo=UTC)
