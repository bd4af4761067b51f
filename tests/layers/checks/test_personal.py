"""Columns by which a person can be recognised are found by their values, and nothing else is taken for them."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import LineString, Point

from layers.checks import CODES, Finding, FindingLog, Severity, Topic
from layers.checks.personal import PersonalCheck
from layers.features import FeatureBatch
from layers.messages import LANGUAGES
from layers.plan import Geomask, PersonalRule, Privacy
from layers.schema import Field, FieldType
from layers.sources.inference import ColumnKind, coerced
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery, write_vector
from tests.layers.test_privacy import areas, national_id

NAMES = ["陳怡君", "林志明", "黃淑芬", "張家豪", "李美玲", "王俊傑", "吳雅婷", "劉建宏", "蔡宗翰", "楊佩珊"]
ADDRESSES = [f"臺中市西區民生路{at}號" for at in range(1, 13)]


def batch_of_columns(columns: Mapping[str, list[Any]], geometry: list[Any] | None = None) -> FeatureBatch:
    rows = len(next(iter(columns.values())))
    shapes = shapely.points(np.full((rows, 2), TAICHUNG)) if geometry is None else np.array(geometry, dtype=object)
    arrays = {name: np.array([*values, None], dtype=object)[:-1] for name, values in columns.items()}
    return FeatureBatch(shapes, arrays, np.arange(1, rows + 1))


def fields_of(columns: Mapping[str, list[Any]]) -> tuple[Field, ...]:
    """Type the columns as a table's are."""
    result = []
    for name, values in columns.items():
        kind = ColumnKind(name)
        kind.watch(values)
        result.append(Field(name, kind.type or FieldType.TEXT))
    return tuple(result)


def found(
    columns: Mapping[str, list[Any]],
    privacy: Privacy = Privacy(),  # noqa: B008 - immutable
    public: bool = True,
    layer: str = "",
    geometry: list[Any] | None = None,
) -> dict[str, Finding]:
    fields = fields_of(columns)
    log = FindingLog()
    check = PersonalCheck(fields, privacy, public, log, layer)
    typed = {field.name: coerced(columns[field.name], field.type).tolist() for field in fields}
    check.watch(batch_of_columns(typed, geometry))
    check.finish()
    return {finding.code.removeprefix("finding_personal_"): finding for finding in log.findings()}


def some_ids(count: int) -> list[str]:
    shuffled = random.Random(1)
    kinds = ["1", "2", "8", "9", "A", "D"]
    return [
        national_id(shuffled.choice("ABEFHLN"), kinds[at % 6], f"{shuffled.randrange(10**7):07}") for at in range(count)
    ]


def codes_like_ids(count: int) -> list[str]:
    """Permit numbers as a city's road office writes them: a letter, and nine digits of year and counter."""
    return [f"U1{20 + at // 50:02}{at * 37 % 1000000:06}" for at in range(count)]


CASES: dict[str, dict[str, list[Any]]] = {
    "id": {"編號": some_ids(12)},
    "mobile": {"備註": ["請洽 0912-345-678", "", "無"]},
    "phone": {"聯絡電話": ["(04)2328-9111", "04-22289111#300", "24512345"]},
    "email": {"備註": ["ming.wang@example.com", ""]},
    "name": {"所有權人": ["王小明", "陳美麗", "林股份有限公司"]},
    "birth": {"出生年月日": ["069/05/03", "0751224", "1990-01-30"]},
    "case": {"發病日": ["2015-08-27", "2015-09-17"], "性別": ["男", "女"]},
    "plate": {"車號": ["ABC-1234", "1234-AB"]},
    "account": {"扣款帳號": ["4111111111111111", "00012345678901"]},
    "health_card": {"健保卡號": ["000012345678", "000087654321"]},
}


