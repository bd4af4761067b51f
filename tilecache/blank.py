"""Tiles on which nothing is drawn: one picture each, shared by all."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from layers.render.encoding import encode
from tilecache.grids import TILE_SIZE
from tilecache.identity import picture_format


@lru_cache(maxsize=256)
def blank_tile(format_: str, background: str | None) -> bytes:
    """Return a tile of the background's colour alone (None: transparent); ``format_`` as in ``TileKey``."""
    size = TILE_SIZE * (2 if format_.endswith("@2x") else 1)
    return encode(Image.new("RGBA", (size, size), background or (0, 0, 0, 0)), picture_format(format_))
