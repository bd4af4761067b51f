"""Opens what the records name: the releases behind layers and what a drawing of them is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.records import BasemapRecord, LayerKind, LayerRecord
from layers.drawing import DrawnLayer
from layers.raster import RasterRelease, RasterStore
from layers.relief import drawn_terrain
from layers.stores import FeatureStore, Release
from layers.styles.model import Style

Wanted = Callable[[LayerRecord, Style], bool]
"""Tells whether a layer in a style has anything to show in a picture."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """The stores in which the releases of catalogued layers are kept."""

    features: FeatureStore
    rasters: RasterStore

    def release(self, record: LayerRecord) -> Release:
        """Open the current release of a vector layer; raises UnknownRelease."""
        return self.features.open(record.id, record.release.number)

    def raster(self, record: LayerRecord) -> RasterRelease:
        """Open the current release of a raster layer, at the time that the record shows; raises UnknownRelease."""
        time = None if record.step is None else record.step.time
        return self.rasters.open(record.id, record.release.number, time)

    def drawn_layers(
        self, record: LayerRecord | BasemapRecord, wanted: Wanted = lambda layer, style: True
    ) -> tuple[DrawnLayer, ...]:
        """Return what to draw for a layer or, from bottom to top, for a basemap.

        Only layers that are ``wanted`` are opened: a city's basemap has hundreds of members, of which a tile
        shows a dozen.
        """
        if isinstance(record, BasemapRecord):
            members = ((member.layer, member.style) for member in record.members)
            return tuple(
                drawn for layer, style in members if wanted(layer, style) for drawn in self._drawn(layer, style)
            )
        return self._drawn(record, record.style) if wanted(record, record.style) else ()

    def _drawn(self, record: LayerRecord, style: Style) -> tuple[DrawnLayer, ...]:
        if record.kind is LayerKind.RASTER:
            return drawn_terrain(self.raster(record), style)
        return (DrawnLayer(self.release(record).drawing_source(), style),)
