"""Recognises a delivery that came before: the same files, read in the same way, hold the same data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from catalog.manifest import LayerEntry, UpdateMode
from catalog.records import Access

_DESCRIPTIVE = {
    "id",
    "title",
    "abstract",
    "agency",
    "theme",
    "licence",
    "attribution",
    "keywords",
    "demonstration",
    "position",
    "title_field",
    "style",
    "styles",
    "access",
    "file",
    "joins",
    "update",
    "times",
}
"""Keys of an entry that do not change what is read, or that are taken into account in another way."""
_SIDECARS = {
    *{".shx", ".dbf", ".prj", ".cpg", ".cst", ".sbn", ".sbx", ".qpj"},
    *{".dat", ".map", ".id", ".ind", ".mid"},
    *{".tfw", ".tifw", ".jgw", ".jpgw", ".pgw", ".pngw", ".wld", ".aux.xml"},
    *{".xsd", ".gfs"},
}
"""Files that belong to the one of the same name: parts of a shapefile or of a MapInfo table, world files, schemas."""


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file, or over all files of a folder; raises OSError."""
    if file.is_dir():
        return _together((str(part.relative_to(file)), part) for part in sorted(file.rglob("*")) if part.is_file())
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def plan_digest(entry: LayerEntry, mode: UpdateMode, context: Iterable[str] = ()) -> str:
    """Return a digest of all that decides what is read: files with their parts, joined tables, options.

    ``context`` names what else the result is made of, such as releases of other layers. Raises OSError.
    """
    options = entry.model_dump(mode="json", exclude_defaults=True, exclude=_DESCRIPTIVE)
    options["public"] = entry.access is Access.PUBLIC
    options["mode"], options["deleted"] = mode.value, entry.update.deleted
    options["joins"] = [
        {**join.model_dump(mode="json", exclude={"file"}), "file": checksum(join.file)} for join in entry.joins
    ]
    if entry.times:
        options["times"] = [[step.time, checksum(step.file)] for step in entry.times]
    options["files"] = {part.name.lower(): checksum(part) for part in parts_of(entry.file)}
    options["context"] = list(context)
    return hashlib.sha256(orjson.dumps(options, option=orjson.OPT_SORT_KEYS)).hexdigest()


def parts_of(file: Path) -> Iterator[Path]:
    """Yield a delivered file and the files beside it that are read with it."""
    yield file
    if file.is_dir():
        return
    stem = file.name[: len(file.name) - len(file.suffix)].lower()
    for other in sorted(file.parent.iterdir()):
        name = other.name.lower()
        belongs = name == f"{file.name.lower()}.aux.xml" or (name.startswith(stem) and name[len(stem) :] in _SIDECARS)
        if belongs and other != file and other.is_file():
            yield other


def _together(files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, file in files:
        digest.update(f"{name}\0{checksum(file)}\n".encode())
    return digest.hexdigest()
