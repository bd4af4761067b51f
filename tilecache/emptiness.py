"""Whether a tile that shows nothing may be believed: what the features' index says of it.

A drawing can fail without a word: a file that cannot be read any more, a symbol that is gone. Such a tile would be
kept as blank for as long as its edition lives. So a blank tile is kept only where no feature that its style draws
reaches well into it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import shapely
from PIL import ImageColor

from catalog.holdings import Holdings
from catalog.records import BasemapRecord, LayerKind, LayerRecord
from layers.errors import TuziError
from layers.features import FeatureQuery
from layers.render import zoom_of
from layers.stores import Release
from layers.styles.model import Fill, Line, Mark, Proportion, Rule, Style, Symbol, value_at
from tilecache.drawing import Drawable, background_of
from tilecache.grids import TILE_SIZE, TileMatrixSet

_LOOKED_AT = 20
"""Features of a rule; the first ones are as good as any."""
_EDGE = 4
"""Pixels at a tile's edges in which what touches it may be too little to be seen."""
_LEAST_AREA = 16.0
_LEAST_LENGTH = 8.0
"""Pixels from which on a feature cannot be overlooked."""
_LEAST_OPACITY = 0.1
_LEAST_SIZE = 1.0

logger = logging.getLogger(__name__)


class Emptiness:
    """Knows of one record where its tiles cannot be blank."""

    def __init__(self, record: Drawable, holdings: Holdings) -> None:
        self._record = record
        self._ground = background_of(record)
        self._holdings = holdings

    def is_credible(self, grid: TileMatrixSet, z: int, x: int, y: int) -> bool:
        """Tell whether a tile may show nothing; where the index cannot be asked it is not believed."""
        zoom = zoom_of(grid.bounds(z, 0, 0), grid.crs, TILE_SIZE, TILE_SIZE)
        try:
            return not any(
                self._shows(layer, rule, zoom, grid, (z, x, y))
                for layer, style in self._drawn()
                for rule in style.rules
                if rule.holds_at(zoom) and not rule.otherwise and not rule.geometry
            )
        except TuziError as error:
            logger.warning("the features of %s cannot be asked: %s", self._record.id, error)
            return False

    def _drawn(self) -> Iterator[tuple[LayerRecord, Style]]:
        record = self._record
        if isinstance(record, BasemapRecord):
            members = [(member.layer, member.style) for member in record.members]
        else:
            members = [(record, record.style)]
        yield from ((layer, style) for layer, style in members if layer.kind is LayerKind.VECTOR)

    def _shows(
        self, layer: LayerRecord, rule: Rule, zoom: int, grid: TileMatrixSet, place: tuple[int, int, int]
    ) -> bool:
        """Tell whether a feature for which the rule holds must be seen in the tile."""
        ground = None if self._ground is None else ImageColor.getrgb(self._ground)
        dimensions = {kind for symbol in rule.symbols for kind in _traces(symbol, zoom, ground)}
        if not dimensions:
            return False
        pixel = grid.cell_size(place[0])
        inner = grid.bounds(*place).buffered(-_EDGE * pixel)
        release: Release = self._holdings.release(layer)
        query = FeatureQuery(_LOOKED_AT, bbox=inner, bbox_crs=grid.crs, filter=rule.filter, crs=grid.crs)
        box = shapely.box(*inner)
        shapes = [feature.geometry for feature in release.read_features(query) if feature.geometry is not None]
        return any(_is_seen(shapely.force_2d(shape), box, pixel, dimensions) for shape in shapes)


def _traces(symbol: Symbol, zoom: int, ground: tuple[int, ...] | None) -> frozenset[int]:
    """Return of which shapes a symbol leaves a trace whatever they are: 0 points, 1 lines, 2 polygons."""
    if not isinstance(symbol, Fill | Line | Mark) or not isinstance(symbol.colour, str):
        return frozenset()
    if value_at(symbol.opacity, zoom) < _LEAST_OPACITY or ImageColor.getrgb(symbol.colour) == ground:
        return frozenset()
    match symbol:
        case Fill():
            return frozenset({2})
        case Line(dash=(), offset=0) if value_at(symbol.width, zoom) >= _LEAST_SIZE:
            return frozenset({1})
        case Mark(size=size, allow_overlap=True):
            return frozenset({0} if not isinstance(size, Proportion) and value_at(size, zoom) >= _LEAST_SIZE else ())
    return frozenset()


def _is_seen(shape: shapely.Geometry, box: shapely.Geometry, pixel: float, dimensions: set[int]) -> bool:
    kind = int(shapely.get_dimensions(shape))
    if kind not in dimensions or not shapely.is_valid(shape):
        return False
    part = shapely.intersection(shape, box)
    if kind == 0:
        return not part.is_empty
    return bool(part.length >= _LEAST_LENGTH * pixel if kind == 1 else part.area >= _LEAST_AREA * pixel * pixel)
