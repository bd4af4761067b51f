"""Opens what the records name: the releases behind layers and what a drawing of them is made of."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.records import BasemapRecord, LayerKind, LayerRecord
from layers.drawing import DrawnLayer
from layers.raster import RasterRelease, RasterStore
from layers.stores import FeatureStore, Release
from layers.styles.model import Style


@dataclass(frozen=True, slots=True)
class Holdings:
    """The stores in which the releases of catalogued layers are kept."""

    features: FeatureStore
    rasters: RasterStore

    def release(self, record: LayerRecord) -> Release:
        """Open the current release of a vector layer; raises UnknownRelease."""
        return self.features.open(record.id, record.release.number)

    def raster(self, record: LayerRecord) -> RasterRelease:
        """Open the current release of a raster layer; raises UnknownRelease."""
        return self.rasters.open(record.id, record.release.number)

    def drawn_layers(self, record: LayerRecord | BasemapRecord) -> tuple[DrawnLayer, ...]:
        """Return what to draw for a layer or, from bottom to top, for a basemap."""
        if isinstance(record, BasemapRecord):
            return tuple(self._drawn(member.layer, member.style) for member in record.members)
        return (self._drawn(record, record.style),)

    def _drawn(self, record: LayerRecord, style: Style) -> DrawnLayer:
        release = self.raster(record) if record.kind is LayerKind.RASTER else self.release(record)
        return DrawnLayer(release.drawing_source(), style)
