"""Locks that are files in a folder: for the processes of one machine, and for machines that share the folder."""

from __future__ import annotations

from pathlib import Path

from mapproxy.util.lock import FileLock, LockTimeout, cleanup_lockdir

from layers.errors import RenderUnavailable
from tilecache.errors import LockServiceUnavailable
from tilecache.locks import Release

ABANDONED = 600.0
"""Seconds after which a file that nobody holds any more is removed."""


class FileLocks:
    """A ``LockService`` over locked files; the operating system frees those of a process that ends, at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def acquire(self, name: str, patience: float) -> Release:
        """Hold a name; raises RenderUnavailable, and LockServiceUnavailable where the folder cannot be written."""
        lock = FileLock(str(self._folder / f"{name}.lck"), timeout=patience, remove_on_unlock=True)
        try:
            cleanup_lockdir(str(self._folder), max_lock_time=ABANDONED, force=False)
            lock.lock()
        except LockTimeout as error:
            raise RenderUnavailable from error
        except OSError as error:
            raise LockServiceUnavailable(
                "locks_files", folder=str(self._folder), reason=error.strerror or str(error)
            ) from error
        release: Release = lock.unlock
        return release
