"""Exceptions as pictures, for WMS clients that ask for EXCEPTIONS=INIMAGE or BLANK."""

from __future__ import annotations

import textwrap

from PIL import Image, ImageDraw, ImageFont

FONT_SIZE = 14
MARGIN = 8


def exception_picture(width: int, height: int, ground: str | None, sentence: str) -> Image.Image:
    """Return a picture (RGBA) with the English sentence on it; an empty one leaves it blank.

    English, since Pillow's own font, the only one that is there on every machine, has no Chinese. ``ground`` is a
    colour, None leaves it transparent.
    """
    image = Image.new("RGBA", (width, height), ground or (255, 255, 255, 0))
    if sentence:
        columns = max(10, (width - 2 * MARGIN) * 2 // FONT_SIZE)
        text = "\n".join(textwrap.wrap(sentence.encode("ascii", "replace").decode(), columns))
        ImageDraw.Draw(image).multiline_text((MARGIN, MARGIN), text, "#b00020", ImageFont.load_default(FONT_SIZE))
    return image
