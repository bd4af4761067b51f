"""Reads what agencies send: every kind of file becomes a source of feature batches, or a raster."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.checks import FindingLog
from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources.archive import unpack
from layers.sources.formats import Format, promised_format, recognise
from layers.sources.model import RasterSource, SourceLayer, SourceOptions, VectorSource
from layers.sources.opening import Opening
from layers.sources.raster import open_raster

__all__ = ["RasterSource", "SourceLayer", "SourceOptions", "VectorSource", "open_source"]

_RASTERS = frozenset({Format.GEOTIFF, Format.PICTURE})
_ARCHIVES = frozenset({Format.ZIP, Format.KMZ})
_MAIN_ORDER = (
    frozenset({Format.SHAPEFILE, Format.GEOPACKAGE, Format.GEOJSON, Format.GEOJSON_LINES, Format.FLATGEOBUF}),
    frozenset({Format.KML, Format.GML, Format.DXF, Format.GPX, Format.OSM, Format.GEOTIFF}),
    frozenset({Format.CSV, Format.XLSX, Format.JSON}),
    frozenset({Format.PICTURE}),
)
"""Of the files in one archive, data goes before tables, and tables (often notes) before pictures."""


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
        if kind in _ARCHIVES:
            unpacked = workspace / "unpacked"
            unpacked.mkdir()
            path, options = _main_file(path, kind, unpack(path, unpacked, limits), options)
            kind = recognise(path)
        if kind in _RASTERS:
            yield open_raster(path, path.name, kind, options.crs)
        else:
            yield Opening(path, kind, options, workspace, limits, log).open()


def _main_file(archive: Path, kind: Format, files: list[Path], options: SourceOptions) -> tuple[Path, SourceOptions]:
    """Return the file of an archive that is meant, and the options for what is inside of it."""
    if kind is Format.KMZ:
        documents = [file for file in files if file.suffix.lower() == ".kml"]
        if not documents:
            raise SourceError("source_archive_nothing", file=archive.name)
        return next((file for file in documents if file.name.lower() == "doc.kml"), documents[0]), options
    candidates = next(filter(None, (_of_kinds(files, kinds) for kinds in _MAIN_ORDER)), [])
    if not candidates:
        raise SourceError("source_archive_nothing", file=archive.name)
    if len(candidates) == 1:
        return candidates[0], _for_the_only(candidates[0], options)
    wanted = options.source_layer
    names = ", ".join(file.stem for file in candidates)
    if wanted is None:
        raise SourceError("source_archive_several", file=archive.name, layers=names)
    for file in candidates:
        if wanted in {file.stem, file.name}:
            return file, _without_layer(options)
    raise SourceError("source_layer_unknown", file=archive.name, layer=wanted, layers=names)


def _of_kinds(files: list[Path], kinds: frozenset[Format]) -> list[Path]:
    return [file for file in files if promised_format(file) in kinds]


def _for_the_only(file: Path, options: SourceOptions) -> SourceOptions:
    if options.source_layer in {file.stem, file.name}:
        return _without_layer(options)
    if options.source_layer is not None and promised_format(file) is Format.SHAPEFILE:
        raise SourceError("source_layer_unknown", file=file.name, layer=options.source_layer, layers=file.stem)
    return options


def _without_layer(options: SourceOptions) -> SourceOptions:
    return SourceOptions(None, options.crs, options.encoding, options.x, options.y, options.wkt)
