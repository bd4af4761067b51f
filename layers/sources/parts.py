"""What lies inside a delivery: every layer of a file, an archive or a folder, told without reading rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from layers.checks import FindingLog
from layers.config import ArchiveConfig
from layers.crs import Crs
from layers.errors import SourceError
from layers.schema import GeometryType
from layers.sources.archive import check_archive, is_decoy
from layers.sources.contents import items_of, labels, main_items
from layers.sources.formats import (
    ARCHIVES,
    RASTERS,
    TABLES,
    Format,
    is_geodatabase,
    is_sidecar,
    promised_format,
    recognise,
    refusal,
)
from layers.sources.model import SourceOptions
from layers.sources.ods_rows import list_sheets
from layers.sources.opening import Opening
from layers.sources.raster import open_raster
from layers.sources.staging import stage


class PartKind(StrEnum):
    """What a part can become."""

    VECTOR = "vector"
    TABLE = "table"
    """Rows without shapes of their own; coordinates or a key may place them."""
    RASTER = "raster"


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of a delivery."""

    file: Path
    """What a manifest names as ``file``: the delivered file itself, never what was unpacked of it."""
    member: str
    """Path inside the archive, "/" between its folders; empty where the file is no archive."""
    name: str
    """The layer's name in its file: table, folder, sheet; the file's stem where the format has only one."""
    source_layer: str | None
    """What a manifest must write as ``source_layer`` to mean this part; None where nothing need be written."""
    format: Format | None
    """None for a file that is in no format that is taken."""
    kind: PartKind
    geometry_type: GeometryType | None = None
    """None where only reading every geometry can tell, and for tables and rasters."""
    rows: int | None = None
    """Rows, where the format knows before reading."""
    crs: Crs | None = None
    fields: tuple[str, ...] = ()
    """Names of the fields as the file has them, where they are known before reading."""
    problem: SourceError | None = None
    """Why the part cannot be read; then everything else is only what its name promises."""


def list_parts(path: Path, limits: ArchiveConfig) -> tuple[Part, ...]:
    """Return every layer of a file, an archive, or a folder and the folders in it; no row is read.

    Raises SourceError where the file itself cannot be opened; what is wrong with one of several files is that
    part's ``problem``. Links are not followed in a folder.
    """
    if not path.is_dir() or is_geodatabase(path):
        with tempfile.TemporaryDirectory(prefix="tuzi-parts-") as workspace:
            return tuple(_parts_of_file(path, Path(workspace), limits))
    found: list[Part] = []
    for number, file in enumerate(_files_below(path)):
        if number >= limits.max_files:
            raise SourceError("source_folder_large", file=path.name, files=f"{limits.max_files:,}")
        with tempfile.TemporaryDirectory(prefix="tuzi-parts-") as workspace:
            try:
                found += _parts_of_file(file, Path(workspace), limits)
            except SourceError as error:
                found.append(Part(file, "", file.stem, None, promised_format(file), PartKind.VECTOR, problem=error))
    return tuple(found)


def _files_below(folder: Path) -> Iterator[Path]:
    databases = [path for path in sorted(folder.rglob("*.[gG][dD][bB]")) if is_geodatabase(path)]
    yield from (path for path in databases if not path.is_symlink())
    for file in sorted(folder.rglob("*")):
        if any(file.is_relative_to(path) for path in databases):
            continue
        known = promised_format(file) is not None or (refusal(file) is not None and not is_sidecar(file))
        if known and file.is_file() and not file.is_symlink() and not is_decoy(file.relative_to(folder)):
            yield file


def _parts_of_file(file: Path, workspace: Path, limits: ArchiveConfig) -> Iterator[Part]:
    kind = recognise(file)
    if kind not in ARCHIVES:
        yield from _layers_of(file, kind, Part(file, "", file.stem, None, kind, PartKind.VECTOR), workspace, limits)
        return
    unpacked = workspace / "unpacked"
    unpacked.mkdir()
    items = items_of(file, kind, unpacked, limits)
    alone = len(main_items(items)) == 1
    for number, (item, label) in enumerate(zip(items, labels(items), strict=True)):
        source_layer = None if alone and number == 0 else label
        part = Part(file, str(item.member), item.member.stem, source_layer, item.format, PartKind.VECTOR)
        folder = workspace / str(number)
        folder.mkdir()
        try:
            yield from _layers_of(item.path, recognise(item.path), part, folder, limits)
        except SourceError as error:
            yield replace(part, problem=error)


def _layers_of(file: Path, kind: Format, part: Part, workspace: Path, limits: ArchiveConfig) -> Iterator[Part]:
    """Complete ``part``, which stands for a whole file, once for each of the file's layers."""
    part = replace(part, format=kind)
    staged = stage(file, kind, workspace / "staged")
    if kind in RASTERS:
        yield replace(part, kind=PartKind.RASTER, crs=open_raster(staged, file.name, None, limits).crs)
    elif kind in {Format.XLSX, Format.ODS}:
        check_archive(staged, limits)
        sheets = list_sheets(staged)
        for sheet in sheets:
            yield replace(part, name=sheet, source_layer=_composed(part, sheet, len(sheets) == 1), kind=PartKind.TABLE)
    elif kind in TABLES:
        yield replace(part, kind=PartKind.TABLE)
    else:
        yield from _vector_layers(staged, kind, part, workspace, limits)


def _vector_layers(staged: Path, kind: Format, part: Part, workspace: Path, limits: ArchiveConfig) -> Iterator[Part]:
    opening = Opening(staged, kind, SourceOptions(), workspace, limits, FindingLog())
    path, encoding = opening.prepared()
    found = opening.listed(path)
    if not found:
        raise SourceError("source_no_geometry", file=staged.name)
    alone = kind is Format.SHAPEFILE or len(found) == 1
    for listed in found:
        layer = opening.described(path, listed, encoding)
        yield replace(
            part,
            name=part.name if kind is Format.SHAPEFILE else layer.name,
            source_layer=_composed(part, layer.name, alone),
            kind=PartKind.TABLE if layer.is_table else PartKind.VECTOR,
            geometry_type=layer.geometry_type,
            rows=layer.count,
            crs=layer.crs,
            fields=tuple(field.name for field in layer.fields),
        )


def _composed(part: Part, layer: str, alone: bool) -> str | None:
    """Return what names a layer of a file that may itself have to be named."""
    if alone:
        return part.source_layer
    return layer if part.source_layer is None else f"{part.source_layer}/{layer}"
