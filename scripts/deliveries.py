"""Which files of a folder are deliveries: its manifests, or without any, all that is in a format that is taken."""

from __future__ import annotations

from pathlib import Path

from layers.errors import SourceError
from layers.sources.formats import Format, is_geodatabase, promised_format

MANIFESTS = frozenset({".yml", ".yaml"})
_WORLD_FILES = (".tfw", ".jgw", ".jpgw", ".pgw", ".pngw", ".wld")


def deliveries_in(path: Path) -> list[Path]:
    """Return the path itself, or of a folder the deliveries in it; raises SourceError for a folder without any."""
    if not path.is_dir() or is_geodatabase(path):
        return [path]
    manifests = [file for file in _visible(path) if file.suffix.lower() in MANIFESTS and _lists_layers(file)]
    found = manifests or files_in(path)
    if not found:
        raise SourceError("rehearsal_no_files", folder=path.name)
    return found


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are in a format that is taken, whatever its manifests say."""
    databases = sorted(path for path in folder.rglob("*") if is_geodatabase(path))
    return [*databases, *(file for file in _visible(folder) if _is_delivery(file))]


def _visible(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and not _is_hidden(file, folder))


def _is_hidden(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _lists_layers(file: Path) -> bool:
    """Tell a manifest from a style or another YAML file."""
    with file.open(encoding="utf-8", errors="replace") as stream:
        return any(line.startswith("layers:") for line in stream)


def _is_delivery(file: Path) -> bool:
    kind = promised_format(file)
    if kind is Format.PICTURE:
        return any(file.with_suffix(suffix).exists() for suffix in _WORLD_FILES)
    return kind is not None and file.name.lower() not in {"readme.txt", "license.txt", "licence.txt"}
