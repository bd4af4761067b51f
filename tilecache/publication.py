"""The one way by which a release becomes current, used by command line and server alike.

What is current is a pointer in the catalogue; tiles are found by the release and style they were
drawn from, so moving the pointer needs no tile to be removed, and going back finds the old tiles.
"""

from __future__ import annotations

from collections.abc import Sequence

from catalog import publishing
from catalog.database import Catalogue
from catalog.manifest import BasemapEntry
from catalog.preparation import Prepared


def publish_all(
    catalogue: Catalogue, prepared: Sequence[Prepared], actor: str, basemaps: Sequence[BasemapEntry] = ()
) -> dict[str, tuple[str, ...]]:
    """Make prepared layers current, and basemaps with them, in one step or not at all; gives their locks back.

    Returns for each basemap the members that the catalogue does not hold. Where it raises, the layers are still
    prepared and must be discarded.
    """
    publications = [one.publication for one in prepared]
    missing = publishing.publish_all(catalogue, publications, actor, basemaps)
    for one in prepared:
        one.lock.release()
    return missing


def publish_release(catalogue: Catalogue, layer: str, number: int, actor: str) -> None:
    """Make a ready release current; raises UnknownLayer, UnpublishedRelease."""
    publishing.publish(catalogue, layer, number, actor)


def rollback_layer(catalogue: Catalogue, layer: str, actor: str) -> int:
    """Make the release before the current one current; returns its number."""
    return publishing.rollback(catalogue, layer, actor)


def retire_layer(catalogue: Catalogue, layer: str, actor: str) -> None:
    """Take a layer out of every service."""
    publishing.retire(catalogue, layer, actor)
