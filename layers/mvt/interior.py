"""Where the name of an area stands: one point inside of it, in one tile alone."""

from __future__ import annotations

import numpy as np
import shapely

from layers.extent import BoundingBox
from layers.features import Geometries
from layers.mvt.geometry import EXTENT

_PIXELS = 512
"""Along the side of a tile, as clients show it."""


def interior_points(geometries: Geometries, bounds: BoundingBox) -> Geometries:
    """Return, in units of a tile, one point inside of each polygon; None where another tile has it.

    The point follows from the polygon alone, so of the tiles that a polygon reaches over one has it: that whose
    west and north sides are at or before the point, whose east and south sides beyond it. ``bounds`` is the tile's
    box in the CRS of the geometries. Polygons smaller than a pixel have none, nor has what is no polygon.
    """
    result: Geometries = np.full(len(geometries), None, dtype=object)
    boxes = shapely.bounds(geometries).reshape(-1, 4)
    pixel = bounds.width / _PIXELS
    large = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) >= pixel
    near = (boxes[:, 2] >= bounds.west) & (boxes[:, 0] < bounds.east)
    near &= (boxes[:, 3] > bounds.south) & (boxes[:, 1] <= bounds.north)
    places = np.flatnonzero(large & near & (shapely.get_dimensions(geometries) == 2))
    points = shapely.point_on_surface(geometries[places])
    x, y = shapely.get_x(points), shapely.get_y(points)
    inside = (x >= bounds.west) & (x < bounds.east) & (y <= bounds.north) & (y > bounds.south)
    # The corner to the north-west of a unit: the last one is within the tile, as clients want it of a label.
    columns = np.floor((x[inside] - bounds.west) * (EXTENT / bounds.width))
    rows = np.floor((bounds.north - y[inside]) * (EXTENT / bounds.height))
    result[places[inside]] = shapely.points(np.clip(columns, 0, EXTENT - 1), np.clip(rows, 0, EXTENT - 1))
    return result
