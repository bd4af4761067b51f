"""Features whose geometry is another's, coordinate by coordinate, anywhere in a delivery."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.codes import Severity
from layers.checks.findings import EXAMPLES, PLACES, FindingLog
from layers.checks.islands import TAIWAN, middles, to_degrees
from layers.crs import CRS84, Crs, transform_bbox
from layers.features import FeatureBatch

_STEPS = 65_535


class DuplicateCheck:
    """Watches all geometry, keeping 16 bytes a row: a hash, the row's number, and roughly where it lies."""

    def __init__(self, crs: Crs, log: FindingLog) -> None:
        self._crs = crs
        self._log = log
        box = transform_bbox(TAIWAN, CRS84, crs)
        self._origin = np.array([box.west, box.south])
        self._step = np.array([box.width, box.height]) / _STEPS
        self._only_points = True
        self._hashes: list[NDArray[np.int64]] = []
        self._rows: list[NDArray[np.uint32]] = []
        self._places: list[NDArray[np.uint16]] = []

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in; what has no geometry is no duplicate."""
        present = ~(shapely.is_missing(batch.geometry) | shapely.is_empty(batch.geometry))
        geometry = batch.geometry[present]
        if not len(geometry):
            return
        self._only_points &= bool((shapely.get_type_id(geometry) == 0).all())
        hashes = map(hash, shapely.to_wkb(geometry))
        self._hashes.append(np.fromiter(hashes, dtype=np.int64, count=len(geometry)))
        self._rows.append(batch.rows[present].astype(np.uint32))
        steps = (np.column_stack(middles(shapely.bounds(geometry))) - self._origin) / self._step
        self._places.append(np.clip(np.nan_to_num(steps), 0, _STEPS).astype(np.uint16))

    def finish(self) -> None:
        """Say which features repeat another; of points that is common and hardly worth a word."""
        if not self._hashes:
            return
        hashes, rows = np.concatenate(self._hashes), np.concatenate(self._rows)
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        again = np.zeros(len(hashes), dtype=bool)
        again[1:] = ordered[1:] == ordered[:-1]
        if not again.any():
            return
        # Of each group of equals the first in the file is the one that the others repeat.
        first = np.maximum.accumulate(np.where(again, 0, np.arange(len(hashes))))
        repeated, originals = order[again], order[first[again]]
        in_file = np.argsort(repeated)
        repeated, originals = repeated[in_file], originals[in_file]
        examples = zip(rows[repeated[:EXAMPLES]], (f"= {row}" for row in rows[originals[:EXAMPLES]]), strict=True)
        places = np.concatenate(self._places)[repeated[:PLACES]] * self._step + self._origin
        x, y = to_degrees(places[:, 0], places[:, 1], self._crs)
        known = np.isfinite(x) & np.isfinite(y)
        self._log.add(
            "finding_geometry_duplicate",
            len(repeated),
            examples,
            severity=Severity.INFO if self._only_points else None,
            places=zip(x[known].tolist(), y[known].tolist(), strict=True),
        )
