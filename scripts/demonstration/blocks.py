"""Blocks: what the streets of a superblock leave over, and what the urban plan makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from scripts.demonstration.roads import parts_of
from scripts.demonstration.streets import Superblock
from scripts.demonstration.tables import chance

INDUSTRIAL = {
    "西屯區": 0.08,
    "南屯區": 0.1,
    "大里區": 0.14,
    "潭子區": 0.16,
    "神岡區": 0.16,
    "大雅區": 0.14,
    "梧棲區": 0.18,
    "烏日區": 0.14,
    "太平區": 0.1,
    "豐原區": 0.06,
    "后里區": 0.16,
    "大甲區": 0.1,
    "沙鹿區": 0.06,
    "龍井區": 0.12,
}
"""Share of superblocks that are industrial."""


@dataclass(slots=True)
class Block:
    """A block between streets and its zone in the urban plan."""

    shape: Any
    zone: str
    district: str
    rank: int


def cut_blocks(superblock: Superblock, seed: int) -> list[Block]:
    """Return the blocks of a superblock whose streets are laid, each with its zone."""
    surfaces = [road.line.buffer(road.width / 2, cap_style="flat", join_style="mitre") for road in superblock.streets]
    # Round ends would bite into the blocks across the street; square ones close the gap at corners.
    surfaces += [road.line.buffer(road.width / 2) for road in superblock.borders]
    ground = superblock.ground.difference(shapely.union_all(surfaces)) if surfaces else superblock.ground
    shapes = [shape.simplify(0.4) for shape in parts_of(ground, 3)]
    shapes = [shape for shape in shapes if shape.area > 220 and shape.is_valid]
    random = chance(seed, "blocks", superblock.number)
    industrial = random.random() < INDUSTRIAL.get(superblock.district, 0.0)
    wide = [road.line for road in superblock.borders if road.kind == "arterial"]
    return [
        Block(shape, _zone(shape, industrial, wide, superblock.rank, random), superblock.district, superblock.rank)
        for shape in shapes
    ]


def _zone(shape: Any, industrial: bool, wide: list[Any], rank: int, random: np.random.Generator) -> str:
    fullness = 4 * np.pi * shape.area / shape.length**2
    public = random.random()
    if fullness < 0.18 or shape.area < 500:
        return "綠地" if public < 0.5 else "廣場用地"
    if shape.area > 9000 and public < 0.2:
        return "學校用地"
    if shape.area > 1800 and public < 0.075:
        return "公園用地"
    if public < 0.11:
        return str(random.choice(["停車場用地", "市場用地", "機關用地", "醫療用地", "宗教專用區", "兒童遊樂場用地"]))
    if industrial:
        return "工業區"
    on_arterial = any(shape.distance(line) < 30 for line in wide)
    commerce = {1: 0.16, 2: 0.07, 3: 0.06, 4: 0.05, 5: 0.04}[rank] + (0.38 if on_arterial else 0)
    return "商業區" if random.random() < commerce else "住宅區"
