"""Locks that are files in a folder: for the processes of one machine, and for machines that share the folder."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from layers.errors import RenderUnavailable
from tilecache.errors import LockServiceUnavailable
from tilecache.locks import Release

FILES = 4096
"""Files there are at most. Names that share one wait for each other now and then, and no file has to be removed:
one that is removed while others wait for it would let two of them in."""
STEP = 0.01
"""Seconds between two looks of who waits."""


class FileLocks:
    """A ``LockService`` over locked files; the operating system frees those of a process that ends, at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def acquire(self, name: str, patience: float) -> Release:
        """Hold a name; raises RenderUnavailable, and LockServiceUnavailable where the folder cannot be written."""
        file = self._folder / f"{int(name, 16) % FILES:03x}.lock"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Given back by whoever holds it, in whatever thread.
            lock = FileLock(file, timeout=patience, thread_local=False)
            lock.acquire(poll_interval=STEP)
        except Timeout as error:
            raise RenderUnavailable from error
        except OSError as error:
            raise LockServiceUnavailable(
                "locks_files", folder=str(self._folder), reason=error.strerror or str(error)
            ) from error
        return lock.release
