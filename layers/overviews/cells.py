"""The cells in which features smaller than a pixel are joined: pixels of WebMercatorQuad, the same for every tile.

Cells of one zoom nest in those of the zoom above, four by four, so each zoom is made from the one below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.overviews.bodies import Bodies, multipolygon_bodies
from layers.overviews.rows import Numbers, Reals

_SHIFT = 26
_OFFSET = 1 << 24
"""Columns and rows lie on both sides of zero; with this they are positive and fit into one number."""
BLOCK = 64
"""Cells along the side of a block, whose bars are kept as one multipolygon."""


def cell_keys(x: Reals, y: Reals, side: float) -> Numbers:
    """Return a number for the cell that holds each point; equal numbers are equal cells."""
    column = np.floor(x / side).astype(np.int64) + _OFFSET
    row = np.floor(y / side).astype(np.int64) + _OFFSET
    keys: Numbers = (row << _SHIFT) | column
    return keys


def starts_of(ordered: Numbers) -> NDArray[np.bool_]:
    """Tell where in an ordered array a value differs from the one before it."""
    starts = np.ones(len(ordered), dtype=bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    return starts


@dataclass(frozen=True, slots=True)
class Specks:
    """Polygons too small to be seen as such, or what joined ones amount to."""

    fids: Numbers
    """The largest of those joined."""
    largest: Reals
    """Its area in square metres."""
    areas: Reals
    """Of all together."""
    x: Reals
    y: Reals
    """Their common centre of mass."""

    def __len__(self) -> int:
        return len(self.fids)

    def chosen(self, places: NDArray[np.bool_] | Numbers) -> Specks:
        """Return those at ``places``, in that order."""
        return Specks(self.fids[places], self.largest[places], self.areas[places], self.x[places], self.y[places])

    def joined(self, side: float) -> Specks:
        """Return one for each cell, in the order of their cells."""
        keys = cell_keys(self.x, self.y, side)
        # The order within a cell depends on its features alone, and so does the sum, to the last bit.
        order = np.lexsort((self.fids, -self.largest, keys))
        ordered = self.chosen(order)
        starts = np.flatnonzero(starts_of(keys[order]))
        if not len(starts):
            return ordered
        areas = np.add.reduceat(ordered.areas, starts)
        x = np.add.reduceat(ordered.x * ordered.areas, starts) / areas
        y = np.add.reduceat(ordered.y * ordered.areas, starts) / areas
        return Specks(ordered.fids[starts], ordered.largest[starts], areas, x, y)

    def squares(self, side: float) -> Reals:
        """Return squares of the same area and centre, as boxes; each stays within the cell of its centre."""
        half = np.sqrt(np.minimum(self.areas, side * side)) / 2
        west, south = np.floor(self.x / side) * side, np.floor(self.y / side) * side
        x = np.clip(self.x, west + half, west + side - half)
        y = np.clip(self.y, south + half, south + side - half)
        return np.column_stack((x - half, y - half, x + half, y + half))

    def bars(self, side: float) -> tuple[Bodies, Reals]:
        """Return what covers each cell as much as the specks in it do, one multipolygon for each block that holds any.

        They are given as WKB, with their boxes.

        The specks are those of ``joined(side)``. In a cell stands a bar as wide as the cell; bars of neighbours are
        one outline, which is drawn several times as quickly as so many squares.
        """
        column, row = np.floor(self.x / side).astype(np.int64), np.floor(self.y / side).astype(np.int64)
        blocks = cell_keys(self.x, self.y, side * BLOCK)
        order = np.lexsort((column, row, blocks))
        column, row, blocks = column[order], row[order], blocks[order]
        first = starts_of(row) | starts_of(blocks)
        first[1:] |= column[1:] != column[:-1] + 1
        heights = np.minimum(self.areas[order] / side, side)
        vertices, sizes = _outlines(np.column_stack((column, row)) * np.float64(side), heights, first, side)
        # Each outline belongs to the block of its first bar.
        return multipolygon_bodies(vertices, sizes, np.cumsum(starts_of(blocks))[first] - 1)


def _outlines(feet: Reals, heights: Reals, first: NDArray[np.bool_], side: float) -> tuple[Reals, Numbers]:
    """Return the outlines of all runs of bars over south-west corners, closed, and how many vertices each has.

    ``first`` tells where a run begins.
    """
    west, south = feet[:, 0], feet[:, 1]
    runs = np.cumsum(first) - 1
    lengths = np.bincount(runs)
    # Two corners on top of each bar, and of each run the south-east and the south-west one and the first one again.
    numbers = np.arange(len(west))
    places = 2 * numbers + 3 * runs
    corners = np.empty((2 * len(west) + 3 * len(lengths), 2))
    corners[places] = np.column_stack((west, south + heights))
    corners[places + 1] = np.column_stack((west + side, south + heights))
    last = np.flatnonzero(np.append(first[1:], True)[: len(first)])
    corners[places[last] + 2] = np.column_stack((west[last] + side, south[last]))
    corners[places[last] + 3] = np.column_stack((west[first], south[first]))
    corners[places[last] + 4] = corners[places[first]]
    return corners, 2 * lengths + 3


def together(parts: list[Specks]) -> Specks:
    """Return all in one."""
    return Specks(
        np.concatenate([np.empty(0, dtype=np.int64), *(part.fids for part in parts)]),
        np.concatenate([np.empty(0), *(part.largest for part in parts)]),
        np.concatenate([np.empty(0), *(part.areas for part in parts)]),
        np.concatenate([np.empty(0), *(part.x for part in parts)]),
        np.concatenate([np.empty(0), *(part.y for part in parts)]),
    )
