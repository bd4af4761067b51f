"""Pictures as bytes: PNG, WebP or JPEG, small and quickly made."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image

from layers.render.png import colour_png, indexed_png

PictureFormat = Literal["png", "webp", "jpeg"]

_PALETTE_SIZE = 256


def encode(image: Image.Image, format: PictureFormat) -> bytes:
    """Encode an RGBA picture; JPEG, which knows no transparency, gets a white ground."""
    if format == "png":
        return _png(image)
    target = BytesIO()
    if format == "webp":
        image.save(target, "WEBP", quality=82, method=2)
    else:
        ground = Image.new("RGBA", image.size, "#ffffff")
        Image.alpha_composite(ground, image).convert("RGB").save(target, "JPEG", quality=85)
    return target.getvalue()


def _png(image: Image.Image) -> bytes:
    """Return the picture in the smallest form of PNG that loses nothing."""
    if image.getcolors(_PALETTE_SIZE) is not None:
        return _indexed(image)
    channels = "RGB" if image.getchannel("A").getextrema() == (255, 255) else "RGBA"
    return colour_png(image.tobytes("raw", channels), *image.size, len(channels))


def _indexed(image: Image.Image) -> bytes:
    pixels = np.frombuffer(image.tobytes(), np.uint32)
    # Maps are made of runs of equal pixels: sorting one of each run is ten times faster than sorting all.
    starts = np.flatnonzero(np.concatenate(([True], pixels[1:] != pixels[:-1])))
    palette, indices = np.unique(pixels[starts], return_inverse=True)
    lengths = np.diff(starts, append=pixels.size)
    plane = np.repeat(indices.astype(np.uint8), lengths).reshape(image.height, image.width)
    return indexed_png(plane, palette.view(np.uint8).reshape(-1, 4))
