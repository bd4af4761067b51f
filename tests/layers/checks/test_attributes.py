"""Numbers, dates and stand-ins for nothing, as agencies write them into tables."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.checks.dates import read_date
from tests.layers.checks.texts import NAMES, column, csv_bytes, sent, shapefile
from tests.layers.dbf import write_shapefile
from tests.layers.deliveries import Delivery


def told(delivery: Delivery, code: str) -> dict[str, int]:
    """Return the counts of a code's findings by field."""
    return {finding.parameters["field"]: finding.count for finding in delivery.report.findings if finding.code == code}


@given(st.dates(datetime.date(1912, 1, 1), datetime.date(2060, 12, 31)))
def test_a_date_of_the_republic_is_the_same_day_however_it_is_written(date: datetime.date) -> None:
    # The first year of the Republic is 1912.
    year = date.year - 1911
    written = [
        f"民國{year:02}年{date.month}月{date.day}日",
        f"{year:03}/{date.month}/{date.day}",
        f"{year:03}.{date.month:02}.{date.day:02}",
        f"{year:03}-{date.month:02}-{date.day:02}",
        f"{year:03}{date.month:02}{date.day:02}",
    ]
    assert {found[1] for text in written if (found := read_date(text, promised=False))} == {date}
    assert all(read_date(text, promised=True) is not None for text in written)


@pytest.mark.parametrize(
    "written", ["1100421", "110/4/21", "110.04.21", "110-04-21", "民國110年4月21日", "民國 110 年 4 月 21 日"]
)
def test_dates_of_the_republic_stay_text_and_are_read_aloud(tmp_path: Path, written: str) -> None:
    delivery = column(tmp_path, "核准日期", [written, "1091231"])
    finding = delivery.finding("finding_dates_roc")
    assert finding.examples[0] == (1, f"{written} = 2021-04-21")
    assert delivery.intake.schema is not None
    kinds = {field.name: field.type.value for field in delivery.intake.schema.fields}
    assert kinds["核准日期"] in {"text", "integer"}
    assert str(delivery.values("核准日期")[0]) == written


def test_digits_are_dates_only_where_all_are_and_many_differ(tmp_path: Path) -> None:
    dates = [f"110{month:02}{day:02}" for month in range(1, 13) for day in (1, 28)]
    rows = [f"{date},{date},{at * 37 + 1_000_000}" for at, date in enumerate(dates)]
    delivery = sent(tmp_path, csv_bytes("起,郵遞區號,人數", rows))
    assert told(delivery, "finding_dates_roc") == {"起": 24}


@pytest.mark.parametrize("value", ["110", "1.2.3", "12-3-4", "4/21", "110/13", "02-1234-5678", "192.168.1.1"])
def test_what_is_no_date_is_left_alone(tmp_path: Path, value: str) -> None:
    delivery = column(tmp_path, "註記", [value, "甲"])
    assert not {"finding_dates_roc", "finding_dates_impossible"} & delivery.codes


@pytest.mark.parametrize(
    "wrong",
    ["2024-02-30", "2023/2/29", "2024-13-01", "0000-00-00", "1100231", "110/2/30", "民國110年2月30日", "20240230"],
)
def test_impossible_dates_are_kept_and_told(tmp_path: Path, wrong: str) -> None:
    delivery = column(tmp_path, "施工日期", ["2024-03-01", "110/3/1", wrong])
    assert delivery.finding("finding_dates_impossible").examples == ((3, wrong),)
    assert delivery.values("施工日期")[2] == wrong


@pytest.mark.parametrize("name", ["BUILT_DATE", "BUILT"])
def test_a_date_field_with_an_impossible_date_is_kept_as_text(tmp_path: Path, name: str) -> None:
    cells = [[b"20240301"], [b"20240230"], [b""]]
    fields = [(b"OK", "D", 8), (name.encode(), "D", 8)]
    shp = write_shapefile(tmp_path / "parts", fields, [[b"20240301", *row] for row in cells])
    delivery = Delivery(tmp_path, shp)
    finding = delivery.finding("finding_dates_impossible")
    assert (finding.count, finding.examples, finding.parameters["field"]) == (1, ((2, "20240230"),), name)
    assert delivery.values(name) == ["20240301", "20240230", None]
    assert delivery.values("OK")[0] == datetime.date(2024, 3, 1)


def test_eight_digits_are_checked_where_they_are_called_dates(tmp_path: Path) -> None:
    delivery = column(tmp_path, "建檔日期", ["20240301", "20240230"])
    assert delivery.finding("finding_dates_impossible").examples == ((2, "20240230"),)
    assert "finding_dates_roc" not in delivery.codes


@pytest.mark.parametrize("written", ["1,234", "12.5公尺", "３５", "約 300", "12.5 ㎡", "5%", "NT$ 3".replace("NT", "")])
def test_numbers_written_as_text(tmp_path: Path, written: str) -> None:
    delivery = column(tmp_path, "面積", [f'"{written}"', '"2,000"'])
    assert told(delivery, "finding_numbers_as_text") == {"面積": 2}
    assert delivery.values("面積")[0] == written


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("行政區代碼", ["1,234", "2,345"]),
        ("月", ["01", "02", "12"]),
        ("圖號", ["95201014", "95204023", "９5201078"]),
        ("門牌", ["12號", "3號之1"]),
        ("巷", ["207巷", "3巷"]),
        ("樓層", ["B1", "1F"]),
    ],
)
def test_codes_are_no_numbers(tmp_path: Path, name: str, values: list[str]) -> None:
    delivery = column(tmp_path, name, [f'"{value}"' for value in values])
    assert not {"finding_numbers_as_text", "finding_values_mixed"} & delivery.codes


