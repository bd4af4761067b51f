"""Door plates 門牌: at the fronts of buildings, numbered along the street, odd on its left and even on its right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from scripts.demonstration.roads import Road, house_numbers

FRONTAGE = 22.0
"""A building farther than this from every named street has no address of its own."""


@dataclass(slots=True)
class Plates:
    """Addresses in columns; ``building`` is the number of the building each belongs to."""

    point: NDArray[np.object_]
    building: NDArray[np.int64]
    road: list[Road]
    number: NDArray[np.int64]
    suffix: NDArray[np.int64]
    """之號; 0 for none."""
    floor: list[str]


def number_fronts(
    front: NDArray[np.object_], outside: NDArray[np.object_], roads: list[Road]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return (building, road, number) of every front that lies on a street."""
    empty = np.zeros(0, np.int64)
    if not roads or not len(front):
        return empty, empty, empty
    lines = np.array([road.line for road in roads], dtype=object)
    (building, road), distance = shapely.STRtree(lines).query_nearest(outside, return_distance=True, all_matches=False)
    half = np.array([item.width for item in roads])[road] / 2
    near = distance < np.maximum(half, FRONTAGE)
    building, road = building[near], road[near]
    measure = shapely.line_locate_point(lines[road], front[building])
    return building, road, house_numbers(lines[road], front[building], measure)


def make_plates(
    front: NDArray[np.object_],
    outside: NDArray[np.object_],
    floors: NDArray[np.int64],
    kinds: list[str],
    roads: list[Road],
    units: float,
    random: np.random.Generator,
) -> Plates:
    """Give every building on a street its plates; ``units`` is how many a building has on the average, 1 or more."""
    building, road, number = number_fronts(front, outside, roads)
    suffix = _suffixes(road, number)
    storeys = floors[building]
    share = np.where(np.isin(np.array(kinds, dtype=object)[building], ["flats", "tower", "shop"]), storeys / 5.0, 0.25)
    mean = (units - 1) * share / max(float(share.mean()) if len(share) else 1.0, 0.01)
    extra = random.poisson(mean).astype(np.int64)
    repeat = np.repeat(np.arange(len(building)), extra + 1)
    unit = np.arange(len(repeat)) - np.repeat(np.cumsum(extra + 1) - (extra + 1), extra + 1)
    storey = 1 + unit % np.maximum(storeys[repeat], 1)
    floor = [
        "" if which == 0 else f"{level}樓" if which < top else f"{level}樓之{which // top}"
        for which, level, top in zip(
            unit.tolist(), storey.tolist(), np.maximum(storeys[repeat], 1).tolist(), strict=True
        )
    ]
    return Plates(
        front[building[repeat]],
        building[repeat],
        [roads[index] for index in road[repeat]],
        number[repeat],
        suffix[repeat],
        floor,
    )


def _suffixes(road: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the doors that share a number: the first has no suffix, the next are 之1, 之2 and so on."""
    order = np.lexsort((np.arange(len(road)), number, road))
    same = np.zeros(len(road), dtype=bool)
    same[1:] = (road[order][1:] == road[order][:-1]) & (number[order][1:] == number[order][:-1])
    starts = np.maximum.accumulate(np.where(same, 0, np.arange(len(road))))
    suffix = np.empty(len(road), np.int64)
    suffix[order] = np.arange(len(road)) - starts
    return suffix


def number_text(number: int, suffix: int) -> str:
    """Write a house number the way addresses do: 12號, 12之1號."""
    return f"{number}之{suffix}號" if suffix else f"{number}號"


def label_text(number: int, suffix: int) -> str:
    """Write a house number as maps show it: 12, 12-1."""
    return f"{number}-{suffix}" if suffix else str(number)


def plate_columns(plates: Plates, villages: list[tuple[str, str]]) -> dict[str, list[Any]]:
    """Return the plates' attributes with all parts of the address."""
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            "city",
            "district",
            "village",
            "road",
            "section",
            "lane",
            "alley",
            "number",
            "floor",
            "label",
            "address",
        )
    }
    for road, number, suffix, floor, (district, village) in zip(
        plates.road, plates.number.tolist(), plates.suffix.tolist(), plates.floor, villages, strict=True
    ):
        text = number_text(number, suffix)
        values = (
            "臺中市",
            district,
            village,
            road.name,
            road.section,
            road.lane,
            road.alley,
            text,
            floor,
            label_text(number, suffix),
            f"臺中市{district}{village}{road.full_name}{text}{floor}",
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return columns
