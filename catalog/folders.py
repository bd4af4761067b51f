"""One entry for each folder of a file, where a manifest asks for that: ``folders: each``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalog.manifest import BasemapEntry, LayerEntry, Manifest, MemberEntry, Titled
from catalog.manifest.parts import Folders
from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.sources import Part, PartKind, list_parts

_LONGEST_ID = 63


def expand_folders(manifest: Manifest, limits: ArchiveConfig) -> Manifest:
    """Return the manifest with each layer of ``folders: each`` replaced by one for each folder that holds something.

    Ids end in ``-1``, ``-2`` … in the file's order, titles in the folder's name; a basemap that has the layer gets
    all of them in its place. A file that cannot be opened keeps its one entry: whoever onboards it says what is wrong.
    """
    layers = [(entry.id, tuple(_expanded(entry, limits))) for entry in manifest.layers]
    known = dict(layers)
    basemaps = tuple(
        basemap.model_copy(update={"members": tuple(_members(basemap, known))}) for basemap in manifest.basemaps
    )
    entries = tuple(entry for _, expanded in layers for entry in expanded)
    return manifest.model_copy(update={"layers": entries, "basemaps": basemaps})


def _members(basemap: BasemapEntry, layers: Mapping[str, tuple[LayerEntry, ...]]) -> Iterator[MemberEntry]:
    for member in basemap.members:
        entries = layers.get(member.layer)
        if entries is None:
            yield member
        else:
            yield from (member.model_copy(update={"layer": entry.id}) for entry in entries)


def _expanded(entry: LayerEntry, limits: ArchiveConfig) -> Iterator[LayerEntry]:
    if entry.folders is not Folders.EACH or entry.source_layer is not None:
        yield entry
        return
    try:
        parts = [part for part in list_parts(entry.file, limits) if _is_folder(part)]
    except SourceError:
        parts = []
    if len(parts) < 2:
        yield entry.model_copy(update={"folders": Folders.MERGE})
        return
    for number, part in enumerate(parts, 1):
        ending = f"-{number}"
        yield entry.model_copy(
            update={
                "id": entry.id[: _LONGEST_ID - len(ending)] + ending,
                "title": _titled(entry.title, part.name),
                "source_layer": part.source_layer,
                "folders": Folders.MERGE,
            }
        )


def _is_folder(part: Part) -> bool:
    return part.kind is PartKind.VECTOR and part.source_layer is not None and part.rows != 0 and part.problem is None


def _titled(title: Titled, folder: str) -> Titled:
    return Titled(zh=f"{title.zh}（{folder}）", en=None if title.en is None else f"{title.en} ({folder})")
