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
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from layers.errors import TuziError
from tilecache.cache import EditionAt
from tilecache.errors import TileStoreUnavailable
from tilecache.footprint import MetatileMatrix
from tilecache.identity import TileKey
from tilecache.seed_plan import Metatile, SeedPlan
from tilecache.stores import TileStore

FEW = 64
"""Metatiles that one process draws before another one is ready to."""
AHEAD = 4
"""Metatiles that wait for each process, so that none is idle."""


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
