"""Vector tiles of catalogued layers: which features a tile holds, and how it stays small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from catalog.holdings import Holdings
from catalog.records import BasemapRecord, LayerKind, LayerRecord
from layers.drawing import DrawnFeatures
from layers.extent import BoundingBox
from layers.mvt import BUFFER, EXTENT, TileLayer, encode_layer, tile_geometries
from layers.overviews import DEEPEST, SHALLOWEST
from layers.render import draws_at
from layers.schema import FieldType, Schema
from layers.stores import Release
from layers.styles.model import HIGHEST_ZOOM
from tilecache.drawing import Drawable
from tilecache.grids import TileMatrixSet

MVT = "mvt"
"""The format in tile keys and URLs."""
CONTENT_TYPE = "application/vnd.mapbox-vector-tile"
LARGEST = 500_000
"""Bytes of a tile, before it is compressed."""
DEEPEST_LEVEL = 16
"""Units are 15 cm there; clients enlarge tiles of this level for deeper zooms."""
_COARSER = 3
"""Overviews that are tried, each four times as coarse as the one before, until a tile is small enough."""
_SPARE = 0.9
"""How much of what would fit is kept when features have to go: some are larger than others."""


def vector_layers(record: Drawable) -> tuple[LayerRecord, ...]:
    """Return the layers whose features vector tiles of a record hold: none for a raster, the members of a basemap."""
    members = [member.layer for member in record.members] if isinstance(record, BasemapRecord) else [record]
    return tuple({layer.id: layer for layer in members if layer.kind is LayerKind.VECTOR}.values())


class VectorTiles:
    """Makes vector tiles from the releases that are current in the records it is given."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def tile(self, record: Drawable, grid: TileMatrixSet, z: int, x: int, y: int) -> bytes:
        """Return a tile of a grid in EPSG:3857, uncompressed; no bytes where it is empty.

        A tile that would be larger than ``LARGEST`` is made from coarser overviews, its largest layer first;
        where that is not enough, the smallest features of that layer are left out.
        """
        bounds = grid.bounds(z, x, y)
        parts = [_Part(layer.id, self._holdings.release(layer), bounds, z) for layer in _shown(record, z)]
        while sum(sizes := [len(part.body) for part in parts]) > LARGEST:
            max(parts, key=lambda part: len(part.body)).shrink(_fair_share(sizes))
        return b"".join(part.body for part in parts)


def _shown(record: Drawable, z: int) -> Iterable[LayerRecord]:
    """Return the layers of a tile: of a basemap those that it draws at the zooms at which the tile is looked at."""
    if not isinstance(record, BasemapRecord):
        return vector_layers(record)
    # Clients enlarge the deepest tiles, so those hold what is only drawn deeper.
    last = HIGHEST_ZOOM if z >= DEEPEST_LEVEL else z + 1
    drawn = {
        member.layer.id for member in record.members if any(draws_at(member.style, zoom) for zoom in range(z, last + 1))
    }
    return [layer for layer in vector_layers(record) if layer.id in drawn]


def _fair_share(sizes: Sequence[int]) -> int:
    """Return the bytes that each layer may have at most, so that all of them fit and small ones stay whole."""
    left = LARGEST
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return LARGEST


class _Part:
    """One layer of a tile on its way to being small enough."""

    def __init__(self, name: str, release: Release, bounds: BoundingBox, z: int) -> None:
        self._name = name
        self._release = release
        self._bounds = bounds
        self._choices = _choices(release, z)
        self._take(self._read(next(self._choices)))

    def shrink(self, share: int) -> None:
        """Make the layer smaller: by the next coarser overview, else by leaving out its smallest features.

        ``share`` is what it may have in bytes.
        """
        coarser = next(self._choices, None)
        if coarser is None:
            self._take(_largest(self._layer, int(len(self._layer.ids) * _SPARE * share / len(self.body))))
        else:
            self._take(self._read(coarser))

    def _take(self, layer: TileLayer) -> None:
        self._layer = layer
        self.body = encode_layer(layer)

    def _read(self, overview: int | None) -> TileLayer:
        margin = BUFFER / EXTENT * self._bounds.width
        features = self._release.drawn_features(self._bounds.buffered(margin), overview)
        geometry = tile_geometries(features.geometry, self._bounds)
        return TileLayer(self._name, _ids(self._release.schema, features), geometry, features.columns)


def _choices(release: Release, z: int) -> Iterator[int | None]:
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


def _largest(layer: TileLayer, count: int) -> TileLayer:
    """Return the largest features of a layer, in their order; of points the first."""
    size = np.fmax(shapely.area(layer.geometry), shapely.length(layer.geometry) / EXTENT)
    size[shapely.is_missing(layer.geometry)] = -1
    places = np.sort(np.argsort(-size, kind="stable")[: min(count, len(layer.ids) - 1)])
    columns = {name: [column[place] for place in places.tolist()] for name, column in layer.columns.items()}
    return TileLayer(layer.name, layer.ids[places], layer.geometry[places], columns)
