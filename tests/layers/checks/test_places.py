"""Coordinates: what is read in the wrong system, the wrong order or the wrong zone, and where the rest lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shapely import Point

from layers.checks import FindingLog, Severity
from layers.checks.islands import is_on_land, would_lie_in_taiwan_swapped
from layers.crs import (
    TWD67_TM2,
    TWD97,
    TWD97_TM2,
    TWD97_TM2_119,
    WGS84,
    Crs,
    transform_points,
)
from layers.crs_definitions import explain_crs
from layers.repair import Target, mend
from layers.schema import GeometryType
from tests.layers.checks.places import COORDINATES, ESRI_PRJ, LAT, LON, X, Y, geojson, gml, grid, points, table
from tests.layers.deliveries import Delivery
from tests.layers.shapes import batch_of


def place(delivery: Delivery) -> tuple[float, float]:
    (feature,) = delivery.features()
    return feature.geometry.x, feature.geometry.y


def test_a_file_without_crs_is_refused_with_the_systems_that_fit(tmp_path: Path) -> None:
    delivery = COORDINATES["finding_crs_missing"](tmp_path)
    proposed = [finding for finding in delivery.report.findings if finding.code == "finding_crs_proposed"]
    assert delivery.numbers == []
    assert {finding.parameters["field"] for finding in proposed} >= {"EPSG:3826", "EPSG:3828"}
    assert proposed[0].parameters["field"] == "EPSG:3826"
    # Taichung's town hall, told to a tenth of a degree.
    assert float(proposed[0].parameters["longitude"]) == pytest.approx(LON, abs=0.1)
    assert float(proposed[0].parameters["latitude"]) == pytest.approx(LAT, abs=0.1)
    assert proposed[0].parameters["share"] == "100%"


def test_a_picture_without_crs_is_refused_with_the_systems_that_fit(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "a.pgw").write_text(f"10\n0\n0\n-10\n{X}\n{Y}\n")
    delivery = Delivery(tmp_path, tmp_path / "a.png")
    assert delivery.finding("finding_crs_missing").severity is Severity.ERROR
    assert delivery.finding("finding_crs_proposed").parameters["field"] == "EPSG:3826"


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (ESRI_PRJ, "3826"),
        (ESRI_PRJ.replace("121.0", "119.0"), "3825"),
        (ESRI_PRJ.replace("6378137.0,298.257222101", "6378160.0,298.25").replace("97", "67"), "3828"),
        ('GEOGCS["GCS_TWD97[2020]",' + ESRI_PRJ.split(",", 1)[1].split(",PROJECTION")[0].split(",", 1)[1], "3824"),
        (ESRI_PRJ.replace("TM2[TWD97]", "TWD_1997_TM_Taiwan").replace("GCS_TWD97[2020]", "GCS_TWD_1997"), "3826"),
    ],
)
def test_definitions_that_no_register_has(definition: str, code: str) -> None:
    identified = explain_crs(definition)
    assert identified is not None
    assert identified.crs == Crs("EPSG", code)
    assert identified.declared in definition


def test_the_reason_is_told(tmp_path: Path) -> None:
    finding = COORDINATES["finding_crs_identified"](tmp_path).finding("finding_crs_identified")
    assert finding.severity is Severity.INFO
    for word in ("TM2[TWD97]", "EPSG:3826", "121°", "0.9999", "GRS80"):
        assert word in finding.sentence("zh-TW")


@pytest.mark.parametrize(
    ("srs", "first", "second"),
    [
        ("urn:ogc:def:crs:EPSG::4326", LAT, LON),
        ("urn:ogc:def:crs:EPSG::4326", LON, LAT),
        ("EPSG:4326", LON, LAT),
        ("EPSG:4326", LAT, LON),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", LAT, LON),
        ("urn:ogc:def:crs:EPSG::3826", X, Y),
        ("EPSG:3826", X, Y),
        ("EPSG:3826", Y, X),
    ],
)
def test_gml_in_either_order(tmp_path: Path, srs: str, first: float, second: float) -> None:
    delivery = Delivery(tmp_path, gml(tmp_path, srs, first, second))
    assert place(delivery) == pytest.approx((LON, LAT), abs=0.01)
    # A URN or URI means the order of the register: north first in 4326. The short form means east first.
    told = "finding_axes_exchanged" in delivery.codes
    assert told == ((first > second) == srs.startswith(("urn", "http")) if "4326" in srs else first > second)


@pytest.mark.parametrize(("x", "y"), [(X, Y), (Y, X)])
def test_projected_geojson_in_either_order(tmp_path: Path, x: float, y: float) -> None:
    file = geojson(tmp_path, f'{{"type":"Point","coordinates":[{x},{y}]}}', "urn:ogc:def:crs:EPSG::3826")
    delivery = Delivery(tmp_path, file)
    assert place(delivery) == pytest.approx((LON, LAT), abs=0.01)
    assert ("finding_axes_exchanged" in delivery.codes) == (x > y)


def test_metres_that_call_themselves_degrees_are_refused(tmp_path: Path) -> None:
    delivery = COORDINATES["finding_crs_contradicted"](tmp_path)
    assert delivery.finding("finding_crs_contradicted").parameters["crs"] == "EPSG:4326"
    assert "finding_crs_proposed" in delivery.codes
    right = Delivery(tmp_path, tmp_path / "a.geojson", crs=TWD97_TM2)
    assert place(right) == pytest.approx((LON, LAT), abs=0.01)


longitudes, latitudes = st.floats(114.2, 124.6), st.floats(10.3, 26.5)


@given(longitudes, latitudes)
def test_exchanged_degrees_are_known_anywhere_in_taiwan(longitude: float, latitude: float) -> None:
    x, y = np.array([longitude]), np.array([latitude])
    for crs in (WGS84, TWD97):
        assert would_lie_in_taiwan_swapped(y, x, crs).all()
        assert not would_lie_in_taiwan_swapped(x, y, crs).any()


@given(longitudes, latitudes, st.sampled_from([TWD97_TM2, TWD97_TM2_119, TWD67_TM2]))
def test_exchanged_metres_are_known_anywhere_in_taiwan(longitude: float, latitude: float, crs: Crs) -> None:
    x, y = transform_points(np.array([longitude]), np.array([latitude]), WGS84, crs)
    assert would_lie_in_taiwan_swapped(y, x, crs).all()
    assert not would_lie_in_taiwan_swapped(x, y, crs).any()


@settings(max_examples=30)
@given(st.lists(st.tuples(longitudes, latitudes, st.booleans()), min_size=1, max_size=20))
def test_exchanging_axes_restores_the_place(rows: list[tuple[float, float, bool]]) -> None:
    sent = [Point(y, x) if swapped else Point(x, y) for x, y, swapped in rows]
    log = FindingLog()
    mended = mend(batch_of(sent), Target(GeometryType.POINT, keep_z=False, is_table=False), WGS84, log)
    assert [(shape.x, shape.y) for shape in mended.batch.geometry] == [(x, y) for x, y, _ in rows]
    assert sum(finding.count for finding in log.findings()) == sum(swapped for *_, swapped in rows)


def test_heights_stay_where_axes_are_exchanged() -> None:
    target = Target(GeometryType.POINT, keep_z=True, is_table=False)
    (shape,) = mend(batch_of([Point(LAT, LON, 85.0)]), target, WGS84, FindingLog()).batch.geometry
    assert (shape.x, shape.y, shape.z) == (LON, LAT, 85.0)


# X67, Y67, X97, Y97 that the package geotwd publishes for one place north of Taipei.
CONTROL = (304956.927, 2785003.304, 305787.783, 2784799.355)


def test_the_pinned_operation_meets_a_published_pair() -> None:
    x, y = transform_points(*CONTROL[:2], TWD67_TM2, TWD97_TM2)
    assert (x, y) == pytest.approx(CONTROL[2:], abs=3.5)


@given(st.floats(165_000, 340_000), st.floats(2_430_000, 2_795_000))
def test_the_pinned_operation_agrees_with_the_published_formula(x67: float, y67: float) -> None:
    # The plane transformation of four parameters in common use is good to 2 m on the main island, as EPSG's is.
    a, b = 0.00001549, 0.000006521
    x97, y97 = x67 + 807.8 + a * x67 + b * y67, y67 - 248.6 + a * y67 + b * x67
    x, y = transform_points(x67, y67, TWD67_TM2, TWD97_TM2)
    assert (x, y) == pytest.approx((x97, y97), abs=4.0)
    assert transform_points(x, y, TWD97_TM2, TWD67_TM2) == pytest.approx((x67, y67), abs=0.01)


def test_kinmen_in_the_wrong_zone(tmp_path: Path) -> None:
    delivery = COORDINATES["finding_zone_wrong"](tmp_path)
    finding = delivery.finding("finding_zone_wrong")
    assert (finding.parameters["crs"], finding.parameters["other"]) == ("EPSG:3826", "EPSG:3825")
    assert float(finding.parameters["longitude"]) == pytest.approx(118.37, abs=0.02)
    right = Delivery(tmp_path, tmp_path / "points.gpkg", crs=TWD97_TM2_119)
    assert "finding_zone_wrong" not in right.codes


def test_the_city_itself_in_the_wrong_zone(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, points(tmp_path, grid(12), crs="EPSG:3825"))
    assert delivery.finding("finding_zone_wrong").parameters["other"] == "EPSG:3826"
    assert "finding_zone_wrong" not in Delivery(tmp_path, tmp_path / "points.gpkg", crs=TWD97_TM2).codes


@pytest.mark.parametrize(
    ("longitude", "latitude", "is_land"),
    [
        (121.517, 25.047, True),  # Taipei main station
        (119.566, 23.565, True),  # Magong
        (118.317, 24.433, True),  # Jincheng
        (119.950, 26.160, True),  # Nangan
        (121.550, 22.045, True),  # Lanyu
        (120.000, 24.400, False),  # the strait
        (120.370, 24.450, False),  # Kinmen in zone 121
        (122.500, 23.500, False),  # the Pacific
    ],
)
def test_land_and_sea(longitude: float, latitude: float, is_land: bool) -> None:
    assert is_on_land(np.array([longitude]), np.array([latitude])).tolist() == [is_land]


def test_far_away_points_are_told_with_their_distance(tmp_path: Path) -> None:
    finding = COORDINATES["finding_far_away"](tmp_path).finding("finding_far_away")
    ((row, distance),) = finding.examples
    assert row == 31
    assert 85 < float(distance.removesuffix(" km")) < 100
    assert len(finding.places) == 1


def test_mountain_villages_of_the_city_are_not_far_away(tmp_path: Path) -> None:
    lishan = transform_points(121.25, 24.25, WGS84, TWD97_TM2)
    delivery = Delivery(tmp_path, points(tmp_path, [*grid(36, 2_500.0, X - 6_000, Y - 6_000), lishan]))
    assert "finding_far_away" not in delivery.codes


def test_a_point_at_the_origin_keeps_its_attributes(tmp_path: Path) -> None:
    delivery = COORDINATES["finding_at_origin"](tmp_path)
    assert delivery.values("n") == [0, 1]
    assert [feature.geometry is None for feature in delivery.features()] == [False, True]
    assert "finding_outside_taiwan" not in delivery.codes


def test_labels_that_contradict_their_values_are_not_believed(tmp_path: Path) -> None:
    assert place(COORDINATES["finding_coordinates_exchanged"](tmp_path)) == pytest.approx((LON, LAT))
    # Surveyors write x northward; the plain letters say nothing about it.
    delivery = Delivery(tmp_path, table(tmp_path, "n,X坐標,Y坐標", f"1,{Y},{X}"))
    assert place(delivery) == pytest.approx((LON, LAT), abs=0.01)
    assert delivery.intake.crs == TWD97_TM2


def test_of_two_pairs_the_label_decides(tmp_path: Path) -> None:
    delivery = COORDINATES["finding_pairs_several"](tmp_path)
    assert place(delivery) == pytest.approx((LON, LAT))
    finding = delivery.finding("finding_pairs_several")
    assert finding.parameters == {"chosen": "WGS84_x / WGS84_y", "others": "TWD67_x / TWD67_y"}
    chosen = Delivery(tmp_path, tmp_path / "table.csv", x="TWD67_x", y="TWD67_y")
    assert chosen.intake.crs == TWD97


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "code", "count"),
    [
        ("admin/tainan_village_big5_TM2TWD97.shp.zip", "finding_crs_identified", 1),
        ("terrain/dem5m_nantou_renai_TM2TWD97_f64.tif", "finding_crs_identified", 1),
        ("derived/taichung_zoning_L0308_twd97.dxf", "finding_crs_proposed", 1),
        ("realtime/cwa_O-A0001-001_2026-07-02.json", "finding_pairs_several", 1),
        ("terrain/Taiwan_3000+_peak.xlsx", "finding_pairs_several", 2),
        ("world/ne_50m_populated_places.geojson", "finding_outside_taiwan", 1235),
        ("admin/hsinchu_village_epsg3824_utf8.shp.zip", "finding_outside_city", 316),
        ("poi/taichung_shelters.csv", "finding_far_away", 1),
    ],
)
def test_real_files(real_data: Path, tmp_path: Path, file: str, code: str, count: int) -> None:
    assert Delivery(tmp_path, real_data / file, public=False).finding(code).count == count
