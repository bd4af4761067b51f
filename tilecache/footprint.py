"""The footprint of a change 異動範圍: which metatiles of a grid it can touch, level by level.

A metatile's picture depends on nothing but the style and the data within its extent and the reach around it. So
the metatiles that come that near to a changed feature, as it was or as it is, are all whose picture can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from layers.changes import Changes
from layers.overviews import REACH
from layers.render import BUFFER
from tilecache.boxes import Boxes, placed_boxes
from tilecache.grids import TILE_SIZE, TileMatrixSet

Ids = NDArray[np.int64]
Metatiles = BitMap64
"""A set of metatile ids."""

TOUCH = BUFFER + REACH
"""Pixels from a feature within which pictures may change with it: the renderer's buffer, and how far what stands for
the feature at small scales may lie away from it."""

_RUNS_AT_ONCE = 2_000_000
_TALL = 16
"""Rows of metatiles from which on it pays to look whether two boxes touch the same."""
_LONG_RUN = 256
"""Metatiles in a row from which on a run is added as such, not one by one."""


class Span(NamedTuple):
    """Runs of metatile ids, first and last, both included."""

    first: Ids
    last: Ids


@dataclass(frozen=True, slots=True)
class MetatileMatrix:
    """The metatiles of one level, numbered row by row from the north-west corner."""

    grid: TileMatrixSet
    z: int
    tiles: int
    """Tiles along a side of a metatile."""

    @property
    def columns(self) -> int:
        """Metatiles from west to east."""
        return -(-self.grid.size(self.z)[0] // self.tiles)

    @property
    def rows(self) -> int:
        """Metatiles from north to south."""
        return -(-self.grid.size(self.z)[1] // self.tiles)

    def all(self) -> Metatiles:
        """Return every metatile of the level."""
        result = BitMap64()
        result.add_range(0, self.columns * self.rows)
        return result

    def number(self, x: int, y: int) -> int:
        """Return the id of the metatile that holds a tile."""
        return (y // self.tiles) * self.columns + x // self.tiles

    @property
    def tiles_each(self) -> int:
        """Tiles in a metatile that does not reach beyond the grid."""
        columns, rows = self.grid.size(self.z)
        return min(columns, self.tiles) * min(rows, self.tiles)

    def touched(self, boxes: Boxes, reach: float) -> BitMap64:
        """Return the metatiles that boxes in the grid's CRS come nearer to than ``reach`` pixels."""
        edges = self._edges(boxes, reach * self.grid.cell_size(self.z))
        result = BitMap64()
        heights = edges[:, 3] - edges[:, 2] + 1
        for part in np.split(edges, _cuts(heights, _RUNS_AT_ONCE)):
            _add(result, self._runs(part))
        return result

    def _edges(self, boxes: Boxes, distance: float) -> Ids:
        """Return first and last column, first and last row of what each box touches; tall ones without repetition."""
        span = self.grid.cell_size(self.z) * TILE_SIZE * self.tiles
        west, north = self.grid.origin
        corners = np.column_stack(
            (
                boxes[:, 0] - distance - west,
                boxes[:, 2] + distance - west,
                north - boxes[:, 3] - distance,
                north - boxes[:, 1] + distance,
            )
        )
        limits = np.array([self.columns, self.columns, self.rows, self.rows])
        # What lies beyond the grid stays one step outside, so that it is told from what lies at its edge.
        edges = np.clip(np.floor(corners / span), -1, limits).astype(np.int64)
        inside = (edges[:, 0] < self.columns) & (edges[:, 1] >= 0) & (edges[:, 2] < self.rows) & (edges[:, 3] >= 0)
        edges = np.clip(edges[inside], 0, limits - 1)
        tall = edges[:, 3] - edges[:, 2] >= _TALL
        return np.concatenate((edges[~tall], np.unique(edges[tall], axis=0)))

    def _runs(self, edges: Ids) -> Span:
        """Return the run of each box in each of its rows, overlapping ones joined."""
        heights = edges[:, 3] - edges[:, 2] + 1
        box = np.repeat(np.arange(len(edges)), heights)
        row = np.arange(len(box)) - np.repeat(np.cumsum(heights) - heights, heights) + edges[box, 2]
        return _joined(Span(row * self.columns + edges[box, 0], row * self.columns + edges[box, 1]))


