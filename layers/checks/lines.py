"""Lines that go round an area: drawings have them where areas are meant, some not quite closed."""

from __future__ import annotations

import numpy as np
import shapely

from layers.checks.findings import FindingLog
from layers.checks.notes import BatchNotes
from layers.crs import Crs
from layers.features import FeatureBatch

_GAP = 0.01
"""Share of a line's length that may lie between its ends for the line to be an outline that was not closed."""
_MOSTLY = 0.5
"""Share of outlines among a layer's lines from which on areas are likely to be meant: streets have few."""


class OutlineCheck:
    """Counts lines, closed lines and those whose ends almost meet."""

    def __init__(self, crs: Crs, log: FindingLog) -> None:
        self._crs = crs
        self._log = log
        self._held = FindingLog()
        self._lines = 0

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in."""
        places = np.flatnonzero((shapely.get_type_id(batch.geometry) == 1) & ~shapely.is_empty(batch.geometry))
        if not len(places):
            return
        self._lines += len(places)
        lines = batch.geometry[places]
        gaps = shapely.distance(shapely.get_point(lines, 0), shapely.get_point(lines, -1))
        whole = shapely.get_num_points(lines) >= 4
        closed, almost = np.zeros(len(batch), dtype=bool), np.zeros(len(batch), dtype=bool)
        closed[places] = whole & (gaps == 0)
        almost[places] = whole & (gaps > 0) & (gaps < _GAP * shapely.length(lines))
        gap_of = dict(zip(places.tolist(), gaps.tolist(), strict=True))
        notes = BatchNotes(batch, self._crs, self._held)
        notes.add("finding_lines_closed", closed)
        notes.add("finding_lines_unclosed", almost, lambda at: f"{gap_of[at]:.3g}")

    def finish(self) -> None:
        """Speak of outlines only where most lines are some."""
        findings = self._held.findings()
        if sum(finding.count for finding in findings) < _MOSTLY * self._lines:
            return
        for finding in findings:
            self._log.add(finding.code, finding.count, finding.examples, places=finding.places)
