"""What a city's agencies deliver once a year: door plates as a table in Big5, buildings as a shapefile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from tests.benchmarks.data import CHARACTERS, DISTRICTS, SEED, USES

PLATES = 1_200_000
BUILDINGS = 500_000
WEST, SOUTH, EAST, NORTH = 200_000, 2_660_000, 240_000, 2_700_000
"""EPSG:3826."""
HEADER = "門牌編號,縣市,行政區,村里,街路段,巷,弄,號,門牌地址,橫坐標,縱坐標,建檔日期"
_CHUNK = 100_000


def write_plates(file: Path, encoding: str, count: int = PLATES) -> None:
    """Write door plates as comma-separated text: twelve columns, coordinates in TWD97 TM2."""
    random = np.random.default_rng(SEED)
    with file.open("w", encoding=encoding, newline="") as stream:
        stream.write(HEADER + "\r\n")
        for first in range(0, count, _CHUNK):
            stream.writelines(_plates(random, first, min(_CHUNK, count - first)))


def _plates(random: np.random.Generator, first: int, count: int) -> list[str]:
    x, y = random.uniform(WEST, EAST, count), random.uniform(SOUTH, NORTH, count)
    districts = random.integers(len(DISTRICTS), size=count)
    letters = random.integers(len(CHARACTERS), size=(count, 4))
    numbers = random.integers(1, 900, size=(count, 3))
    lines = []
    for at in range(count):
        district = DISTRICTS[districts[at]]
        a, b, c, d = (CHARACTERS[letter] for letter in letters[at])
        lane, alley, house = numbers[at].tolist()
        street = f"{a}{b}路{'一二三四'[lane % 4]}段" if lane % 3 else f"{a}{b}街"
        part = f"{lane}巷" if lane % 2 else ""
        sub = f"{alley}弄" if lane % 2 and alley % 3 == 0 else ""
        address = f"臺中市{district}{c}{d}里{street}{part}{sub}{house}號"
        lines.append(
            f"P{first + at:08d},臺中市,{district},{c}{d}里,{street},{part},{sub},{house}號,{address},"
            f"{x[at]:.3f},{y[at]:.3f},2024-{1 + house % 12:02d}-{1 + alley % 28:02d}\r\n"
        )
    return lines


def write_buildings(file: Path, count: int = BUILDINGS) -> None:
    """Write building outlines of four to ten corners as a shapefile in UTF-8, EPSG:3826."""
    random = np.random.default_rng(SEED)
    fields = {
        "BUILD_ID": np.array([f"B{number:07d}" for number in range(count)], dtype=object),
        "樓層": random.integers(1, 30, size=count),
        "用途": np.array(USES, dtype=object)[random.integers(len(USES), size=count)],
        "高度": np.round(random.uniform(3, 90, size=count), 1),
    }
    pyogrio.raw.write(
        file,
        geometry=shapely.to_wkb(_outlines(random, count)),
        field_data=list(fields.values()),
        fields=list(fields),
        geometry_type="Polygon",
        crs="EPSG:3826",
        driver="ESRI Shapefile",
        encoding="UTF-8",
    )


def _outlines(random: np.random.Generator, count: int) -> NDArray[np.object_]:
    corners = random.integers(4, 11, size=count)
    place = np.repeat(np.arange(count), corners)
    starts = np.concatenate([[0], np.cumsum(corners)[:-1]])
    angle = (np.arange(len(place)) - starts[place]) * 2 * np.pi / corners[place]
    radius = np.repeat(random.uniform(4, 15, size=count), corners)
    middle = np.column_stack([random.uniform(WEST, EAST, count), random.uniform(SOUTH, NORTH, count)])
    points = middle[place] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    rings = shapely.linearrings(points, indices=place)
    polygons: NDArray[np.object_] = shapely.polygons(rings)
    return polygons
