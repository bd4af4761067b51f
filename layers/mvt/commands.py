"""Geometries as the commands of a vector tile (specification 4.3): MoveTo, LineTo and ClosePath over zigzag deltas."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.features import Geometries

Commands = list[list[int]]
Numbers = NDArray[np.int64]

_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 7
_ONE_MOVE = 1 << 3 | _MOVE_TO
_CLOSE = 1 << 3 | _CLOSE_PATH


def commands_of(geometries: Geometries, dimension: int) -> Commands:
    """Return the commands of each geometry; all have integer coordinates, the same dimension, and are not empty."""
    if not len(geometries):
        return []
    if dimension == 0:
        return _points(geometries)
    parts, owners = shapely.get_parts(geometries, return_index=True)
    if dimension == 2:
        parts, polygons = shapely.get_rings(parts, return_index=True)
        owners = owners[polygons]
    return _paths(parts, owners, len(geometries), closed=dimension == 2)


def _points(geometries: Geometries) -> Commands:
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    counts = np.bincount(owners, minlength=len(geometries))
    lengths = 2 * counts + 1
    starts = np.cumsum(lengths) - lengths
    written = np.empty(int(lengths.sum()), dtype=np.int64)
    written[starts] = counts << 3 | _MOVE_TO
    first = np.cumsum(counts) - counts
    places = (starts + 1)[owners] + 2 * (np.arange(len(owners)) - first[owners])
    _write_deltas(written, places, coordinates, first)
    return _split(written, starts)


def _paths(paths: Geometries, owners: Numbers, features: int, *, closed: bool) -> Commands:
    coordinates, path = shapely.get_coordinates(paths, return_index=True)
    if closed:
        # ClosePath stands for the last vertex of a ring, which is the first one again.
        kept = np.append(path[1:] == path[:-1], False)
        coordinates, path = coordinates[kept], path[kept]
    counts = np.bincount(path, minlength=len(paths))
    lengths = 2 * counts + (3 if closed else 2)
    starts = np.cumsum(lengths) - lengths
    written = np.empty(int(lengths.sum()), dtype=np.int64)
    written[starts] = _ONE_MOVE
    written[starts + 3] = (counts - 1) << 3 | _LINE_TO
    if closed:
        written[starts + lengths - 1] = _CLOSE
    rank = np.arange(len(path)) - (np.cumsum(counts) - counts)[path]
    places = starts[path] + 1 + 2 * rank + (rank > 0)
    numbers = np.arange(features)
    _write_deltas(written, places, coordinates, np.searchsorted(owners[path], numbers))
    return _split(written, starts[np.searchsorted(owners, numbers)])


def _write_deltas(written: Numbers, places: Numbers, coordinates: NDArray[np.float64], first: Numbers) -> None:
    """Write each vertex as its distance from the one before it; a feature's ``first`` one is that from the corner."""
    whole = coordinates.astype(np.int64)
    deltas = whole.copy()
    deltas[1:] -= whole[:-1]
    deltas[first] = whole[first]
    zigzag = deltas << 1 ^ deltas >> 63
    written[places], written[places + 1] = zigzag[:, 0], zigzag[:, 1]


def _split(written: Numbers, starts: Numbers) -> Commands:
    values = written.tolist()
    ends = [*starts[1:].tolist(), len(values)]
    return [values[start:end] for start, end in zip(starts.tolist(), ends, strict=True)]
