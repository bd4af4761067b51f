"""Which file of a delivery is which layer's: by a manifest, by the layer's id, by the name the file had last time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.basemaps import MemberLayer
from catalog.deliveries import parts_of
from catalog.errors import CatalogueError
from catalog.manifest import LayerEntry, read_manifest
from layers.sources.formats import promised_format

MANIFESTS = ("manifest.yml", "manifest.yaml")
_DATES = re.compile(r"\d{3,}|[年月日]")
"""Years, months and dates in any writing: 2026, 115年, 1150401."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What of a delivery belongs to which member of a basemap."""

    entries: tuple[LayerEntry, ...]
    """One for each member that has a file, in the order of the members."""
    absent: tuple[str, ...]
    """Members for which there is no file."""
    unclaimed: tuple[str, ...]
    """Files, and layers and basemaps of the manifest, that belong to no member."""


def assign(members: Sequence[MemberLayer], folder: Path) -> Assignment:
    """Assign the files of a folder to members, as its manifest says or else by their names.

    Raises InvalidManifest, and CatalogueError where two files fit one member or there is no file at all.
    """
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not _is_hidden(file, folder)]
    if not files:
        raise CatalogueError("catalogue_basemap_no_files", folder=folder.name)
    entries, strangers = _by_manifest(members, folder)
    waiting = [member for member in members if member.id not in entries]
    loose = [file for file in _unused(files, entries.values()) if promised_format(file) is not None]
    for member, file in _by_name(waiting, loose):
        entries[member.id] = _delivered(member.entry, file, folder)
    left = [str(file.relative_to(folder)) for file in _whole(_unused(files, entries.values()))]
    return Assignment(
        entries=tuple(entries[member.id] for member in members if member.id in entries),
        absent=tuple(member.id for member in members if member.id not in entries),
        unclaimed=(*strangers, *left),
    )


def _by_manifest(members: Sequence[MemberLayer], folder: Path) -> tuple[dict[str, LayerEntry], list[str]]:
    found = next((folder / name for name in MANIFESTS if (folder / name).is_file()), None)
    if found is None:
        return {}, []
    ids = {member.id for member in members}
    manifest = read_manifest(found)
    # What a basemap is made of is not changed by an update of what its members hold.
    named = [*(entry.id for entry in manifest.layers), *(basemap.id for basemap in manifest.basemaps)]
    strangers = [f"{found.name}: {id_}" for id_ in named if id_ not in ids]
    return {entry.id: entry for entry in manifest.layers if entry.id in ids}, strangers


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in file.relative_to(folder).parts)


def _unused(files: Iterable[Path], entries: Iterable[LayerEntry]) -> list[Path]:
    used = {part.resolve() for entry in entries for part in _files_of(entry)}
    return [file for file in files if file.resolve() not in used and file.suffix.lower() not in {".yml", ".yaml"}]


def _whole(files: Sequence[Path]) -> list[Path]:
    """Leave out what is only a part of another file."""
    parts = {part for file in files for part in parts_of(file) if promised_format(file) and part != file}
    return [file for file in files if file not in parts]


def _files_of(entry: LayerEntry) -> Iterable[Path]:
    if entry.file.exists():
        yield from parts_of(entry.file)
    yield from (join.file for join in entry.joins)


def _delivered(entry: LayerEntry, file: Path, folder: Path) -> LayerEntry:
    """Return the entry of the last delivery with the files of this one; joined tables are replaced if they came too."""
    joins = tuple(
        join.model_copy(update={"file": folder / join.file.name}) if (folder / join.file.name).is_file() else join
        for join in entry.joins
    )
    return entry.model_copy(update={"file": file, "joins": joins})


def _by_name(members: Sequence[MemberLayer], files: Sequence[Path]) -> Iterator[tuple[MemberLayer, Path]]:
    """Pair members with files, by the surest sign first; what is paired is not looked at again."""
    waiting, loose = list(members), list(files)
    for sign in _SIGNS:
        pairs = list(_by_sign(sign, waiting, loose))
        yield from pairs
        waiting = [member for member in waiting if all(member is not paired for paired, _ in pairs)]
        loose = [file for file in loose if all(file != paired for _, paired in pairs)]


@dataclass(frozen=True, slots=True)
class _Sign:
    """Something by which a member and a file are known to belong together."""

    of_member: Callable[[MemberLayer], str]
    form: Callable[[str], str]

    def told_by(self, member: MemberLayer) -> str:
        return self.form(self.of_member(member))


def _by_sign(sign: _Sign, members: Sequence[MemberLayer], files: Sequence[Path]) -> Iterator[tuple[MemberLayer, Path]]:
    for member in members:
        wanted = sign.told_by(member)
        # Members that came from one file do so again; those of different files cannot be told apart by this sign.
        rivals = {sign.of_member(other) for other in members if sign.told_by(other) == wanted}
        fitting = [file for file in files if wanted and len(rivals) == 1 and sign.form(file.name) == wanted]
        if len(fitting) > 1:
            names = ", ".join(file.name for file in fitting)
            raise CatalogueError("catalogue_basemap_ambiguous", layer=member.id, files=names)
        if fitting:
            yield member, fitting[0]


def _name(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _stem(name: str) -> str:
    return _name(name).split(".")[0]


def _undated(name: str) -> str:
    """Return a name without its dates: deliveries of two years differ in nothing else."""
    return re.sub(r"[\s_\-()]+", "", _DATES.sub("", _stem(name)))


def _last_file(member: MemberLayer) -> str:
    return member.source


_SIGNS = (
    _Sign(lambda member: member.id, _stem),
    _Sign(_last_file, _name),
    _Sign(_last_file, _stem),
    _Sign(_last_file, _undated),
)
"""The surest first."""
