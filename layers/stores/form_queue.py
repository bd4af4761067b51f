"""Forms made beside the writing: in a second process where a release is large, in this one where it is not.

Python's lock is held while geometries become text or WKB and while SQLite takes rows, so a thread would gain
nothing. What is made, and in which order, is the same either way.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from layers.crs import Crs
from layers.errors import StoreError
from layers.features import Geometries
from layers.overviews import OverviewRows
from layers.stores.forms import FormMaker, Forms, Outcome, Portion
from layers.stores.shapes import geometries_of

_Made = TypeVar("_Made")

AHEAD = 2
"""Portions, or zooms of overviews, that wait for the second process: it is never idle, and memory stays bounded."""


class FormQueue:
    """Takes the portions of one release in and gives their forms back, in the same order.

    ``processes`` below 2 keeps everything in this process; it is the number of processors where nothing is said.
    """

    def __init__(self, layer: str, crs: Crs, processes: int | None = None) -> None:
        self._layer = layer
        self._maker = FormMaker(crs)
        self._processes = usable_processors() if processes is None else processes
        self._pool: ProcessPoolExecutor | None = None
        self._made: deque[Forms] = deque()
        self._waiting: deque[Future[Forms]] = deque()

    def put(self, portion: Portion, stored: Geometries) -> None:
        """Hand a portion over, of which ``stored`` are the geometries."""
        if self._pool is None and self._processes > 1 and self._maker.is_large:
            self._pool = _open_pool(self._maker)
        if self._pool is None:
            self._made.append(self._maker.make(portion, stored))
        else:
            self._waiting.append(self._submit(self._pool, _make, portion))

    def finished(self) -> Iterator[Forms]:
        """Give back what is made; waits only where more portions than a few are on their way."""
        return self._given(AHEAD)

    def rest(self) -> Iterator[Forms]:
        """Give back the forms of all portions that are on their way."""
        return self._given(0)

    def _given(self, most: int) -> Iterator[Forms]:
        while self._made:
            yield self._made.popleft()
        while len(self._waiting) > most:
            yield self._result(self._waiting.popleft())

    def outcome(self) -> Outcome:
        """Return what there is of the whole release, after the ``rest``."""
        if self._pool is None:
            return self._maker.outcome()
        return self._result(self._submit(self._pool, _outcome))

    def overview_rows(self, zooms: int) -> Iterator[OverviewRows]:
        """Give the rows of so many overviews, after the ``outcome``: from the deepest zoom to the shallowest."""
        if self._pool is None:
            yield from self._maker.overview_rows()
            return
        # Not begun before they are asked for: while trees are built the first process is large enough.
        waiting = deque(self._submit(self._pool, _next_rows) for _ in range(min(AHEAD, zooms)))
        for given in range(zooms):
            rows = self._result(waiting.popleft())
            if given + AHEAD < zooms:
                waiting.append(self._submit(self._pool, _next_rows))
            yield rows

    def close(self) -> None:
        """End the second process; what it is at is finished, the rest is forgotten."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _submit(self, pool: ProcessPoolExecutor, work: Callable[..., _Made], *arguments: Any) -> Future[_Made]:
        try:
            return pool.submit(work, *arguments)
        except (BrokenProcessPool, OSError) as error:
            raise StoreError("store_process_ended", layer=self._layer) from error

    def _result(self, future: Future[_Made]) -> _Made:
        try:
            return future.result()
        except BrokenProcessPool as error:
            raise StoreError("store_process_ended", layer=self._layer) from error


def usable_processors() -> int:
    """Return on how many processors this process may run; a daemon may not start others and has one."""
    if multiprocessing.current_process().daemon:
        return 1
    return len(os.sched_getaffinity(0))


def _open_pool(maker: FormMaker) -> ProcessPoolExecutor:
    # Neither threads nor connections nor locks of this process may be in the other.
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, (maker,))


class _Process:
    """The second process; what it works with stands here from its first moment to its last."""

    maker: FormMaker
    rows: Iterator[OverviewRows]


_process = _Process()


def _begin(maker: FormMaker) -> None:
    # An interrupt at the terminal reaches both processes; the one that writes decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _process.maker = maker


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make(portion: Portion) -> Forms:
    return _process.maker.make(portion, geometries_of(portion.bodies))


def _outcome() -> Outcome:
    outcome = _process.maker.outcome()
    _process.rows = _process.maker.overview_rows()
    return outcome


def _next_rows() -> OverviewRows:
    return next(_process.rows)
