"""Which tiles a layer can touch at all."""

from __future__ import annotations

from functools import lru_cache

from layers.crs import CRS84, transform_bbox
from layers.errors import UnknownCrs
from layers.extent import BoundingBox
from layers.render import BUFFER
from tilecache.grids import TileMatrixSet

Range = tuple[int, int, int, int]
NOTHING: Range = (1, 0, 1, 0)


class TileCoverage:
    """The tiles of each grid and level that come nearer than ``reach`` pixels to a layer's extent."""

    def __init__(self, extent: BoundingBox, reach: float = BUFFER) -> None:
        self._extent = extent
        self._reach = reach
        self._boxes: dict[str, BoundingBox | None] = {}
        self._ranges: dict[tuple[str, int], Range] = {}

    def holds(self, grid: TileMatrixSet, z: int, x: int, y: int) -> bool:
        """Tell whether something may be drawn on the tile."""
        first_x, last_x, first_y, last_y = self.tile_range(grid, z)
        return first_x <= x <= last_x and first_y <= y <= last_y

    def reaches(self, grid: TileMatrixSet) -> bool:
        """Tell whether the layer lies on the grid's ground at all, by their extents."""
        return self._extent.intersects(_ground(grid))

    def tile_range(self, grid: TileMatrixSet, z: int) -> Range:
        """First and last column, first and last row."""
        found = self._ranges.get((grid.id, z))
        if found is None:
            found = self._ranges[grid.id, z] = self._compute(grid, z)
        return found

    def _compute(self, grid: TileMatrixSet, z: int) -> Range:
        if grid.id not in self._boxes:
            self._boxes[grid.id] = _within(self._extent, grid)
        bbox = self._boxes[grid.id]
        return NOTHING if bbox is None else grid.tile_range(bbox.buffered(self._reach * grid.cell_size(z)), z)


def _within(extent: BoundingBox, grid: TileMatrixSet) -> BoundingBox | None:
    """Return the part of an extent (CRS84) that a grid reaches, in the grid's CRS."""
    # A CRS of one country has no coordinates for what lies on the other side of the Earth.
    within = extent.intersection(_ground(grid))
    if within is None:
        return None
    try:
        return transform_bbox(within, CRS84, grid.crs)
    except UnknownCrs:
        return None


@lru_cache(maxsize=64)
def _ground(grid: TileMatrixSet) -> BoundingBox:
    return transform_bbox(grid.bbox, grid.crs, CRS84)
