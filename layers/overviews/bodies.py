"""Many simple geometries written as WKB at once: what overviews have most of need not become objects on the way.

Little-endian and two-dimensional, byte for byte what ``shapely.to_wkb(…, byte_order=1)`` writes (OGC 06-103r4, 8.2).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from layers.overviews.rows import Numbers, Reals

Bodies = NDArray[np.object_]

_POINT, _POLYGON, _MULTIPOLYGON = 1, 3, 6
_POINTS = np.dtype([("order", "u1"), ("type", "<u4"), ("at", "<f8", 2)])
_BOXES = np.dtype(
    [("order", "u1"), ("type", "<u4"), ("rings", "<u4"), ("points", "<u4"), ("corners", "<f8", (5, 2))],
)
_OUTLINE = np.dtype([("order", "u1"), ("type", "<u4"), ("rings", "<u4"), ("points", "<u4")])
_COLLECTION = np.dtype([("order", "u1"), ("type", "<u4"), ("parts", "<u4")])
_VERTEX = np.dtype("V16")


def point_bodies(x: Reals, y: Reals) -> Bodies:
    """Return points."""
    records = np.zeros(len(x), dtype=_POINTS)
    records["order"], records["type"] = 1, _POINT
    records["at"] = np.column_stack((x, y))
    return _cut(records.tobytes(), np.arange(len(x) + 1) * _POINTS.itemsize)


def box_bodies(boxes: Reals) -> Bodies:
    """Return rectangles from west, south, east, north; counter-clockwise from the south-east corner."""
    records = np.zeros(len(boxes), dtype=_BOXES)
    records["order"], records["type"], records["rings"], records["points"] = 1, _POLYGON, 1, 5
    records["corners"] = boxes[:, [2, 1, 2, 3, 0, 3, 0, 1, 2, 1]].reshape(-1, 5, 2)
    return _cut(records.tobytes(), np.arange(len(boxes) + 1) * _BOXES.itemsize)


def multipolygon_bodies(vertices: Reals, sizes: Numbers, owners: Numbers) -> tuple[Bodies, Reals]:
    """Return multipolygons of polygons without holes, and their boxes (west, south, east, north).

    ``sizes`` says how many of the ``vertices`` each ring has, the last of them equal to the first; ``owners``, from
    0 without gaps and ascending, which multipolygon it belongs to.
    """
    parts = np.bincount(owners)
    firsts = np.cumsum(parts) - parts
    # Before a ring lie the vertices, the headers of rings and the headers of collections up to its own.
    before = np.cumsum(sizes) - sizes
    numbers = np.arange(len(sizes))
    places = before * _VERTEX.itemsize + numbers * _OUTLINE.itemsize + (owners + 1) * _COLLECTION.itemsize
    raw = np.empty(
        len(vertices) * _VERTEX.itemsize + len(sizes) * _OUTLINE.itemsize + len(parts) * _COLLECTION.itemsize,
        dtype=np.uint8,
    )
    collections = np.zeros(len(parts), dtype=_COLLECTION)
    collections["order"], collections["type"], collections["parts"] = 1, _MULTIPOLYGON, parts
    starts = places[firsts] - _COLLECTION.itemsize
    _put(raw, starts, collections)
    outlines = np.zeros(len(sizes), dtype=_OUTLINE)
    outlines["order"], outlines["type"], outlines["rings"], outlines["points"] = 1, _POLYGON, 1, sizes
    _put(raw, places, outlines)
    own = np.repeat(places + _OUTLINE.itemsize - before * _VERTEX.itemsize, sizes)
    _put(raw, own + np.arange(len(vertices)) * _VERTEX.itemsize, np.ascontiguousarray(vertices, dtype="<f8"))
    corners = before[firsts]
    boxes = np.column_stack((np.minimum.reduceat(vertices, corners), np.maximum.reduceat(vertices, corners)))
    return _cut(raw.tobytes(), np.append(starts, len(raw))), boxes


def _put(raw: NDArray[np.uint8], places: Numbers, records: NDArray[np.generic]) -> None:
    """Write records of one size at any places, aligned or not."""
    size = records.nbytes // len(places)
    kind = np.dtype(f"V{size}")
    # One element for every byte at which a record can begin.
    windows = np.ndarray((len(raw) - size + 1,), dtype=kind, buffer=raw.data, strides=(1,))
    windows[places] = records.view(kind).reshape(-1)


def _cut(raw: bytes, places: Numbers) -> Bodies:
    """Return what lies between each two of the places."""
    bounds = places.tolist()
    bodies = np.empty(len(bounds) - 1, dtype=object)
    bodies[:] = [raw[start:end] for start, end in pairwise(bounds)]
    return bodies
