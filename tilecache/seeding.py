"""Draws tiles ahead 預先產製: which metatiles, in which order, in several processes, until too many fail.

What is kept already is not drawn again, and every metatile is kept as soon as it is drawn: a run that ends early,
however it ends, is continued by the next one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from layers.crs import CRS84, transform_points
from layers.errors import TuziError
from tilecache.cache import EditionAt
from tilecache.errors import TileStoreUnavailable
from tilecache.footprint import Footprint, Ids, MetatileMatrix
from tilecache.grids import TileMatrixSet
from tilecache.identity import TileKey
from tilecache.requests import SIDE, Block
from tilecache.stores import TileStore

FEW = 64
"""Metatiles that one process draws before another one is ready to."""
AHEAD = 4
"""Metatiles that wait for each process, so that none is idle."""
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


@dataclass(frozen=True, slots=True)
class Seeded:
    """What became of a metatile."""

    metatile: Metatile
    tiles: int = 0
    size: int = 0
    """Bytes of the tiles."""
    seconds: float = 0.0
    error: TuziError | None = None
    """Why it was not drawn, or not kept."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much there is to do on one level."""

    z: int
    kept: int
    """Metatiles that need not be drawn."""
    metatiles: int
    tiles: int
    seconds: float
    """Of one process."""
    size: int
    """Bytes."""


@dataclass(slots=True)
class SeedResult:
    """What a run did."""

    metatiles: int = 0
    tiles: int = 0
    size: int = 0
    failures: list[Seeded] = field(default_factory=list)
    stopped: bool = False
    """Too many failed; the rest was not tried."""


Draw = Callable[[TileKey], object]
"""Draws the metatile of a tile and keeps it; raises TuziError."""


class Workplace(NamedTuple):
    """What a process draws with."""

    draw: Draw
    store: TileStore
    edition_at: EditionAt


Opener = Callable[[], Workplace]
"""Opens what a process draws with; can be pickled."""


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


def seed_metatile(plan: SeedPlan, metatile: Metatile, workplace: Workplace) -> Seeded:
    """Draw what is missing of a metatile, and make sure that it is kept."""
    draw, store, edition_at = workplace
    started = time.perf_counter()
    tiles = size = 0
    try:
        for key in plan.keys(metatile, edition_at):
            if not store.has(key):
                draw(key)
            body = store.get(key)
            if body is None:
                raise TileStoreUnavailable("tile_not_kept", layer=key.layer, z=key.z, x=key.x, y=key.y)
            tiles, size = tiles + 1, size + len(body)
    except TuziError as error:
        return Seeded(metatile, error=error, seconds=time.perf_counter() - started)
    return Seeded(metatile, tiles, size, time.perf_counter() - started)


class Seeding:
    """Processes that draw the metatiles of one plan."""

    def __init__(self, plan: SeedPlan, pool: Executor, jobs: int, most_failures: int) -> None:
        self.plan = plan
        self.result = SeedResult()
        self._pool = pool
        self._ahead = jobs * AHEAD
        self._most_failures = most_failures
        self._done: set[Metatile] = set()

    def estimate(self) -> list[Estimate]:
        """Say how much there is to do, from metatiles of each level that are drawn and kept for that."""
        samples: dict[int, list[Seeded]] = {}
        for seeded in self._run(self.plan.samples()):
            if seeded.error is None:
                samples.setdefault(seeded.metatile.z, []).append(seeded)
        return [self._estimate(z, samples.get(z, [])) for z in self.plan.pending]

    def _estimate(self, z: int, drawn: list[Seeded]) -> Estimate:
        count = len(self.plan.pending[z])
        share = count / len(drawn) if drawn else 0.0
        return Estimate(
            z,
            self.plan.kept[z],
            count,
            count * MetatileMatrix(self.plan.grid, z, self.plan.metatile).tiles_each,
            share * sum(seeded.seconds for seeded in drawn),
            round(share * sum(seeded.size for seeded in drawn)),
        )

    def run(self) -> Iterator[Seeded]:
        """Draw the rest; yields what became of each metatile, and ends early where too many fail."""
        yield from self._run(metatile for metatile in self.plan.metatiles() if metatile not in self._done)

    def _run(self, metatiles: Iterator[Metatile]) -> Iterator[Seeded]:
        waiting: set[Future[Seeded]] = set()
        while not self.result.stopped:
            waiting |= {self._pool.submit(_work, one) for one in islice(metatiles, self._ahead - len(waiting))}
            if not waiting:
                return
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield self._noted(future.result())
        for future in waiting:
            future.cancel()

    def _noted(self, seeded: Seeded) -> Seeded:
        result = self.result
        self._done.add(seeded.metatile)
        if seeded.error is None:
            result.metatiles += 1
            result.tiles += seeded.tiles
            result.size += seeded.size
        else:
            result.failures.append(seeded)
            result.stopped = len(result.failures) >= self._most_failures
        return seeded


@contextmanager
def seeding(plan: SeedPlan, opener: Opener, jobs: int, most_failures: int) -> Iterator[Seeding]:
    """Start ``jobs`` processes that draw; they end with the block, and with this process however it ends.

    A few metatiles are drawn by this process itself: they take less time than another one takes to start.
    """
    pool: Executor
    if jobs == 1 or plan.total <= FEW:
        jobs, pool = 1, ThreadPoolExecutor(1, "seeding", _set_up, (plan, opener))
    else:
        # Neither threads nor connections of this process may be in the others.
        pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (plan, opener))
    try:
        yield Seeding(plan, pool, jobs, most_failures)
    finally:
        pool.shutdown(cancel_futures=True)


class _Process:
    """What a process that seeds draws with stands here, from the moment at which it begins."""

    work: Callable[[Metatile], Seeded]


_process = _Process()


def _begin(plan: SeedPlan, opener: Opener) -> None:
    # An interrupt at the terminal reaches all processes; the one in front decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _set_up(plan, opener)


def _set_up(plan: SeedPlan, opener: Opener) -> None:
    workplace = opener()
    _process.work = lambda metatile: seed_metatile(plan, metatile, workplace)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(metatile: Metatile) -> Seeded:
    return _process.work(metatile)
