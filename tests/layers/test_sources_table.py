"""Tables with coordinates: CSV, XLSX and JSON feeds."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from layers.errors import SourceError
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery

LON, LAT = TAICHUNG
E, N = TAICHUNG_TM2


def csv_file(folder: Path, header: str, *rows: str, encoding: str = "utf-8", name: str = "sent.csv") -> Path:
    (folder / name).write_bytes("\r\n".join((header, *rows)).encode(encoding))
    return folder / name


def json_file(folder: Path, document: Any) -> Path:
    (folder / "feed.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder / "feed.json"


def place(delivery: Delivery) -> tuple[float, float]:
    geometry = delivery.features()[0].geometry
    return geometry.x, geometry.y


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("經度", "緯度"),
        ("lon", "lat"),
        ("LNG", "LAT"),
        ("Longitude", "Latitude"),
        ("x", "y"),
        ("X坐標", "Y坐標"),
        ("GPS座標X", "GPS座標Y"),
        ("PositionLon", "PositionLat"),
        ("經度(WGS84)", "緯度(WGS84)"),
        ("中心點X坐標", "中心點Y坐標"),
        ("東經", "北緯"),
    ],
)
def test_usual_names_are_known_whatever_their_order(tmp_path: Path, x: str, y: str) -> None:
    delivery = Delivery(tmp_path, csv_file(tmp_path, f"name,{y},{x}", f"甲,{LAT},{LON}"))
    assert place(delivery) == pytest.approx((LON, LAT))
    assert str(delivery.intake.crs) == "EPSG:4326"
    assert "finding_crs_assumed" in delivery.codes


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [("TWD97X", "TWD97Y", "EPSG:3826"), ("橫坐標", "縱坐標", "EPSG:3826"), ("x_twd67", "y_twd67", "EPSG:3826")],
)
def test_projected_coordinates_are_recognised(tmp_path: Path, x: str, y: str, crs: str) -> None:
    delivery = Delivery(tmp_path, csv_file(tmp_path, f"{x},{y}", f"{E},{N}"))
    assert str(delivery.intake.crs) == crs
    assert ("finding_datum_changed" in delivery.codes) is ("67" in x)
    assert place(delivery) == pytest.approx((LON, LAT), abs=0.02)


def test_wgs84_goes_before_twd67(tmp_path: Path) -> None:
    header = "lon_twd67,lat_twd67,lon_wgs84,lat_wgs84"
    delivery = Delivery(tmp_path, csv_file(tmp_path, header, f"{LON - 0.008},{LAT + 0.002},{LON},{LAT}"))
    assert place(delivery) == pytest.approx((LON, LAT))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950", "utf-16"])
def test_encodings_of_csv(tmp_path: Path, encoding: str) -> None:
    delivery = Delivery(tmp_path, csv_file(tmp_path, "校名,經度,緯度", f"許功國小,{LON},{LAT}", encoding=encoding))
    assert delivery.values("校名") == ["許功國小"]


def test_values_become_what_they_are(tmp_path: Path) -> None:
    sent = csv_file(
        tmp_path,
        "人口,比率,日期,時間,電話,月,空,lon,lat",
        f"12,0.5,2024/1/2,2024-01-02 03:04,0412345678,01,,{LON},{LAT}",
        f",3,,,,02,,{LON},{LAT}",
    )
    first, second = Delivery(tmp_path, sent).features()
    assert first.properties["人口"] == 12
    assert first.properties["比率"] == 0.5
    assert first.properties["日期"] == datetime.date(2024, 1, 2)
    assert first.properties["時間"].replace(tzinfo=None) == datetime.datetime(2024, 1, 2, 3, 4)
    assert first.properties["電話"] == "0412345678"
    assert first.properties["月"] == "01"
    assert [second.properties[name] for name in ("人口", "日期", "電話", "空")] == [None] * 4


def test_a_type_is_told_from_all_rows_not_the_first(tmp_path: Path) -> None:
    rows = [f"{at},{LON},{LAT}" for at in range(30_000)] + [f"A1,{LON},{LAT}"]
    delivery = Delivery(tmp_path, csv_file(tmp_path, "n,lon,lat", *rows))
    assert delivery.intake.schema.field("n").type == "text"  # type: ignore[union-attr]
    assert delivery.intake.summary.count == 30_001  # type: ignore[union-attr]
    assert [seen[0] for seen in delivery.seen] == [20_000, 30_001]


def test_rows_without_coordinates_are_kept_out_and_counted(tmp_path: Path) -> None:
    sent = csv_file(tmp_path, "n,lon,lat", f"1,{LON},{LAT}", "2,,", "3,0,0", "4,不詳,24", f"5,{LON},{LAT}")
    delivery = Delivery(tmp_path, sent)
    assert (delivery.report.rows, delivery.report.kept, delivery.report.quarantined) == (5, 2, 3)
    assert [row for row, _ in delivery.finding("finding_coordinates_missing").examples] == [2, 3, 4]


def test_degrees_minutes_seconds(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, csv_file(tmp_path, "經度;緯度", "120°40'30\";24°8'51.72\""))
    assert place(delivery) == pytest.approx((120.675, 24.1477))


def test_swapped_axes_of_a_row_are_exchanged(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, csv_file(tmp_path, "lon,lat", f"{LAT},{LON - 40}", f"{LAT},{LON}"))
    assert delivery.finding("finding_axes_exchanged").count == 1
    assert delivery.finding("finding_outside_taiwan").count == 1


def test_wkt_is_known_by_its_values(tmp_path: Path) -> None:
    sent = csv_file(
        tmp_path,
        "n\t範圍\tx\ty",
        f"1\tPOLYGON  (( {LON} {LAT}, {LON + 0.1} {LAT}, {LON} {LAT + 0.1}, {LON} {LAT}))\t{LON}\t{LAT}",
        f"2\t\t{LON}\t{LAT}",
        f"3\tPOLYGON ((broken\t{LON}\t{LAT}",
        name="sent.tsv",
    )
    delivery = Delivery(tmp_path, sent)
    assert delivery.intake.schema.geometry_type == "MULTIPOLYGON"  # type: ignore[union-attr]
    assert delivery.report.quarantined == 2
    assert delivery.features()[0].geometry.area == pytest.approx(0.005)


def test_a_table_without_coordinates_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"sent\.csv.*村里, 人口.*x and y"):
        Delivery(tmp_path, csv_file(tmp_path, "村里,人口", "甲,3"))
    with pytest.raises(SourceError, match="no column “lng”"):
        Delivery(tmp_path, csv_file(tmp_path, "a,b", "1,2"), x="lng", y="lat")


def test_columns_can_be_named(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, csv_file(tmp_path, "甲,乙", f"{LAT},{LON}"), x="乙", y="甲")
    assert place(delivery) == pytest.approx((LON, LAT))


def test_odd_headings_and_rows(tmp_path: Path) -> None:
    sent = csv_file(tmp_path, "fid,,名,名,lon,lat", f"1,2,3,4,{LON},{LAT}", f"1,2,3,4,{LON},{LAT},6", "1,2")
    delivery = Delivery(tmp_path, sent)
    assert delivery.intake.schema.names == ("fid_source", "field_2", "名", "名_2", "lon", "lat")  # type: ignore[union-attr]
    ragged = delivery.finding("finding_rows_ragged")
    assert ragged.count == 2
    # Nothing is lost without a word: what cannot be placed is shown.
    assert ragged.examples == ((2, "7/6 (6)"), (3, "2/6"))
    assert delivery.finding("finding_fields_renamed").parameters == {"names": "fid → fid_source"}
    assert delivery.finding("finding_headers_missing").parameters == {"names": "field_2"}
    assert delivery.finding("finding_headers_duplicate").parameters == {"names": "名 → 名_2"}


@pytest.mark.parametrize(
    "document",
    [
        [{"名": "甲", "lat": str(LAT), "lng": str(LON)}],
        {"retCode": 1, "retVal": {"0001": {"名": "甲", "lat": str(LAT), "lng": str(LON)}, "2": {"lat": "", "lng": ""}}},
        {"result": {"total": 1, "records": [{"名": "甲", "lat": LAT, "lng": LON}], "fields": []}},
        {
            "Info": [{"total": "1"}],
            "RowDataList": [{"名": "甲", "lat": LAT, "lng": LON}, {"名": "乙", "lat": None, "lng": 1}],
        },
    ],
)
def test_envelopes_of_json_feeds(tmp_path: Path, document: Any) -> None:
    delivery = Delivery(tmp_path, json_file(tmp_path, document))
    assert delivery.values("名") == ["甲"]
    assert place(delivery) == pytest.approx((LON, LAT))


def test_weather_stations_are_placed_by_label(tmp_path: Path) -> None:
    def coordinates(name: str, x: float, y: float) -> dict[str, Any]:
        return {"CoordinateName": name, "StationLatitude": str(y), "StationLongitude": str(x)}

    station = {
        "StationName": "臺中",
        "GeoInfo": {
            "Coordinates": [coordinates("TWD67", LON - 0.008, LAT + 0.002), coordinates("WGS84", LON, LAT)],
            "CountyName": "臺中市",
        },
    }
    delivery = Delivery(tmp_path, json_file(tmp_path, {"cwaopendata": {"dataset": {"Station": [station]}}}))
    assert place(delivery) == pytest.approx((LON, LAT))
    assert delivery.values("GeoInfo_CountyName") == ["臺中市"]


def test_wrong_json_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text('[{"a": 1,}]')
    with pytest.raises(SourceError, match=r"feed\.json is wrong at line 1"):
        Delivery(tmp_path, tmp_path / "feed.json")


def test_a_workbook_with_a_title_above_its_heading(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (
        ["臺中市路燈"],
        ["編號", "經度", "緯度", "裝設日"],
        ["L1", LON, LAT, datetime.datetime(2024, 5, 6)],
        [None],
    ):
        sheet.append(row)
    workbook.create_sheet("空白")
    workbook.save(tmp_path / "lamps.xlsx")
    delivery = Delivery(tmp_path, tmp_path / "lamps.xlsx")
    assert delivery.values("編號") == ["L1"]
    assert delivery.report.rows == 1
    with pytest.raises(SourceError, match=r"no layer “Sheet9”; its layers are: Sheet, 空白"):
        Delivery(tmp_path, tmp_path / "lamps.xlsx", source_layer="Sheet9")
