"""Keeps a process's ``Snapshot`` current: polls the revision, reads the catalogue anew, swaps it whole."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from catalog.records import Snapshot

logger = logging.getLogger(__name__)

Refresh = Callable[[Snapshot], None]


class SnapshotWatch:
    """Holds the current snapshot and replaces it within ``interval`` seconds of a change.

    Readers take ``snapshot`` once per request and work with that object to the end, so they see
    one revision and never a mixture.
    """

    def __init__(self, read_snapshot: Callable[[], Snapshot], read_revision: Callable[[], int], interval: float = 0.5):
        self._read_snapshot = read_snapshot
        self._read_revision = read_revision
        self._interval = interval
        self._subscribers: list[Refresh] = []
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.snapshot: Snapshot = read_snapshot()

    def subscribe(self, refresh: Refresh) -> None:
        """Call ``refresh`` now and with every new snapshot just before it becomes current."""
        with self._lock:
            refresh(self.snapshot)
            self._subscribers.append(refresh)

    def poll(self) -> bool:
        """Look once; return whether a new snapshot became current."""
        with self._lock:
            if self._read_revision() == self.snapshot.revision:
                return False
            snapshot = self._read_snapshot()
            for refresh in self._subscribers:
                refresh(snapshot)
            self.snapshot = snapshot
            return True

    def start(self) -> None:
        """Begin polling in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="snapshot-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End polling and wait for the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            try:
                self.poll()
            except Exception:
                # A worker that cannot read the catalogue keeps serving the snapshot it has.
                logger.exception("the catalogue could not be read; serving revision %s on", self.snapshot.revision)
