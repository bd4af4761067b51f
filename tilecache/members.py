"""What new releases of a basemap's members change in its pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalog.holdings import Holdings
from catalog.preparation import Prepared
from catalog.records import BasemapRecord, LayerKind, LayerRecord, Snapshot
from layers.crs import CRS84, WEB_MERCATOR, transform_bbox
from layers.render import draws_at, zoom_of
from layers.styles.default import default_style
from layers.styles.density import density_of
from layers.styles.document import parse_style
from layers.styles.model import Style
from tilecache.footprint import Footprint, footprint_of_boxes, union
from tilecache.grids import TILE_SIZE, TileMatrixSet

Boxes = NDArray[np.float64]
"""Rows of west, south, east, north in EPSG:3857."""
_NOWHERE: Boxes = np.empty((0, 4))


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member that is ready to be published and where that shows."""

    prepared: Prepared
    touched: Boxes
    """Where features were added, removed or changed."""
    redrawn: Boxes
    """Where pictures may differ because of its data."""
    restyled: Style | None = None
    """The style of its own that it wears no longer; None where that stays."""
    everywhere: Boxes = field(default_factory=lambda: _NOWHERE)
    """Where the whole of it was and will be, for a layer that is restyled."""

    @property
    def layer(self) -> str:
        """The layer's id."""
        return self.prepared.entry.id


def member_change(prepared: Prepared, holdings: Holdings, snapshot: Snapshot) -> MemberChange:
    """Return where a prepared layer will differ from what is published of it."""
    published = snapshot.layers.get(prepared.entry.id)
    touched = _touched(prepared, holdings, published)
    further = _NOWHERE if prepared.changes is None else prepared.changes.further_boxes()
    redrawn = np.concatenate((touched, further))
    if published is None or not _is_restyled(prepared, published):
        return MemberChange(prepared, touched, redrawn)
    everywhere = np.concatenate([_NOWHERE, *_extents(prepared, published)])
    return MemberChange(prepared, touched, redrawn, published.style, everywhere)


def _touched(prepared: Prepared, holdings: Holdings, published: LayerRecord | None) -> Boxes:
    stored = prepared.publication.stored
    if stored is None:
        return _NOWHERE
    if prepared.changes is not None:
        return prepared.changes.drawn_boxes()
    if published is None and stored.kind == LayerKind.VECTOR:
        release = holdings.features.open(prepared.entry.id, prepared.number)
        boxes = release.drawn_boxes(np.arange(1, release.count + 1))
        return boxes[np.isfinite(boxes).all(axis=1)]
    return np.concatenate([_NOWHERE, *_extents(prepared, published)])


def _extents(prepared: Prepared, published: LayerRecord | None) -> list[Boxes]:
    """Return the whole of what was and of what will be."""
    stored = prepared.publication.stored
    extents = [None if published is None else published.release.extent, None if stored is None else stored.extent]
    return [np.array([transform_bbox(extent, CRS84, WEB_MERCATOR)]) for extent in extents if extent is not None]


def _is_restyled(prepared: Prepared, published: LayerRecord) -> bool:
    """Tell whether the layer's own style will be another one."""
    entry, stored = prepared.entry, prepared.publication.stored
    if entry.style is not None:
        return parse_style(entry.style).digest != published.style.digest
    schema = published.release.schema if prepared.changes is None else prepared.changes.after.schema
    if schema is None:
        # The default style of a raster follows its values, and these are drawn anew where they change.
        return False
    coming = default_style(
        geometry_type=schema.geometry_type,
        theme=entry.theme,
        fields=schema.fields,
        title_field=entry.title_field or (entry.search[0] if entry.search else None),
        layer=entry.id,
        density=published.density if stored is None else density_of(stored.count, stored.extent, published.density),
    )
    return coming.digest != published.style.digest


def basemap_footprint(
    changes: Sequence[MemberChange], basemap: BasemapRecord | None, grid: TileMatrixSet, metatile: int
) -> Footprint:
    """Return which metatiles of a basemap may look different once its members are published.

    A member counts at the levels at which the style that it wears in the basemap draws anything.
    """
    styles: dict[str, list[Style]] = defaultdict(list)
    for member in basemap.members if basemap is not None else ():
        styles[member.layer.id].append(member.style)
    every_level = range(grid.deepest + 1)
    parts = [footprint_of_boxes(_NOWHERE, grid, every_level, metatile)]
    for change in changes:
        worn = styles.get(change.layer, [])
        parts.append(footprint_of_boxes(change.redrawn, grid, _levels(grid, worn), metatile))
        if change.restyled is not None and any(style.digest == change.restyled.digest for style in worn):
            # The new style may draw at other levels than the old one.
            parts.append(footprint_of_boxes(change.everywhere, grid, every_level, metatile))
    return union(parts)


def _levels(grid: TileMatrixSet, styles: Sequence[Style]) -> list[int]:
    """Return the levels at which one of the styles draws; all where a layer is not shown yet."""
    levels = range(grid.deepest + 1)
    return [z for z in levels if not styles or any(draws_at(style, _zoom(grid, z)) for style in styles)]


def _zoom(grid: TileMatrixSet, z: int) -> int:
    return zoom_of(grid.bounds(z, 0, 0), grid.crs, TILE_SIZE, TILE_SIZE)
