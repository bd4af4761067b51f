"""Streets inside a superblock: rows of 街 along it, 巷 between them, 弄 into deep blocks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from scripts.demonstration.names import numeral
from scripts.demonstration.network import Network
from scripts.demonstration.roads import WIDTHS, Road, parts_of
from scripts.demonstration.tables import chance


@dataclass(slots=True)
class Superblock:
    """The ground between main roads: the unit in which streets, blocks and buildings are made."""

    number: int
    district: str
    rank: int
    ground: Any
    borders: list[Road]
    """Main roads that touch it."""
    streets: list[Road] = field(default_factory=list)


def superblocks(network: Network) -> list[Superblock]:
    """Return the faces between the main roads of all towns, less what streets do not cross."""
    main = [road for road in network.roads if road.kind not in {"freeway", "expressway"}]
    tree = shapely.STRtree([road.line for road in main])
    walls = shapely.get_parts(
        shapely.union_all([shapely.intersection(network.barriers, built.ground) for built in network.towns])
    )
    barriers = shapely.STRtree(walls)
    found: list[Superblock] = []
    for built in network.towns:
        near = [main[index] for index in sorted(tree.query(built.ground, predicate="intersects"))]
        edges = shapely.union_all(
            [built.ground.boundary, *(road.line.intersection(built.ground.buffer(1)) for road in near)]
        )
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
        shapely.prepare(built.ground)
        for face in faces:
            if face.area < 1500 or not built.ground.contains(face.representative_point()):
                continue
            wall = shapely.union_all(walls[barriers.query(face, predicate="intersects")])
            for part in parts_of(shapely.make_valid(face.difference(wall)), 3):
                if part.area > 2500:
                    borders = [main[index] for index in sorted(tree.query(part, predicate="dwithin", distance=30.0))]
                    found.append(Superblock(len(found), built.town.district, built.town.rank, part, borders))
    return found


def lay_streets(superblock: Superblock, stem: str, seed: int) -> None:
    """Fill the superblock with local streets, named after ``stem``."""
    random = chance(seed, "streets", superblock.number)
    angle, centre = _direction(superblock.ground)
    ground = affinity.rotate(superblock.ground, -angle, origin=centre)
    shapely.prepare(ground)
    west, south, east, north = ground.bounds
    rows = _rows(south, north, superblock.rank, random)
    streets: list[Road] = []
    for y in rows[1:-1]:
        row = shapely.LineString([(west - 5, y), (east + 5, y)])
        for part in parts_of(row.intersection(ground)):
            if part.length > 30:
                streets.append(
                    Road(f"{stem}{numeral(len(streets) + 1)}街", "local", _turned(part, angle, centre), WIDTHS["local"])
                )
    superblock.streets = streets
    lanes = list(_lanes(rows, (west, east), ground, superblock.rank, random))
    superblock.streets = streets + [_named_lane(superblock, _turned(part, angle, centre)) for part in lanes]


def _direction(ground: Any) -> tuple[float, Any]:
    frame = shapely.get_coordinates(shapely.minimum_rotated_rectangle(ground))
    sides = np.diff(frame, axis=0)[:2]
    longer = sides[int(np.hypot(*sides[1]) > np.hypot(*sides[0]))]
    return float(np.degrees(np.arctan2(longer[1], longer[0]))), ground.centroid


def _rows(south: float, north: float, rank: int, random: np.random.Generator) -> list[float]:
    depth = {1: 58.0, 2: 62.0, 3: 68.0, 4: 74.0, 5: 80.0}[rank]
    count = max(1, round((north - south) / depth))
    step = (north - south) / count
    inner = [south + step * index + random.uniform(-4, 4) for index in range(1, count) if random.random() > 0.13]
    return [south, *inner, north]


def _lanes(
    rows: list[float], span: tuple[float, float], ground: Any, rank: int, random: np.random.Generator
) -> Iterator[Any]:
    west, east = span
    width = {1: 105.0, 2: 120.0, 3: 135.0, 4: 150.0, 5: 170.0}[rank]
    count = max(1, round((east - west) / width))
    regular = west + (east - west) / count * np.arange(1, count) + random.uniform(-9, 9, max(count - 1, 0))
    for south, north in itertools.pairwise(rows):
        shift = random.uniform(-22, 22) if random.random() < 0.35 else 0.0
        for x in regular:
            if random.random() < 0.17:
                continue
            lane = shapely.LineString([(x + shift, south - 0.3), (x + shift, north + 0.3)])
            yield from (part for part in parts_of(lane.intersection(ground)) if part.length > 22)


def _turned(line: Any, angle: float, centre: Any) -> Any:
    return affinity.rotate(line, angle, origin=centre)


def _named_lane(superblock: Superblock, line: Any) -> Road:
    """Name a lane after the road it leaves and the house number there; numbers begin at that end."""
    ends = [shapely.Point(line.coords[0]), shapely.Point(line.coords[-1])]
    parents = [*superblock.borders, *superblock.streets]
    if not parents:
        return Road(f"第{superblock.number}巷道", "lane", line, WIDTHS["lane"])
    distance = [(parent.line.distance(end), index, parent) for parent in parents for index, end in enumerate(ends)]
    nearest = min(item[0] for item in distance)
    # Of the roads it touches the greater one gives its name.
    _, index, parent = max(
        (item for item in distance if item[0] <= nearest + 8), key=lambda item: (item[2].width, -item[1])
    )
    if index == 1:
        line = shapely.reverse(line)
    number = parent.number_at(shapely.Point(line.interpolate(min(20.0, line.length / 2))))
    return Road(parent.name, "lane", line, WIDTHS["lane"], section=parent.section, lane=f"{number}巷")
