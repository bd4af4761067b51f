"""The footprint of a change: no tile that can look different is missed, and no more than a reach around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.changes import Changes, compare
from layers.crs import TWD97_TM2, WEB_MERCATOR, transform_bbox, transform_geometries
from layers.drawing import DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.render import Renderer
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, Release
from layers.styles.document import parse_style
from layers.styles.model import Style
from tests.layers.pictures import FONTS
from tests.layers.releases import Row, stored
from tilecache.footprint import Footprint, MetatileMatrix, footprint_of_boxes, footprint_of_changes, union
from tilecache.grids import TILE_SIZE, TileMatrixSet, tile_matrix_sets

GRIDS = tile_matrix_sets(20)
MERCATOR, TM2 = GRIDS["WebMercatorQuad"], GRIDS["TWD97TM2"]
STATION = (13_435_000.0, 2_772_000.0)
"""Somewhere in Taichung, EPSG:3857."""
METATILE = 4


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray[Any, Any]:
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def metatile_bounds(grid: TileMatrixSet, z: int, column: int, row: int, metatile: int = METATILE) -> BoundingBox:
    first = grid.bounds(z, column * metatile, row * metatile)
    last = grid.bounds(z, (column + 1) * metatile - 1, (row + 1) * metatile - 1)
    return first.union(last)


def all_metatiles(grid: TileMatrixSet, z: int, metatile: int = METATILE) -> Iterator[tuple[int, int, BoundingBox]]:
    columns, rows = (-(-size // metatile) for size in grid.size(z))
    for row in range(rows):
        for column in range(columns):
            yield column, row, metatile_bounds(grid, z, column, row, metatile)


coordinates = st.floats(-2.2e7, 2.2e7)
drawn_boxes = st.lists(st.tuples(coordinates, coordinates, st.floats(0, 3e7), st.floats(0, 3e6)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(drawn=drawn_boxes, z=st.integers(0, 6), reach=st.sampled_from([0.0, 64.0, 128.0]), metatile=st.integers(1, 5))
def test_touched_is_what_a_look_at_every_metatile_finds(
    drawn: list[tuple[float, float, float, float]], z: int, reach: float, metatile: int
) -> None:
    given_boxes = [BoundingBox(west, south, west + width, south + height) for west, south, width, height in drawn]
    footprint = footprint_of_boxes(boxes(*given_boxes), MERCATOR, [z], metatile, reach)
    hair = MERCATOR.cell_size(z) / 1000
    for column, row, bounds in all_metatiles(MERCATOR, z, metatile):
        near = bounds.buffered(reach * MERCATOR.cell_size(z))
        holds = footprint.holds(z, column * metatile, row * metatile)
        if any(box.intersects(near.buffered(-hair)) for box in given_boxes):
            assert holds
        elif not any(box.intersects(near.buffered(hair)) for box in given_boxes):
            assert not holds


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@settings(max_examples=40, deadline=None)
@given(x=st.floats(-60_000, 60_000), y=st.floats(-40_000, 40_000), size=st.floats(0, 30_000))
def test_every_grid_is_touched_where_the_box_lies(grid: TileMatrixSet, x: float, y: float, size: float) -> None:
    west, south = STATION[0] + x, STATION[1] + y
    z = 17 - grid.zoom_offset
    footprint = footprint_of_boxes(boxes((west, south, west + size, south + size)), grid, [z], METATILE)
    # Every point of the box, and none that is farther away than the reach: a point well outside.
    for share_x, share_y in ((0, 0), (1, 1), (0.5, 0), (0, 0.5), (1, 0.5), (0.5, 1), (0.3, 0.7)):
        assert footprint.holds(z, *tile_of(grid, z, west + share_x * size, south + share_y * size))
    away = 6 * METATILE * TILE_SIZE * MERCATOR.cell_size(17)
    assert not footprint.holds(z, *tile_of(grid, z, west - away, south))
    assert not footprint.holds(z, *tile_of(grid, z, west, south + size + away))


def tile_of(grid: TileMatrixSet, z: int, x: float, y: float) -> tuple[int, int]:
    place = transform_bbox(BoundingBox(x, y, x, y), WEB_MERCATOR, grid.crs)
    first_x, _, first_y, _ = grid.tile_range(place, z)
    return first_x, first_y


def test_a_point_touches_one_metatile_or_those_it_is_near_to() -> None:
    bounds = metatile_bounds(MERCATOR, 16, 3000, 1700)
    centre, corner = bounds.centre, (bounds.west + 1, bounds.south + 1)
    assert footprint_of_boxes(boxes((*centre, *centre)), MERCATOR, [16], METATILE).metatiles() == {16: 1}
    touched = footprint_of_boxes(boxes((*corner, *corner)), MERCATOR, [16], METATILE)
    assert touched.metatiles() == {16: 4}
    assert touched.tiles() == {16: 64}
    assert touched.holds(16, 3000 * 4, 1700 * 4)
    assert touched.holds(16, 3000 * 4 - 1, 1700 * 4 + 4)
    assert not touched.holds(16, 3000 * 4 + 4, 1700 * 4)


def test_the_top_levels_are_one_metatile_of_fewer_tiles() -> None:
    point = boxes((*STATION, *STATION))
    assert footprint_of_boxes(point, MERCATOR, range(4), METATILE).tiles() == {0: 1, 1: 4, 2: 16, 3: 16}
    assert footprint_of_boxes(point, GRIDS["WorldCRS84Quad"], range(3), METATILE).tiles() == {0: 2, 1: 8, 2: 16}


def test_huge_boxes_are_kept_as_runs() -> None:
    world = footprint_of_boxes(boxes((-3e7, -3e7, 3e7, 3e7)), MERCATOR, range(21), METATILE)
    assert world.tiles()[20] == 4**20
    assert len(world.levels[20].serialize()) < 20_000_000
    assert footprint_of_boxes(boxes((-3e7, -3e7, 3e7, 3e7)), TM2, [14], METATILE).tiles() == {14: 4**14}


def test_what_lies_beyond_a_grid_or_nowhere_touches_nothing() -> None:
    assert not footprint_of_boxes(boxes(), MERCATOR, range(21), METATILE)
    assert not footprint_of_boxes(boxes((-8e6, 5e6, -8e6, 5e6)), TM2, range(15), METATILE)
    assert not footprint_of_boxes(boxes((np.nan,) * 4), MERCATOR, range(21), METATILE)


def test_the_union_touches_what_either_touches() -> None:
    one = footprint_of_boxes(boxes((*STATION, *STATION)), MERCATOR, [10, 15], METATILE)
    other = footprint_of_boxes(boxes((STATION[0] + 5e4, STATION[1], STATION[0] + 5e4, STATION[1])), MERCATOR, [15], 4)
    both = union([one, other])
    assert both.metatiles()[15] == one.metatiles()[15] + other.metatiles()[15]
    assert both.metatiles()[10] == one.metatiles()[10]


def test_ids_count_row_by_row_from_the_north_west() -> None:
    matrix = MetatileMatrix(MERCATOR, 5, METATILE)
    assert (matrix.columns, matrix.rows) == (8, 8)
    assert [matrix.number(0, 0), matrix.number(4, 0), matrix.number(3, 4), matrix.number(31, 31)] == [0, 1, 8, 63]


SCHEMA = Schema(
    GeometryType.GEOMETRY, TWD97_TM2, (Field("code", FieldType.TEXT), Field("name", FieldType.TEXT)), key="code"
)
LEVELS = (15, 16)


def labelled_style() -> Style:
    """Wide lines, marks and labels that may move to another side: all that reaches beyond its own box."""
    symbols = [
        {"mark": {"shape": "circle", "size": 24, "colour": "#ff0000"}},
        {"line": {"colour": "#0000ff", "width": 12}},
        {"text": {"field": "name", "colour": "#000000", "size": 18, "halo_width": 2}},
    ]
    return parse_style({"rules": [{"name": "all", "symbols": symbols}]})


def rows(seed: int, count: int = 60) -> list[Row]:
    random = np.random.default_rng(seed)
    centre, corner = transform_geometries(shapely.points([STATION, beside_a_corner()]), WEB_MERCATOR, TWD97_TM2)
    result: list[Row] = []
    for number in range(count):
        x, y = centre.x + random.uniform(-3000, 3000), centre.y + random.uniform(-3000, 3000)
        if number == 11:
            x, y = corner.x, corner.y
        shape = shapely.Point(x, y) if number % 3 else shapely.LineString([(x, y), (x + 400, y + 150)])
        result.append((shape, {"code": f"{number}", "name": f"逢甲大學第{number}校區"}))
    return result


def beside_a_corner() -> tuple[float, float]:
    """A few pixels from the corner where four metatiles meet, so that marks and labels reach into all of them."""
    bounds = metatile_bounds(MERCATOR, LEVELS[-1], *next(neighbourhood(LEVELS[-1])))
    return bounds.east + 12, bounds.south - 12


def edited(before: list[Row]) -> list[Row]:
    """Move one, rename one, take one away, add one."""
    after = list(before)
    after[5] = (shapely.affinity.translate(before[5][0], 900, -200), before[5][1])
    after[11] = (before[11][0], before[11][1] | {"name": "改了名字的很長的地名"})
    after.append((shapely.affinity.translate(before[20][0], 30, 30), {"code": "new", "name": "新增的地方"}))
    del after[30]
    return after


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS, threads=2)


def changes_of(store: FeatureStore, before: list[Row], after: list[Row]) -> Changes:
    return compare(stored(store, SCHEMA, before, number=1), stored(store, SCHEMA, after, number=2))


@pytest.mark.parametrize("seed", [1, 2])
def test_no_picture_outside_of_the_footprint_differs(
    feature_store: FeatureStore, renderer: Renderer, seed: int
) -> None:
    changes = changes_of(feature_store, rows(seed), edited(rows(seed)))
    footprint = footprint_of_changes(changes, MERCATOR, LEVELS, METATILE)
    style = labelled_style()
    differing = outside = 0
    for z in LEVELS:
        for column, row in neighbourhood(z):
            different = picture(renderer, changes.before, style, z, column, row) != picture(
                renderer, changes.after, style, z, column, row
            )
            touched = footprint.holds(z, column * METATILE, row * METATILE)
            assert touched or not different, (z, column, row)
            differing += different
            outside += not touched
    assert differing
    assert outside


def neighbourhood(z: int) -> Iterator[tuple[int, int]]:
    west, north = MERCATOR.origin
    span = MERCATOR.cell_size(z) * TILE_SIZE * METATILE
    column, row = int((STATION[0] - west) // span), int((north - STATION[1]) // span)
    yield from ((column + x, row + y) for x in range(-2, 3) for y in range(-2, 3))


def picture(renderer: Renderer, release: Release, style: Style, z: int, column: int, row: int) -> bytes:
    layer = DrawnLayer(release.drawing_source(), style)
    size = TILE_SIZE * METATILE
    bounds = metatile_bounds(MERCATOR, z, column, row)
    return renderer.draw(MapRequest((layer,), bounds, WEB_MERCATOR, size, size)).tobytes()


def test_a_new_field_touches_all_since_a_style_may_draw_by_it(feature_store: FeatureStore) -> None:
    wider = replace(SCHEMA, fields=(*SCHEMA.fields, Field("kind", FieldType.INTEGER)))
    before = stored(feature_store, SCHEMA, rows(1), number=1)
    after = stored(feature_store, wider, rows(1), number=2)
    footprint: Footprint = footprint_of_changes(compare(before, after), MERCATOR, [16], METATILE)
    everything = footprint_of_boxes(after.drawn_boxes(np.arange(1, after.count + 1)), MERCATOR, [16], METATILE)
    assert footprint.metatiles() == everything.metatiles()
