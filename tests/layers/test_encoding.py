"""Encodings are decided before anything is decoded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import SourceError
from layers.sources.encoding import codec_name, decide, decide_for_file, losses, tolerant

PLACES = ["臺中市西屯區", "豐原", "大甲鎮瀾宮", "許功蓋里", "石岡區土牛", "犁頭店", "潭子區", "鹿寮里", "高美濕地"]


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
