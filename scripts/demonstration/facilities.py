"""Facilities: what the urban plan's public blocks hold, and what every village has."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from scripts.demonstration.blocks import Block
from scripts.demonstration.boundaries import District, Village
from scripts.demonstration.names import name_stems
from scripts.demonstration.tables import Table, chance

PUBLIC = ("government", "police", "fire-stations", "libraries")
_PUBLIC_NAMES = {
    "government": "{stem}聯合服務中心",
    "police": "{stem}派出所",
    "fire-stations": "{stem}消防分隊",
    "libraries": "{stem}圖書館",
}


def zoning_table(blocks: list[Block]) -> Table:
    """Return the urban plan's zones."""
    table = Table()
    for number, block in enumerate(blocks, 1):
        grade = {"住宅區": "第二種住宅區", "商業區": "第一種商業區", "工業區": "乙種工業區"}.get(block.zone, block.zone)
        coverage, floor_area = {"住宅區": (60, 220), "商業區": (70, 350), "工業區": (60, 210)}.get(
            block.zone, (40, 150)
        )
        table.add(
            block.shape,
            number=f"{block.district[:2]}{number:05d}",
            zone=block.zone,
            grade=grade,
            district=block.district,
            coverage=coverage,
            ratio=floor_area,
            area_m2=round(block.shape.area, 1),
        )
    return table


def facility_tables(district: District, villages: list[Village], blocks: list[Block], seed: int) -> dict[str, Table]:
    """Return the facilities of a district by layer."""
    random = chance(seed, "facilities", district.name)
    stems = name_stems(random, set())
    tables = {
        name: Table()
        for name in (
            *PUBLIC,
            "schools",
            "hospitals",
            "parks",
            "markets",
            "temples",
            "parking",
            "shelters",
            "shops",
            "bikes",
        )
    }
    by_zone: dict[str, list[Any]] = {}
    for block in blocks:
        by_zone.setdefault(block.zone, []).append(block.shape)
    _public(tables, by_zone, district, villages, stems, random)
    _schools(tables["schools"], by_zone.get("學校用地", []), district, stems, random)
    for shape in [*by_zone.get("公園用地", []), *by_zone.get("兒童遊樂場用地", [])]:
        tables["parks"].add(
            shape.buffer(-1.5), name=f"{next(stems)}公園", district=district.name, area_m2=round(shape.area)
        )
    _simple(
        tables["hospitals"],
        by_zone.get("醫療用地", []),
        "{stem}醫院",
        district,
        stems,
        beds=lambda: int(random.integers(20, 600)),
    )
    _simple(
        tables["markets"],
        by_zone.get("市場用地", []),
        "{stem}公有零售市場",
        district,
        stems,
        stalls=lambda: int(random.integers(20, 240)),
    )
    _simple(
        tables["parking"],
        by_zone.get("停車場用地", []),
        "{stem}停車場",
        district,
        stems,
        spaces=lambda: int(random.integers(20, 420)),
    )
    _simple(
        tables["temples"],
        by_zone.get("宗教專用區", []),
        "{stem}宮",
        district,
        stems,
        deity=lambda: str(random.choice(["媽祖", "關聖帝君", "保生大帝", "福德正神", "玄天上帝"])),
    )
    if not len(tables["parking"]):
        ground = [villages[0].geometry.representative_point().buffer(20)]
        _simple(tables["parking"], ground, "{stem}停車場", district, stems, spaces=lambda: int(random.integers(20, 90)))
    _village_places(tables, villages, district, blocks, random)
    _shops(tables, by_zone, district, random)
    return tables


def _public(
    tables: dict[str, Table],
    by_zone: dict[str, list[Any]],
    district: District,
    villages: list[Village],
    stems: Any,
    random: np.random.Generator,
) -> None:
    places = [shape.representative_point() for shape in by_zone.get("機關用地", [])]
    places = places or [village.geometry.representative_point() for village in villages[:4]]
    tables["government"].add(
        places[0], name=f"臺中市{district.name}公所", kind="區公所", district=district.name, phone=_phone(random)
    )
    for index, place in enumerate(places[1:] if len(places) > 4 else places * 4):
        layer = PUBLIC[(index + 1) % len(PUBLIC)]
        name = _PUBLIC_NAMES[layer].format(stem=next(stems))
        tables[layer].add(
            shapely.Point(place.x + 14 * (index % 3), place.y + 9 * (index % 2)),
            name=name,
            kind=name[-4:],
            district=district.name,
            phone=_phone(random),
        )
        if len(places) <= 4 and index >= 6:
            break


def _phone(random: np.random.Generator) -> str:
    # Numbers that begin with 0 after the area code are not given to subscribers.
    return f"04-0{random.integers(1000000, 9999999)}"


def _schools(table: Table, shapes: list[Any], district: District, stems: Any, random: np.random.Generator) -> None:
    levels = ("國民小學", "國民小學", "國民中學", "國民小學", "高級中學", "國民中學", "國民小學", "科技大學")
    for index, shape in enumerate(shapes):
        # A campus that streets cut in two is one school.
        if index and shape.distance(shapes[index - 1]) < 15:
            continue
        level = levels[int(random.integers(0, len(levels)))]
        point = shape.representative_point()
        table.add(
            point,
            name=f"{next(stems)}{level}",
            level=level,
            district=district.name,
            students=int(random.integers(180, 2600)),
        )


def _simple(table: Table, shapes: list[Any], pattern: str, district: District, stems: Any, **extra: Any) -> None:
    for shape in shapes:
        values = {name: draw() for name, draw in extra.items()}
        table.add(shape.representative_point(), name=pattern.format(stem=next(stems)), district=district.name, **values)


def _village_places(
    tables: dict[str, Table],
    villages: list[Village],
    district: District,
    blocks: list[Block],
    random: np.random.Generator,
) -> None:
    tree = shapely.STRtree([block.shape for block in blocks])
    for village in villages:
        centre = village.geometry.representative_point()
        nearest = tree.query_nearest(centre, max_distance=150.0)
        if len(nearest):
            # In towns they stand inside a block, not in the street.
            centre = blocks[int(nearest[0])].shape.representative_point()
        near = [shapely.Point(centre.x + random.normal(0, 9), centre.y + random.normal(0, 9)) for _ in range(2)]
        tables["shelters"].add(
            near[0],
            name=f"{village.name}活動中心",
            village=village.name,
            district=district.name,
            capacity=int(random.integers(40, 400)),
            kind="室內收容",
        )
        tables["temples"].add(
            near[1], name=f"{village.name.removesuffix('里')}福德祠", district=district.name, deity="福德正神"
        )


def _shops(
    tables: dict[str, Table], by_zone: dict[str, list[Any]], district: District, random: np.random.Generator
) -> None:
    shapes = by_zone.get("商業區", []) or by_zone.get("住宅區", [])[:3]
    for number, shape in enumerate(shapes):
        point = shape.exterior.interpolate(random.uniform(0, shape.length))
        inward = shape.representative_point()
        share = 4 / max(point.distance(inward), 4)
        place = shapely.Point(point.x + (inward.x - point.x) * share, point.y + (inward.y - point.y) * share)
        if number % 4 == 0:
            tables["bikes"].add(
                point,
                number=f"{district.code[-3:]}{number:04d}",
                name=f"示範站{number + 1:03d}",
                district=district.name,
                docks=int(random.integers(10, 36)),
            )
        if number % 2 == 0:
            kind = str(random.choice(["便利商店", "便利商店", "藥局", "早餐店", "咖啡館"]))
            tables["shops"].add(place, name=f"示範{kind}{number // 2 + 1}", kind=kind, district=district.name)
