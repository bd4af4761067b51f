"""How much of the city a change touches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.crs import CRS84, WEB_MERCATOR, transform_bbox
from layers.extent import BoundingBox
from tilecache.footprint import footprint_of_boxes
from tilecache.grids import TILE_SIZE, tile_matrix_sets

_GRID, _LEVEL = "TWD97TM2", 11
"""Its tiles are squares of 256 m in TWD97 / TM2."""


@dataclass(frozen=True, slots=True)
class TouchedArea:
    """Where features were added, removed or changed."""

    box: BoundingBox | None
    """CRS84; None where nothing that changed has a place."""
    square_kilometres: float
    """Of all squares of 256 m that a changed feature's envelope touches; 0 outside of Taiwan."""


def touched_area(boxes: NDArray[np.float64]) -> TouchedArea:
    """Return the area that boxes in EPSG:3857 touch."""
    if not len(boxes):
        return TouchedArea(None, 0.0)
    west, south = boxes[:, :2].min(axis=0).tolist()
    east, north = boxes[:, 2:].max(axis=0).tolist()
    grid = tile_matrix_sets(_LEVEL + 6)[_GRID]
    squares = footprint_of_boxes(boxes, grid, (_LEVEL,), 1, reach=0).metatiles()[_LEVEL]
    side = grid.cell_size(_LEVEL) * TILE_SIZE / 1000
    return TouchedArea(
        transform_bbox(BoundingBox(west, south, east, north), WEB_MERCATOR, CRS84), squares * side * side
    )
