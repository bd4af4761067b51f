"""A private folder for the one file that is to be opened and those beside it that belong to it."""

from __future__ import annotations

from pathlib import Path

from layers.errors import SourceError
from layers.sources.formats import Format, format_suffix

_SMALL = 1 << 16
_WORLD = 1 << 12
_PAM = 1 << 20
_SIDECARS: dict[Format, dict[str, int | None]] = {
    Format.SHAPEFILE: {".dbf": None, ".shx": None, ".prj": _SMALL, ".cpg": _WORLD},
    Format.MIF: {".mid": None},
    Format.GML: {".xsd": _PAM},
    Format.GEOTIFF: {".tfw": _WORLD, ".tifw": _WORLD, ".wld": _WORLD, ".prj": _SMALL, ".tif.aux.xml": _PAM},
    Format.PICTURE: {
        ".jgw": _WORLD,
        ".jpgw": _WORLD,
        ".jpegw": _WORLD,
        ".pgw": _WORLD,
        ".pngw": _WORLD,
        ".wld": _WORLD,
        ".prj": _SMALL,
        ".jpg.aux.xml": _PAM,
        ".jpeg.aux.xml": _PAM,
        ".png.aux.xml": _PAM,
    },
}
"""The files that belong to a file of a format, and how large those may be that are read whole."""
_USUAL = {".jpgw": ".jgw", ".jpegw": ".jgw", ".pngw": ".pgw", ".tifw": ".tfw"}
"""Longer names of world files, and the names under which GDAL looks for them."""


def stage(file: Path, kind: Format, folder: Path) -> Path:
    """Link a file and what belongs to it into ``folder`` under the file's name; returns the link.

    Software that is given the link finds no other file beside it, whatever the delivery holds, and writes its own
    beside the link. Names of parts take the file's case, their suffixes become lower case. Raises SourceError for a
    part that is a link out of the delivery, or larger than such a part can be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / (file.stem + format_suffix(file, kind))
    staged.symlink_to(file.resolve())
    if kind is Format.FILE_GEODATABASE and any(part.is_symlink() for part in file.rglob("*")):
        raise SourceError("source_part_unsafe", file=file.name, part="*")
    wanted = _SIDECARS.get(kind, {})
    if not wanted:
        return staged
    stem = file.stem.lower()
    for beside in sorted(file.parent.iterdir()):
        suffix = beside.name.lower().removeprefix(stem)
        if beside.name.lower() == stem + suffix and suffix in wanted and beside.is_file():
            _check(beside, file, wanted[suffix])
            target = folder / (file.stem + _USUAL.get(suffix, suffix))
            if not target.is_symlink():
                target.symlink_to(beside.resolve())
    return staged


def _check(beside: Path, file: Path, most: int | None) -> None:
    if beside.is_symlink() and beside.resolve().parent != file.resolve().parent:
        raise SourceError("source_part_unsafe", file=file.name, part=beside.name)
    if most is not None and beside.stat().st_size > most:
        raise SourceError("source_part_too_large", file=file.name, part=beside.name, bytes=f"{most:,}")
    if beside.suffix.lower() == ".xsd" and b"include" in beside.read_bytes():
        # GDAL reads what a schema includes, wherever that is.
        raise SourceError("source_part_unsafe", file=file.name, part=beside.name)
