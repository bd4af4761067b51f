"""Places drawn boxes, many at once, in the CRS of a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from layers.crs import WEB_MERCATOR, transform_bbox, transform_points
from tilecache.grids import TileMatrixSet

Boxes = NDArray[np.float64]
"""Rows of west, south, east, north."""

_SMALL = 2_000.0
"""Metres up to which a box's corners say where its edges are."""
_STEPS = 16
"""Parts into which the edges of larger boxes are cut."""
_RADIUS = 6_371_000.0


def placed_boxes(boxes: Boxes, grid: TileMatrixSet) -> Boxes:
    """Return boxes of EPSG:3857 as boxes of the grid's CRS that hold them; what lies out of its reach is left out."""
    kept = boxes[np.isfinite(boxes).all(axis=1)]
    if grid.crs == WEB_MERCATOR or not len(kept):
        return kept
    cut = _cut_to_grid(kept, grid)
    side = np.maximum(cut[:, 2] - cut[:, 0], cut[:, 3] - cut[:, 1])
    small = side <= _SMALL
    parts = [_moved(cut[small], grid, 1), _moved(cut[~small], grid, _STEPS)]
    return np.concatenate([part[np.isfinite(part).all(axis=1)] for part in parts])


def _cut_to_grid(boxes: Boxes, grid: TileMatrixSet) -> Boxes:
    """Cut boxes that reach into the grid to its neighbourhood: far from there its CRS may have no coordinates."""
    extent = transform_bbox(grid.bbox, grid.crs, WEB_MERCATOR)
    # Wider than the drawing buffer of any level with more than one metatile.
    west, south, east, north = extent.buffered(0.1 * max(extent.width, extent.height))
    reaching = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
    result = boxes.copy()
    result[reaching] = np.clip(boxes[reaching], [west, south, west, south], [east, north, east, north])
    return result


def _moved(boxes: Boxes, grid: TileMatrixSet, steps: int) -> Boxes:
    """Transform points along the edges; between two of them an edge bulges as the Earth does, at the most."""
    shares = np.linspace(0.0, 1.0, steps + 1)
    xs = boxes[:, [0]] + (boxes[:, [2]] - boxes[:, [0]]) * shares
    ys = boxes[:, [1]] + (boxes[:, [3]] - boxes[:, [1]]) * shares
    low, high = np.broadcast_to(boxes[:, [1]], xs.shape), np.broadcast_to(boxes[:, [3]], xs.shape)
    left, right = np.broadcast_to(boxes[:, [0]], ys.shape), np.broadcast_to(boxes[:, [2]], ys.shape)
    x, y = transform_points(
        np.concatenate((xs, xs, left, right), axis=1),
        np.concatenate((low, high, ys, ys), axis=1),
        WEB_MERCATOR,
        grid.crs,
    )
    placed = np.column_stack((x.min(axis=1), y.min(axis=1), x.max(axis=1), y.max(axis=1)))
    if grid.crs.is_geographic:
        # Mercator's meridians and parallels are straight.
        return placed
    side = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    bulge = ((side / steps) ** 2 / (8 * _RADIUS))[:, None]
    grown: Boxes = placed + bulge * np.array([-1.0, -1.0, 1.0, 1.0])
    return grown
