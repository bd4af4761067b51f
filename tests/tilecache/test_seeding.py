"""What is drawn ahead: all that shows anything, nothing that is kept, the middle of the city first."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import pytest

from layers.errors import RenderError
from server.mapproxy import MapProxyMount, TileEngines
from tests.server.map_city import City
from tilecache.blank import blank_tile
from tilecache.cache import EditionAt
from tilecache.drawing import Drawable
from tilecache.editions import Editions
from tilecache.footprint import MetatileMatrix
from tilecache.grids import tile_matrix_sets
from tilecache.identity import TileKey
from tilecache.reach import footprint_of_area, footprint_of_record, intersection
from tilecache.requests import Block
from tilecache.seed_plan import Metatile, SeedPlan, metatile_keys, plan_seeding
from tilecache.seeding import Draw, Workplace, seed_metatile
from tilecache.stores.sqlite import SqliteTileStore

GRIDS = tile_matrix_sets(20)
LEVELS = (12, 14, 15, 16)
MIDDLE = (120.6830, 24.1650)


@pytest.fixture
def fresh(tmp_path: Path) -> City:
    """A city of which no tile is kept."""
    return City(tmp_path)


def pattern_of(record: Drawable, format_: str = "png", grid: str = "WebMercatorQuad") -> TileKey:
    return TileKey(record.id, "default", grid, format_, 0, 0, 0, "")


def planned(city: City, name: str, grid: str = "WebMercatorQuad", format_: str = "png") -> SeedPlan:
    record = city.snapshot.layers.get(name) or city.snapshot.basemaps[name]
    offset = GRIDS[grid].zoom_offset
    footprint = footprint_of_record(record, city.holdings, GRIDS[grid], [z - offset for z in LEVELS], 4)
    return plan_seeding(pattern_of(record, format_, grid), footprint, city.store, MIDDLE, edition_at(city, name, grid))


def edition_at(city: City, name: str, grid: str = "WebMercatorQuad") -> EditionAt:
    record = city.snapshot.layers.get(name) or city.snapshot.basemaps[name]
    return partial(Editions(record, city.options.lineages).at, GRIDS[grid])


def workplace(city: City, name: str, draw: Draw | None = None) -> Workplace:
    return Workplace(draw or mount(city).draw_tile, city.store, edition_at(city, name))


def mount(city: City) -> MapProxyMount:
    return MapProxyMount(city.snapshot, TileEngines(city.options), city.options)


@pytest.mark.parametrize("name", ["districts", "roads", "stops", "base"])
@pytest.mark.parametrize("grid", GRIDS)
def test_what_is_not_drawn_ahead_shows_nothing(fresh: City, name: str, grid: str) -> None:
    """Around each planned metatile those that are not planned are drawn: no pixel of theirs is any feature's."""
    plan, draw = planned(fresh, name, grid), mount(fresh).draw_tile
    ground = fresh.snapshot.basemaps["base"].background
    pending = set(plan.metatiles())
    assert pending
    for z in plan.pending:
        columns = MetatileMatrix(plan.grid, z, 4).columns
        inside = {m.number for m in pending if m.z == z}
        around = {n + dx + dy * columns for n in inside for dx in (-1, 0, 1) for dy in (-1, 0, 1)} - inside
        for number in sorted(around)[:6]:
            keys = plan.keys(Metatile(z, number), edition_at(fresh, name, grid))
            draw(keys[0])
            for key in keys:
                body = fresh.store.get(key)
                assert body == (blank_tile("png", ground) if name == "base" else b""), key


def test_low_levels_come_first_and_each_from_the_middle(fresh: City) -> None:
    plan = planned(fresh, "districts")
    metatiles = list(plan.metatiles())
    assert [m.z for m in metatiles] == sorted(m.z for m in metatiles)
    for z in LEVELS:
        # The formulas of OpenStreetMap's wiki, "Slippy map tilenames", in metatiles of four.
        x = (MIDDLE[0] + 180) / 360 * 2**z / 4
        y = (1 - math.asinh(math.tan(math.radians(MIDDLE[1]))) / math.pi) / 2 * 2**z / 4
        columns = MetatileMatrix(plan.grid, z, 4).columns
        places = [divmod(m.number, columns) for m in metatiles if m.z == z]
        distances = [math.hypot(column + 0.5 - x, row + 0.5 - y) for row, column in places]
        assert distances == sorted(distances)


