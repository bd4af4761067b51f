"""What a new release tells the tile cache: the footprint of its changes, on every level of every grid."""

from __future__ import annotations

import numpy as np

from catalog.footprints import Succession
from layers.changes import Changes
from layers.overviews import overview_zoom
from layers.render import resolution_of
from tilecache.footprint import Footprint, MetatileMatrix, Metatiles, footprint_of_boxes, pack_metatiles
from tilecache.grids import TILE_SIZE, TileMatrixSet, tile_matrix_sets

MOST_BOXES = 400_000
"""Changed features from which on a release counts as another one everywhere: to list where would take seconds."""


def succession_of(base: int, changes: Changes, max_zoom: int, metatile: int) -> Succession | None:
    """Return how the later release of ``changes`` follows from ``base``; None where too much of it is different."""
    boxes = np.concatenate((changes.drawn_boxes(), changes.further_boxes()))
    if len(boxes) > MOST_BOXES:
        return None
    # Whether there are overviews, and of which form, depends on a release as a whole.
    redrawn = changes.before.overviews != changes.after.overviews
    footprints = {}
    for grid in tile_matrix_sets(max_zoom).values():
        levels = range(grid.deepest + 1)
        footprint = footprint_of_boxes(boxes, grid, levels, metatile)
        for z in levels:
            metatiles = _everything(footprint, z) if redrawn and _is_generalised(grid, z) else footprint.levels[z]
            footprints[grid.id, z] = pack_metatiles(metatiles)
    return Succession(base, metatile, footprints)


def _everything(footprint: Footprint, z: int) -> Metatiles:
    return MetatileMatrix(footprint.grid, z, footprint.metatile).all()


def _is_generalised(grid: TileMatrixSet, z: int) -> bool:
    """Tell whether tiles of a level are drawn from overviews, in one density at least."""
    return overview_zoom(resolution_of(grid.bounds(z, 0, 0), grid.crs, TILE_SIZE, TILE_SIZE)) is not None
