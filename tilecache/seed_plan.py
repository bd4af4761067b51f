"""What is to be drawn ahead: the metatiles of a footprint that are not kept, in the order in which they are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from layers.crs import CRS84, transform_points
from tilecache.cache import EditionAt
from tilecache.footprint import Footprint, Ids, MetatileMatrix
from tilecache.grids import TileMatrixSet
from tilecache.identity import TileKey
from tilecache.requests import SIDE, Block
from tilecache.stores import TileStore

SAMPLES = 4
"""Metatiles of each level that are drawn first, to say how long the rest takes."""


class Metatile(NamedTuple):
    """Tiles that are drawn together."""

    z: int
    number: int
    """``MetatileMatrix.number``."""


def metatile_keys(
    pattern: TileKey, grid: TileMatrixSet, side: int, metatile: Metatile, edition_at: EditionAt
) -> list[TileKey]:
    """Return the keys of a metatile's tiles, of which ``side`` lie along each of its sides."""
    z = metatile.z
    row, column = divmod(metatile.number, MetatileMatrix(grid, z, side).columns)
    columns, rows = grid.size(z)
    # All tiles of a metatile are drawn from the same, so they are of one edition.
    edition = edition_at(z, column * side, row * side)
    return [
        pattern._replace(z=z, x=x, y=y, edition=edition)
        for y in range(row * side, min((row + 1) * side, rows))
        for x in range(column * side, min((column + 1) * side, columns))
    ]


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """What is to be drawn."""

    pattern: TileKey
    """Key of the tiles, of level, column and row 0, without an edition."""
    grid: TileMatrixSet
    metatile: int
    """Tiles along a side of a metatile."""
    pending: Mapping[int, Ids]
    """Metatiles by level, ascending; each level's in the order in which they are drawn."""
    kept: Mapping[int, int]
    """Metatiles by level that are kept already."""

    def keys(self, metatile: Metatile, edition_at: EditionAt = lambda z, x, y: "") -> list[TileKey]:
        """Return the keys of a metatile's tiles."""
        return metatile_keys(self.pattern, self.grid, self.metatile, metatile, edition_at)

    def metatiles(self) -> Iterator[Metatile]:
        """List what is to be drawn, the most useful first."""
        for z, numbers in self.pending.items():
            yield from (Metatile(z, number) for number in numbers.tolist())

    def samples(self) -> Iterator[Metatile]:
        """List some metatiles of each level, spread over it."""
        for z, numbers in self.pending.items():
            places = np.linspace(0, len(numbers) - 1, SAMPLES + 2)[1:-1].round().astype(int) if len(numbers) else ()
            yield from (Metatile(z, int(numbers[place])) for place in dict.fromkeys(places))

    @property
    def total(self) -> int:
        """Metatiles to be drawn."""
        return sum(map(len, self.pending.values()))


def plan_seeding(
    pattern: TileKey,
    footprint: Footprint,
    store: TileStore,
    middle: tuple[float, float],
    edition_at: EditionAt,
    requests: Mapping[Block, float] = MappingProxyType({}),
) -> SeedPlan:
    """Plan the metatiles of a footprint that are not kept whole, level by level.

    Of each level those that are asked for most come first, then the others from ``middle`` (CRS84) outwards.
    """
    grid, side = footprint.grid, footprint.metatile
    plan = SeedPlan(pattern, grid, side, {}, {})
    held = _held(pattern, store, footprint, edition_at)
    pending, kept = {}, {}
    for z in sorted(footprint.levels):
        ids = footprint.levels[z]
        whole = [n for n, count in held.get(z, {}).items() if n in ids and count == len(plan.keys(Metatile(z, n)))]
        numbers = np.setdiff1d(np.fromiter(ids, np.int64, len(ids)), np.array(whole, dtype=np.int64))
        matrix = MetatileMatrix(grid, z, side)
        pending[z], kept[z] = _most_requested_first(matrix, _from_middle(matrix, numbers, middle), requests), len(whole)
    return SeedPlan(pattern, grid, side, pending, kept)


def _held(pattern: TileKey, store: TileStore, footprint: Footprint, edition_at: EditionAt) -> dict[int, Counter[int]]:
    """Count the tiles of each metatile that are kept as they are to be, by level."""
    matrices = {z: MetatileMatrix(footprint.grid, z, footprint.metatile) for z in footprint.levels}
    held: dict[int, Counter[int]] = {z: Counter() for z in matrices}
    for key, _ in store.tiles(pattern.layer):
        is_wanted = key.z in matrices and key._replace(z=0, x=0, y=0, edition="") == pattern
        if is_wanted and key.edition == edition_at(key.z, key.x, key.y):
            held[key.z][matrices[key.z].number(key.x, key.y)] += 1
    return held


def _from_middle(matrix: MetatileMatrix, numbers: Ids, middle: tuple[float, float]) -> Ids:
    x, y = transform_points(*middle, CRS84, matrix.grid.crs)
    bounds = matrix.grid.bounds(matrix.z, 0, 0)
    column = (float(x) - bounds.west) / (bounds.width * matrix.tiles) - 0.5
    row = (bounds.north - float(y)) / (bounds.height * matrix.tiles) - 0.5
    distance = np.hypot(numbers % matrix.columns - column, numbers // matrix.columns - row)
    order: Ids = numbers[np.argsort(distance, kind="stable")]
    return order


def _most_requested_first(matrix: MetatileMatrix, numbers: Ids, requests: Mapping[Block, float]) -> Ids:
    asked: dict[int, float] = {}
    # A block may be several metatiles, and a metatile several blocks.
    offsets = {*range(0, SIDE, matrix.tiles), SIDE - 1}
    for block, count in requests.items():
        if block.grid == matrix.grid.id and block.z == matrix.z:
            places = ((block.column * SIDE + x, block.row * SIDE + y) for x in offsets for y in offsets)
            for number in {matrix.number(x, y) for x, y in places if matrix.grid.holds(matrix.z, x, y)}:
                asked[number] = asked.get(number, 0.0) + count
    weights = np.array([asked.get(number, 0.0) for number in numbers.tolist()])
    order: Ids = numbers[np.argsort(-weights, kind="stable")]
    return order
