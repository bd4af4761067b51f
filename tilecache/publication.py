"""The one way by which a release becomes current, used by command line and server alike.

What is current is a pointer in the catalogue. Before it is moved, a release's footprint is written down: tiles are
found by the release that changed them last and by the style they were drawn with, so moving the pointer needs no tile
to be removed, leaves those outside the footprint as they are, and going back finds the old ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from catalog import publishing
from catalog.database import Catalogue
from catalog.manifest import BasemapEntry
from catalog.preparation import Prepared
from catalog.publishing import Publication
from tilecache.config import TilecacheConfig
from tilecache.succession import succession_of

DEFAULTS = TilecacheConfig()


def publish_all(
    catalogue: Catalogue,
    prepared: Sequence[Prepared],
    actor: str,
    basemaps: Sequence[BasemapEntry] = (),
    settings: TilecacheConfig = DEFAULTS,
) -> dict[str, tuple[str, ...]]:
    """Make prepared layers current, and basemaps with them, in one step or not at all; gives their locks back.

    Returns for each basemap the members that the catalogue does not hold. Where it raises, the layers are still
    prepared and must be discarded.
    """
    publications = [_with_succession(one, settings) for one in prepared]
    missing = publishing.publish_all(catalogue, publications, actor, basemaps)
    for one in prepared:
        one.lock.release()
    return missing


def _with_succession(prepared: Prepared, settings: TilecacheConfig) -> Publication:
    publication, changes = prepared.publication, prepared.changes
    if publication.stored is None or publication.stored.base is None or changes is None:
        return publication
    succession = succession_of(publication.stored.base, changes, settings.max_zoom, settings.metatile)
    return replace(publication, succession=succession)


def publish_release(catalogue: Catalogue, layer: str, number: int, actor: str) -> None:
    """Make a ready release current; raises UnknownLayer, UnpublishedRelease."""
    publishing.publish(catalogue, layer, number, actor)


def rollback_layer(catalogue: Catalogue, layer: str, actor: str) -> int:
    """Make the release before the current one current; returns its number."""
    return publishing.rollback(catalogue, layer, actor)


def retire_layer(catalogue: Catalogue, layer: str, actor: str) -> None:
    """Take a layer out of every service."""
    publishing.retire(catalogue, layer, actor)
