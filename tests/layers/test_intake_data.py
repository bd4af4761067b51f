"""The real files of Taiwanese agencies come in, readable and in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.crs import parse_crs
from tests.layers.deliveries import Delivery

pytestmark = pytest.mark.data

FILES = [
    ("admin/tainan_village_big5_TM2TWD97.shp.zip", 752, 752, "MULTIPOLYGON", "EPSG:3826"),
    ("admin/taiwan_counties_20200820_epsg3824.geojson", 22, 22, "MULTIPOLYGON", "EPSG:3824"),
    ("stats/taichung_basecode_66000010.geojson", 119, 119, "MULTIPOLYGON", "EPSG:4326"),
    ("zoning/taichung_zoning_L0308_epsg3826.geojson", 13, 13, "MULTIPOLYGON", "EPSG:3826"),
    ("buildings/taipei_buildings_4362_height.geojson", 1190, 1190, "MULTIPOLYGON", "EPSG:4326"),
    ("transport/miaoli_roads_osm_epsg3826.shp.zip", 5152, 5152, "MULTILINESTRING", "EPSG:3826"),
    ("transport/taichung_road_construction_redacted.json", 3327, 3217, "MULTIPOLYGON", "EPSG:4326"),
    ("transport/hsinchu_bus_stops.json", 1493, 1493, "POINT", "EPSG:4326"),
    ("poi/taiwan_schools_big5.csv", 4324, 4324, "POINT", "EPSG:4326"),
    ("poi/taichung_shelters.csv", 492, 492, "POINT", "EPSG:4326"),
    ("poi/hsinchu_scenic_spots_epsg3826.gpkg", 94, 94, "POINT", "EPSG:3826"),
    ("realtime/cwa_O-A0001-001_2026-07-02.json", 874, 874, "POINT", "EPSG:4326"),
    ("realtime/taichung_youbike2_2021-03-09.json", 141, 141, "POINT", "EPSG:4326"),
    ("realtime/taichung_ibike_2019.kml", 214, 214, "POINT", "EPSG:4326"),
    ("hazard/taichung_flood_potential.geojson", 5, 5, "MULTIPOLYGON", "EPSG:4326"),
    ("hazard/ncdr_typhoon_2025_danas.kmz", 20, 20, "GEOMETRY", "EPSG:4326"),
    ("osm/tainan_ncku_small.osm", 22, 22, "GEOMETRY", "EPSG:4326"),
    ("terrain/Taiwan_3000+_peak.xlsx", 151, 151, "POINT", "EPSG:4326"),
    ("derived/taichung_zoning_L0308_twd97.dxf", 13, 13, "MULTILINESTRING", "EPSG:3826"),
]


@pytest.mark.parametrize(("name", "rows", "kept", "kind", "crs"), FILES, ids=[row[0] for row in FILES])
def test_real_files(tmp_path: Path, real_data: Path, name: str, rows: int, kept: int, kind: str, crs: str) -> None:
    given = parse_crs("EPSG:3826") if name.endswith(".dxf") else None
    delivery = Delivery(tmp_path, real_data / name, crs=given)
    report, schema = delivery.report, delivery.intake.schema
    assert (report.rows, report.kept, report.kept + report.quarantined) == (rows, kept, rows)
    assert schema is not None
    assert (schema.geometry_type.value, str(delivery.intake.crs)) == (kind, crs)


def test_big5_names_of_tainan_are_readable(tmp_path: Path, real_data: Path) -> None:
    delivery = Delivery(tmp_path, real_data / "admin/tainan_village_big5_TM2TWD97.shp.zip")
    assert {"白河區", "安平區", "永康區"} <= set(delivery.values("TOWN"))
    # Of the 752 names, those with 塩 and the like are user-defined characters that no table knows.
    assert delivery.finding("finding_encoding_lossy").count < 20


def test_a_station_stands_where_wgs84_says(tmp_path: Path, real_data: Path) -> None:
    delivery = Delivery(tmp_path, real_data / "realtime/cwa_O-A0001-001_2026-07-02.json")
    station = delivery.features(1)[0]
    assert (station.geometry.x, station.geometry.y) == pytest.approx((121.657414, 24.166144))


def test_the_elevation_model_finds_its_crs(tmp_path: Path, real_data: Path) -> None:
    intake = Delivery(tmp_path, real_data / "terrain/dem5m_nantou_renai_TM2TWD97_f64.tif").intake
    assert (intake.kind, str(intake.crs)) == ("raster", "EPSG:3826")
