"""What the vector tiles of a record hold at a level: which layers, which of them with points for names of areas."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.records import BasemapRecord, LayerKind, LayerRecord
from layers.render import draws_at
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, Dimension, Style
from layers.styles.standing import stands_on_areas
from tilecache.drawing import Drawable

DEEPEST_LEVEL = 16
"""Units are 15 cm there; clients enlarge tiles of this level for deeper zooms."""
_DIMENSIONS: tuple[Dimension, ...] = ("point", "line", "polygon")


@dataclass(frozen=True, slots=True)
class Held:
    """One layer of a tile."""

    layer: LayerRecord
    points: bool
    """Whether a second source layer holds a point inside of each area, for what stands there."""
    condition: str | None = None
    """CQL2 text: which features the tile holds where they fit, all of them without one."""
    narrow: str | None = None
    """The same of those that it holds where they do not: without what is drawn between two zooms only."""

    @property
    def look(self) -> str:
        """What stands in editions for how the tile is made of the layer's features."""
        points = ".points" if self.points else ""
        if self.condition is None and self.narrow is None:
            return f"mvt{points}"
        chosen = repr((self.condition, self.narrow)).encode()
        return f"mvt{points}.{hashlib.sha256(chosen).hexdigest()[:10]}"


def vector_layers(record: Drawable) -> tuple[LayerRecord, ...]:
    """Return the layers whose features vector tiles of a record hold: none for a raster, the members of a basemap."""
    return tuple(layer for layer, _ in _worn(record))


def held_at(record: Drawable, z: int) -> tuple[Held, ...]:
    """Return the layers of a tile: of a basemap those that it draws at the zooms at which the tile is looked at."""
    # Clients enlarge the deepest tiles, so those hold what is only drawn deeper.
    last = HIGHEST_ZOOM if z >= DEEPEST_LEVEL else z + 1
    drawn = range(z, last + 1)
    # A client draws a rule half a zoom before its own.
    begun = range(z, min(last + 1, HIGHEST_ZOOM) + 1)
    if isinstance(record, LayerRecord):
        # Whoever asks for a layer alone may draw it as they like.
        return tuple(Held(layer, _has_points(layer, styles, begun)) for layer, styles in _worn(record))
    return tuple(
        Held(layer, _has_points(layer, styles, begun), _condition(styles, begun), _condition(styles, drawn))
        for layer, styles in _worn(record)
        if any(draws_at(style, zoom) for style in styles for zoom in drawn)
    )


def point_layers(record: Drawable) -> frozenset[str]:
    """Return the ids of the layers for which there are points inside of areas at some level."""
    zooms = range(LOWEST_ZOOM, HIGHEST_ZOOM + 1)
    return frozenset(layer.id for layer, styles in _worn(record) if _has_points(layer, styles, zooms))


def points_name(layer: str) -> str:
    """Return what the source layer with points inside of a layer's areas is called; ids of layers have no dot."""
    return f"{layer}.labels"


def dimension_of(layer: LayerRecord) -> Dimension | None:
    """Return what the features of a layer are; None where that is not known or they are of several kinds."""
    kind = layer.release.schema.geometry_type if layer.release.schema else None
    number = kind.dimension if kind else None
    return None if number is None else _DIMENSIONS[number]


def _worn(record: Drawable) -> list[tuple[LayerRecord, Sequence[Style]]]:
    """Return each layer once with the styles in which clients may show its tiles."""
    if isinstance(record, LayerRecord):
        styles = [record.style, *(named.style for named in record.styles)]
        return [(record, styles)] if record.kind is LayerKind.VECTOR else []
    return _worn_by_members(record)


def _worn_by_members(basemap: BasemapRecord) -> list[tuple[LayerRecord, Sequence[Style]]]:
    found: dict[str, tuple[LayerRecord, list[Style]]] = {}
    for member in basemap.members:
        if member.layer.kind is LayerKind.VECTOR:
            found.setdefault(member.layer.id, (member.layer, []))[1].append(member.style)
    return list(found.values())


def _condition(styles: Sequence[Style], zooms: range) -> str | None:
    """Return what holds for the features that any rule draws at these zooms; None where that may be all."""
    rules = [rule for style in styles for rule in style.rules if any(rule.holds_at(zoom) for zoom in zooms)]
    filters = [None if rule.otherwise else rule.filter for rule in rules]
    if None in filters:
        return None
    return " OR ".join(f"({filter_})" for filter_ in dict.fromkeys(filters))


def _has_points(layer: LayerRecord, styles: Sequence[Style], zooms: range) -> bool:
    dimension = dimension_of(layer)
    return any(stands_on_areas(style, dimension, zooms) for style in styles)
