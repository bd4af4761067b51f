"""Cadastre-like parcels 地籍: blocks divided into two rows of lots."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely import affinity

from scripts.demonstration.blocks import Block
from scripts.demonstration.roads import parts_of
from scripts.demonstration.tables import Table, chance


def parcel_table(blocks: list[Block], district: str, seed: int) -> Table:
    """Return the parcels of the blocks."""
    table = Table()
    for number, block in enumerate(blocks):
        random = chance(seed, "parcels", district, number)
        for index, part in enumerate(_divided(block.shape, random), 1):
            table.add(
                part,
                section=f"{district[:-1]}段",
                number=f"{number + 1}-{index}",
                district=district,
                area_m2=round(part.area, 2),
                owner_kind=str(random.choice(["私有", "私有", "私有", "公有"])),
            )
    return table


def _divided(shape: Any, random: np.random.Generator) -> list[Any]:
    frame = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    sides = np.diff(frame, axis=0)[:2]
    longer = sides[int(np.hypot(*sides[1]) > np.hypot(*sides[0]))]
    angle = float(np.degrees(np.arctan2(longer[1], longer[0])))
    flat = affinity.rotate(shape, -angle, origin=tuple(frame[0]))
    west, south, east, north = flat.bounds
    middle = (south + north) / 2 + random.uniform(-2, 2)
    cells: list[Any] = []
    for low, high in ((south, middle), (middle, north)):
        edges = np.concatenate(([west], west + np.cumsum(random.uniform(6, 15, int((east - west) / 6) + 2))))
        edges = np.append(edges[edges < east - 4], east)
        cells.extend(shapely.box(edges[:-1], low, edges[1:], high))
    pieces = shapely.intersection(np.array(cells, dtype=object), flat)
    return [
        affinity.rotate(part, angle, origin=tuple(frame[0]))
        for piece in pieces
        for part in parts_of(piece, 3)
        if part.area > 8
    ]
