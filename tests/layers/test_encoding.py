"""Encodings are decided before anything is decoded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.big5 import bytes_of, hong_kong_reading
from layers.checks import FindingLog
from layers.errors import SourceError
from layers.sources.csv_rows import CsvRows
from layers.sources.encoding import codec_name, decide, decide_for_file, losses, tolerant
from layers.sources.shapefile import prepare_shapefile
from tests.layers.checks.texts import sent
from tests.layers.dbf import write_shapefile
from tests.layers.deliveries import Delivery

PLACES = ["臺中市西屯區", "豐原", "大甲鎮瀾宮", "許功蓋里", "石岡區土牛", "犁頭店", "潭子區", "鹿寮里", "高美濕地"]
TRAILS = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
PAIRS = [bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in TRAILS]
DEFINED = [text for pair in PAIRS if (text := pair.decode("cp950", "ignore")) and len(text) == 1]
USUAL = [bytes((lead, trail)).decode("cp950") for lead in range(0xA4, 0xC6) for trail in TRAILS]
"""Level 1 of Big5: the 5,401 characters that are used most."""
chinese = st.text(st.sampled_from(USUAL), min_size=4, max_size=40)


@given(st.lists(st.sampled_from(PLACES), min_size=1, max_size=30), st.sampled_from(["utf-8", "cp950"]))
def test_chinese_is_recognised_without_a_word_from_the_file(names: list[str], encoding: str) -> None:
    chunks = [name.encode(encoding) for name in names]
    assert [chunk.decode(decide(chunks).encoding) for chunk in chunks] == names


@given(st.sampled_from(PLACES), st.integers(1, 1))
def test_a_cell_cut_inside_a_character_does_not_mislead(name: str, cut: int) -> None:
    assert decide([name.encode()[:-cut]]).encoding == "utf-8"
    assert decide([name.encode("cp950")[:-cut]]).encoding == "cp950"


def test_a_wrong_claim_is_not_believed() -> None:
    assert decide(["臺中市".encode()], "cp950").encoding == "utf-8"
    assert decide(["臺中市".encode("cp950")], "utf-8").encoding == "cp950"
    assert decide([b"Taichung"], "cp950").is_plain


def test_user_defined_characters_stay_as_windows_maps_them() -> None:
    # Microsoft's bestfit950: 0xFA40 → U+E000, 0x8E40 → U+E311, 0x8140 → U+EEB8, 0xA0FE → U+EEB7.
    text = b"\xfa\x40\x8e\x40\x81\x40\xa0\xfe\xa8\xbd".decode("cp950", tolerant())
    assert text == "\ue000\ue311\ueeb8\ueeb7里"
    assert losses(text) == 4
    assert decide([b"\x9a\xac\xa6\xe6\xa8\xbd"]).encoding == "cp950"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("名稱".encode("utf-8-sig"), "utf-8-sig"),
        ("名稱".encode("utf-16"), "utf-16"),
        ("名稱,緯度".encode("cp950") * 1000, "cp950"),
        (b"a" * ((1 << 20) - 1) + "臺".encode() * 3, "utf-8"),
    ],
)
def test_files_are_decided_whole(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    decision = decide_for_file(tmp_path / "a.csv")
    assert decision.encoding == expected
    assert decision.errors == 0


def test_a_replacement_character_in_the_text_itself_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("壞\ufffd字".encode())
    assert decide_for_file(tmp_path / "a.csv").errors == 0


def test_encodings_have_many_names() -> None:
    assert codec_name("Big5", "a") == codec_name("950", "a") == codec_name("CP950", "a") == "cp950"
    with pytest.raises(SourceError, match=r"latin-none.*a\.csv"):
        codec_name("latin-none", "a.csv")


@settings(max_examples=60, deadline=None)
@given(chinese, st.sampled_from(["utf-8", "cp950"]), st.integers(0, (1 << 21) + 3), st.booleans())
def test_chinese_is_recognised_behind_any_number_of_plain_rows(
    tmp_path_factory: pytest.TempPathFactory, text: str, encoding: str, before: int, behind: bool
) -> None:
    file = tmp_path_factory.getbasetemp() / "prefix.csv"
    file.write_bytes(b"1,2\r\n" * (before // 5) + b"3" * (before % 5) + text.encode(encoding) + b"\r\n4,5" * behind)
    decision = decide_for_file(file)
    assert (decision.encoding, decision.errors) == (encoding, 0)


@settings(deadline=None)
@given(st.lists(chinese, min_size=1, max_size=5), st.sampled_from(["utf-8", "cp950"]), st.sampled_from([None, "cp950"]))
def test_chunks_are_decided_alike_whatever_is_claimed(texts: list[str], encoding: str, claim: str | None) -> None:
    assert decide([b"A1" * 1000, *(text.encode(encoding) for text in texts)], claim).encoding == encoding


def test_a_few_bytes_that_fit_both_are_read_as_what_is_usual() -> None:
    # 0xC4B3 is 議 in Big5 and the Dutch ligature U+0133 in UTF-8; 0xC2B0 is 簫 and the sign for degrees.
    assert decide(["議".encode("cp950")]).encoding == "cp950"
    assert decide(["25°C".encode()]).encoding == "utf-8"


def test_a_thousand_plain_rows_before_big5(tmp_path: Path) -> None:
    rows = [f"P{at},{at},24,120.{at}" for at in range(1000)]
    delivery = sent(tmp_path, "\r\n".join(["name,n,lat,lon", *rows, "許功蓋里,1,24,120.5"]).encode("cp950"))
    assert delivery.features(2000)[-1].properties["name"] == "許功蓋里"


def test_a_byte_order_mark_before_big5_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + "許功蓋里臺中市\r\n".encode("cp950") * 9)
    assert decide_for_file(tmp_path / "a.csv").encoding == "cp950"


@pytest.mark.parametrize("claim", ["utf-8", "iso8859-1"])
def test_a_manifest_that_is_wrong_about_a_table_is_told(tmp_path: Path, claim: str) -> None:
    delivery = sent(tmp_path, "里名,lon,lat\r\n許功里,120.6,24.1\r\n".encode("cp950"), encoding=claim)
    assert delivery.values("里名") == ["許功里"]
    assert delivery.finding("finding_encoding_wrong").parameters == {"declared": claim, "encoding": "cp950"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.sampled_from(DEFINED), max_size=12), min_size=1, max_size=30))
def test_whatever_big5_can_write_comes_in(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    file = tmp_path_factory.getbasetemp() / "big5.csv"
    # A letter at both ends keeps the full-width blank, which Big5 has too, from being one at an end.
    file.write_bytes("".join(f"許x{text}x,1\r\n" for text in ["", *texts]).encode("cp950"))
    (chunk,) = CsvRows(file, file.name, decide_for_file(file).encoding).chunks()
    assert list(chunk.columns[0]) == [f"許x{text}x" for text in texts]


def test_user_defined_characters_can_be_told_by_their_bytes() -> None:
    areas = (range(0x81, 0xA1), range(0xFA, 0xFF))
    pairs = [bytes((lead, trail)) for area in areas for lead in area for trail in TRAILS]
    assert [bytes_of(pair.decode("cp950", tolerant())) for pair in pairs] == pairs
    assert len({pair.decode("cp950", tolerant()) for pair in pairs}) == len(pairs)
    assert bytes_of("里") is None


def test_what_hong_kong_reads_is_known() -> None:
    # HKSCS-2008: 0xFA40 is U+20547, 0xFB69 is 堃; 0x8156 is assigned to nothing.
    assert hong_kong_reading("\ue000") == "\U00020547"
    assert hong_kong_reading(b"\xfb\x69".decode("cp950", tolerant())) == "堃"
    assert hong_kong_reading(b"\x81\x56".decode("cp950", tolerant())) is None


@settings(max_examples=25, deadline=None)
@given(st.lists(chinese, min_size=3, max_size=20), st.integers(6, 40), st.sampled_from(["utf-8", "cp950"]))
def test_a_cell_that_is_cut_anywhere_loses_its_last_character_at_most(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], width: int, encoding: str
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    shp = write_shapefile(folder, [("里名".encode(encoding), "C", width)], [[text.encode(encoding)] for text in texts])
    delivery = Delivery(folder, shp)
    whole = [
        max((text[:end] for end in range(len(text) + 1) if fits(text[:end], encoding, width)), key=len)
        for text in texts
    ]
    assert delivery.values("里名") == whole
    cut = sum(
        fits(text, encoding, width) is False and len(kept.encode(encoding)) < width
        for text, kept in zip(texts, whole, strict=True)
    )
    told = [finding.count for finding in delivery.report.findings if finding.code == "finding_characters_cut"]
    assert told == ([cut] if cut else [])


def fits(text: str, encoding: str, width: int) -> bool:
    return len(text.encode(encoding)) <= width


def test_all_cells_decide_not_the_first_ones(tmp_path: Path) -> None:
    # 60,000 cells that are correct in both encodings, and one at the end that is so in Big5 only.
    rows = [["°±".encode()]] * 60_000 + [["許功蓋里".encode("cp950")]]
    shp = write_shapefile(tmp_path / "sent", [(b"NAME", "C", 10)], rows)
    assert prepare_shapefile(shp, None, tmp_path, FindingLog()).encoding.encoding == "cp950"


@pytest.mark.parametrize("count", [1, 199, 201, 20_001])
def test_user_defined_characters_are_counted_however_many(tmp_path: Path, count: int) -> None:
    (tmp_path / "a.csv").write_bytes("許功蓋里".encode("cp950") + b"\xfa\x40\r\n" * count)
    decision = decide_for_file(tmp_path / "a.csv")
    assert (decision.encoding, decision.errors) == ("cp950", count)
    shp = write_shapefile(tmp_path / "sent", [(b"NAME", "C", 10)], [[b"\xfa\x40\xa8\xbd"]] * count)
    found = prepare_shapefile(shp, None, tmp_path, FindingLog()).encoding
    assert (found.encoding, found.errors) == ("cp950", count)
