"""The grids in which tiles are cut: OGC tile matrix sets (OGC 17-083r4), every matrix twice as fine as the one above.

``WebMercatorQuad`` and ``WorldCRS84Quad`` are the OGC's own. ``TWD97TM2`` is Tuzi's grid in EPSG:3826:
its corner at easting -100 000 m, northing 2 930 000 m and its top cell of 2 048 m let one tile hold Taiwan,
Penghu, Kinmen, Matsu and the islets around (to easting 424 288 m, northing 2 405 712 m), and give every
matrix a cell size that is a power of two metres: 1 m at level 11, 0.125 m at level 14.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, Crs
from layers.extent import BoundingBox
from tilecache.errors import UnknownGrid

TILE_SIZE = 256
STANDARD_PIXEL = 0.00028
"""Metres: the pixel by which the OGC defines scale denominators."""
METRES_PER_DEGREE = 111319.49079327358


@dataclass(frozen=True)
class TileMatrixSet:
    """A pyramid of tiles; rows count from the north-west corner."""

    id: str
    crs: Crs
    origin: tuple[float, float]
    """North-west corner, x before y."""
    top_cell_size: float
    """CRS units per pixel at level 0."""
    top_size: tuple[int, int]
    """Columns and rows of level 0."""
    zoom_offset: int
    """How many levels further down WebMercatorQuad has about the same scale."""
    deepest: int
    uri: str | None = None
    """Its name in the OGC's register."""
    well_known_scale_set: str | None = None
    """The WMTS 1.0.0 name of its scales (OGC 07-057r7, annex E)."""

    def cell_size(self, z: int) -> float:
        """CRS units per pixel at a level."""
        return self.top_cell_size / (1 << z)

    def scale_denominator(self, z: int) -> float:
        """The OGC scale denominator of a level."""
        metres = METRES_PER_DEGREE if self.crs.is_geographic else 1.0
        return self.cell_size(z) * metres / STANDARD_PIXEL

    def size(self, z: int) -> tuple[int, int]:
        """Columns and rows of a level."""
        return self.top_size[0] << z, self.top_size[1] << z

    def holds(self, z: int, x: int, y: int) -> bool:
        """Tell whether the grid has this tile."""
        return 0 <= z <= self.deepest and 0 <= x < self.top_size[0] << z and 0 <= y < self.top_size[1] << z

    def bounds(self, z: int, x: int, y: int) -> BoundingBox:
        """The tile's box in the grid's CRS."""
        span = self.cell_size(z) * TILE_SIZE
        west = self.origin[0] + x * span
        north = self.origin[1] - y * span
        return BoundingBox(west, north - span, west + span, north)

    def tile_range(self, bbox: BoundingBox, z: int) -> tuple[int, int, int, int]:
        """First and last column, first and last row of the tiles that a box touches (first > last: none)."""
        span = self.cell_size(z) * TILE_SIZE
        columns, rows = self.size(z)
        return (
            max(0, int((bbox.west - self.origin[0]) // span)),
            min(columns - 1, int((bbox.east - self.origin[0]) // span)),
            max(0, int((self.origin[1] - bbox.north) // span)),
            min(rows - 1, int((self.origin[1] - bbox.south) // span)),
        )

    @cached_property
    def bbox(self) -> BoundingBox:
        """The whole grid's box in its CRS."""
        span = self.top_cell_size * TILE_SIZE
        west, north = self.origin
        return BoundingBox(west, north - self.top_size[1] * span, west + self.top_size[0] * span, north)


def tile_matrix_sets(max_zoom: int) -> Mapping[str, TileMatrixSet]:
    """Return the grids by id, each ending at about the scale of WebMercatorQuad's ``max_zoom``."""
    half = 20037508.342789244
    grids = (
        TileMatrixSet(
            "WebMercatorQuad",
            WEB_MERCATOR,
            (-half, half),
            2 * half / TILE_SIZE,
            (1, 1),
            0,
            max_zoom,
            "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
            "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible",
        ),
        TileMatrixSet(
            "WorldCRS84Quad",
            CRS84,
            (-180.0, 90.0),
            180.0 / TILE_SIZE,
            (2, 1),
            1,
            max(0, max_zoom - 1),
            "http://www.opengis.net/def/tilematrixset/OGC/1.0/WorldCRS84Quad",
        ),
        TileMatrixSet("TWD97TM2", TWD97_TM2, (-100_000.0, 2_930_000.0), 2048.0, (1, 1), 6, max(0, max_zoom - 6)),
    )
    return MappingProxyType({grid.id: grid for grid in grids})


ALIASES = MappingProxyType({"GoogleMapsCompatible": "WebMercatorQuad", "EPSG:3857": "WebMercatorQuad"})
"""Other names under which clients know a grid: that of the well-known scale set, and that of GeoServer's."""


DOUBLE = "x2"
"""Ends the names under which WMTS offers a grid with tiles of 512 pixels for the same ground, as GeoWebCache's do."""


def named_grid(name: str) -> tuple[str, str]:
    """Return the grid that clients mean by a name, and what the formats of its tiles end with.

    ``WebMercatorQuadx2`` is the grid ``WebMercatorQuad`` in tiles of double density.
    """
    if name.endswith(DOUBLE):
        return name.removesuffix(DOUBLE), "@2x"
    return ALIASES.get(name, name), ""


def find_grid(grids: Mapping[str, TileMatrixSet], name: str) -> TileMatrixSet:
    """Return the grid of that id or alias; raises UnknownGrid."""
    grid = grids.get(ALIASES.get(name, name))
    if grid is None:
        raise UnknownGrid(grid=name[:80], known=", ".join(grids))
    return grid
