"""Points thinned: of those in one cell the first stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from layers.features import Geometries
from layers.overviews.cells import cell_keys
from layers.overviews.rows import Numbers, Reals


@dataclass(frozen=True, slots=True)
class Dots:
    """Points by ascending ``fid``."""

    fids: Numbers
    x: Reals
    y: Reals

    @classmethod
    def of(cls, fids: Numbers, points: Geometries) -> Dots:
        """Take point geometries."""
        return cls(fids, shapely.get_x(points), shapely.get_y(points))

    @classmethod
    def together(cls, parts: Sequence[Dots]) -> Dots:
        """Return all in one."""
        return cls(
            np.concatenate([np.empty(0, dtype=np.int64), *(part.fids for part in parts)]),
            np.concatenate([np.empty(0), *(part.x for part in parts)]),
            np.concatenate([np.empty(0), *(part.y for part in parts)]),
        )

    def thinned(self, side: float) -> Dots:
        """Return the first of each cell, for which a label would be drawn among those around it."""
        _, kept = np.unique(cell_keys(self.x, self.y, side), return_index=True)
        kept.sort()
        return Dots(self.fids[kept], self.x[kept], self.y[kept])
