"""Tiles as files in folders: for network drives, and for web servers and tools that know nothing but files."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

from tilecache.errors import TileStoreUnavailable
from tilecache.identity import TileKey

SIDE = 64
"""A folder holds the tiles of a square of so many on each side: neighbours lie together, no folder grows large."""
ATTEMPTS = 5
"""Times a tile is put into its folder again where somebody removes the folder meanwhile."""
ABANDONED = 3600.0
"""Seconds after which a file that was not finished is one that a dead process left."""
PARTIAL, DROPPED = ".partial", ".dropped"


class FilesystemTileStore:
    """Keeps each tile in ``<folder>/<layer>/<edition>/<style>/<grid>/<format>/<z>/<square>/<x>_<y>``.

    A tile is written beside, synced and then renamed, so that neither a reader nor a power cut ever meets half of
    one. Editions are folders, so that superseded tiles disappear in one step. Whether a tile is there is told by
    its name alone; what it is, by the ETag that its edition gives: no file is read for either.
    """

    def __init__(self, folder: Path, durable: bool = True) -> None:
        """Without ``durable`` tiles are not synced: faster, and unfit for machines that may lose power."""
        self._folder = folder
        self._durable = durable

    def get(self, key: TileKey) -> bytes | None:
        """Return the tile's bytes, or None where it is not kept."""
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from error

    def has(self, key: TileKey) -> bool:
        """Tell whether the tile is kept, without opening it."""
        try:
            self._file(key).stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unavailable(error) from error
        return True

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Keep tiles: all are written before the first one appears."""
        written: list[tuple[Path, Path]] = []
        try:
            for key, body in tiles:
                partial = self._partial_file()
                written.append((partial, self._file(key)))
                self._write(partial, body)
            for partial, file in written:
                _move(partial, file)
        except OSError as error:
            raise self._unavailable(error) from error
        finally:
            for partial, _ in written:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Forget tiles; nothing happens for those that are not kept."""
        try:
            for key in keys:
                self._file(key).unlink(missing_ok=True)
        except OSError as error:
            raise self._unavailable(error) from error

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Forget every tile of a layer that is of no edition in ``keep``; return how many."""
        kept = {_name(edition) for edition in keep}
        count = 0
        try:
            self._sweep()
            for folder in _folders(self._folder / _name(layer)):
                if folder.name in kept:
                    continue
                dropped = self._folder / DROPPED / uuid.uuid4().hex
                dropped.parent.mkdir(exist_ok=True)
                folder.rename(dropped)
                count += sum(len(files) for _, _, files in os.walk(dropped))
                shutil.rmtree(dropped, ignore_errors=True)
        except OSError as error:
            raise self._unavailable(error) from error
        return count

    def layers(self) -> list[str]:
        """List the layers that have a folder."""
        return sorted(unquote(folder.name) for folder in _folders(self._folder) if not folder.name.startswith("."))

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List a layer's tiles with their sizes in bytes."""
        for edition in _folders(self._folder / _name(layer)):
            for place, _, files in os.walk(edition):
                folder = Path(place)
                for name in files:
                    style, grid, format_, z, _square = folder.relative_to(edition).parts
                    x, _, y = name.partition("_")
                    variant = (unquote(style), unquote(grid), unquote(format_))
                    with suppress(FileNotFoundError):
                        size = (folder / name).stat().st_size
                        yield TileKey(layer, *variant, int(z), int(x), int(y), unquote(edition.name)), size

    def close(self) -> None:
        """Nothing is held open."""

    def _file(self, key: TileKey) -> Path:
        names = map(_name, (key.layer, key.edition, key.style, key.grid, key.format))
        square = f"{key.x // SIDE}_{key.y // SIDE}"
        return self._folder.joinpath(*names, str(key.z), square, f"{key.x}_{key.y}")

    def _partial_file(self) -> Path:
        folder = self._folder / PARTIAL
        folder.mkdir(parents=True, exist_ok=True)
        return folder / uuid.uuid4().hex

    def _write(self, file: Path, body: bytes) -> None:
        with file.open("xb") as stream:
            stream.write(body)
            if self._durable:
                stream.flush()
                os.fsync(stream.fileno())

    def _sweep(self) -> None:
        """Remove what processes left that died at work."""
        for folder in _folders(self._folder / DROPPED):
            shutil.rmtree(folder, ignore_errors=True)
        partial = self._folder / PARTIAL
        for file in partial.iterdir() if partial.is_dir() else ():
            with suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > ABANDONED:
                    file.unlink()

    def _unavailable(self, error: OSError) -> TileStoreUnavailable:
        return TileStoreUnavailable(file=error.filename or str(self._folder), reason=error.strerror or str(error))


def _name(text: str) -> str:
    """Return a text as the name of a folder: it cannot leave its place, hide itself or mean anything else."""
    return quote(text, safe="@").replace(".", "%2E")


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except FileNotFoundError:
        return []


def _move(partial: Path, file: Path) -> None:
    for attempt in range(ATTEMPTS):
        try:
            partial.replace(file)
        except FileNotFoundError:
            if attempt + 1 == ATTEMPTS:
                raise
            # Its folder is new, or was just dropped with its edition.
            file.parent.mkdir(parents=True, exist_ok=True)
        else:
            return
