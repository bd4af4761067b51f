"""Vector tiles of catalogued layers: which features a tile holds, and how it stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from catalog.holdings import Holdings
from layers.drawing import DrawnFeatures
from layers.errors import InvalidFilter
from layers.extent import BoundingBox
from layers.mvt import BUFFER, EXTENT, TileLayer, encode_layer, interior_points, tile_geometries
from layers.overviews import DEEPEST, SHALLOWEST
from layers.schema import FieldType, Schema
from layers.stores import Release
from tilecache.drawing import Drawable
from tilecache.grids import TileMatrixSet
from tilecache.vector_contents import Held, held_at, points_name

Sizes = NDArray[np.float64]
"""How large each feature is, for what may go first."""

MVT = "mvt"
"""The format in tile keys and URLs."""
CONTENT_TYPE = "application/vnd.mapbox-vector-tile"
LARGEST = 500_000
"""Bytes of a tile, before it is compressed."""
_COARSER = 3
"""Overviews that are tried, each four times as coarse as the one before, until a tile is small enough."""
_SPARE = 0.9
"""How much of what would fit is kept when features have to go: some are larger than others."""


class VectorTiles:
    """Makes vector tiles from the releases that are current in the records it is given."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def tile(self, record: Drawable, grid: TileMatrixSet, z: int, x: int, y: int) -> bytes:
        """Return a tile of a grid in EPSG:3857, uncompressed; no bytes where it is empty.

        A tile that would be larger than ``LARGEST`` goes without what is drawn between two zooms only, then it is made
        from coarser overviews, its largest layer first; where that is not enough, the smallest features of that layer
        are left out. Of a basemap a tile holds no more than what its styles draw at the zooms at which it is looked at.
        """
        place = _Place(grid, z, x, y)
        parts: list[_Part] = []
        for held in held_at(record, z):
            shapes = _Shapes(held, self._holdings.release(held.layer), place)
            parts.append(shapes)
            if held.points:
                parts.append(_Points(points_name(held.layer.id), shapes.ids, shapes.features, place))
        while sum(sizes := [len(part.body) for part in parts]) > LARGEST:
            max(parts, key=lambda part: len(part.body)).shrink(_fair_share(sizes))
        return b"".join(part.body for part in parts)


def _fair_share(sizes: Sequence[int]) -> int:
    """Return the bytes that each layer may have at most, so that all of them fit and small ones stay whole."""
    left = LARGEST
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return LARGEST


class _Place:
    """A tile of a grid, and the boxes that count in it."""

    def __init__(self, grid: TileMatrixSet, z: int, x: int, y: int) -> None:
        self.z = z
        self.bounds = grid.bounds(z, x, y)
        # The very numbers of its neighbours, so that each point is in one of them.
        east, south = grid.bounds(z, x + 1, y).west, grid.bounds(z, x, y + 1).north
        self.own = BoundingBox(self.bounds.west, south, east, self.bounds.north)
        self.buffered = self.bounds.buffered(BUFFER / EXTENT * self.bounds.width)


class _Part:
    """One source layer of a tile on its way to being small enough."""

    def __init__(self, layer: TileLayer, sizes: Sizes) -> None:
        self._take(layer, sizes)

    def shrink(self, share: int) -> None:
        """Make the layer smaller by leaving out its smallest features; ``share`` is what it may have in bytes."""
        count = min(int(len(self._layer.ids) * _SPARE * share / len(self.body)), len(self._layer.ids) - 1)
        places = np.sort(np.argsort(-self._sizes, kind="stable")[:count])
        self._take(_chosen(self._layer, places), self._sizes[places])

    def _take(self, layer: TileLayer, sizes: Sizes) -> None:
        self._layer = layer
        self._sizes = sizes
        self.body = encode_layer(layer)


class _Shapes(_Part):
    """The features of a layer: as they are, or as an overview has them."""

    def __init__(self, held: Held, release: Release, place: _Place) -> None:
        self._name = held.layer.id
        self._release = release
        self._place = place
        self._choices = _choices(release, place.z, held)
        self.features = self._read(*next(self._choices))
        """The finest there are at this level, the same for all tiles of it."""
        self.ids = _ids(release.schema, self.features)
        self._show(self.features, self.ids)

    def shrink(self, share: int) -> None:
        """Make the layer smaller: by the next choice there is, else by leaving out its smallest features."""
        smaller = next(self._choices, None)
        if smaller is None:
            super().shrink(share)
            return
        features = self._read(*smaller)
        self._show(features, _ids(self._release.schema, features))

    def _read(self, overview: int | None, condition: str | None) -> DrawnFeatures:
        try:
            return self._release.drawn_features(self._place.buffered, overview, condition)
        except InvalidFilter:
            # A rule may ask for fields or values that this release does not have; clients decide themselves then.
            return self._release.drawn_features(self._place.buffered, overview)

    def _show(self, features: DrawnFeatures, ids: NDArray[np.int64]) -> None:
        geometry = tile_geometries(features.geometry, self._place.bounds)
        sizes = np.fmax(shapely.area(geometry), shapely.length(geometry) / EXTENT)
        sizes[shapely.is_missing(geometry)] = -1
        self._take(TileLayer(self._name, ids, geometry, features.columns), sizes)


class _Points(_Part):
    """A point inside of each area of a layer, with its attributes."""

    def __init__(self, name: str, ids: NDArray[np.int64], features: DrawnFeatures, place: _Place) -> None:
        geometry = interior_points(features.geometry, place.own)
        held = np.flatnonzero(~shapely.is_missing(geometry))
        layer = _chosen(TileLayer(name, ids, geometry, features.columns), held)
        super().__init__(layer, shapely.area(features.geometry[held]))


def _choices(release: Release, z: int, held: Held) -> Iterator[tuple[int | None, str | None]]:
    """Yield what a tile may be made from, and the condition of what it holds; what makes it largest first."""
    overviews = _overviews(release, z)
    finest = next(overviews)
    yield finest, held.condition
    if held.narrow != held.condition:
        yield finest, held.narrow
    for coarser in overviews:
        yield coarser, held.narrow


def _overviews(release: Release, z: int) -> Iterator[int | None]:
    """Yield what a tile may be made from, finest first; None stands for the features themselves.

    Clients show a tile 512 pixels wide: its pixels are those of the next zoom. Far below the deepest overview
    cells would be seen as such; there the smallest features go instead.
    """
    finest = z + 1
    if finest > DEEPEST or not release.overviews.zooms:
        yield None
    if z <= DEEPEST and release.overviews.zooms:
        first = max(min(finest, DEEPEST), SHALLOWEST)
        yield from range(first, max(first - _COARSER, SHALLOWEST - 1), -1)


def _ids(schema: Schema, features: DrawnFeatures) -> NDArray[np.int64]:
    """Return numeric keys where the features have such, else their ``fid``; tiles know no other kind of id."""
    key = schema.field(schema.key) if schema.key else None
    if key is None or key.type is not FieldType.INTEGER:
        return features.fids
    values = np.array(features.columns[key.name], dtype=np.int64)
    return values if (values >= 0).all() else features.fids


def _chosen(layer: TileLayer, places: NDArray[np.int64]) -> TileLayer:
    """Return a layer of these features alone."""
    columns = {name: [column[place] for place in places.tolist()] for name, column in layer.columns.items()}
    return TileLayer(layer.name, layer.ids[places], layer.geometry[places], columns)
