"""Which tiles a layer can touch at all."""

from __future__ import annotations

from layers.crs import CRS84, transform_bbox
from layers.errors import UnknownCrs
from layers.extent import BoundingBox
from layers.render import BUFFER
from tilecache.grids import TileMatrixSet

Range = tuple[int, int, int, int]
NOTHING: Range = (1, 0, 1, 0)


class TileCoverage:
    """The tiles of each grid and level that a layer's extent, with the drawing buffer, touches."""

    def __init__(self, extent: BoundingBox) -> None:
        self._extent = extent
        self._ranges: dict[tuple[str, int], Range] = {}

    def holds(self, grid: TileMatrixSet, z: int, x: int, y: int) -> bool:
        """Tell whether something may be drawn on the tile."""
        first_x, last_x, first_y, last_y = self.tile_range(grid, z)
        return first_x <= x <= last_x and first_y <= y <= last_y

    def tile_range(self, grid: TileMatrixSet, z: int) -> Range:
        """First and last column, first and last row."""
        found = self._ranges.get((grid.id, z))
        if found is None:
            found = self._ranges[grid.id, z] = self._compute(grid, z)
        return found

    def _compute(self, grid: TileMatrixSet, z: int) -> Range:
        try:
            bbox = transform_bbox(self._extent, CRS84, grid.crs)
        except UnknownCrs:
            return NOTHING
        return grid.tile_range(bbox.buffered(BUFFER * grid.cell_size(z)), z)
