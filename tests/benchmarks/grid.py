"""The tiles that are asked for: WebMercatorQuad over the benchmark's area."""

from __future__ import annotations

import math
from typing import NamedTuple

METATILE = 4
"""Tiles along a side of what Tuzi draws at once, as it is shipped."""
TILE_SIZE = 256
HALF_WORLD = 20037508.342789244
"""Metres from the origin of EPSG:3857 to the edge of the grid."""


class Tile(NamedTuple):
    """A tile, rows counted from the north."""

    z: int
    x: int
    y: int

    @property
    def tuzi(self) -> str:
        """Path of its picture below ``/wmts/{layer}/default/WebMercatorQuad/``."""
        return f"{self.z}/{self.y}/{self.x}.png"

    @property
    def plain(self) -> str:
        """Path of its picture in a folder of tiles."""
        return f"{self.z}/{self.x}/{self.y}.png"


def tuzi_path(layer: str, tile: Tile) -> str:
    """Return the path by which Tuzi serves a tile."""
    return f"/wmts/{layer}/default/WebMercatorQuad/{tile.tuzi}"


def tile_at(longitude: float, latitude: float, zoom: int) -> Tile:
    """Return the tile that holds a place."""
    count = 2**zoom
    x = (longitude + 180) / 360 * count
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * count
    return Tile(zoom, int(x), int(y))


def block(area: tuple[float, float, float, float], zoom: int, columns: int, rows: int) -> list[Tile]:
    """Return a block of tiles in the middle of an area, its corner on the border of a metatile."""
    west, south, east, north = area
    middle = tile_at((west + east) / 2, (south + north) / 2, zoom)
    first_x = (middle.x - columns // 2) // METATILE * METATILE
    first_y = (middle.y - rows // 2) // METATILE * METATILE
    return [Tile(zoom, first_x + column, first_y + row) for row in range(rows) for column in range(columns)]


def metatiles(area: tuple[float, float, float, float], zoom: int) -> list[Tile]:
    """Return the first tile of every metatile that lies wholly inside an area."""
    west, south, east, north = area
    first, last = tile_at(west, north, zoom), tile_at(east, south, zoom)
    columns = range(-(-(first.x + 1) // METATILE) * METATILE, last.x - METATILE + 1, METATILE)
    rows = range(-(-(first.y + 1) // METATILE) * METATILE, last.y - METATILE + 1, METATILE)
    return [Tile(zoom, x, y) for y in rows for x in columns]


def bounds(tile: Tile, tiles: int = 1) -> tuple[float, float, float, float]:
    """Return where a square of tiles lies, by its north-western one: EPSG:3857, west, south, east, north."""
    size = 2 * HALF_WORLD / 2**tile.z
    west, north = tile.x * size - HALF_WORLD, HALF_WORLD - tile.y * size
    return west, north - tiles * size, west + tiles * size, north
