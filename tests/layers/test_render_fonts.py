"""Fonts found in folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.render.fonts import find_fonts
from tests.layers.pictures import FONTS


def test_falls_back_to_what_mapnik_brings(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    fonts = find_fonts([tmp_path, tmp_path / "absent"])
    assert not fonts.has_chinese
    assert [fonts.face(weight).name for weight in ("regular", "medium", "bold")] == [
        "DejaVu Sans Book",
        "DejaVu Sans Book",
        "DejaVu Sans Bold",
    ]
    assert fonts.regular.file.is_file()


@pytest.mark.parametrize("folder", FONTS, ids=lambda folder: folder.name)
def test_chooses_the_traditional_chinese_sans(folder: Path) -> None:
    if not (list(folder.rglob("NotoSansCJK-Regular.ttc")) or list(folder.rglob("NotoSansTC_400Regular.ttf"))):
        pytest.skip(f"{folder.name} holds no Noto Sans for Traditional Chinese (fonts-noto-cjk, noto-sans-tc)")
    fonts = find_fonts([folder])
    assert fonts.has_chinese
    assert fonts.regular.name in {"Noto Sans CJK TC Regular", "Noto Sans TC Regular"}
    assert fonts.bold.name in {"Noto Sans CJK TC Bold", "Noto Sans TC Bold"}
    assert find_fonts([fonts.regular.file]).regular == fonts.regular
