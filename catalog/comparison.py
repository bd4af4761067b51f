"""Which two releases of a layer are to be compared, and the comparison of them."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError, UnknownLayer, UnpublishedRelease
from catalog.holdings import Holdings
from catalog.models import ReleaseState
from catalog.records import LayerKind
from layers.changes import Changes, compare
from layers.text import Text


@dataclass(frozen=True, slots=True)
class ReleasePair:
    """Two ready releases of a vector layer."""

    layer: str
    title: Text
    before: int
    after: int


def choose_releases(catalogue: Catalogue, layer_id: str, first: int | None, second: int | None) -> ReleasePair:
    """Return the releases to compare: those named, otherwise the current one and the one before it.

    A release named alone is compared with the current one. Raises UnknownLayer, UnpublishedRelease for one that is
    not ready, CatalogueError for rasters and where there is only one release.
    """
    with catalogue.read() as session:
        layer = session.get(models.Layer, layer_id)
        if layer is None:
            raise UnknownLayer(layer=layer_id)
        if layer.kind != LayerKind.VECTOR:
            raise CatalogueError("catalogue_diff_raster", layer=layer_id)
        ready = [release.number for release in layer.releases if release.state == ReleaseState.READY]
        title, current = Text(layer.title_zh, layer.title_en), layer.current_release
    for number in (first, second):
        if number is not None and number not in ready:
            raise UnpublishedRelease("catalogue_diff_release", layer=layer_id, number=number, ready=_listed(ready))
    after = second or current or (ready[-1] if ready else None)
    before = first or max((number for number in ready if after is not None and number < after), default=None)
    if before is None or after is None:
        raise CatalogueError("catalogue_diff_alone", layer=layer_id, ready=_listed(ready))
    return ReleasePair(layer_id, title, before, after)


def release_before(catalogue: Catalogue, layer_id: str) -> int | None:
    """Return the ready release before the current one, to which a rollback would go; None where there is none."""
    with catalogue.read() as session:
        layer = session.get(models.Layer, layer_id)
        if layer is None:
            raise UnknownLayer(layer=layer_id)
        ready = [release.number for release in layer.releases if release.state == ReleaseState.READY]
        return max((number for number in ready if number < (layer.current_release or 0)), default=None)


def compare_releases(holdings: Holdings, pair: ReleasePair) -> Changes:
    """Return what is different between the two; raises UnknownRelease where a store lost one."""
    return compare(holdings.features.open(pair.layer, pair.before), holdings.features.open(pair.layer, pair.after))


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "-"
