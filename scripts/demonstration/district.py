"""Everything inside one district: the unit in which the city is built and, in its full size, delivered."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from scripts.demonstration import furniture
from scripts.demonstration.blocks import Block, cut_blocks
from scripts.demonstration.boundaries import Boundaries, District
from scripts.demonstration.buildings import KINDS, build
from scripts.demonstration.doorplates import make_plates, number_text, plate_columns
from scripts.demonstration.facilities import facility_tables, zoning_table
from scripts.demonstration.farmroads import farm_roads
from scripts.demonstration.geography import projected
from scripts.demonstration.hamlets import hamlet_blocks
from scripts.demonstration.landcover import landuse_table
from scripts.demonstration.names import name_stems
from scripts.demonstration.network import Network
from scripts.demonstration.parcels import parcel_table
from scripts.demonstration.roads import LANES, ROAD_CLASSES, Road, parts_of
from scripts.demonstration.scales import Size
from scripts.demonstration.streets import Superblock, lay_streets
from scripts.demonstration.tables import Table, chance
from scripts.demonstration.terrain import Relief
from scripts.demonstration.transit import bus_stops
from scripts.demonstration.writer import columns_in_chinese

PLATE_COLUMNS = ("縣市", "行政區", "里", "路街", "段", "巷", "弄", "號", "樓", "號碼", "地址")
_USES = {
    "學校用地": "文教",
    "工業區": "工業",
    "商業區": "商業",
    "機關用地": "公務",
    "醫療用地": "醫療",
    "市場用地": "商業",
    "宗教專用區": "宗教",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a district is built into."""

    boundaries: Boundaries
    network: Network
    superblocks: list[Superblock]
    relief: Relief
    water: Any
    woods: Any
    seed: int
    size: Size


def build_district(around: Surroundings, district: District) -> dict[str, Table]:
    """Return the tables of one district by layer."""
    seed, size = around.seed, around.size
    villages = [village for village in around.boundaries.villages if village.district == district.name]
    mine = [block for block in around.superblocks if block.district == district.name]
    stems = name_stems(chance(seed, "stems", district.name), {road.name[:-1] for road in around.network.roads})
    main = _main_roads(around.network, district)
    blocks: list[Block] = []
    tables: dict[str, Table] = {"buildings": Table(), "doorplates": Table()}
    for superblock in mine:
        lay_streets(superblock, next(stems), seed)
        cut = cut_blocks(superblock, seed)
        blocks += cut
        if _has_houses(superblock, size):
            _settle(around, tables, superblock, cut, chance(seed, "houses", superblock.number))
    if size.detailed is None:
        for hamlet in hamlet_blocks(around, villages, main):
            _settle(around, tables, hamlet[0], hamlet[1], chance(seed, "hamlet", hamlet[0].number, district.name))
    streets = [road for superblock in mine for road in superblock.streets]
    tables["zoning"] = zoning_table(blocks)
    tables["landuse"] = landuse_table(
        around.boundaries, around.network.towns, around.woods, around.water, district.name
    )
    tables |= facility_tables(district, villages, blocks, seed)
    _known_parks(around, district, main, tables["parks"])
    streets += farm_roads(tables["landuse"], seed, size.fields)
    tables |= _street_tables(around, district, main, streets)
    if size.parcels and (size.detailed is None or district.name in size.detailed):
        chosen = [block for block in blocks if block.zone in {"住宅區", "商業區"}][: size.parcels]
        tables["parcels"] = parcel_table(chosen or blocks[:3], district.name, seed)
    return tables


def _has_houses(superblock: Superblock, size: Size) -> bool:
    if size.detailed is None or superblock.district in size.detailed:
        return True
    return any(superblock.ground.distance(shapely.Point(projected(x, y))) < reach for x, y, reach in size.showcases)


def _known_parks(around: Surroundings, district: District, main: list[Road], parks: Table) -> None:
    for name, ground in around.network.parks.items():
        if district.geometry.contains(ground.centroid):
            streets = shapely.union_all(
                [road.line.buffer(road.width / 2 + 3) for road in main if road.line.intersects(ground)]
            )
            for part in parts_of(ground.difference(streets), 3):
                # Corners that a road cuts off are planted, but they are not the park.
                parks.add(
                    part,
                    name=name if part.area > ground.area / 3 else "綠地",
                    district=district.name,
                    area_m2=round(part.area),
                )


def _main_roads(network: Network, district: District) -> list[Road]:
    """Return the stretches of main roads inside a district; house numbers run on along the whole road."""
    shapely.prepare(district.geometry)
    found = []
    for road in network.roads:
        if district.geometry.intersects(road.line):
            for part in parts_of(shapely.intersection(road.line, district.geometry)):
                if part.length > 5:
                    found.append(dataclasses.replace(road, line=part, whole=road.line))
    return found


