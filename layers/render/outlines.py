"""TrueType fonts with one flag taken out that makes FreeType four times slower.

Fonts made of variable ones mark all their glyphs as possibly overlapping themselves (OpenType, table glyf, flags
OVERLAP_SIMPLE and OVERLAP_COMPOUND), few of which do. FreeType then draws each glyph four times as large each way and
shrinks it. Without the flag labels take a third less time; where strokes cross, pixels differ by a shade nobody sees.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_TRUETYPE = (b"\x00\x01\x00\x00", b"true")
_OVERLAP_SIMPLE = 0x40
_OVERLAP_COMPOUND = 0x04
"""Of the upper byte of a component's flags."""

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]


@lru_cache(maxsize=64)
def quickly_drawn(font: Path) -> Path:
    """Return a font file that draws the same glyphs quickly: a copy for this process, or the file itself."""
    content = np.fromfile(font, np.uint8)
    if content[:4].tobytes() not in _TRUETYPE or not _cleared(content):
        return font
    copy = Path(tempfile.mkdtemp(dir=_folder())) / font.name
    content.tofile(copy)
    return copy


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="tuzi-fonts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _cleared(content: Bytes) -> bool:
    """Take the flag out of all glyphs; tell whether any had it."""
    tables = _tables(content)
    if not {b"head", b"maxp", b"loca", b"glyf"} <= tables.keys():
        return False
    long_offsets = _numbers(content, np.array([tables[b"head"] + 50]))[0]
    count = int(_numbers(content, np.array([tables[b"maxp"] + 4]))[0]) + 1
    kind, unit = (np.dtype(">u4"), 1) if long_offsets else (np.dtype(">u2"), 2)
    locations = np.frombuffer(content.data, kind, count, tables[b"loca"]).astype(np.int64) * unit
    glyphs = tables[b"glyf"] + locations[:-1][np.diff(locations) > 0]
    contours = _numbers(content, glyphs)
    compound = contours >= 0x8000
    simple = glyphs[~compound & (contours > 0)]
    after_contours = simple + 10 + 2 * _numbers(content, simple)
    first_flags = after_contours + 2 + _numbers(content, after_contours)
    had = False
    for places, flag in ((first_flags, _OVERLAP_SIMPLE), (glyphs[compound] + 10, _OVERLAP_COMPOUND)):
        had = had or bool((content[places] & flag).any())
        content[places] &= 0xFF ^ flag
    return had


def _tables(content: Bytes) -> dict[bytes, int]:
    """Return where each table begins."""
    count = int(_numbers(content, np.array([4]))[0])
    records = content[12 : 12 + 16 * count].reshape(count, 16)
    return {record[:4].tobytes(): int.from_bytes(record[8:12].tobytes(), "big") for record in records}


def _numbers(content: Bytes, places: Offsets) -> Offsets:
    """Return the unsigned 16-bit numbers at these places."""
    return content[places].astype(np.int64) << 8 | content[places + 1]
