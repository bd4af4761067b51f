"""Cells with coordinates: degrees in every writing, the power company's grid, pairs of columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.checks import Severity
from layers.crs import TWD67_TM2, TWD97_TM2, WGS84, transform_points
from layers.sources.coordinates import CoordinateColumns, are_exchanged, find_pairs, numbers, read_wkt
from layers.sources.power_grid import decode, looks_like_codes
from tests.layers.checks.places import table
from tests.layers.deliveries import Delivery

STYLES = (
    "{d}°{m}'{s}\"",
    "{d}度{m}分{s}秒",
    "{d}° {m}′ {s}″",
    "{d} {m} {s}",
    "{d}:{m}:{s}",
    "{d}º{m}’{s}”",
    "{d}°{m}'{s}''",
    "東經{d}度{m}分{s}秒",
    "E{d}°{m}'{s}\"",
    "{d}°{m}'{s}\"E",
    "{d}-{m}-{s}",
)


@given(st.sampled_from(STYLES), st.integers(0, 179), st.integers(0, 59), st.integers(0, 59_999))
def test_degrees_minutes_seconds_come_back(style: str, degrees: int, minutes: int, thousandths: int) -> None:
    text = style.format(d=degrees, m=minutes, s=f"{thousandths / 1000:.3f}")
    (value,) = numbers([text]).values
    assert value == pytest.approx(degrees + minutes / 60 + thousandths / 3_600_000, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("24°8.862'", 24.1477),
        ("24.1477°", 24.1477),
        ("北緯24度8分", 24 + 8 / 60),
        ("S24°30'", -24.5),
        ("120°30'W", -120.5),
        ("１２０°３０′", 120.5),
        ("217,000.5", 217000.5),
        (" 24.5 ", 24.5),
        (24, 24.0),
        ("24°75'", np.nan),
        ("24 號", np.nan),
        ("不詳", np.nan),
        ("", np.nan),
        (None, np.nan),
        (True, np.nan),
    ],
)
def test_cells_as_numbers(text: object, value: float) -> None:
    assert numbers([text, "°"]).values[0] == pytest.approx(value, nan_ok=True)


# Codes with x and y in TWD67 TM2: three that the Taiwan Power Grid app checks against Dan Jacobson's program,
# and the example of the hikers' handbook (sheet R from 250,000 and 2,500,000).
PUBLISHED = (
    ("H4292 BD23", 283_720, 2_696_330),
    ("G7353 DD67", 228_760, 2_676_870),
    ("G7825 FB24", 232_920, 2_662_640),
    ("R1998 EE79", 265_670, 2_549_490),
)


@pytest.mark.parametrize(("code", "x", "y"), PUBLISHED)
def test_published_codes_of_the_power_grid(code: str, x: float, y: float) -> None:
    for written in (code, code.replace(" ", ""), code.lower(), code.replace(" ", "-"), f" {code} "):
        assert [values.tolist() for values in decode([written])[:2]] == [[x], [y]]
    assert [values.tolist() for values in decode([f"{code}38"])[:2]] == [[x + 3], [y + 8]]


@given(st.text(max_size=14))
def test_any_text_is_read_or_not(text: str) -> None:
    x, y, alike = decode([text])
    assert np.isnan(x[0]) == np.isnan(y[0])
    assert alike[0] or np.isnan(x[0])


@given(
    st.integers(0, 99), st.integers(0, 99), st.integers(0, 799), st.integers(0, 499), st.sampled_from("ABDEGHKLNOQRTV")
)
def test_codes_to_the_metre_come_back(east: int, north: int, x: int, y: int, sheet: str) -> None:
    code = f"{sheet}{east:02}{north:02}{chr(65 + x // 100)}{chr(65 + y // 100)}"
    code += f"{x // 10 % 10}{y // 10 % 10}{x % 10}{y % 10}"
    (left,), (bottom,), _ = decode([f"{sheet}0000AA00"])
    (read_x,), (read_y,), _ = decode([code])
    assert (read_x - left, read_y - bottom) == (800 * east + x, 500 * north + y)


@pytest.mark.parametrize("code", ["I1234AB56", "S1234AB56", "Z0054EC02", "G5843ZA45", "G5843AF45"])
def test_codes_of_no_sheet_of_the_main_island_are_seen_and_not_read(code: str) -> None:
    x, _, alike = decode([code])
    assert np.isnan(x[0])
    assert alike[0]


@pytest.mark.parametrize(
    "cells", [["A123456789"], ["G5843"], ["ABC-1234"], ["G5843DC456"], ["G5843DC456789"], [None, ""]]
)
def test_what_is_no_code(cells: list[str | None]) -> None:
    assert not looks_like_codes(cells)


def test_a_table_of_poles(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, table(tmp_path, "桿號,電力座標", "1,G7353 DD67", "2,", "3,G7353DE81"))
    assert delivery.report.quarantined == 1
    assert delivery.intake.crs == TWD97_TM2
    first = delivery.features()[0].geometry
    # After the app's own conversion: 24.1952640 N, 120.7990700 E.
    assert (first.x, first.y) == pytest.approx((120.79907, 24.195264), abs=3e-5)
    expected = transform_points(*transform_points(228_760, 2_676_870, TWD67_TM2, TWD97_TM2), TWD97_TM2, WGS84)
    assert (first.x, first.y) == pytest.approx(expected, abs=1e-7)
    assert delivery.finding("finding_power_grid").examples == ((1, "G7353 DD67"), (3, "G7353DE81"))


def test_rows_are_told_of_once_however_often_a_table_is_read(tmp_path: Path) -> None:
    lines = [f"{at};POLYGON((120.6 24.1,120.7 24.1,120.7 24.2))" for at in range(300)]
    delivery = Delivery(tmp_path, table(tmp_path, "n;wkt", *lines, "x;POLYGON((0"))
    assert delivery.finding("finding_ring_open").count == 300
    assert delivery.finding("finding_wkt_unreadable").examples == ((301, "POLYGON((0"),)


def test_closed_and_unreadable_wkt() -> None:
    read = read_wkt(
        ["POLYGON((0 0,1 0,1 1))", "POLYGON((0 0,1 0,1 1,0 0))", "POINT(1", "", None, "SRID=3826;POINT(1 2)"]
    )
    assert [shape is not None for shape in read.geometry] == [True, True, False, False, False, True]
    assert read.closed.tolist() == [True, False, False, False, False, False]
    assert read.unreadable.tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("header", "chosen", "others"),
    [
        (["TWD67經度", "TWD67緯度", "經度", "緯度"], (2, 3), 1),
        (["x", "y", "lon", "lat"], (2, 3), 1),
        (["peak_x", "peak_y", "col_x", "col_y"], (0, 1), 1),
        (["Latitude", "Longitude"], (1, 0), 0),
        (["TWD67_X", "TWD67_Y", "TWD97_X", "TWD97_Y", "WGS84_Lon", "WGS84_Lat"], (4, 5), 2),
    ],
)
def test_pairs_are_chosen_by_label(header: list[str], chosen: tuple[int, int], others: int) -> None:
    first, *rest = find_pairs(header)
    assert all(first.rank <= other.rank for other in rest)
    assert first == CoordinateColumns(x=chosen[0], y=chosen[1])
    assert len(rest) == others


def test_values_that_contradict_labels_must_be_nearly_all() -> None:
    right, wrong = (120.67, 24.15), (24.15, 120.67)
    assert are_exchanged(*np.array([wrong] * 19 + [right]).T)
    assert not are_exchanged(*np.array([wrong] * 5 + [right] * 5).T)
    assert not are_exchanged(np.array([np.nan, 0.0]), np.array([np.nan, 0.0]))


def test_pairs_that_no_label_tells_apart_are_doubted(tmp_path: Path) -> None:
    alike = Delivery(tmp_path, table(tmp_path, "peak_x,peak_y,col_x,col_y", "120.95,23.47,120.9,23.4"))
    assert alike.finding("finding_pairs_several").severity is Severity.WARNING
    told = Delivery(tmp_path, table(tmp_path, "TWD67_x,TWD67_y,WGS84_x,WGS84_y", "120.94,24.1,120.95,24.1"))
    assert told.finding("finding_pairs_several").severity is Severity.INFO


def test_the_srid_of_ewkt_is_believed(tmp_path: Path) -> None:
    delivery = Delivery(tmp_path, table(tmp_path, "n,shape", "1,SRID=3828;POINT(228760 2676870)"))
    assert delivery.intake.crs == TWD97_TM2
    assert "finding_datum_changed" in delivery.codes
    assert "finding_crs_assumed" not in delivery.codes
