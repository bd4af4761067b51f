"""What a tile is: the key it is kept by and the ETag it is known by."""

from __future__ import annotations

from typing import NamedTuple

from catalog import records
from catalog.records import BasemapRecord, LayerRecord
from layers.render.encoding import PictureFormat

DEFAULT_STYLE = records.DEFAULT_STYLE
DRAWING_VERSION = "8"
"""Part of every edition: raised when the renderer draws the same data and style differently."""


class TileKey(NamedTuple):
    """Everything a tile's bytes depend on, so that equal keys mean equal pictures."""

    layer: str
    style: str
    grid: str
    format: str
    """``png`` or ``webp``, of imagery ``jpeg``; double density is part of it (``png@2x``)."""
    z: int
    x: int
    y: int
    edition: str
    """The layer's release and style (or the basemap's members)."""

    @property
    def variant(self) -> str:
        """Style, grid and format as one text."""
        return f"{self.style}/{self.grid}/{self.format}"


def picture_format(format_: str) -> PictureFormat:
    """The encoding of a key's format, whatever the density."""
    if format_.startswith("jpeg"):
        return "jpeg"
    return "webp" if format_.startswith("webp") else "png"


def edition_of(record: LayerRecord | BasemapRecord) -> str:
    """What tiles of the layer are made of at the moment: drawing version, release and style."""
    return f"{DRAWING_VERSION}-{record.edition}"


def etag_of(edition: str) -> str:
    """The strong ETag of a tile URL.

    It is made of the edition alone, known without opening the store: a URL has one layer, grid,
    format and place, and equal editions draw equal pictures.
    """
    return f'"{edition}"'
