"""Which kept tiles can still be asked for, and removing the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from catalog.database import Catalogue
from catalog.snapshot import Reachable, read_reachable
from tilecache.drawing import Drawable
from tilecache.editions import Editions
from tilecache.grids import TileMatrixSet
from tilecache.identity import TileKey
from tilecache.lineage import Lineages
from tilecache.reach import at_all_times, in_all_styles
from tilecache.stores import TileStore
from tilecache.vector import MVT

AT_ONCE = 2_000
"""Tiles that are removed in one step."""


class TileState(StrEnum):
    """What a tile is to its layer."""

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
    state: TileState


@dataclass(slots=True)
class Amount:
    """How many tiles and how much they hold."""

    tiles: int = 0
    size: int = 0
    """Bytes of the tiles alone."""


class Retention:
    """Tells what kept tiles are to what can be served."""

    def __init__(self, reachable: Reachable, lineages: Lineages, grids: Mapping[str, TileMatrixSet]) -> None:
        self._grids = grids
        self._lineages = lineages
        self._records: Mapping[str, Sequence[Drawable]] = {**reachable.basemaps, **reachable.layers}
        self._editions: dict[str, list[tuple[int, Mapping[tuple[str, bool], Editions]]]] = {}

    def state_of(self, key: TileKey) -> TileState:
        """Return what a tile is to its layer."""
        grid = self._grids.get(key.grid)
        if grid is None or not grid.holds(key.z, key.x, key.y):
            return TileState.SUPERSEDED
        for place, styles in self._of(key.layer):
            editions = styles.get((key.style, key.format == MVT))
            if editions is not None and editions.at(grid, key.z, key.x, key.y) == key.edition:
                return TileState.REACHABLE if place else TileState.CURRENT
        return TileState.SUPERSEDED

    def _of(self, layer: str) -> list[tuple[int, Mapping[tuple[str, bool], Editions]]]:
        """Return the editions of a layer in all of its styles and at all of its dates; those with 0 are current."""
        found = self._editions.get(layer)
        if found is None:
            found = self._editions[layer] = [
                (place, self._in_styles(shown))
                for place, record in enumerate(self._records.get(layer, ()))
                for shown in at_all_times(record)
            ]
        return found

    def _in_styles(self, record: Drawable) -> Mapping[tuple[str, bool], Editions]:
        return {
            (name, vector): Editions(shown, self._lineages, vector)
            for name, shown in in_all_styles(record).items()
            for vector in (False, True)
        }


def count_tiles(store: TileStore, retention: Retention, layers: Iterable[str]) -> dict[Group, Amount]:
    """Count the kept tiles of layers."""
    amounts: dict[Group, Amount] = {}
    for layer in layers:
        for key, size in store.tiles(layer):
            state = retention.state_of(key)
            group = Group(layer, key.edition, key.style, key.grid, key.format, key.z, state)
            amount = amounts.get(group)
            if amount is None:
                amount = amounts[group] = Amount()
            amount.tiles += 1
            amount.size += size
    return amounts


def superseded_tiles(store: TileStore, retention: Retention, layer: str) -> int:
    """Count the tiles of a layer that nothing can ask for any more."""
    return sum(retention.state_of(key) is TileState.SUPERSEDED for key, _ in store.tiles(layer))


def drop_superseded(
    store: TileStore,
    catalogue: Catalogue,
    lineages: Lineages,
    grids: Mapping[str, TileMatrixSet],
    layers: Iterable[str],
    keep: int,
) -> Iterator[tuple[str, int]]:
    """Remove the tiles that nothing can ask for any more; yields how many of each layer.

    The catalogue is looked at again whenever it changed meanwhile, so that what is published now keeps its tiles.
    """
    revision, retention = None, Retention(Reachable({}, {}), lineages, grids)
    for layer in layers:
        if revision is None or catalogue.revision() != revision:
            revision = catalogue.revision()
            retention = Retention(read_reachable(catalogue, keep), lineages, grids)
        yield layer, _drop(store, retention, layer)


def _drop(store: TileStore, retention: Retention, layer: str) -> int:
    """Remove whole editions of which nothing is left, then single tiles that an update replaced."""
    living: set[str] = set()
    dead: dict[str, list[TileKey]] = {}
    for key, _ in store.tiles(layer):
        if retention.state_of(key) is TileState.SUPERSEDED:
            dead.setdefault(key.edition, []).append(key)
        else:
            living.add(key.edition)
    count = store.drop_editions(layer, frozenset(living)) if dead.keys() - living else 0
    for edition in dead.keys() & living:
        keys = dead[edition]
        for first in range(0, len(keys), AT_ONCE):
            store.drop(keys[first : first + AT_ONCE])
        count += len(keys)
    return count