@pytest.mark.parametrize("side", [1, 2, 3, 4, 5, 8, 16])
def test_what_is_asked_for_most_comes_first_and_the_rest_from_the_middle(fresh: City, side: int) -> None:
    record, grid = fresh.snapshot.layers["districts"], GRIDS["WebMercatorQuad"]
    footprint = footprint_of_record(record, fresh.holdings, grid, [15, 17], side)

    def ordered(requests: dict[Block, float]) -> list[Metatile]:
        at = edition_at(fresh, "districts")
        return list(plan_seeding(pattern_of(record), footprint, fresh.store, MIDDLE, at, requests).metatiles())

    usual = ordered({})
    wanted = [m for m in usual if m.z == 17][-3:]
    matrix = MetatileMatrix(grid, 17, side)
    counts: dict[Block, float] = {}
    for weight, metatile in enumerate(wanted, 1):
        row, column = divmod(metatile.number, matrix.columns)
        block = Block("districts", grid.id, 17, column * side // 4, row * side // 4)
        counts[block] = counts.get(block, 0) + weight
    counts[Block("districts", "TWD97TM2", 15, 0, 0)] = counts[Block("districts", grid.id, 3, 1, 1)] = 99.0
    order = ordered(counts)
    assert sorted(order) == sorted(usual)
    assert [m for m in order if m.z == 15] == [m for m in usual if m.z == 15]
    deep = [m for m in order if m.z == 17]
    # All tiles of a block may be asked for, so with small metatiles neighbours of the wanted ones come with them.
    blocks = {(block.column, block.row) for block in counts if block.z == 17}

    def reached(metatile: Metatile) -> bool:
        keys = metatile_keys(pattern_of(record), grid, side, metatile, lambda z, x, y: "")
        return any((key.x // 4, key.y // 4) in blocks for key in keys)

    first = [m for m in deep if reached(m)]
    assert deep[: len(first)] == first and set(wanted) <= set(first)
    assert [m for m in deep if not reached(m)] == [m for m in usual if m.z == 17 and not reached(m)]


def test_what_is_kept_whole_is_left_out_and_what_is_kept_in_part_is_not(fresh: City) -> None:
    plan = planned(fresh, "districts")
    first, second, *_ = plan.metatiles()
    known = edition_at(fresh, "districts")
    done = [seed_metatile(plan, metatile, workplace(fresh, "districts")) for metatile in (first, second)]
    assert [(one.tiles, one.error) for one in done] == [(16, None)] * 2
    assert done[0].size == sum(len(fresh.store.get(key) or b"") for key in plan.keys(first, known))
    fresh.store.drop(plan.keys(second, known)[3:5])
    again = planned(fresh, "districts")
    assert set(plan.metatiles()) - set(again.metatiles()) == {first}
    assert sum(again.kept.values()) == 1 and again.total == plan.total - 1
    # Another format, grid or edition is something else.
    assert planned(fresh, "districts", format_="webp").total == plan.total


def test_a_tile_that_the_store_did_not_keep_is_a_failure(fresh: City) -> None:
    plan = planned(fresh, "districts")
    seeded = seed_metatile(plan, next(plan.metatiles()), workplace(fresh, "districts", lambda key: None))
    assert seeded.error is not None and "did not keep" in str(seeded.error) and seeded.tiles == 0


def test_a_drawing_that_fails_keeps_nothing(fresh: City) -> None:
    def draw(key: TileKey) -> None:
        raise RenderError("render_empty")

    plan = planned(fresh, "districts")
    metatile = next(plan.metatiles())
    assert seed_metatile(plan, metatile, workplace(fresh, "districts", draw)).error is not None
    assert not list(fresh.store.tiles("districts"))


def test_samples_lie_in_every_level(fresh: City) -> None:
    plan = planned(fresh, "districts")
    samples = list(plan.samples())
    assert set(samples) <= set(plan.metatiles()) and len(set(samples)) == len(samples)
    assert {m.z for m in samples} == set(LEVELS)


def test_an_area_cuts_the_footprint(fresh: City) -> None:
    record = fresh.snapshot.layers["districts"]
    grid = GRIDS["WebMercatorQuad"]
    whole = footprint_of_record(record, fresh.holdings, grid, [16], 4)
    west, south, east, north = record.release.extent
    corner = record.release.extent._replace(east=west + (east - west) / 10, north=south + (north - south) / 10)
    part = intersection(whole, footprint_of_area(corner, grid, [16], 4))
    assert 0 < part.metatiles()[16] < whole.metatiles()[16]


def test_metatiles_at_the_edge_of_a_grid_hold_fewer_tiles(tmp_path: Path) -> None:
    grid = GRIDS["WorldCRS84Quad"]
    pattern = TileKey("roads", "default", grid.id, "png", 0, 0, 0, "1")
    plan = SeedPlan(pattern, grid, 4, {}, {})
    assert [len(plan.keys(Metatile(z, 0))) for z in (0, 1, 2)] == [2, 8, 16]
    store = SqliteTileStore(tmp_path)
    store.put([(key, b"") for key in plan.keys(Metatile(0, 0))])
    assert len(list(store.tiles("roads"))) == 2
    store.close()
