"""Grids against the OGC's register, another implementation (MapProxy) and Taiwan's corners."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapproxy.grid.tile_grid import tile_grid

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, transform_points
from layers.extent import BoundingBox
from tilecache.errors import UnknownGrid
from tilecache.grids import find_grid, named_grid, tile_matrix_sets

GRIDS = tile_matrix_sets(20)


@pytest.mark.parametrize(
    ("grid", "z", "denominator", "size"),
    [
        # OGC 17-083r2, annex D
        ("WebMercatorQuad", 0, 559082264.028717, (1, 1)),
        ("WebMercatorQuad", 18, 2132.72958384978, (262144, 262144)),
        ("WorldCRS84Quad", 0, 279541132.014358, (2, 1)),
        ("WorldCRS84Quad", 17, 2132.72958384978, (262144, 131072)),
    ],
)
def test_scales_are_the_ogcs(grid: str, z: int, denominator: float, size: tuple[int, int]) -> None:
    assert GRIDS[grid].scale_denominator(z) == pytest.approx(denominator, rel=1e-9)
    assert GRIDS[grid].size(z) == size


def test_tile_bounds_are_where_everybody_has_them() -> None:
    # The formulas of OpenStreetMap's wiki, "Slippy map tilenames".
    z, x, y = 13, 6841, 3529
    west = x / 2**z * 360 - 180
    north = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**z))))
    bounds = GRIDS["WebMercatorQuad"].bounds(z, x, y)
    corner = transform_points(west, north, CRS84, WEB_MERCATOR)
    assert (bounds.west, bounds.north) == pytest.approx(corner, abs=1e-6)
    assert bounds.width == bounds.height == pytest.approx(40075016.68557849 / 2**z)


@pytest.mark.parametrize(
    ("place", "longitude", "latitude"),
    [
        ("Kinmen", 118.22, 24.40),
        ("Dongyin", 120.51, 26.38),
        ("Lanyu", 121.60, 22.00),
        ("Penghu", 119.31, 23.20),
        ("Sandiao", 122.01, 25.01),
        ("Qixingyan", 120.82, 21.75),
    ],
)
def test_the_national_grid_holds_every_corner_of_taiwan(place: str, longitude: float, latitude: float) -> None:
    x, y = transform_points(longitude, latitude, CRS84, TWD97_TM2)
    box = GRIDS["TWD97TM2"].bbox
    assert box.west < x < box.east and box.south < y < box.north, place


def test_the_national_grid_has_cells_of_round_metres() -> None:
    grid = GRIDS["TWD97TM2"]
    assert [grid.cell_size(z) for z in (0, 11, 14)] == [2048, 1, 0.125]
    assert grid.deepest == 14


@pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: grid.id)
def test_mapproxy_computes_the_same_grid(grid) -> None:  # type: ignore[no-untyped-def]
    srs = "EPSG:4326" if grid.crs == CRS84 else str(grid.crs)
    levels = range(grid.deepest + 1)
    theirs = tile_grid(srs, bbox=grid.bbox, res=[grid.cell_size(z) for z in levels], origin="nw")
    for z in levels:
        assert theirs.grid_sizes[z] == grid.size(z)
        x, y = grid.size(z)[0] // 3, grid.size(z)[1] // 2
        assert theirs.tile_bbox((x, y, z)) == pytest.approx(grid.bounds(z, x, y), abs=1e-6)


@given(st.sampled_from(list(GRIDS.values())), st.integers(0, 14), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_the_tile_of_a_point_holds_it(grid, z: int, right: float, up: float) -> None:  # type: ignore[no-untyped-def]
    box = grid.bbox
    x, y = box.west + right * box.width, box.south + up * box.height
    column, last_column, row, last_row = grid.tile_range(BoundingBox(x, y, x, y), z)
    assert (column, row) == (last_column, last_row)
    bounds = grid.bounds(z, column, row)
    slack = grid.cell_size(z) * 1e-6
    assert bounds.buffered(slack).intersects(BoundingBox(x, y, x, y))
    assert grid.holds(z, column, row)


def test_what_lies_outside_is_not_held() -> None:
    grid = GRIDS["WebMercatorQuad"]
    assert not grid.holds(21, 0, 0)
    assert not grid.holds(3, 8, 0)
    assert not grid.holds(3, 0, 8)
    assert not grid.holds(3, -1, 0)


def test_unknown_grids_are_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownGrid) as caught:
        find_grid(GRIDS, "EPSG:900913")
    assert "EPSG:900913" in str(caught.value) and "WebMercatorQuad" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "grid", "density"),
    [
        ("WebMercatorQuad", "WebMercatorQuad", ""),
        ("GoogleMapsCompatible", "WebMercatorQuad", ""),
        ("EPSG:3857", "WebMercatorQuad", ""),
        ("TWD97TM2x2", "TWD97TM2", "@2x"),
        ("nothing", "nothing", ""),
    ],
)
def test_names_of_grids(name: str, grid: str, density: str) -> None:
    assert named_grid(name) == (grid, density)
