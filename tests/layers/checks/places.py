"""Deliveries with one thing wrong with their coordinates or geometry each: one for every code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from layers.crs import TWD67_TM2, TWD97_TM2, TWD97_TM2_119, WEB_MERCATOR, WGS84, transform_points
from layers.plan import Reference
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import Release
from layers.stores.geopackage import GeoPackageStore
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery, write_vector
from tests.layers.releases import stored

X, Y = TAICHUNG_TM2
LON, LAT = TAICHUNG
CELL = 2_000.0
"""Metres from one village of the fixtures to the next."""

ESRI_PRJ = (
    'PROJCS["TM2[TWD97]",GEOGCS["GCS_TWD97[2020]",DATUM["D_TWD97[2020]",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",250000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",121.0],'
    'PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
UNKNOWN_PRJ = ESRI_PRJ.replace("250000.0", "123456.0").replace("TM2[TWD97]", "LOCAL_GRID")


def points(folder: Path, places: list[tuple[float, float]], crs: str | None = "EPSG:3826") -> Path:
    shapes = [Point(place) for place in places]
    return write_vector(folder / "points.gpkg", shapes, {"n": list(range(len(places)))}, driver="GPKG", crs=crs)


def shapes(folder: Path, geometries: list[Any], kind: str = "Unknown", crs: str = "EPSG:3826") -> Path:
    fields = {"n": list(range(len(geometries)))}
    return write_vector(folder / "shapes.gpkg", geometries, fields, driver="GPKG", geometry_type=kind, crs=crs)


def table(folder: Path, *lines: str) -> Path:
    file = folder / "table.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def grid(count: int, step: float = 500.0, x: float = X, y: float = Y) -> list[tuple[float, float]]:
    return [(x + step * (at % 6), y + step * (at // 6)) for at in range(count)]


def moved(shape: Any, x: float = X, y: float = Y) -> Any:
    return shapely.transform(shape, lambda places: np.add(places, (x, y)))


def shapefile(folder: Path, prj: str | None) -> Path:
    file = write_vector(folder / "a.shp", [Point(X, Y)], {"n": [1]})
    file.with_suffix(".prj").unlink()
    if prj is not None:
        file.with_suffix(".prj").write_text(prj)
    return file


def gml(folder: Path, srs: str, first: float, second: float, geometry: str = "") -> Path:
    """Write a feature as a WFS would, with the two numbers of its place in this order."""
    geometry = geometry or f'<gml:Point srsName="{srs}" gml:id="p"><gml:pos>{first} {second}</gml:pos></gml:Point>'
    file = folder / "a.gml"
    file.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><ogr:FeatureCollection gml:id="c" '
        'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:ogr="http://ogr.maptools.org/"><ogr:featureMember>'
        f'<ogr:place gml:id="place.1"><ogr:geom>{geometry}</ogr:geom><ogr:n>1</ogr:n></ogr:place>'
        "</ogr:featureMember></ogr:FeatureCollection>"
    )
    return file


def geojson(folder: Path, geometry: str, crs: str | None = None) -> Path:
    file = folder / "a.geojson"
    member = f'"crs":{{"type":"name","properties":{{"name":"{crs}"}}}},' if crs else ""
    feature = f'{{"type":"Feature","properties":{{"n":1}},"geometry":{geometry}}}'
    file.write_text(f'{{"type":"FeatureCollection",{member}"features":[{feature}]}}')
    return file


def village_names(count: int = 12) -> list[str]:
    return [f"66000010-{at:03}" for at in range(1, count + 1)]


def villages(folder: Path, count: int = 12) -> Release:
    """Store villages of the catalogue: squares in TWD97 TM2 whose codes are written without a dash."""
    schema = Schema(GeometryType.MULTIPOLYGON, TWD97_TM2, (Field("VILLCODE", FieldType.TEXT),))
    rows = [
        (MultiPolygon([box(x, y, x + CELL, y + CELL)]), {"VILLCODE": name.replace("-", "")})
        for (x, y), name in zip(grid(count, CELL), village_names(count), strict=True)
    ]
    return stored(GeoPackageStore(folder / "references"), schema, rows, layer="villages")


def shifted_villages(folder: Path, east: float, north: float, crs: str = "EPSG:3826") -> Path:
    squares = [box(x + east, y + north, x + east + CELL, y + north + CELL) for x, y in grid(12, CELL)]
    return write_vector(
        folder / "villages.gpkg", squares, {"區碼": village_names()}, driver="GPKG", geometry_type="Polygon", crs=crs
    )


def old_villages(folder: Path) -> Path:
    """Write the villages in numbers of TWD67 in a file that calls them TWD97."""
    x, y = transform_points(X, Y, TWD97_TM2, TWD67_TM2)
    return shifted_villages(folder, x - X, y - Y)


def compared(folder: Path, file: Path) -> Delivery:
    return Delivery(folder, file, references=(Reference("villages", "VILLCODE", villages(folder)),))


def _sliver() -> Polygon:
    return box(X, Y, X + 80, Y + 0.1)


def _spiked() -> Polygon:
    return moved(Polygon([(0, 0), (10, 0), (10, 5), (400, 5.1), (10, 5.2), (10, 10), (0, 10)]))


def _mercator(x: float, y: float) -> tuple[float, float]:
    east, north = transform_points(x, y, WGS84, WEB_MERCATOR)
    return float(east), float(north)


def _strait() -> list[tuple[float, float]]:
    """Return places of Kinmen in zone 119, which zone 121 puts off the coast of Miaoli."""
    x, y = transform_points(118.37, 24.45, WGS84, TWD97_TM2_119)
    return grid(12, 100.0, float(x), float(y))


def _invalid(text: str) -> Callable[[Path], Delivery]:
    return lambda folder: Delivery(folder, shapes(folder, [moved(shapely.from_wkt(text)), box(X, Y, X + 9, Y + 9)]))


def _circle(vertices: int) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, vertices)
    return Polygon(np.column_stack((X + 1000 * np.cos(angles), Y + 1000 * np.sin(angles))))


_SQUARE = "0 0,10 0,10 10,0 10,0 0"
_ARC = (
    '<gml:Curve srsName="EPSG:3826" gml:id="p"><gml:segments><gml:Arc><gml:posList>'
    f"{X} {Y} {X + 10} {Y + 10} {X + 20} {Y}</gml:posList></gml:Arc></gml:segments></gml:Curve>"
)

COORDINATES: Mapping[str, Callable[[Path], Delivery]] = {
    "finding_crs_missing": lambda folder: Delivery(folder, shapefile(folder, None)),
    "finding_crs_unknown": lambda folder: Delivery(folder, shapefile(folder, UNKNOWN_PRJ)),
    "finding_crs_contradicted": lambda folder: Delivery(
        folder, geojson(folder, f'{{"type":"Point","coordinates":[{X},{Y}]}}')
    ),
    "finding_crs_proposed": lambda folder: Delivery(folder, shapefile(folder, None)),
    "finding_crs_proposed_exchanged": lambda folder: Delivery(folder, points(folder, [(Y, X)], crs=None)),
    "finding_crs_identified": lambda folder: Delivery(folder, shapefile(folder, ESRI_PRJ)),
    "finding_crs_assumed": lambda folder: Delivery(folder, table(folder, "n,lon,lat", f"1,{LON},{LAT}")),
    "finding_crs_overruled": lambda folder: Delivery(folder, points(folder, [(X, Y)]), crs=TWD67_TM2),
    "finding_datum_changed": lambda folder: Delivery(folder, points(folder, [(X, Y)], crs="EPSG:3828")),
    "finding_datum_mistaken": lambda folder: compared(folder, old_villages(folder)),
    "finding_displaced": lambda folder: compared(folder, shifted_villages(folder, 150.0, -90.0)),
    "finding_zone_wrong": lambda folder: Delivery(folder, points(folder, _strait())),
    "finding_coordinates_missing": lambda folder: Delivery(folder, table(folder, "n,lon,lat", f"1,{LON},{LAT}", "2,,")),
    "finding_coordinates_exchanged": lambda folder: Delivery(folder, table(folder, "n,經度,緯度", f"1,{LAT},{LON}")),
    "finding_coordinates_sexagesimal": lambda folder: Delivery(
        folder, table(folder, "n;經度;緯度", "1;120°40'30\";24度8分51.72秒")
    ),
    "finding_pairs_several": lambda folder: Delivery(
        folder, table(folder, "TWD67_x,TWD67_y,WGS84_x,WGS84_y", f"{LON - 0.01},{LAT},{LON},{LAT}")
    ),
    "finding_power_grid": lambda folder: Delivery(folder, table(folder, "桿號,位置", "1,G5843 DC45", "2,G5843DC4567")),
    "finding_power_grid_unread": lambda folder: Delivery(
        folder, table(folder, "桿號,位置", "1,G5843 DC45", "2,Z0054 EC02", "3,G5843 ZZ45")
    ),
    "finding_axes_exchanged": lambda folder: Delivery(folder, points(folder, [(X, Y), (Y, X)])),
    "finding_axes_swapped": lambda folder: Delivery(
        folder, points(folder, [_mercator(LON, LAT), _mercator(LON, LAT)[::-1]], crs="EPSG:3857")
    ),
    "finding_at_origin": lambda folder: Delivery(folder, points(folder, [(X, Y), (0.0, 0.0)])),
    "finding_far_away": lambda folder: Delivery(folder, points(folder, [*grid(30), (X + 20_000, Y - 90_000)])),
    "finding_outside_taiwan": lambda folder: Delivery(folder, points(folder, [(X, Y), (X + 900_000, Y)])),
    "finding_outside_city": lambda folder: Delivery(folder, points(folder, [(X, Y), (X, Y - 60_000)])),
}
GEOMETRY: Mapping[str, Callable[[Path], Delivery]] = {
    "finding_self_intersection": _invalid("POLYGON((0 0,10 10,10 0,0 10,0 0))"),
    "finding_ring_self_intersection": _invalid("POLYGON((0 0,10 0,10 10,5 0,0 10,0 0))"),
    "finding_rings_duplicate": _invalid(f"MULTIPOLYGON((({_SQUARE})),(({_SQUARE})))"),
    "finding_hole_outside": _invalid(f"POLYGON(({_SQUARE}),(20 20,21 20,21 21,20 20))"),
    "finding_holes_nested": _invalid(f"POLYGON(({_SQUARE}),(1 1,9 1,9 9,1 9,1 1),(2 2,3 2,3 3,2 2))"),
    "finding_shells_nested": _invalid(f"MULTIPOLYGON((({_SQUARE})),((2 2,3 2,3 3,2 2)))"),
    "finding_interior_disconnected": _invalid(f"POLYGON(({_SQUARE}),(0 5,5 0,10 5,5 10,0 5))"),
    "finding_points_too_few": _invalid(f"MULTIPOLYGON((({_SQUARE})),((20 20,25 25,20 20,20 20)))"),
    "finding_ring_open": lambda folder: Delivery(
        folder,
        geojson(
            folder, f'{{"type":"Polygon","coordinates":[[[{LON},{LAT}],[{LON + 0.1},{LAT}],[{LON},{LAT + 0.1}]]]}}'
        ),
    ),
    "finding_wkt_unreadable": lambda folder: Delivery(
        folder, table(folder, "n;wkt", f"1;POINT({LON} {LAT})", "2;POINT(120.6 24.1")
    ),
    "finding_geometry_broken": lambda folder: Delivery(
        folder, shapes(folder, [moved(Polygon([(0, 0), (5, 5), (0, 0), (0, 0)])), box(X, Y, X + 9, Y + 9)])
    ),
    "finding_geometry_differs": lambda folder: Delivery(
        folder, shapes(folder, [Point(X, Y), MultiPoint([(X, Y), (X + 1, Y)])], kind="Point")
    ),
    "finding_geometry_missing": lambda folder: Delivery(folder, shapes(folder, [Point(X, Y), None], kind="Point")),
    "finding_geometry_empty": lambda folder: Delivery(
        folder, shapes(folder, [box(X, Y, X + 9, Y + 9), Polygon()], kind="Polygon")
    ),
    "finding_geometry_duplicate": lambda folder: Delivery(folder, points(folder, [(X, Y), (X + 1, Y), (X, Y)])),
    "finding_geometry_spike": lambda folder: Delivery(folder, shapes(folder, [_spiked()], kind="Polygon")),
    "finding_geometry_sliver": lambda folder: Delivery(folder, shapes(folder, [_sliver()], kind="Polygon")),
    "finding_geometry_heavy": lambda folder: Delivery(folder, shapes(folder, [_circle(100_002)], kind="Polygon")),
    "finding_geometry_mixed": lambda folder: Delivery(
        folder, shapes(folder, [Point(X, Y), LineString([(X, Y), (X + 1, Y)])])
    ),
    "finding_z_dropped": lambda folder: Delivery(folder, shapes(folder, [Point(X, Y, 0.0)], kind="Point Z")),
    "finding_curves": lambda folder: Delivery(folder, gml(folder, "EPSG:3826", X, Y, _ARC)),
    "finding_lines_closed": lambda folder: Delivery(
        folder, shapes(folder, [LineString(box(X, Y, X + 9, Y + 9).exterior)], kind="LineString")
    ),
    "finding_lines_unclosed": lambda folder: Delivery(
        folder, shapes(folder, [moved(LineString([(0, 0), (9, 0), (9, 9), (0, 9), (0, 0.1)]))], kind="LineString")
    ),
    "finding_coverage_overlap": lambda folder: Delivery(
        folder, shapes(folder, [box(X, Y, X + 10, Y + 10), box(X + 9, Y, X + 19, Y + 10)], "Polygon"), coverage=True
    ),
    "finding_coverage_gap": lambda folder: Delivery(folder, shapes(folder, gapped(), "Polygon"), coverage=True),
}


def gapped() -> list[Polygon]:
    """Return four areas around a gap of two by three metres."""
    return [
        moved(Polygon([(0, 0), (100, 0), (52, 50), (50, 50)])),
        moved(Polygon([(100, 0), (100, 100), (52, 53), (52, 50)])),
        moved(Polygon([(100, 100), (0, 100), (50, 53), (52, 53)])),
        moved(Polygon([(0, 100), (0, 0), (50, 50), (50, 53)])),
    ]
