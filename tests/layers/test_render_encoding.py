"""Pictures as bytes, read back by Pillow."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from layers.render.encoding import encode


def decoded(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def noise(width: int, height: int, colours: int, seed: int, opaque: bool) -> Image.Image:
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (colours, 4), dtype=np.uint8)
    if opaque:
        palette[:, 3] = 255
    return Image.fromarray(palette[random.integers(0, colours, (height, width))], "RGBA")


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([1, 2, 16, 255, 256, 257, 900]),
    st.integers(0, 99),
    st.booleans(),
)
def test_png_loses_nothing(width: int, height: int, colours: int, seed: int, opaque: bool) -> None:
    image = noise(width, height, colours, seed, opaque)
    assert decoded(encode(image, "png")).convert("RGBA").tobytes() == image.tobytes()


def test_few_colours_make_a_palette_and_a_small_file() -> None:
    blank = encode(Image.new("RGBA", (256, 256)), "png")
    assert decoded(blank).mode == "P"
    assert len(blank) < 300
    assert decoded(encode(noise(64, 64, 200, 1, opaque=False), "png")).mode == "P"
    assert decoded(encode(noise(64, 64, 3000, 1, opaque=True), "png")).mode == "RGB"
    assert decoded(encode(noise(64, 64, 3000, 1, opaque=False), "png")).mode == "RGBA"


def test_jpeg_has_a_white_ground() -> None:
    red, green, blue = decoded(encode(Image.new("RGBA", (16, 16), (255, 0, 0, 0)), "jpeg")).getpixel((8, 8))  # type: ignore[misc]
    assert min(red, green, blue) >= 253


@pytest.mark.parametrize(("format_", "name"), [("png", "PNG"), ("webp", "WEBP"), ("jpeg", "JPEG")])
def test_formats_are_what_they_say(format_: str, name: str) -> None:
    picture = decoded(encode(Image.new("RGBA", (20, 10), "#336699"), format_))  # type: ignore[arg-type]
    assert (picture.format, picture.size) == (name, (20, 10))
    red, green, blue = picture.convert("RGB").getpixel((10, 5))  # type: ignore[misc]
    assert abs(red - 0x33) + abs(green - 0x66) + abs(blue - 0x99) < 12


def test_webp_keeps_transparency() -> None:
    assert decoded(encode(Image.new("RGBA", (16, 16), (0, 0, 0, 0)), "webp")).convert("RGBA").getpixel((8, 8))[3] == 0  # type: ignore[index]
