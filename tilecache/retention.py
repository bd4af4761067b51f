"""Which kept tiles can still be asked for, and removing the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from catalog.database import Catalogue
from catalog.snapshot import Reachable, read_reachable
from tilecache.drawing import Drawable
from tilecache.identity import edition_of
from tilecache.reach import in_all_styles
from tilecache.stores import TileStore


@dataclass(frozen=True, slots=True)
class LayerEditions:
    """The editions of a layer or basemap, in all of its styles."""

    current: frozenset[str]
    reachable: frozenset[str]
    """Those that are current or can become so."""


Editions = Mapping[str, LayerEditions]
"""By layer and basemap."""
_NONE = LayerEditions(frozenset(), frozenset())


class EditionState(StrEnum):
    """What an edition is to its layer."""

    CURRENT = "current"
    REACHABLE = "reachable"
    """A rollback or a publication can bring it back."""
    SUPERSEDED = "superseded"
    """No release and style that is left draws it."""


class Group(NamedTuple):
    """Tiles that are counted together."""

    layer: str
    edition: str
    style: str
    grid: str
    format: str
    z: int


@dataclass(slots=True)
class Amount:
    """How many tiles and how much they hold."""

    tiles: int = 0
    size: int = 0
    """Bytes of the tiles alone."""


def count_tiles(store: TileStore, layers: Iterable[str]) -> dict[Group, Amount]:
    """Count the kept tiles of layers."""
    amounts: dict[Group, Amount] = {}
    for layer in layers:
        for key, size in store.tiles(layer):
            group = Group(layer, key.edition, key.style, key.grid, key.format, key.z)
            amount = amounts.get(group)
            if amount is None:
                amount = amounts[group] = Amount()
            amount.tiles += 1
            amount.size += size
    return amounts


def editions_of(reachable: Reachable) -> Editions:
    """Return the editions of all that can be served."""
    layers = {id_: _layer_editions(records) for id_, records in reachable.layers.items()}
    basemaps = {id_: _layer_editions(records) for id_, records in reachable.basemaps.items()}
    return {**basemaps, **layers}


def _layer_editions(records: Sequence[Drawable]) -> LayerEditions:
    return LayerEditions(
        frozenset(edition_of(shown) for record in records[:1] for shown in in_all_styles(record).values()),
        frozenset(edition_of(shown) for record in records for shown in in_all_styles(record).values()),
    )


def state_of(editions: Editions, layer: str, edition: str) -> EditionState:
    """Return what an edition is to its layer."""
    known = editions.get(layer, _NONE)
    if edition in known.current:
        return EditionState.CURRENT
    return EditionState.REACHABLE if edition in known.reachable else EditionState.SUPERSEDED


def superseded_tiles(store: TileStore, editions: Editions, layer: str) -> int:
    """Count the tiles of a layer that nothing can ask for any more."""
    counts = Counter(key.edition for key, _ in store.tiles(layer))
    return sum(n for edition, n in counts.items() if state_of(editions, layer, edition) is EditionState.SUPERSEDED)


def drop_superseded(
    store: TileStore, catalogue: Catalogue, layers: Iterable[str], keep: int
) -> Iterator[tuple[str, int]]:
    """Remove the tiles that nothing can ask for any more; yields how many of each layer.

    The catalogue is looked at again whenever it changed meanwhile, so that what is published now keeps its tiles.
    """
    revision, editions = None, editions_of(Reachable({}, {}))
    for layer in layers:
        if revision is None or catalogue.revision() != revision:
            revision = catalogue.revision()
            editions = editions_of(read_reachable(catalogue, keep))
        yield layer, store.drop_editions(layer, editions.get(layer, _NONE).reachable)