@pytest.mark.parametrize("kind", CASES)
def test_every_kind_is_found_and_refused_but_for_fixed_lines(kind: str) -> None:
    finding = found(CASES[kind])[kind]
    assert finding.severity is (Severity.WARNING if kind == "phone" else Severity.ERROR)
    assert finding.parameters["field"] == next(iter(CASES[kind]))
    assert found(CASES[kind], public=False)[kind].severity is Severity.WARNING


@pytest.mark.parametrize("kind", CASES)
def test_a_finding_never_shows_what_it_warns_of(kind: str) -> None:
    finding = found(CASES[kind])[kind]
    values = {str(value) for column in CASES[kind].values() for value in column if value}
    for language in LANGUAGES:
        sentence = finding.sentence(language)
        assert not any(value in sentence for value in values - {"男", "女", "無"})
        assert finding.parameters["field"] in sentence
    assert not finding.places


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize(("rule", "code"), [("drop", "dropped"), ("mask", "masked"), ("keep", "kept")])
def test_what_the_manifest_provides_for_is_told(kind: str, rule: str, code: str) -> None:
    field = next(iter(CASES[kind]))
    findings = found(CASES[kind], Privacy({field: PersonalRule(rule)}))
    assert kind not in findings
    assert findings[code].severity is Severity.INFO


def test_the_sentence_says_what_to_write() -> None:
    sentence = found(CASES["id"])["id"].sentence("zh-TW")
    assert "personal: {columns: {編號: drop}}" in sentence
    assert "12 筆（100%）" in sentence


def test_numbers_are_judged_by_their_checksum() -> None:
    assert not found({"許可證編號": codes_like_ids(500)})
    assert found({"許可證編號": [*codes_like_ids(3), *some_ids(40)]})["id"].count >= 40


def test_a_column_named_after_ids_needs_no_checksum() -> None:
    assert found({"身分證字號": ["A123456788"]})["id"].count == 1


def test_a_number_hidden_in_a_remark_of_many_rows() -> None:
    remarks = ["道路養護"] * 30_000
    remarks[20_001] = "屋主身分證A123456789，已通知"
    finding = found({"備註": remarks})["id"]
    assert (finding.count, finding.examples, finding.parameters["share"]) == (1, ((20_002, "A12*******"),), "<1%")


def test_full_width_digits_hide_nothing() -> None:
    assert found({"備註": ["電話０９１２３４５６７８"]})["mobile"].examples == ((1, "0912***678"),)


def test_mobiles_that_a_spreadsheet_took_for_numbers() -> None:
    assert found({"手機": [912345678, 922333444]})["mobile"].examples[0] == (1, "0912***678")


def test_bare_mobiles_in_a_column_without_a_name() -> None:
    assert found({"欄位3": [f"09{at:08}" for at in range(10, 40)]})["mobile"].count == 30
    # Ten digits that now and then begin with 09 are codes.
    assert not found({"機構代碼": [f"{at:02}01180011" for at in range(5, 95)]})


def test_mobiles_among_the_lines_of_shops_are_found() -> None:
    findings = found({"電話": ["(04)23274275"] * 8 + ["0912345678"]})
    assert (findings["phone"].severity, findings["mobile"].severity) == (Severity.WARNING, Severity.ERROR)


def test_fixed_lines_beside_names_are_somebodys() -> None:
    findings = found({"聯絡人": ["王小明"], "電話": ["(04)23274275"]})
    assert findings["phone"].severity is Severity.ERROR


def test_mail_of_offices_is_a_warning() -> None:
    assert found({"信箱": ["a12@taichung.gov.tw", "office@ntu.edu.tw"]})["email"].severity is Severity.WARNING
    assert found({"信箱": ["a12@taichung.gov.tw", "ming@gmail.com"]})["email"].severity is Severity.ERROR


def test_names_in_a_column_that_does_not_say_so() -> None:
    assert found({"欄位2": NAMES, "地址": ADDRESSES[:10]})["name"].count == len(NAMES)


