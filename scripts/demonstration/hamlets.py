"""Hamlets: houses along the country roads near the middle of each village outside the towns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import shapely
import shapely.ops

from scripts.demonstration.blocks import Block
from scripts.demonstration.boundaries import Village
from scripts.demonstration.roads import Road, parts_of
from scripts.demonstration.streets import Superblock
from scripts.demonstration.tables import chance

if TYPE_CHECKING:
    from scripts.demonstration.district import Surroundings

REACH = 700.0
"""Metres along the road that a hamlet covers."""
DEPTH = 26.0


def hamlet_blocks(
    around: Surroundings, villages: list[Village], main: list[Road]
) -> Iterator[tuple[Superblock, list[Block]]]:
    """Yield strips of ground on both sides of the road that is nearest to each village's middle."""
    country = [road for road in main if road.kind == "collector" and road.line.length > 120]
    if not country:
        return
    towns = shapely.union_all([built.ground for built in around.network.towns])
    tree = shapely.STRtree([road.line for road in country])
    for number, village in enumerate(villages):
        centre = village.geometry.representative_point()
        if towns.contains(centre):
            continue
        road = country[int(tree.nearest(centre))]
        measure = road.line.project(centre)
        reach = REACH * chance(around.seed, "hamlet", village.code).uniform(0.5, 1.3) / 2
        stretch = shapely.ops.substring(road.line, max(0, measure - reach), min(road.line.length, measure + reach))
        surfaces = [
            other.line.buffer(other.width / 2) for other in country if other.line.distance(stretch) < DEPTH + 20
        ]
        ground = (
            stretch.simplify(6)
            .buffer(road.width / 2 + DEPTH, cap_style="flat")
            .difference(shapely.union_all([*surfaces, towns, around.network.barriers]))
        )
        shapes = [part for part in parts_of(ground, 3) if part.area > 600]
        if shapes:
            superblock = Superblock(
                100_000 + number, village.district, 5, ground, [dataclasses.replace(road, line=road.whole)]
            )
            yield superblock, [Block(shape, "住宅區", village.district, 5) for shape in shapes]
