"""Which coordinate reference system a delivery is read in and kept in."""

from __future__ import annotations

import numpy as np
import shapely

from layers.checks import FindingLog
from layers.checks.islands import are_degrees, middles
from layers.checks.proposals import note_declaration, note_proposals, propose_systems
from layers.crs import TWD67, TWD67_FAMILY, TWD67_TM2, TWD97, TWD97_TM2, TWD97_TM2_119, Crs
from layers.extent import BoundingBox
from layers.plan import IntakePlan
from layers.sources import SourceLayer, VectorSource


def declared_crs(layer: SourceLayer, plan: IntakePlan, log: FindingLog) -> Crs | None:
    """Return the CRS that the manifest or the file names; None where neither does."""
    if plan.crs is not None:
        if layer.crs not in {None, plan.crs}:
            log.add("finding_crs_overruled", declared=layer.crs, crs=plan.crs)
        return plan.crs
    note_declaration(layer.crs_text, layer.crs, plan.file.name, log)
    return layer.crs


def presumed_crs(source: VectorSource, city: BoundingBox, log: FindingLog) -> Crs:
    """Return what the coordinates of a refused delivery are read as, so that all else about it is found as well."""
    first = next(source.batches(attributes=False), None)
    x, y = middles(shapely.bounds(np.array([], dtype=object) if first is None else first.geometry))
    proposals = propose_systems(x, y, city)
    note_proposals(proposals, log)
    if proposals:
        return proposals[0].crs
    known = np.isfinite(x) & np.isfinite(y)
    return TWD97 if are_degrees(x[known], y[known]).all() else TWD97_TM2


def stored_crs(crs: Crs, log: FindingLog) -> Crs:
    """Return the CRS a release is kept in: TWD67 is moved to TWD97 once, by the one good operation."""
    if crs not in TWD67_FAMILY:
        return crs
    successor = {TWD67: TWD97, TWD67_TM2: TWD97_TM2}.get(crs, TWD97_TM2_119)
    log.add("finding_datum_changed", declared=crs, crs=successor)
    return successor
