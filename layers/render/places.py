"""Places to draw in: so many pictures at a time, so many waiting, and no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from layers.errors import RenderUnavailable


class Places:
    """A bounded queue in front of a bounded number of places."""

    def __init__(self, places: int, queue: int, timeout: float) -> None:
        self._free = places
        self._queue = queue
        self._timeout = timeout
        self._waiting = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place; raises RenderUnavailable where the queue is full or the wait too long."""
        self._take()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()

    def _take(self) -> None:
        with self._changed:
            if not self._free:
                self._wait()
            self._free -= 1

    def _wait(self) -> None:
        if self._waiting >= self._queue:
            raise RenderUnavailable
        deadline = time.monotonic() + self._timeout
        self._waiting += 1
        try:
            while not self._free:
                if not self._changed.wait(deadline - time.monotonic()) and not self._free:
                    raise RenderUnavailable
        finally:
            self._waiting -= 1
