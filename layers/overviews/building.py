"""Makes the overviews of a release while it is written: batches in, rows of each zoom out.

Whatever a row is made of lies within a few pixels of it: an overview is a function of single features and of
single cells, never of the whole layer. So a change touches no more of a picture than its footprint says.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from layers.features import Geometries
from layers.overviews.bodies import Bodies, box_bodies, point_bodies
from layers.overviews.cells import Specks, together
from layers.overviews.dots import Dots
from layers.overviews.rows import NONE, Numbers, OverviewRows, Overviews, Reals, joined
from layers.overviews.scale import DEEPEST, SHALLOWEST, ZOOMS, pixel_size
from layers.overviews.shapes import Shapes, generalised

MANY_FEATURES = 20_000
MANY_VERTICES = 400_000
"""From either on an overview is quicker to draw than what it stands for."""
_FAINTEST = 1 / 256
"""Of a pixel: less than that leaves no trace in a picture of 256 shades."""
_DOT_CELL = 3
"""Pixels along the side of a cell of which one point stays: marks are larger, so heaps of them stay closed."""
_CELL = 4
"""Pixels along the side of a cell where rows keep attributes: a tile of 512 pixels has at most 16,384 of them."""


class OverviewBuilder:
    """Collects a release's geometries in EPSG:3857 and makes their overviews."""

    def __init__(self) -> None:
        self._features = 0
        self._vertices = 0
        self._dots: list[Dots] = []
        self._specks: list[Specks] = []
        self._shapes: list[Shapes] = []

    def add(self, fids: Numbers, geometries: Geometries) -> None:
        """Take a batch; features without a geometry are left out."""
        located = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
        fids, geometries = fids[located], geometries[located]
        self._features += len(fids)
        self._vertices += int(shapely.get_num_coordinates(geometries).sum())
        points = shapely.get_type_id(geometries) == shapely.GeometryType.POINT
        if points.any():
            self._dots.append(Dots.of(fids[points], geometries[points]))
        if not points.all():
            side = pixel_size(DEEPEST)
            specks, shapes = generalised(fids[~points], _flat(geometries[~points]), side)
            self._specks.append(specks)
            self._shapes.append(shapes)

    def overviews(self) -> Overviews:
        """Return which overviews the release gets: none where it is small."""
        if self._features < MANY_FEATURES and self._vertices < MANY_VERTICES:
            return NONE
        return Overviews(tuple(ZOOMS), dissolved=any(map(len, self._specks)))

    def rows(self) -> Iterator[OverviewRows]:
        """Make the rows of each zoom, from the deepest to the shallowest; can be asked for once."""
        dots = Dots.together(self._dots)
        specks, shapes = together(self._specks), Shapes.together(self._shapes)
        self._dots, self._specks, self._shapes = [], [], []
        for zoom in range(DEEPEST, SHALLOWEST - 1, -1):
            side = pixel_size(zoom)
            if zoom < DEEPEST:
                smaller, shapes = generalised(shapes.fids, shapes.geometries, side)
                specks = together([specks, smaller])
            dots, specks = dots.thinned(_DOT_CELL * side), specks.joined(side)
            yield joined(
                [
                    *_speck_rows(zoom, specks),
                    _rows(zoom, shapes.fids, shapes.bodies, shapes.boxes),
                    _dot_rows(zoom, dots),
                ]
            )


def _flat(geometries: Geometries) -> Geometries:
    """Return two-dimensional geometries."""
    if not shapely.has_z(geometries).any():
        return geometries
    result: Geometries = shapely.force_2d(geometries)
    return result


def _speck_rows(zoom: int, specks: Specks) -> Iterator[OverviewRows]:
    side = pixel_size(zoom)
    seen = specks.chosen(specks.areas >= _FAINTEST * side * side)
    if len(seen):
        bodies, boxes = seen.bars(side)
        yield _rows(zoom, np.zeros(len(bodies), dtype=np.int64), bodies, boxes, featured=False)
    cells = specks.joined(_CELL * side)
    cells = cells.chosen(cells.areas >= _FAINTEST * side * side)
    order = np.argsort(cells.fids)
    squares = cells.chosen(order).squares(_CELL * side)
    yield _rows(zoom, cells.fids[order], box_bodies(squares), squares, dissolved=False)


def _dot_rows(zoom: int, dots: Dots) -> OverviewRows:
    return _rows(zoom, dots.fids, point_bodies(dots.x, dots.y), np.column_stack((dots.x, dots.y, dots.x, dots.y)))


def _rows(
    zoom: int, fids: Numbers, bodies: Bodies, boxes: Reals, *, featured: bool = True, dissolved: bool = True
) -> OverviewRows:
    count = len(fids)
    return OverviewRows(zoom, fids, bodies, boxes, np.full(count, featured), np.full(count, dissolved))