def test_text_among_numbers_is_shown(tmp_path: Path) -> None:
    delivery = column(tmp_path, "樓高", ["12.5", "9", "約三層", "8", "-"])
    finding = delivery.finding("finding_values_mixed")
    assert (finding.count, finding.examples) == (1, ((3, "約三層"),))
    assert delivery.values("樓高") == ["12.5", "9", "約三層", "8", "-"]


def test_stand_ins_are_counted_by_field(tmp_path: Path) -> None:
    rows = ["-99,9999,5,無,N/A", "21.5,3,9999,有,3", "-99,4,10000,無,4", "19,5,9998,有,-"]
    delivery = sent(tmp_path, csv_bytes("氣溫,人數,距離,電梯,車位", rows))
    # 9999 among 9998 and 10000 is a number, and 無 beside 有 an answer.
    assert told(delivery, "finding_sentinels") == {"氣溫": 2, "人數": 1, "車位": 2}
    found = [finding for finding in delivery.report.findings if finding.code == "finding_sentinels"]
    examples = {finding.parameters["field"]: finding.examples for finding in found}
    assert examples["氣溫"] == ((1, "-99.0 × 2"),)
    assert sorted(examples["車位"]) == [(1, "N/A × 1"), (4, "- × 1")]
    assert delivery.values("氣溫") == [-99, 21.5, -99, 19]


def test_stand_ins_beyond_the_first_batch_are_counted(tmp_path: Path) -> None:
    values = ["1"] * 20_000 + ["-99"] * 3
    delivery = column(tmp_path, "雨量", values)
    assert delivery.finding("finding_sentinels").examples == ((20_001, "-99 × 3"),)


def test_empty_and_constant_fields_are_named(tmp_path: Path) -> None:
    delivery = sent(tmp_path, csv_bytes("名,備註,市,半", ["甲,,臺中市,1", "乙,,臺中市,"]))
    assert delivery.finding("finding_fields_empty").parameters == {"names": "備註"}
    assert delivery.finding("finding_fields_constant").parameters == {"names": "市 = 臺中市, 緯度 = 24.1477"}


def test_values_that_fill_their_cells_are_doubted_where_others_do_not(tmp_path: Path) -> None:
    names = ["臺中市西屯區", "臺中市南屯區", *NAMES[:3]]
    delivery = shapefile(tmp_path, names, fields=((b"NAME", "C", 12),))
    finding = delivery.finding("finding_values_cut")
    assert (finding.count, finding.parameters) == (2, {"field": "NAME", "width": "12"})


@pytest.mark.parametrize(
    "names", [["A123", "B123", "C12", "D1", "E1"], ["臺中里", "豐原", "甲", "乙", "丙"], ["臺中", "豐原"]]
)
def test_cells_made_for_the_longest_value_or_a_code_are_not_doubted(tmp_path: Path, names: list[str]) -> None:
    width = max(len(name.encode("cp950")) for name in names)
    assert "finding_values_cut" not in shapefile(tmp_path, names, fields=((b"NAME", "C", width),)).codes


def test_all_254_bytes_are_doubted(tmp_path: Path) -> None:
    delivery = shapefile(tmp_path, ["a" * 254, "b"], fields=((b"NOTE", "C", 254),))
    assert delivery.finding("finding_values_cut").count == 1


def test_blanks_around_values_are_left_out(tmp_path: Path) -> None:
    delivery = sent(tmp_path, csv_bytes("名,數", ["　甲 ,1", "乙, 2", " ,3"]))
    assert told(delivery, "finding_values_trimmed") == {"名": 1}
    assert delivery.values("名") == ["甲", "乙", None]
    assert delivery.values("數") == [1, 2, 3]


def test_leading_blanks_of_a_shapefile(tmp_path: Path) -> None:
    delivery = shapefile(tmp_path, [" 甲", "乙", ""])
    assert told(delivery, "finding_values_trimmed") == {"NAME": 1}


def test_blank_lines_and_columns_are_left_out_and_counted(tmp_path: Path) -> None:
    content = csv_bytes("名,,", ["甲,,", "乙,,"]) + b",,,,\r\n  ,,,,\r\n\r\n"
    delivery = sent(tmp_path, content)
    assert delivery.finding("finding_rows_blank").count == 3
    assert delivery.finding("finding_columns_blank").count == 2
    assert delivery.intake.schema is not None
    assert delivery.intake.schema.names == ("名", "經度", "緯度")
    assert delivery.report.rows == 2


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "code", "field", "count"),
    [
        ("realtime/cwa_O-A0001-001_2026-07-02.json", "finding_sentinels", "WeatherElement_AirTemperature", 48),
        ("transport/taichung_road_construction_redacted.json", "finding_dates_roc", "核准起日", 3327),
        ("transport/taichung_road_construction_redacted.json", "finding_text_control", "地點", 1),
        ("zoning/taichung_zoning_L0308_epsg3826.geojson", "finding_numbers_as_text", "容積率", 8),
        ("poi/taiwan_schools_big5.csv", "finding_key_candidate", "code", 252),
    ],
)
def test_real_attributes(tmp_path: Path, real_data: Path, name: str, code: str, field: str, count: int) -> None:
    assert told(Delivery(tmp_path, real_data / name), code)[field] == count
