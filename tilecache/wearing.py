"""What a raster wears in a basemap, as a style of its own: clients that draw the basemap from vector tiles need it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from catalog.records import BasemapRecord, LayerKind, LayerRecord, Snapshot
from tilecache.drawing import is_public

_MARK = "@"
"""Begins the names; no style of a manifest can begin with it."""


def style_in_basemap(basemap: BasemapRecord) -> str:
    """Return the name of the style that a raster wears in a basemap; no capabilities list it."""
    return f"{_MARK}{basemap.id}"


def rasters_in(basemap: BasemapRecord) -> Iterator[LayerRecord]:
    """Yield the rasters of a basemap, each in the style that it wears there.

    None of a basemap that not everybody may see: its tiles would be found by the name of the layer alone.
    """
    if is_public(basemap):
        for member in basemap.members:
            if member.layer.kind is LayerKind.RASTER:
                yield replace(member.layer, style=member.style)


def layer_in_style(snapshot: Snapshot, layer: LayerRecord, style: str) -> LayerRecord | None:
    """Return a layer as it looks in one of its styles, or in a basemap; None where it has no such style."""
    basemap = snapshot.basemaps.get(style.removeprefix(_MARK)) if style.startswith(_MARK) else None
    if basemap is None:
        return layer.in_style(style)
    return next((worn for worn in rasters_in(basemap) if worn.id == layer.id), None)
