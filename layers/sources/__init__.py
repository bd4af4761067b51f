"""Reads what agencies send: every kind of file becomes a source of feature batches, or a raster."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.checks import FindingLog
from layers.config import ArchiveConfig
from layers.sources.contents import choose, items_of
from layers.sources.formats import ARCHIVES, RASTERS, recognise
from layers.sources.leftovers import note_files
from layers.sources.model import RasterSource, SourceLayer, SourceOptions, VectorSource
from layers.sources.opening import Opening
from layers.sources.parts import Part, PartKind, list_parts
from layers.sources.raster import open_raster
from layers.sources.staging import stage

__all__ = [
    "Part",
    "PartKind",
    "RasterSource",
    "SourceLayer",
    "SourceOptions",
    "VectorSource",
    "list_parts",
    "open_source",
]


@contextmanager
def open_source(
    path: Path, options: SourceOptions, limits: ArchiveConfig, log: FindingLog
) -> Iterator[VectorSource | RasterSource]:
    """Open a file, or the one in an archive, for as long as the block lasts; raises SourceError where that fails.

    What is noticed on the way goes into ``log``. Whatever had to be unpacked is gone when the block ends.
    """
    kind = recognise(path)
    with tempfile.TemporaryDirectory(prefix="tuzi-intake-") as folder:
        workspace = Path(folder)
        if kind in ARCHIVES:
            unpacked = workspace / "unpacked"
            unpacked.mkdir()
            items = items_of(path, kind, unpacked, limits)
            item, options = choose(path.name, items, options)
            note_files(item, items, log)
            path, kind = item.path, recognise(item.path)
        staged = stage(path, kind, workspace / "staged")
        if kind in RASTERS:
            yield open_raster(staged, path.name, options.crs, limits)
        else:
            yield Opening(staged, kind, options, workspace, limits, log).open()
