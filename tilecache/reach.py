"""Where a layer or basemap has anything to draw: the metatiles that its features reach, level by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from catalog.comparison import ReleasePair, compare_releases
from catalog.holdings import Holdings
from catalog.records import BasemapRecord, LayerKind, LayerRecord
from layers.crs import CRS84, WEB_MERCATOR, transform_bbox
from layers.extent import BoundingBox
from layers.render import draws_at, zoom_of
from layers.styles.model import Style
from tilecache.boxes import Boxes
from tilecache.drawing import Drawable
from tilecache.footprint import TOUCH, Footprint, footprint_of_boxes, union
from tilecache.grids import TILE_SIZE, TileMatrixSet
from tilecache.identity import DEFAULT_STYLE

BOXES_AT_ONCE = 200_000


def in_all_styles(record: Drawable) -> dict[str, Drawable]:
    """Return the record as it looks in each of its styles, by the style's name."""
    if isinstance(record, BasemapRecord):
        return {DEFAULT_STYLE: record}
    named = {style.name: record.in_style(style.name) or record for style in record.styles}
    return {**named, DEFAULT_STYLE: record}


def at_all_times(record: Drawable) -> tuple[Drawable, ...]:
    """Return the record as it looks at each of its dates; by itself where it has none."""
    if isinstance(record, BasemapRecord) or not record.release.steps:
        return (record,)
    return tuple(record.at(step.time) or record for step in record.release.steps)


def footprint_of_record(
    record: Drawable,
    holdings: Holdings,
    grid: TileMatrixSet,
    levels: Sequence[int],
    metatile: int,
    reach: float = TOUCH,
) -> Footprint:
    """Return the metatiles nearer than ``reach`` pixels to a feature, at the levels at which its style draws."""
    parts = [_nothing(grid, levels, metatile)]
    for layer, styles in _members(record):
        drawn = drawing_levels(grid, levels, styles)
        if drawn:
            parts.extend(footprint_of_boxes(boxes, grid, drawn, metatile, reach) for boxes in _boxes(layer, holdings))
    return union(parts)


def footprint_since(
    record: Drawable,
    holdings: Holdings,
    before: dict[str, int],
    grid: TileMatrixSet,
    levels: Sequence[int],
    metatile: int,
) -> Footprint:
    """Return the metatiles that may look different from what ``before``, the releases before by layer, drew.

    Layers that are not named there count as unchanged; rasters as changed everywhere.
    """
    parts = [_nothing(grid, levels, metatile)]
    for layer, styles in _members(record):
        if layer.id not in before:
            continue
        if layer.kind is LayerKind.RASTER:
            boxes = next(_boxes(layer, holdings))
        else:
            pair = ReleasePair(layer.id, layer.title, before[layer.id], layer.release.number)
            changes = compare_releases(holdings, pair)
            boxes = np.concatenate((changes.drawn_boxes(), changes.further_boxes()))
        parts.append(footprint_of_boxes(boxes, grid, drawing_levels(grid, levels, styles), metatile))
    return union(parts)


def footprint_of_area(area: BoundingBox, grid: TileMatrixSet, levels: Sequence[int], metatile: int) -> Footprint:
    """Return the metatiles that a box of CRS84 touches."""
    boxes = np.array([transform_bbox(area, CRS84, WEB_MERCATOR)])
    return footprint_of_boxes(boxes, grid, levels, metatile, reach=0)


def intersection(one: Footprint, other: Footprint) -> Footprint:
    """Return the metatiles of both; the two are of one grid and metatile."""
    levels = {z: ids & other.levels[z] for z, ids in one.levels.items() if z in other.levels}
    return Footprint(one.grid, one.metatile, levels)


def drawing_levels(grid: TileMatrixSet, levels: Sequence[int], styles: Sequence[Style]) -> list[int]:
    """Return the levels at which one of the styles draws anything."""
    zooms = {z: zoom_of(grid.bounds(z, 0, 0), grid.crs, TILE_SIZE, TILE_SIZE) for z in levels}
    return [z for z in levels if any(draws_at(style, zooms[z]) for style in styles)]


def _nothing(grid: TileMatrixSet, levels: Sequence[int], metatile: int) -> Footprint:
    return footprint_of_boxes(np.empty((0, 4)), grid, levels, metatile)


def _members(record: Drawable) -> list[tuple[LayerRecord, list[Style]]]:
    """Return each layer once, with all styles that it wears."""
    if not isinstance(record, BasemapRecord):
        return [(record, [record.style])]
    layers = {member.layer.id: member.layer for member in record.members}
    return [(layer, [m.style for m in record.members if m.layer.id == id_]) for id_, layer in layers.items()]


def _boxes(layer: LayerRecord, holdings: Holdings) -> Iterator[Boxes]:
    """Read the envelopes of all features in EPSG:3857, some at a time; of a raster the one it has."""
    if layer.kind is LayerKind.RASTER:
        yield np.array([transform_bbox(layer.release.extent, CRS84, WEB_MERCATOR)])
        return
    release = holdings.release(layer)
    for first in range(1, release.count + 1, BOXES_AT_ONCE):
        yield release.drawn_boxes(np.arange(first, min(first + BOXES_AT_ONCE, release.count + 1)))
