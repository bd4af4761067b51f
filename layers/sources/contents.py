"""The files of a delivery that hold data, and which of them is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources.archive import unpack
from layers.sources.formats import ARCHIVES, Format, is_geodatabase, is_sidecar, promised_format, refusal
from layers.sources.model import SourceOptions

_ORDER = (
    frozenset(
        {
            Format.SHAPEFILE,
            Format.GEOPACKAGE,
            Format.FILE_GEODATABASE,
            Format.GEOJSON,
            Format.GEOJSON_LINES,
            Format.TOPOJSON,
            Format.FLATGEOBUF,
            Format.MIF,
        }
    ),
    frozenset({Format.KML, Format.GML, Format.DXF, Format.GPX, Format.OSM, Format.OSM_PBF, Format.GEOTIFF}),
    frozenset({Format.CSV, Format.XLSX, Format.ODS, Format.JSON}),
    frozenset({Format.PICTURE}),
)
"""Of the files in one archive, data goes before tables, and tables (often notes) before pictures."""
_WORLD_FILES = frozenset({".jgw", ".jpgw", ".jpegw", ".pgw", ".pngw", ".wld"})


@dataclass(frozen=True, slots=True)
class Item:
    """One data file of an archive."""

    path: Path
    """Where it was unpacked."""
    member: PurePosixPath
    """Where it lies in the archive."""
    format: Format

    @property
    def names(self) -> tuple[str, ...]:
        """What ``source_layer`` may call it, the most exact first."""
        return (str(self.member), str(self.member.with_suffix("")), self.member.name, self.member.stem)


def items_of(archive: Path, kind: Format, folder: Path, limits: ArchiveConfig) -> tuple[Item, ...]:
    """Unpack an archive and return its data files, the likeliest first; raises SourceError where there are none."""
    files = unpack(archive, folder, limits)
    databases = list(dict.fromkeys(parent for file in files for parent in file.parents if is_geodatabase(parent)))
    found = [Item(path, PurePosixPath(path.relative_to(folder)), Format.FILE_GEODATABASE) for path in databases]
    found += [
        Item(file, PurePosixPath(file.relative_to(folder)), format)
        for file in files
        if (format := promised_format(file)) is not None
        and format not in ARCHIVES
        and not any(file.is_relative_to(path) for path in databases)
    ]
    if kind is Format.KMZ:
        found = _document(found)
    placed = {
        item.member.with_suffix("") for item in found if item.format is Format.PICTURE and _is_placed(item, files)
    }
    # A picture without a place is an icon or a photograph.
    ranks = [
        [item for item in found if item.format in formats and (rank < 3 or item.member.with_suffix("") in placed)]
        for rank, formats in enumerate(_ORDER)
    ]
    items = tuple(item for rank in ranks for item in rank) or tuple(found)
    if not items:
        # A drawing or a database in a zip is answered like one that comes alone.
        raise next(filter(None, map(_refusal, files)), None) or SourceError("source_archive_nothing", file=archive.name)
    return items


def _refusal(file: Path) -> SourceError | None:
    return None if is_sidecar(file) else refusal(file)


def _document(found: list[Item]) -> list[Item]:
    """Return what a KMZ is read from: doc.kml, or the first document."""
    documents = [item for item in found if item.format is Format.KML]
    return [item for item in documents if item.member.name.lower() == "doc.kml"][:1] or documents[:1]


def _is_placed(item: Item, files: Sequence[Path]) -> bool:
    stem = item.path.stem.lower()
    return any(
        file.parent == item.path.parent and file.stem.lower() == stem and file.suffix.lower() in _WORLD_FILES
        for file in files
    )


def main_items(items: Sequence[Item]) -> list[Item]:
    """Return the items among which there is to choose: those of the first kind that the archive has."""
    rank = next((formats for formats in _ORDER if items[0].format in formats), frozenset())
    return [item for item in items if item.format in rank]


def choose(archive: str, items: Sequence[Item], options: SourceOptions) -> tuple[Item, SourceOptions]:
    """Return the item that is meant, and the options for what is inside of it.

    ``source_layer`` names a file of the archive, by its name or its path, or a layer of the only file, or both
    as ``file/layer``. Raises SourceError with the names of all where it must be said and was not.
    """
    candidates, wanted = main_items(items), options.source_layer
    if wanted is None:
        if len(candidates) == 1:
            return candidates[0], options
        raise SourceError("source_archive_several", file=archive, layers=", ".join(labels(candidates)))
    called = _called(items, wanted)
    if len(called) > 1:
        called = [item for item in called if item in candidates] or called
    if len(called) > 1:
        raise SourceError("source_archive_several", file=archive, layers=", ".join(str(item.member) for item in called))
    if called:
        return called[0], replace(options, source_layer=None)
    for item in items:
        for name in item.names:
            if wanted.startswith(f"{name}/"):
                return item, replace(options, source_layer=wanted.removeprefix(f"{name}/"))
    if len(candidates) == 1:
        return candidates[0], options
    raise SourceError("source_layer_unknown", file=archive, layer=wanted, layers=", ".join(labels(candidates)))


def _called(items: Sequence[Item], wanted: str) -> list[Item]:
    """Return the items of that name, those that it names most exactly."""
    places = range(len(items[0].names))
    found = ([item for item in items if item.names[place] == wanted] for place in places)
    return next(filter(None, found), [])


def labels(items: Sequence[Item]) -> list[str]:
    """Return what each item is called so that its name means no other: its stem, its name or its path."""
    stems = [item.member.stem for item in items]
    names = [item.member.name for item in items]
    return [
        stem if stems.count(stem) == 1 else name if names.count(name) == 1 else str(item.member)
        for item, stem, name in zip(items, stems, names, strict=True)
    ]
