"""Which places are asked for most: counted beside the answers, so that they are drawn first after an update.

What is counted is how often a block of tiles was asked for, by whomever: nothing about who asked, when or from where.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from tilecache.errors import RequestLogUnavailable

logger = logging.getLogger(__name__)

DEEPEST = 18
"""Level below which nothing is counted: blocks there are as large as a house."""
SHIFT = 2
"""A block is a square of ``2 ** SHIFT`` tiles on each side."""
SIDE = 1 << SHIFT
MOST_AT_ONCE = 50_000
"""Blocks that a process counts between two flushes; a crawler that asks for more finds no room."""
INTERVAL = 10.0
"""Seconds between two flushes; what a process counted since the last one is lost where it is killed."""
WEEK = 7 * 24 * 3600.0
EPOCH = 1_767_225_600.0
"""2026-01-01: weights are told from here. A float holds them for a thousand weeks."""


class Block(NamedTuple):
    """A square of tiles that requests are counted for."""

    layer: str
    grid: str
    z: int
    column: int
    row: int


class Popularity(NamedTuple):
    """How often a block is asked for."""

    block: Block
    requests: float
    """Weighted: those of a week ago count half, of two weeks ago a quarter."""


class RequestLog(Protocol):
    """Keeps the counts of any number of processes, those of blocks that are asked for most."""

    def add(self, counts: Mapping[Block, int]) -> None:
        """Add what was asked for just now; raises RequestLogUnavailable."""

    def requests(self, layer: str) -> dict[Block, float]:
        """Return the weighted requests of a layer's blocks; raises RequestLogUnavailable."""

    def most_requested(self, count: int) -> list[Popularity]:
        """List the blocks that are asked for most, of all layers; raises RequestLogUnavailable."""


class Tally:
    """How often a block was asked for since the last flush; whoever answers for its tiles adds one."""

    __slots__ = ("requests",)

    def __init__(self) -> None:
        self.requests = 0


UNCOUNTED = Tally()
"""For what is not counted; nobody reads it."""


class RequestCounts:
    """Counts of one process, handed to the log by a thread of its own."""

    def __init__(self, log: RequestLog | None = None) -> None:
        """Without a log nothing is kept."""
        self._log = log
        self._tallies: dict[tuple[str, str, int, int, int], Tally] = {}
        self._failed = False

    def tally(self, layer: str, grid: str, z: int, x: int, y: int) -> Tally:
        """Return where requests for a tile are counted; it may be kept with what else is known of the tile.

        Two threads that count at the same moment may count once: nothing depends on a single request.
        """
        if z > DEEPEST:
            return UNCOUNTED
        block = (layer, grid, z, x >> SHIFT, y >> SHIFT)
        tally = self._tallies.get(block)
        if tally is None:
            if len(self._tallies) >= MOST_AT_ONCE:
                return UNCOUNTED
            tally = self._tallies.setdefault(block, Tally())
        return tally

    def flush(self) -> None:
        """Hand over what was counted since the last time; a log that fails costs the counts and nothing else."""
        counts: dict[Block, int] = {}
        crowded = len(self._tallies) > MOST_AT_ONCE // 2
        for block, tally in list(self._tallies.items()):
            requests = tally.requests
            if requests:
                counts[Block(*block)] = requests
                tally.requests -= requests
            elif crowded:
                del self._tallies[block]
        if self._log is None or not counts:
            return
        try:
            self._log.add(counts)
            self._failed = False
        except RequestLogUnavailable as error:
            if not self._failed:
                logger.warning("requests are not counted: %s", error)
            self._failed = True

    def start(self) -> None:
        """Begin to hand over, for as long as the process lives."""
        threading.Thread(target=self._run, name="request-counts", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(INTERVAL):
            self.flush()


def weight(now: float) -> float:
    """Return what one request at a moment (seconds since 1970) weighs: twice as much as one of the week before.

    Growing weights make the old ones smaller beside them; nothing that is kept has to be gone through to age.
    """
    return float(2.0 ** ((now - EPOCH) / WEEK))
