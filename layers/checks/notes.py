"""Notes about the rows of one batch: which rows, with what values, and where they lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.codes import Severity
from layers.checks.findings import EXAMPLES, PLACES, FindingLog, Place
from layers.crs import CRS84, Crs, transform_points
from layers.features import FeatureBatch

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BatchNotes:
    """Writes findings about rows of ``batch``, whose geometry is in ``crs``, into ``log``."""

    batch: FeatureBatch
    crs: Crs | None
    log: FindingLog

    def add(
        self,
        code: str,
        cases: Mask,
        value: Callable[[int], object] = lambda place: "",
        *,
        severity: Severity | None = None,
        **parameters: object,
    ) -> None:
        """Note the rows marked in ``cases``; ``value`` returns what is shown of the row at a place of the batch."""
        places = np.flatnonzero(cases)
        if not len(places):
            return
        field = parameters.get("field")
        shown = self.log.has_room(code, None if field is None else str(field))
        examples = ((int(self.batch.rows[at]), value(int(at))) for at in places[: EXAMPLES if shown else 0])
        located = self._located(places[:PLACES]) if shown else ()
        self.log.add(code, len(places), examples, severity=severity, places=located, **parameters)

    def _located(self, places: NDArray[np.int64]) -> list[Place]:
        """Return the middles of the rows' envelopes that can be shown on a map."""
        if self.crs is None:
            return []
        boxes = shapely.bounds(self.batch.geometry[places])
        x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
        longitude, latitude = transform_points(x, y, self.crs, CRS84)
        known = np.isfinite(longitude) & np.isfinite(latitude)
        return list(zip(longitude[known].tolist(), latitude[known].tolist(), strict=True))
