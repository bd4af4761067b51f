"""One render per metatile at a time: of all who want one, in any thread, process or machine, one draws it.

Who waited looks whether the tile is kept by then, and draws only where it is not.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

from layers.errors import RenderUnavailable
from tilecache.errors import LockServiceUnavailable

logger = logging.getLogger(__name__)

Release = Callable[[], None]

REST = 5.0
"""Seconds for which a service that failed is not asked again: none of the renders meanwhile waits for it."""


class LockService(Protocol):
    """Keeps processes and machines from holding the same name at once; asked by one thread of a process for each."""

    def acquire(self, name: str, patience: float) -> Release:
        """Hold a name, given back by what is returned, and by the end of the process however it comes.

        Raises RenderUnavailable where others hold it for ``patience`` seconds, and LockServiceUnavailable.
        """


class RenderLocks:
    """Names that are held while something is drawn: by one thread of this process, and one process of the service's.

    Locks save work and decide nothing: where their service fails, each process draws for itself, and what is
    drawn twice has the same bytes.
    """

    def __init__(self, service: LockService, patience: float) -> None:
        """``patience`` in seconds: who waits longer is turned away."""
        self._service = service
        self._patience = patience
        self._rested = 0.0
        self._threads: dict[str, tuple[threading.Lock, int]] = {}
        self._guard = threading.Lock()

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold a name, as soon as nobody else does; raises RenderUnavailable for whom that takes too long."""
        end = time.monotonic() + self._patience
        with self._held_here(name, end), ExitStack() as stack:
            if self._rested <= time.monotonic():
                try:
                    stack.callback(self._service.acquire(digest_of(name), max(0.0, end - time.monotonic())))
                except LockServiceUnavailable as error:
                    self._rested = time.monotonic() + REST
                    logger.warning("renders are not told to other processes: %s", error)
            yield

    @contextmanager
    def _held_here(self, name: str, end: float) -> Iterator[None]:
        with self._guard:
            lock, wanted = self._threads.get(name, (threading.Lock(), 0))
            self._threads[name] = lock, wanted + 1
        held = False
        try:
            held = lock.acquire(timeout=max(0.0, end - time.monotonic()))
            if not held:
                raise RenderUnavailable
            yield
        finally:
            if held:
                lock.release()
            with self._guard:
                lock, wanted = self._threads.pop(name)
                if wanted > 1:
                    self._threads[name] = lock, wanted - 1


def digest_of(name: str) -> str:
    """Return a name as it can stand in a file's or a key's name, whatever it holds."""
    return hashlib.sha256(name.encode()).hexdigest()[:40]
