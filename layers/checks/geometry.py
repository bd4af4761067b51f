"""Geometry as it is delivered, before anything is mended: duplicates, spikes, slivers, outlines."""

from __future__ import annotations

import shapely

from layers.checks.duplicates import DuplicateCheck
from layers.checks.findings import FindingLog
from layers.checks.lines import OutlineCheck
from layers.checks.notes import BatchNotes
from layers.checks.shapes import has_spike, is_sliver, square_metres
from layers.crs import Crs
from layers.features import FeatureBatch

_HEAVY = 100_000
"""Vertices of one feature above which every map with it on is slow."""


class GeometryCheck:
    """Watches the geometry of all features; what is invalid is told when it is mended."""

    def __init__(self, crs: Crs, log: FindingLog) -> None:
        self._crs = crs
        self._log = log
        self._duplicates = DuplicateCheck(crs, log)
        self._outlines = OutlineCheck(crs, log)

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in, as the source gives it."""
        geometry, geographic = batch.geometry, self._crs.is_geographic
        notes = BatchNotes(batch, self._crs, self._log)
        vertices = shapely.get_num_coordinates(geometry)
        notes.add("finding_geometry_heavy", vertices > _HEAVY, lambda at: f"{vertices[at]:,}")
        if shapely.get_dimensions(geometry).max(initial=-1) == 2:
            notes.add("finding_geometry_spike", has_spike(geometry, geographic))
            areas = square_metres(geometry, geographic)
            notes.add("finding_geometry_sliver", is_sliver(geometry, geographic), lambda at: f"{areas[at]:.3g} m²")
        self._duplicates.watch(batch)
        self._outlines.watch(batch)

    def finish(self) -> None:
        """Say what only all features together show."""
        self._duplicates.finish()
        self._outlines.finish()
