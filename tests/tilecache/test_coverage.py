"""Which tiles a layer touches."""

from __future__ import annotations

import math

from layers.extent import BoundingBox
from tilecache.coverage import TileCoverage
from tilecache.grids import tile_matrix_sets

GRIDS = tile_matrix_sets(20)
TAICHUNG_STATION = BoundingBox(120.6850, 24.1370, 120.6851, 24.1371)


def test_only_the_tile_and_what_reaches_into_its_neighbours() -> None:
    coverage = TileCoverage(TAICHUNG_STATION)
    grid = GRIDS["WebMercatorQuad"]
    # The formulas of OpenStreetMap's wiki, "Slippy map tilenames".
    x = int((120.6850 + 180) / 360 * 2**16)
    y = int((1 - math.asinh(math.tan(math.radians(24.1371))) / math.pi) / 2 * 2**16)
    assert coverage.holds(grid, 16, x, y)
    first_x, last_x, first_y, last_y = coverage.tile_range(grid, 16)
    assert last_x - first_x <= 1 and last_y - first_y <= 1
    assert not coverage.holds(grid, 16, x + 3, y)


def test_the_top_tile_holds_everything() -> None:
    coverage = TileCoverage(TAICHUNG_STATION)
    for grid in GRIDS.values():
        assert any(coverage.holds(grid, 0, x, 0) for x in range(grid.size(0)[0])), grid.id


def test_what_lies_outside_a_grid_touches_none_of_its_tiles() -> None:
    coverage = TileCoverage(BoundingBox(-75.0, 40.0, -74.0, 41.0))
    assert not coverage.holds(GRIDS["TWD97TM2"], 0, 0, 0)