@pytest.mark.parametrize(
    "column",
    [
        ["林口里", "高雄里", "黃竹里", "陳平里", "王田里", "江翠里", "何厝里", "潘厝里"],
        ["林口區", "石門區", "金山區", "蘇澳鎮", "馬公市", "白河區", "高樹鄉", "林內鄉"],
        ["黃山", "江子翠", "古亭", "石牌", "唐榮", "關渡", "何嘉仁", "溫莎堡"],
        ["陳記麵店", "王品", "林東芳", "黃家牛肉麵", "張吳記", "李記", "吳家", "劉媽媽"],
        ["住宅區", "商業區", "農業區", "河川區", "保護區", "文教區", "機關用地", "公園用地"],
        ["良好", "普通", "高風險", "金屬", "石材", "水泥", "方形", "花崗石"],
    ],
)
def test_names_of_places_and_things_are_no_names_of_people(column: list[str]) -> None:
    assert not found({"名稱": column, "地址": ADDRESSES[: len(column)]})


@pytest.mark.parametrize("cell", ["王小明先生", "王小明、陳美麗等3人", "王小明(代理人)", "Wang Xiao-Ming", "林志明 君"])
def test_names_as_people_write_them(cell: str) -> None:
    assert found({"聯絡人": [cell]})["name"].count == 1
    assert "name" not in found({"備註": [cell]})


def test_companies_and_masked_names_are_not_persons() -> None:
    assert not found({"申請人": ["中華電信股份有限公司", "欣中天然氣", "台灣電力公司", "王○明", "陳**"]})


def test_births_are_dates_and_not_numbers_of_births() -> None:
    assert not found({"出生數": [120, 80], "出生率": [1.2, 0.8], "出生地": ["臺中", "臺北"]})
    assert found({"birth_date": [datetime.date(1980, 5, 3)]})["birth"].examples == ((1, "1980"),)


def test_counts_of_cases_and_areas_with_cases_are_not_single_cases() -> None:
    assert not found({"發病日": ["2015-08-27"], "病例數": [3]})
    assert not found({"latest_sick_date": ["2015/11/08"]}, geometry=[Point(*TAICHUNG).buffer(1)])
    assert not found({"採檢站": ["中山醫院"]}, layer="確診者採檢站")


def test_points_of_a_layer_of_cases() -> None:
    finding = found({"性別": ["男"], "年齡": [31]}, layer="登革熱病例")["case"]
    assert finding.parameters["field"] == "性別"
    assert "case" not in found({"性別": ["男"], "年齡": [31]}, Privacy(geomask=Geomask(200, 1)), layer="登革熱病例")


def test_one_column_dropped_of_several_that_tell_a_case_is_not_enough() -> None:
    columns = {"發病日": ["2015-08-27"], "確診日": ["2015-08-29"]}
    assert found(columns, Privacy({"發病日": PersonalRule.DROP}))["case"].parameters["field"] == "確診日"
    assert "case" not in found(columns, Privacy({"發病日": PersonalRule.DROP, "確診日": PersonalRule.DROP}))
    assert "case" not in found(columns, Privacy({"發病日": PersonalRule.KEEP}))


def test_addresses_betray_points_that_are_moved() -> None:
    privacy = Privacy(geomask=Geomask(200, 1))
    finding = found({"住所": ADDRESSES, "發病日": ["2015-08-27"] * 12}, privacy)["address"]
    assert (finding.parameters["field"], finding.severity) == ("住所", Severity.ERROR)
    assert "address" not in found({"住所": ADDRESSES})
    ruled = Privacy({"住所": PersonalRule.MASK}, Geomask(200, 1))
    assert "address" not in found({"住所": ADDRESSES}, ruled)