def _settle(
    around: Surroundings,
    tables: dict[str, Table],
    superblock: Superblock,
    blocks: list[Block],
    random: np.random.Generator,
) -> None:
    """Put buildings and door plates into a superblock."""
    houses = build(blocks, random)
    if not len(houses.shape):
        return
    plates = make_plates(
        houses.front,
        houses.outside,
        houses.floors,
        houses.kind,
        [*superblock.borders, *superblock.streets],
        around.size.plates,
        random,
    )
    places = around.boundaries.village_names(plates.point) if len(plates.point) else []
    columns = plate_columns(plates, places)
    addresses = np.full(len(houses.shape), "", dtype=object)
    for building, road, number, suffix, (area, village) in zip(
        plates.building[::-1].tolist(),
        plates.road[::-1],
        plates.number[::-1].tolist(),
        plates.suffix[::-1].tolist(),
        places[::-1],
        strict=True,
    ):
        addresses[building] = f"臺中市{area}{village}{road.full_name}{number_text(number, suffix)}"
    areas = shapely.area(houses.shape)
    tables["buildings"].extend(
        houses.shape,
        address=addresses.tolist(),
        usage=[_USES.get(zone, "住宅") for zone in houses.zone],
        kind=[KINDS[kind].name for kind in houses.kind],
        structure=[
            "鋼骨構造" if floors > 12 or kind == "works" else "鋼筋混凝土造" if floors > 2 else "加強磚造"
            for kind, floors in zip(houses.kind, houses.floors.tolist(), strict=True)
        ],
        floors=houses.floors.tolist(),
        height_m=np.round(houses.floors * 3.2 + 1.2, 1).tolist(),
        area_m2=np.round(areas, 1).tolist(),
        district=[superblock.district] * len(houses.shape),
    )
    plate_table = Table()
    plate_table.extend(plates.point, **columns)
    tables["doorplates"].append(columns_in_chinese(plate_table, PLATE_COLUMNS))


def _street_tables(around: Surroundings, district: District, main: list[Road], streets: list[Road]) -> dict[str, Table]:
    seed, size = around.seed, around.size
    ordinary = [road for road in main if road.kind in {"arterial", "collector"}]
    furnished = size.furnished is None or district.name in size.furnished
    lit = ordinary if furnished else []
    points, names = furniture.junctions(ordinary)
    roads, named = Table(), Table()
    for road, line in _pieces([*main, *streets], size):
        roads.add(
            line,
            name=road.full_name,
            **{"class": road.kind},
            kind=ROAD_CLASSES.get(road.kind, "道路"),
            road=road.name,
            section=road.section,
            lane=road.lane,
            width_m=road.width,
            lanes=LANES[road.kind],
            length_m=round(line.length, 1),
            district=district.name,
        )
    for road in [*main, *streets]:
        if road.kind != "lane":
            named.add(
                road.line,
                name=road.road,
                route=road.route,
                **{"class": road.kind},
                kind=ROAD_CLASSES.get(road.kind, "道路"),
                width_m=road.width,
                length_m=round(road.line.length, 1),
                district=district.name,
            )
    return {
        "roads": roads,
        "streets": named,
        "bus-stops": bus_stops(ordinary, district.name, seed, 480.0 if furnished else 1500.0),
        "street-trees": furniture.trees(lit, district.name, seed, size.furniture * 0.8),
        "street-lights": furniture.lamps(lit, district.name, seed, size.furniture),
        "hydrants": furniture.covers(lit, district.name, seed, 150.0, "消防栓"),
        "manholes": furniture.covers(lit, district.name, seed, 120.0, "人孔"),
        "signals": furniture.junction_table(points, names, district.name, 0.8 if furnished else 0.25, seed, "signals"),
        "cctv": furniture.junction_table(points, names, district.name, 0.4 if furnished else 0.06, seed, "cctv"),
    }


def _pieces(roads: list[Road], size: Size) -> Iterator[tuple[Road, Any]]:
    """Yield each road's line, or its pieces from junction to junction."""
    if not size.segments:
        yield from ((road, road.line) for road in roads)
        return
    lines = np.array([road.line for road in roads], dtype=object)
    first, second = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=0.6)
    crossings: dict[int, list[int]] = {}
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a != b:
            crossings.setdefault(a, []).append(b)
    for index, road in enumerate(roads):
        others = crossings.get(index, [])
        meetings = (
            shapely.get_coordinates(shapely.shortest_line(lines[index], lines[others])) if others else np.zeros((0, 2))
        )
        measures = sorted(
            {
                0.0,
                road.line.length,
                *(
                    round(float(value), 1)
                    for value in shapely.line_locate_point(road.line, shapely.points(meetings[::2]))
                ),
            }
        )
        for start, end in itertools.pairwise(measures):
            count = max(1, round((end - start) / size.segment))
            for piece in range(count) if end - start > 4 else ():
                step = (end - start) / count
                yield road, shapely.ops.substring(road.line, start + step * piece, start + step * (piece + 1))
