"""Layers that span the city: boundaries, water, railways, terrain, stations, landmarks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.ops

from scripts.demonstration.boundaries import Boundaries
from scripts.demonstration.district import Surroundings
from scripts.demonstration.geography import Geography
from scripts.demonstration.landcover import flood_table
from scripts.demonstration.region import region_tables
from scripts.demonstration.roads import ROAD_CLASSES, parts_of
from scripts.demonstration.tables import Table, chance
from scripts.demonstration.terrain import Relief, contour_table, hillshade
from scripts.demonstration.transit import bus_routes, railway_tables
from scripts.demonstration.water import river_tables
from scripts.demonstration.writer import write_raster

CONTOUR_CELL = 100.0
STRETCH = 6000.0
"""Metres of a highway, about, that are one feature."""


def write_terrain(folder: Path, relief: Relief, city: Any) -> None:
    """Write the elevation model and its hillshade, both inside the city only."""
    rows, columns = relief.elevation.shape
    x = relief.west + (np.arange(columns) + 0.5) * relief.cell
    y = relief.north - (np.arange(rows) + 0.5) * relief.cell
    shapely.prepare(city)
    inside = shapely.contains_xy(city, *np.meshgrid(x, y))
    write_raster(
        folder / "dem.tif",
        relief,
        np.where(inside, np.round(relief.elevation, 1), np.float32(-9999)),
        -9999.0,
        "elevation",
    )
    write_raster(folder / "hillshade.tif", relief, np.where(inside, hillshade(relief), np.uint8(0)), 0, "hillshade")


def citywide_tables(around: Surroundings, geography: Geography, ground: Any) -> dict[str, Table]:
    """Return them by layer; ``ground`` is the part of the city that is built."""
    seed = around.seed
    rivers, lines, canals, lakes = river_tables(geography, seed, around.boundaries.city)
    rails, rail_stations, metro, metro_stations = railway_tables(geography, around.boundaries.city)
    coarse = around.relief.coarser(max(1, round(CONTOUR_CELL / around.relief.cell)))
    return {
        **_boundaries(around.boundaries, geography),
        "rivers": rivers,
        "river-lines": lines,
        "canals": canals,
        "lakes": lakes,
        "railways": rails,
        "rail-stations": rail_stations,
        "metro": metro,
        "metro-stations": metro_stations,
        "contours": contour_table(coarse, 100.0, ground),
        "flood": flood_table(around.boundaries, around.relief, [river.line for river in geography.rivers], seed),
        "bus-routes": bus_routes(geography, seed, around.size.bus_routes),
        "highways": _highways(around, geography),
        "landmarks": _landmarks(geography),
        **_stations(around),
        **region_tables(around.boundaries),
    }


def _boundaries(boundaries: Boundaries, geography: Geography) -> dict[str, Table]:
    counties, districts, villages = Table(), Table(), Table()
    for county in boundaries.counties:
        counties.add(county.geometry, code=county.code, name=county.name, name_en=county.english)
    ranks = {town.district: town.rank for town in sorted(geography.towns, key=lambda town: -town.rank)}
    for district in boundaries.districts:
        districts.add(
            district.geometry,
            code=district.code,
            name=district.name,
            name_en=district.english,
            area_ha=round(district.geometry.area / 1e4, 1),
            rank=ranks.get(district.name, 5),
        )
    for village in boundaries.villages:
        villages.add(
            village.geometry, code=village.code, name=village.name, name_en=village.english, district=village.district
        )
    return {"counties": counties, "districts": districts, "villages": villages}


def _highways(around: Surroundings, geography: Geography) -> Table:
    """Return freeways, expressways and arterials in stretches of some kilometres, each with its whole road's name."""
    table = Table()
    for axis in geography.axes:
        if axis.kind not in {"freeway", "expressway", "arterial"}:
            continue
        for line in _stretches(axis.line.intersection(around.boundaries.city)):
            table.add(
                line,
                name=axis.name,
                route=axis.route,
                kind=ROAD_CLASSES[axis.kind],
                **{"class": axis.kind},
                length_m=round(line.length),
            )
    return table


def _stretches(line: Any) -> Iterator[Any]:
    for part in parts_of(line):
        count = max(1, round(part.length / STRETCH))
        for number in range(count):
            yield shapely.ops.substring(part, number / count, (number + 1) / count, normalized=True)


def _landmarks(geography: Geography) -> Table:
    table = Table()
    for landmark in geography.landmarks:
        table.add(landmark.point, name=landmark.name, kind=landmark.kind)
    return table


def _stations(around: Surroundings) -> dict[str, Table]:
    random = chance(around.seed, "stations")
    air, rain = Table(), Table()
    for name in ("豐原區", "沙鹿區", "大里區", "西區", "西屯區", "北屯區", "大甲區", "霧峰區"):
        centre = around.boundaries.district(name).geometry.representative_point()
        air.add(
            centre,
            name=f"{name[:-1]}測站",
            district=name,
            aqi=int(random.integers(28, 132)),
            pm25=round(float(random.uniform(6, 44)), 1),
        )
    for district in around.boundaries.districts:
        spot = shapely.Point(*np.add(district.geometry.representative_point().coords[0], random.normal(0, 150, 2)))
        high = float(around.relief.at(spot.x, spot.y))
        rain.add(
            spot,
            name=f"{district.name[:-1]}雨量站",
            district=district.name,
            elevation=round(high),
            rain_mm=round(float(random.gamma(2, 9) * (1 + high / 1500)), 1),
        )
    return {"air-stations": air, "rain-stations": rain}
