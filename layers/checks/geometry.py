"""Geometry as it is delivered, before anything is mended: duplicates, spikes, slivers, overlaps."""

from __future__ import annotations

from layers.checks.findings import FindingLog
from layers.crs import Crs
from layers.features import FeatureBatch


class GeometryCheck:
    """Watches the geometry of all features; ``coverage`` says that areas must not lie over another."""

    def __init__(self, crs: Crs, coverage: bool, log: FindingLog) -> None:
        self._crs = crs
        self._coverage = coverage
        self._log = log

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in, as the source gives it."""

    def finish(self) -> None:
        """Say what only all features together show."""