@pytest.mark.parametrize(
    "columns",
    [
        {"測站代碼": ["C0TB40", "C0SD20"], "郵遞區號": ["40001", "407"], "統一編號": ["12345675", "04595257"]},
        {"VILLCODE": ["66000010001", "09007010001"], "TOWNCODE": ["66000010", "09007010"]},
        {"時間": ["2021-03-09 10:00", "02-2021"], "日期": [1100421, 1100705]},
        {"土地編號": ["BA00001234-0000", "0912-0000"], "地號": ["02-1234", "0936-0001"]},
        {"路燈編號": ["AB-1234", "AB-1235", "AB-1236", "AC-0001"]},
        {"mday": [20210309002403, 20210309002404], "圖號": ["95201014", "95204023"]},
        {"帳號類別": ["A", "B"], "電話亭": ["有", "無"], "車號辨識": ["有", "無"], "聯絡道路": ["民生路", "林森路"]},
    ],
)
def test_codes_are_no_personal_data(columns: dict[str, list[Any]]) -> None:
    assert not found(columns)


def delivered_codes(folder: Path) -> set[str]:
    """Take in the deliveries that need more than a column: what was done, and what could not be done."""
    x, y = TAICHUNG_TM2
    people = {"姓名": ["王小明", "陳美麗"], "性別": ["男", "女"]}
    points, lines = [Point(x, y), Point(1.0, 2.0)], [LineString([(x, y), (x + 1, y)])] * 2
    file = write_vector(folder / "確診.gpkg", points, {**people, "x坐標": [x, 1.0]}, driver="GPKG")
    drawn = write_vector(folder / "lines.gpkg", lines, people, driver="GPKG", geometry_type="LineString")
    geomask = Geomask(100, 1)
    privacies = [
        (file, Privacy({"姓名": PersonalRule.DROP, "誰": PersonalRule.DROP}, geomask)),
        (file, Privacy(aggregate=areas(folder))),
        (drawn, Privacy(geomask=geomask)),
    ]
    return {
        code
        for at, (path, privacy) in enumerate(privacies)
        for code in Delivery(folder / str(at), path, privacy=privacy).codes
    }


def test_every_code_about_personal_data_can_be_triggered(tmp_path: Path) -> None:
    triggered = {f"finding_personal_{code}" for columns in CASES.values() for code in found(columns)}
    for rule in PersonalRule:
        codes = found(CASES["name"], Privacy({"所有權人": rule}))
        triggered |= {f"finding_personal_{code}" for code in codes}
    triggered |= {f"finding_personal_{code}" for code in found({"住址": ADDRESSES}, Privacy(geomask=Geomask(9, 1)))}
    triggered |= delivered_codes(tmp_path)
    assert {code for code, known in CODES.items() if known.topic is Topic.PERSONAL} <= triggered


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Two cells hold the mobile number of a village head beside the villages.
        ("poi/taichung_shelters.csv", {("mobile", "預計收容村里", 2, "error")}),
        ("poi/taiwan_schools_big5.csv", {("phone", "phone", 4315, "warning")}),
        ("poi/taiwan_convenience_stores_big5.csv", {("phone", "phone", 11367, "warning")}),
        (
            "transport/taichung_accidents_2024-02.csv",
            {("phone", "市話", 10813, "warning"), ("phone", "傳真", 10813, "warning")},
        ),
        ("transport/taichung_road_construction_redacted.json", set()),
        ("health/mask_map_pharmacies_2020.geojson", set()),
        ("admin/tainan_village_big5_TM2TWD97.shp.zip", set()),
        ("realtime/taichung_youbike2_2021-03-09.json", set()),
        ("poi/taichung_nlsc_landmarks.csv", set()),
    ],
)
def test_real_files(tmp_path: Path, real_data: Path, name: str, expected: set[tuple[str, str, int, str]]) -> None:
    findings = Delivery(tmp_path, real_data / name).report.findings
    assert {
        (finding.code.removeprefix("finding_personal_"), finding.parameters["field"], finding.count, finding.severity)
        for finding in findings
        if finding.topic is Topic.PERSONAL
    } == expected
