"""How long each part may measure, and when the whole run must be over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

FULL_LIMIT = 11.0 * 60
QUICK_LIMIT = 5.0 * 60


@dataclass(frozen=True)
class Pace:
    """Rounds and seconds of one run."""

    rounds: int
    seconds: float
    """One measurement of load."""
    warm_up: float
    """Load before the first measurement of a server that has just started."""
    limit: float
    """Seconds after which no further round is begun."""
    begun: float = field(default_factory=time.monotonic)

    def each_round(self) -> Iterator[int]:
        """Yield the numbers of the rounds, fewer than wanted where time runs out, but always one."""
        for number in range(self.rounds):
            if number and time.monotonic() - self.begun > self.limit:
                return
            yield number


def full_pace() -> Pace:
    """Return the pace of ``make bench``."""
    return Pace(rounds=3, seconds=3.0, warm_up=1.0, limit=FULL_LIMIT)


def quick_pace() -> Pace:
    """Return the pace of a look during work: one short round, good for orders of magnitude alone."""
    return Pace(rounds=1, seconds=1.5, warm_up=0.5, limit=QUICK_LIMIT)
