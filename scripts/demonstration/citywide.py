"""Layers that span the city: boundaries, water, railways, terrain, stations, landmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from scripts.demonstration.boundaries import Boundaries
from scripts.demonstration.district import Surroundings
from scripts.demonstration.geography import Geography
from scripts.demonstration.landcover import flood_table
from scripts.demonstration.tables import Table, chance
from scripts.demonstration.terrain import Relief, contour_table, hillshade
from scripts.demonstration.transit import bus_routes, railway_tables
from scripts.demonstration.water import river_tables
from scripts.demonstration.writer import write_raster

CONTOUR_CELL = 100.0


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
        **_boundaries(around.boundaries),
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
        "highways": _highways(around),
        "landmarks": _landmarks(geography),
        **_stations(around),
    }


def _boundaries(boundaries: Boundaries) -> dict[str, Table]:
    districts, villages = Table(), Table()
    for district in boundaries.districts:
        districts.add(
            district.geometry,
            code=district.code,
            name=district.name,
            name_en=district.english,
            area_ha=round(district.geometry.area / 1e4, 1),
        )
    for village in boundaries.villages:
        villages.add(
            village.geometry, code=village.code, name=village.name, name_en=village.english, district=village.district
        )
    return {"districts": districts, "villages": villages}


def _highways(around: Surroundings) -> Table:
    table = Table()
    for road in around.network.roads:
        if road.kind in {"freeway", "expressway"}:
            table.add(
                road.line,
                name=road.name,
                kind="國道" if road.kind == "freeway" else "快速道路",
                **{"class": road.kind},
                length_m=round(road.line.length),
            )
    return table


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
