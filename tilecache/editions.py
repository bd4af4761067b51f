"""What the tiles of a record are made of, metatile by metatile: effective releases and what the style draws there.

A metatile's picture depends on the data in its reach and on what the style draws at its zoom, on nothing else. So its
edition is made of the release that changed it last and of the style at that zoom; of a basemap, of those of every
member that reaches it. Equal editions mean equal pictures; an update changes those of its footprint and no others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog.records import BasemapRecord, LayerKind, LayerRecord
from layers.render import draws_at, zoom_of
from tilecache.coverage import NOTHING, Range, TileCoverage
from tilecache.drawing import Drawable, background_of
from tilecache.footprint import TOUCH, MetatileMatrix
from tilecache.grids import TILE_SIZE, TileMatrixSet
from tilecache.identity import DRAWING_VERSION
from tilecache.lineage import Chain, Lineages
from tilecache.vector_contents import held_at

REMEMBERED = 100_000
"""Editions of one level; then they are found anew."""


@dataclass(slots=True)
class _Part:
    """A layer's part in the editions of one level."""

    name: str
    """What stands before the release: nothing for a layer alone."""
    release: str
    """What its pictures are made of where its lineage is not known."""
    look: str
    chain: Chain | None
    reach: Range
    """Columns and rows of metatiles that it can touch."""

    def edition(self, number: int) -> str:
        """Return the part's edition in a metatile."""
        release = self.release if self.chain is None else str(self.chain.effective_release(number))
        return f"{self.name}{release}.{self.look}"


@dataclass(slots=True)
class _Level:
    parts: list[_Part]
    columns: int
    known: dict[int, str] = field(default_factory=dict)


class Editions:
    """The editions of one record's tiles, in one style; safe to use from several threads."""

    def __init__(self, record: Drawable, lineages: Lineages, vector: bool = False) -> None:
        self._record = record
        self._lineages = lineages
        self._side = lineages.metatile
        self._vector = vector
        """Tell whether vector tiles are meant: of the style they hold no more than what of the features it needs."""
        self._levels: dict[tuple[str, int], _Level] = {}

    def at(self, grid: TileMatrixSet, z: int, x: int, y: int) -> str:
        """Return the edition of a tile."""
        level = self._levels.get((grid.id, z))
        if level is None:
            # Two threads may make the same level; either will do.
            level = self._levels[grid.id, z] = self._level(grid, z)
        number = (y // self._side) * level.columns + x // self._side
        found = level.known.get(number)
        if found is None:
            if len(level.known) >= REMEMBERED:
                level.known.clear()
            found = level.known[number] = self._edition(level, number)
        return found

    def _edition(self, level: _Level, number: int) -> str:
        record = self._record
        if not isinstance(record, BasemapRecord):
            # A raster has no vector tiles, and so no part in them.
            return f"{DRAWING_VERSION}-{''.join(part.edition(number) for part in level.parts)}"
        row, column = divmod(number, level.columns)
        parts = [part.edition(number) for part in level.parts if _holds(part.reach, column, row)]
        text = "|".join([background_of(record) or "", *parts])
        return f"{DRAWING_VERSION}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def _level(self, grid: TileMatrixSet, z: int) -> _Level:
        columns = MetatileMatrix(grid, z, self._side).columns
        zoom = zoom_of(grid.bounds(z, 0, 0), grid.crs, TILE_SIZE, TILE_SIZE)
        record = self._record
        several = isinstance(record, BasemapRecord)
        looks = self._looks_of_features(z) if self._vector else self._looks_of_pictures(zoom)
        return _Level(
            [self._part(layer, look, grid, z, f"{layer.id}:" if several else "") for layer, look in looks], columns
        )

    def _looks_of_features(self, z: int) -> Iterator[tuple[LayerRecord, str]]:
        return ((held.layer, held.look) for held in held_at(self._record, z))

    def _looks_of_pictures(self, zoom: int) -> Iterator[tuple[LayerRecord, str]]:
        record = self._record
        if not isinstance(record, BasemapRecord):
            yield record, record.style.look_at(zoom)
            return
        for member in record.members:
            if draws_at(member.style, zoom):
                yield member.layer, member.style.look_at(zoom)

    def _part(self, layer: LayerRecord, look: str, grid: TileMatrixSet, z: int, name: str) -> _Part:
        number = layer.release.number
        followed = layer.kind is LayerKind.VECTOR and layer.release.base is not None
        chain = self._lineages.chain(layer.id, number, grid.id, z) if followed else None
        return _Part(name, layer.content, look, chain, self._reach(layer, grid, z) if name else NOTHING)

    def _reach(self, layer: LayerRecord, grid: TileMatrixSet, z: int) -> Range:
        first_x, last_x, first_y, last_y = TileCoverage(layer.release.extent, TOUCH).tile_range(grid, z)
        side = self._side
        return first_x // side, last_x // side, first_y // side, last_y // side


def _holds(reach: Range, column: int, row: int) -> bool:
    first_column, last_column, first_row, last_row = reach
    return first_column <= column <= last_column and first_row <= row <= last_row
