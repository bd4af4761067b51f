"""The embedded feature store: one immutable GeoPackage file for each release."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from layers.errors import UnknownRelease
from layers.schema import Schema
from layers.stores.geopackage.release import GeoPackageRelease
from layers.stores.geopackage.writer import GeoPackageWriter, partial_file
from layers.stores.names import checked_layer
from layers.stores.selections import SelectionCache

_MAPPED = 256 << 20
"""Bytes of each file that a connection may map; the pages are shared by all processes."""


class GeoPackageStore:
    """A ``FeatureStore`` over ``<folder>/<layer>/<number>.gpkg``.

    ``opened`` releases stay open, the least recently used is closed first; ``remembered`` bytes hold what
    filters selected, so that the following pages of an answer cost no second evaluation.
    """

    name = "geopackage"

    def __init__(self, folder: Path, opened: int = 256, remembered: int = 64 << 20) -> None:
        self._folder = Path(folder)
        self._limit = opened
        self._selections = SelectionCache(remembered)
        self._releases: OrderedDict[tuple[str, int], GeoPackageRelease] = OrderedDict()
        self._lock = Lock()

    def create(self, layer: str, number: int, schema: Schema) -> GeoPackageWriter:
        """Start writing release ``number`` of ``layer``; a half-written one of that number is replaced."""
        return GeoPackageWriter(self._file(layer, number), layer, schema, lambda: self._forget(layer, number))

    def open(self, layer: str, number: int) -> GeoPackageRelease:
        """Open a committed release; raises UnknownRelease. Opened releases are cached."""
        with self._lock:
            if release := self._releases.get((layer, number)):
                self._releases.move_to_end((layer, number))
                return release
        file = self._file(layer, number)
        if not file.is_file():
            raise UnknownRelease(layer=layer, number=number)
        return self._keep(layer, number, GeoPackageRelease(file, _MAPPED, self._selections))

    def _keep(self, layer: str, number: int, opened: GeoPackageRelease) -> GeoPackageRelease:
        with self._lock:
            release = self._releases.setdefault((layer, number), opened)
            evicted = [self._releases.popitem(last=False)[1] for _ in range(len(self._releases) - self._limit)]
        if release is not opened:
            evicted.append(opened)
        for other in evicted:
            other.close()
        return release

    def drop(self, layer: str, number: int) -> None:
        """Remove a release, committed or half-written, and all that belongs to it; nothing happens for none."""
        for file in (self._file(layer, number), partial_file(self._file(layer, number))):
            file.unlink(missing_ok=True)
        self._forget(layer, number)

    def numbers(self, layer: str) -> list[int]:
        """List the committed releases of a layer."""
        return sorted(int(file.stem) for file in self._folder_of(layer).glob("*.gpkg") if file.stem.isdecimal())

    def close(self) -> None:
        """Close every opened release; what is read at the moment is read to the end."""
        with self._lock:
            releases = list(self._releases.values())
            self._releases.clear()
        for release in releases:
            release.close()

    def _forget(self, layer: str, number: int) -> None:
        with self._lock:
            release = self._releases.pop((layer, number), None)
        if release:
            release.close()

    def _folder_of(self, layer: str) -> Path:
        # A name that is no layer's id must never lead out of the store's folder.
        return self._folder / checked_layer(layer)

    def _file(self, layer: str, number: int) -> Path:
        return self._folder_of(layer) / f"{number}.gpkg"
