"""Text that was destroyed, garbled, user-defined, or written in more than one way; and text that only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layers.checks.texts import NAMES, column, csv_bytes, sent, shapefile, user_defined
from tests.layers.dbf import write_shapefile
from tests.layers.deliveries import Delivery


def rows(delivery: Delivery, code: str) -> list[int]:
    """Return the first rows of all findings of a code."""
    return [row for finding in delivery.report.findings if finding.code == code for row, _ in finding.examples]


@pytest.mark.parametrize(
    "ruined",
    ["西?里", "?榔里", "?仔坑路95號", "中\ufffd里", "嚙踝蕭嚙踝蕭", "???12?", "????"],
)
def test_destroyed_names_are_told_and_kept(tmp_path: Path, ruined: str) -> None:
    delivery = column(tmp_path, "里名", ["臺中里", ruined])
    finding = delivery.finding("finding_text_destroyed")
    assert finding.examples == ((2, ruined),)
    assert "cannot be recovered" in finding.sentence("en")
    assert "無法復原" in finding.sentence("zh-TW")
    assert delivery.values("里名") == ["臺中里", ruined]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "意見",
            ["好嗎?", "這是什麼？", "為何不修?謝謝市府,此處已多次反映而未獲任何回應,請儘速派員到場勘查並回覆里民"],
        ),
        ("remark", ["really??", "why?", "what???"]),
        ("name", ["??", "Main Street", "??"]),
        ("里名", ["?", "臺中里"]),
        ("url", ["https://example.tw/?id=1&x=2", "a?b"]),
    ],
)
def test_honest_question_marks_are_left_alone(tmp_path: Path, name: str, values: list[str]) -> None:
    delivery = column(tmp_path, name, [f'"{value}"' for value in values])
    assert "finding_text_destroyed" not in delivery.codes
    assert delivery.values(name) == values


def test_a_column_of_nothing_but_question_marks_is_destroyed_where_the_file_is_chinese(tmp_path: Path) -> None:
    delivery = column(tmp_path, "name,區", ["???,西屯區", "???,南屯區"])
    assert rows(delivery, "finding_text_destroyed") == [1, 2]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("latin-1", "cp950"), ("cp1252", "utf-8"), ("cp950", "utf-8")],
)
def test_garbled_text_is_recognised_and_its_original_shown(tmp_path: Path, wrong: str, right: str) -> None:
    # 啊阿 in UTF-8, E5958A E998BF, happens to be whole Big5 as well; the others are read by Western tables.
    original = next(text for text in ("臺中里", "豐原市", "中山公園", "丰", "乾淨") if _survives(text, wrong, right))
    garbled = original.encode(right).decode(wrong)
    delivery = column(tmp_path, "名稱", ["一般文字", garbled])
    finding = delivery.finding("finding_text_garbled")
    assert finding.examples == ((2, original),)
    assert delivery.values("名稱")[1] == garbled


def _survives(text: str, wrong: str, right: str) -> bool:
    try:
        garbled = text.encode(right).decode(wrong)
    except UnicodeDecodeError:
        return False
    return garbled.strip() == garbled and garbled.encode(wrong).decode(right) == text


def test_bytes_that_r_wrote_out_are_read_again(tmp_path: Path) -> None:
    delivery = column(tmp_path, "ref", ["121;<e8><8b><97>37", "苗38"])
    assert delivery.finding("finding_text_garbled").examples == ((1, "121;苗37"),)


@pytest.mark.parametrize("value", ["café", "naïve", "Ångström", "Zürich", "25°C", "À la carte", "ÀÇ", "m²", "½"])
def test_foreign_letters_and_signs_are_not_taken_for_garbled_text(tmp_path: Path, value: str) -> None:
    assert "finding_text_garbled" not in column(tmp_path, "名稱", ["臺中里", value]).codes


def test_rare_characters_are_not_taken_for_garbled_text(tmp_path: Path) -> None:
    # Their first bytes in Big5 are those of Chinese in UTF-8.
    rare = [bytes((lead, trail)).decode("cp950") for lead in range(0xE4, 0xEA) for trail in (0x40, 0x7E, 0xA1, 0xFE)]
    assert "finding_text_garbled" not in column(tmp_path, "名稱", [f"{one}里" for one in rare]).codes


def test_the_reading_of_user_defined_characters_is_said(tmp_path: Path) -> None:
    delivery = user_defined(tmp_path)
    # 0xFA40 is the first user-defined character of code page 950, and U+20547 in HKSCS-2008.
    assert delivery.values("里名")[0] == "\ue000功里"
    lookalike = delivery.finding("finding_characters_lookalike")
    assert lookalike.parameters["readings"] == "FA40: \U00020547"
    assert lookalike.count == 1
    assert "CP950" in lookalike.sentence("zh-TW")
    assert delivery.finding("finding_characters_user_defined").examples == ((1, "\ue000功里"),)


def test_cut_cells_say_how_many_where_and_what_is_left(tmp_path: Path) -> None:
    names = ["臺中市西屯區", "豐原", "臺中市南屯區"]
    delivery = shapefile(tmp_path, names, fields=((b"NAME", "C", 9),))
    finding = delivery.finding("finding_characters_cut")
    assert (finding.count, finding.examples) == (2, ((1, "臺中市西"), (3, "臺中市南")))
    assert finding.parameters["field"] == "NAME"
    assert delivery.values("NAME") == ["臺中市西", "豐原", "臺中市南"]


def test_rows_of_cells_are_counted_without_deleted_records(tmp_path: Path) -> None:
    cells = [["臺中市西屯區".encode("cp950")], ["豐原".encode("cp950")], ["臺中市南屯區".encode("cp950")]]
    shp = write_shapefile(tmp_path / "parts", [(b"NAME", "C", 9)], cells)
    dbf = bytearray(shp.with_suffix(".dbf").read_bytes())
    dbf[32 + 32 + 1] = ord("*")
    shp.with_suffix(".dbf").write_bytes(dbf)
    assert Delivery(tmp_path, shp).finding("finding_characters_cut").examples == ((2, "臺中市南"),)


def test_full_width_characters_and_variants_are_kept(tmp_path: Path) -> None:
    values = ["臺中市西區１２３號", "台中市西區Ａ棟", "高鐵站台"]
    delivery = column(tmp_path, "地址", values)
    assert delivery.finding("finding_text_full_width").count == 2
    # 站台 is a platform: only place names are compared.
    assert delivery.finding("finding_text_variants").examples == ((2, values[1]),)
    assert delivery.values("地址") == values


@pytest.mark.parametrize("values", [["台中市", "台北市"], ["臺中市", "臺北市"], ["臺中市", "月台"]])
def test_one_way_of_writing_is_no_variant(tmp_path: Path, values: list[str]) -> None:
    assert "finding_text_variants" not in column(tmp_path, "市", values).codes


@pytest.mark.parametrize(
    "markup", ["<b>公園</b>", "a<br/>b", "&nbsp;甲", "<script>alert(1)</script>", "<a href='x'>甲</a>"]
)
def test_markup_stays_text(tmp_path: Path, markup: str) -> None:
    delivery = column(tmp_path, "說明", ["公園", f'"{markup}"'])
    assert delivery.finding("finding_text_markup").examples == ((2, markup),)
    assert delivery.values("說明")[1] == markup


@pytest.mark.parametrize("value", ["x<3", "a < b > c", "A&B", "R&D;", "<5 公尺"])
def test_signs_are_no_markup(tmp_path: Path, value: str) -> None:
    assert "finding_text_markup" not in column(tmp_path, "說明", ["公園", value]).codes


@pytest.mark.parametrize(
    ("value", "shown"), [("甲\n乙", "甲[U+000A]乙"), ("甲\u200b乙", "甲[U+200B]乙"), ("a\x0bb", "a[U+000B]b")]
)
def test_line_breaks_and_what_nobody_sees_are_shown(tmp_path: Path, value: str, shown: str) -> None:
    delivery = column(tmp_path, "名", ["丙", f'"{value}"'])
    assert delivery.finding("finding_text_control").examples == ((2, shown),)


def test_encodings_are_told_once_and_rightly(tmp_path: Path) -> None:
    codes = {"finding_encoding", "finding_encoding_wrong", "finding_encoding_undeclared", "finding_encoding_mark"}
    for at, (encoding, expected) in enumerate([("utf-8", set()), ("utf-8-sig", {"finding_encoding_mark"})]):
        (tmp_path / str(at)).mkdir()
        delivery = sent(tmp_path / str(at), csv_bytes("里名", NAMES, encoding))
        assert delivery.codes & codes == expected
        assert delivery.values("里名") == NAMES


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "code", "field", "count"),
    [
        ("poi/taichung_shelters.csv", "finding_text_destroyed", "村里", 4),
        ("poi/taiwan_schools_big5.csv", "finding_text_destroyed", "name", 11),
        ("transport/taichung_road_construction_redacted.json", "finding_text_full_width", "地點", 155),
        ("transport/taichung_road_construction_redacted.json", "finding_characters_user_defined", "廠商名稱", 8),
        ("transport/miaoli_roads_osm_epsg3826.shp.zip", "finding_text_garbled", "ref_en", 1),
        ("admin/tainan_village_big5_TM2TWD97.shp.zip", "finding_characters_user_defined", "VILLAGE", 8),
    ],
)
def test_real_text(tmp_path: Path, real_data: Path, name: str, code: str, field: str, count: int) -> None:
    delivery = Delivery(tmp_path, real_data / name)
    found = {finding.parameters["field"]: finding for finding in delivery.report.findings if finding.code == code}
    assert found[field].count == count
