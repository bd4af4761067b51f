"""Draws kept tiles again and compares them byte for byte: what a fault left in the cache is found and replaced."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from catalog.holdings import Holdings
from layers.errors import TuziError
from tilecache.blank import blank_tile
from tilecache.cache import EditionAt
from tilecache.configuration import tile_formats
from tilecache.drawing import Drawable, background_of
from tilecache.editions import Editions
from tilecache.footprint import MetatileMatrix
from tilecache.grids import TileMatrixSet
from tilecache.identity import TileKey
from tilecache.lineage import Lineages
from tilecache.reach import footprint_of_record, in_all_styles
from tilecache.seed_plan import Metatile, metatile_keys
from tilecache.seeding import Draw
from tilecache.stores import TileStore


class FreshTiles:
    """A ``TileStore`` that knows no tile and notes what is put: what is drawn into it is drawn anew."""

    def __init__(self) -> None:
        self.tiles_put: dict[TileKey, bytes] = {}

    def get(self, key: TileKey) -> bytes | None:
        """Return nothing."""
        return None

    def has(self, key: TileKey) -> bool:
        """Deny to have it."""
        return False

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Note tiles."""
        self.tiles_put.update(tiles)

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Have nothing to forget."""

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Have nothing to forget."""
        return 0

    def layers(self) -> list[str]:
        """List nothing."""
        return []

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List nothing."""
        return iter(())

    def close(self) -> None:
        """Hold nothing open."""


@dataclass(slots=True)
class KeptMetatiles:
    """The metatiles of one style, grid and format of which tiles are kept."""

    pattern: TileKey
    grid: TileMatrixSet
    metatile: int
    """Tiles along a side of a metatile."""
    edition_at: EditionAt
    all: set[Metatile] = field(default_factory=set)
    blank: dict[int, set[tuple[int, int]]] = field(default_factory=dict)
    """Columns and rows, by level, of tiles that seem to show nothing."""
    suspicious: set[Metatile] = field(default_factory=set)
    """With a tile that seems to show nothing where the index says that features are."""

    def note(self, key: TileKey, size: int, blank_size: int) -> None:
        """Take a kept tile into account; ``blank_size`` are the bytes of one that shows nothing."""
        self.all.add(self._metatile(key.z, key.x, key.y))
        if size in {0, blank_size}:
            self.blank.setdefault(key.z, set()).add((key.x, key.y))

    def suspect(self, record: Drawable, holdings: Holdings) -> None:
        """Ask the index about the tiles that seem to show nothing."""
        shown = in_all_styles(record)[self.pattern.style]
        footprint = footprint_of_record(shown, holdings, self.grid, sorted(self.blank), 1, reach=0)
        for z, places in self.blank.items():
            self.suspicious |= {self._metatile(z, x, y) for x, y in places if footprint.holds(z, x, y)}

    def sample(self, most: int | None, seed: int) -> list[Metatile]:
        """Choose up to ``most`` (None: all) of the suspicious ones and as many of the others, low levels first."""
        chosen = [sorted(self.suspicious), sorted(self.all - self.suspicious)]
        if most is not None:
            # Which tiles are looked at is no secret, and the same again with the same seed.
            chance = random.Random(seed)  # noqa: S311
            chosen = [chance.sample(some, min(most, len(some))) for some in chosen]
        return sorted(chosen[0] + chosen[1])

    def _metatile(self, z: int, x: int, y: int) -> Metatile:
        return Metatile(z, MetatileMatrix(self.grid, z, self.metatile).number(x, y))


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one metatile."""

    tiles: int = 0
    """Kept tiles that were compared."""
    wrong: tuple[TileKey, ...] = ()
    """Those that differ from what is drawn now."""
    error: TuziError | None = None
    """Why they could not be compared."""


def kept_metatiles(
    record: Drawable, store: TileStore, grids: Mapping[str, TileMatrixSet], lineages: Lineages
) -> list[KeptMetatiles]:
    """Return the metatiles of a record's current pictures; older tiles and those of other kinds are left aside."""
    editions = {style: Editions(shown, lineages) for style, shown in in_all_styles(record).items()}
    found: dict[TileKey, KeptMetatiles] = {}
    blank_sizes: dict[str, int] = {}
    formats = tile_formats(record)
    for key, size in store.tiles(record.id):
        if key.style not in editions or key.format.removesuffix("@2x") not in formats:
            continue
        if key.grid not in grids or not grids[key.grid].holds(key.z, key.x, key.y):
            continue
        edition_at = partial(editions[key.style].at, grids[key.grid])
        if key.edition != edition_at(key.z, key.x, key.y):
            continue
        pattern = key._replace(z=0, x=0, y=0, edition="")
        if pattern not in found:
            side = max(1, lineages.metatile // (2 if key.format.endswith("@2x") else 1))
            found[pattern] = KeptMetatiles(pattern, grids[key.grid], side, edition_at)
            blank_sizes[key.format] = len(blank_tile(key.format, background_of(record)))
        found[pattern].note(key, size, blank_sizes[key.format])
    return list(found.values())


def verify_metatile(
    kept: KeptMetatiles, metatile: Metatile, draw: Draw, fresh: FreshTiles, store: TileStore, heal: bool = True
) -> Verified:
    """Draw a metatile into ``fresh``, compare what is kept of it, and with ``heal`` replace what differs."""
    keys = metatile_keys(kept.pattern, kept.grid, kept.metatile, metatile, kept.edition_at)
    fresh.tiles_put.clear()
    try:
        draw(keys[0])
        bodies = {key: store.get(key) for key in keys}
        compared = [key for key in keys if bodies[key] is not None and key in fresh.tiles_put]
        wrong = tuple(key for key in compared if bodies[key] != fresh.tiles_put[key])
        if wrong and heal:
            store.put([(key, fresh.tiles_put[key]) for key in wrong])
    except TuziError as error:
        return Verified(error=error)
    return Verified(len(compared), wrong)
