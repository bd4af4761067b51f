"""Takes a raster in: nothing is checked but where it lies."""

from __future__ import annotations

import numpy as np

from layers.checks import FindingLog, QualityReport
from layers.checks.proposals import note_declaration, note_proposals, propose_systems
from layers.extent import BoundingBox
from layers.intake.model import Intake
from layers.plan import IntakePlan
from layers.raster import RasterStore
from layers.sources import RasterSource


def take_raster(
    source: RasterSource,
    plan: IntakePlan,
    layer: str,
    number: int,
    rasters: RasterStore,
    city: BoundingBox,
    log: FindingLog,
) -> Intake:
    """Store a raster; without a CRS it is refused, with a proposal."""
    if plan.crs is None:
        note_declaration(source.crs_text, source.crs, plan.file.name, log)
    if source.crs is None:
        west, south, east, north = source.bounds
        note_proposals(propose_systems(np.array([west, east]), np.array([south, north]), city), log)
        return Intake("raster", None, None, QualityReport(log.findings(), 0, 0, 0), None, None)
    summary = rasters.create(layer, number, source.file, source.crs)
    return Intake("raster", None, summary, QualityReport(log.findings(), 0, 0, 0), summary.crs, None)
