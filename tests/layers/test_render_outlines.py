"""Fonts without the flag that slows FreeType down: the same glyphs, read by another font library."""

from __future__ import annotations

import struct
from pathlib import Path

import freetype
import pytest

from layers.render.fonts import find_fonts
from layers.render.outlines import quickly_drawn
from tests.layers.pictures import FONTS

_OVERLAP = 0x40
"""FT_OUTLINE_OVERLAP of FreeType's outline flags."""
TEXT = "臺中市政府A文心路123號é"


def outlines(file: Path) -> list[tuple[list[tuple[int, int]], bool]]:
    face = freetype.Face(str(file))
    face.set_pixel_sizes(0, 64)
    found = []
    for character in TEXT:
        face.load_char(character, freetype.FT_LOAD_NO_BITMAP | freetype.FT_LOAD_NO_HINTING)
        outline = face.glyph.outline
        found.append((list(outline.points), bool(outline.flags & _OVERLAP)))
    return found


def test_the_same_outlines_without_the_flag() -> None:
    file = find_fonts(FONTS).regular.file
    before = outlines(file)
    if not any(overlaps for _, overlaps in before):
        pytest.skip(f"{file.name} has no glyph that says it overlaps itself")
    after = outlines(quickly_drawn(file))
    assert [points for points, _ in after] == [points for points, _ in before]
    assert not any(overlaps for _, overlaps in after)


@pytest.mark.parametrize(
    "content", [b"OTTO" + bytes(60), b"ttcf" + bytes(60), struct.pack(">IHHHH", 0x10000, 0, 0, 0, 0)]
)
def test_what_has_no_truetype_outlines_is_taken_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.ttf"
    file.write_bytes(content)
    assert quickly_drawn(file) == file
    assert file.read_bytes() == content
