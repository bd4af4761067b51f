"""Ranges of glyphs drawn from the fonts of the pictures, so that labels look alike in both."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import freetype
import numpy as np

from layers.glyphs.message import glyphs_message
from layers.render.fonts import Face

SIZE = 256
"""Code points in a range."""
LAST = 0x10FFFF
_EM = 24
"""Pixels an em measures in the fields; clients scale from there."""
_BORDER = 3
"""Pixels of the field around a glyph's box."""
_RADIUS = 8.0
"""Pixels over which the field falls from its greatest to its least value."""
_CUTOFF = 0.25
"""Share of the field that lies inside of the outline."""
_BASELINE = 27
"""Pixels from the clients' origin down to the baseline: what they use for glyphs that they draw themselves."""
_SPREAD = 8
"""Pixels of FreeType's field around the outline, its default."""
_MIDDLE = 128
"""The value of FreeType's field on the outline."""


class GlyphRanges:
    """Draws glyphs from the first of several faces that has them; safe to share between threads."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._files = tuple(faces)
        self._faces: tuple[freetype.Face, ...] = ()
        # FreeType's faces hold the glyph that was loaded last.
        self._lock = threading.Lock()

    def draw(self, name: str, first: int) -> bytes:
        """Return the range that begins at the code point ``first``, as the protobuf message that clients read.

        ``name`` is the font stack as the client asked for it; clients keep glyphs by it.
        """
        document = glyphs_message()()
        stack = document.stacks.add(name=name, range=f"{first}-{first + SIZE - 1}")
        with self._lock:
            for code in range(first, min(first + SIZE, LAST + 1)):
                self._add(stack, code)
        body: bytes = document.SerializeToString(deterministic=True)
        return body

    def _add(self, stack: Any, code: int) -> None:
        face = next((face for face in self._opened() if face.get_char_index(code)), None)
        if face is None:
            return
        face.load_glyph(face.get_char_index(code), freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP)
        glyph = stack.glyphs.add(id=code, width=0, height=0, left=0, top=0)
        glyph.advance = max(0, round(face.glyph.advance.x / 64))
        # The field is made of the filled glyph: outlines of variable fonts overlap.
        face.glyph.render(freetype.FT_RENDER_MODE_NORMAL)
        width, height = face.glyph.bitmap.width, face.glyph.bitmap.rows
        if not width or not height:
            return
        glyph.width, glyph.height = width, height
        glyph.left = face.glyph.bitmap_left
        glyph.top = face.glyph.bitmap_top - _BASELINE
        face.glyph.render(freetype.FT_RENDER_MODE_SDF)
        glyph.bitmap = _field(face.glyph.bitmap, width, height)

    def _opened(self) -> tuple[freetype.Face, ...]:
        if not self._faces:
            faces = [freetype.Face(str(face.file), face.index) for face in self._files]
            for face in faces:
                face.set_char_size(_EM * 64)
            self._faces = tuple(faces)
        return self._faces


def _field(bitmap: Any, width: int, height: int) -> bytes:
    """Return FreeType's field (8 pixels around the box) as clients read theirs (3 pixels around it)."""
    pixels = np.array(bitmap.buffer, dtype=np.uint8).reshape(bitmap.rows, bitmap.pitch)[:, : bitmap.width]
    inside = (pixels.astype(np.float64) - _MIDDLE) * _SPREAD / _MIDDLE
    values = 255 - 255 * (_CUTOFF - inside / _RADIUS)
    field = np.zeros((height + 2 * _BORDER, width + 2 * _BORDER), dtype=np.uint8)
    cut = _SPREAD - _BORDER
    part = np.clip(np.rint(values), 0, 255).astype(np.uint8)[cut : bitmap.rows - cut, cut : bitmap.width - cut]
    field[: part.shape[0], : part.shape[1]] = part
    return field.tobytes()