def _cuts(sizes: Ids, most: int) -> Ids:
    """Return where to cut a list so that the sizes of each part sum up to about ``most``."""
    parts = np.cumsum(sizes) // most
    return np.flatnonzero(np.diff(parts)) + 1


def _joined(runs: Span) -> Span:
    """Return the same ids in ascending runs that neither overlap nor touch."""
    order = np.argsort(runs.first)
    first, last = runs.first[order], np.maximum.accumulate(runs.last[order])
    begins = np.ones(len(first), dtype=bool)
    begins[1:] = first[1:] > last[:-1] + 1
    ends = np.append(begins[1:], True)[: len(begins)]
    return Span(first[begins], last[ends])


def _add(bitmap: BitMap64, runs: Span) -> None:
    lengths = runs.last - runs.first + 1
    for place in np.flatnonzero(lengths >= _LONG_RUN).tolist():
        bitmap.add_range(int(runs.first[place]), int(runs.last[place]) + 1)
    short = lengths < _LONG_RUN
    first, lengths = runs.first[short], lengths[short]
    steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    bitmap.update((np.repeat(first, lengths) + steps).astype(np.uint64))


@dataclass(frozen=True, slots=True)
class Footprint:
    """The metatiles of one grid that a change can touch."""

    grid: TileMatrixSet
    metatile: int
    """Tiles along a side of a metatile."""
    levels: Mapping[int, BitMap64]
    """Ids (``MetatileMatrix.number``) by level; never changed after they were made."""

    def holds(self, z: int, x: int, y: int) -> bool:
        """Tell whether the tile lies in a touched metatile."""
        level = self.levels.get(z)
        return level is not None and MetatileMatrix(self.grid, z, self.metatile).number(x, y) in level

    def metatiles(self) -> dict[int, int]:
        """Return how many metatiles are touched at each level."""
        return {z: len(ids) for z, ids in self.levels.items()}

    def tiles(self) -> dict[int, int]:
        """Return how many tiles the touched metatiles hold at each level."""
        return {z: len(ids) * MetatileMatrix(self.grid, z, self.metatile).tiles_each for z, ids in self.levels.items()}

    def __bool__(self) -> bool:
        return any(len(ids) > 0 for ids in self.levels.values())


def footprint_of_boxes(
    boxes: Boxes, grid: TileMatrixSet, levels: Iterable[int], metatile: int, reach: float = TOUCH
) -> Footprint:
    """Return which metatiles are nearer than ``reach`` pixels to one of the boxes, which are in EPSG:3857.

    ``reach`` is how far from a feature a picture may change because of it.
    """
    placed = placed_boxes(boxes, grid)
    return Footprint(grid, metatile, {z: MetatileMatrix(grid, z, metatile).touched(placed, reach) for z in levels})


def footprint_of_changes(changes: Changes, grid: TileMatrixSet, levels: Iterable[int], metatile: int) -> Footprint:
    """Return which metatiles may look different in the release after: those near to anything that changed."""
    boxes = np.concatenate((changes.drawn_boxes(), changes.further_boxes()))
    return footprint_of_boxes(boxes, grid, levels, metatile)


def pack_metatiles(metatiles: Metatiles) -> bytes:
    """Write a set of metatiles in Roaring's portable format (RoaringFormatSpec, 64 bits)."""
    metatiles.run_optimize()
    body: bytes = metatiles.serialize()
    return body


def unpack_metatiles(body: bytes) -> Metatiles:
    """Read what ``pack_metatiles`` wrote."""
    return BitMap64.deserialize(body)


def unite_packed(bodies: Sequence[bytes]) -> bytes:
    """Return the union of sets that ``pack_metatiles`` wrote."""
    return pack_metatiles(reduce(or_, map(unpack_metatiles, bodies)))


def union(footprints: Iterable[Footprint]) -> Footprint:
    """Return the footprint of several changes together; all are of one grid and metatile."""
    return reduce(_united, footprints)


def _united(one: Footprint, other: Footprint) -> Footprint:
    levels = {
        z: one.levels.get(z, BitMap64()) | other.levels.get(z, BitMap64()) for z in {**one.levels, **other.levels}
    }
    return Footprint(one.grid, one.metatile, levels)
