"""The MapProxy source that draws catalogued layers."""

from __future__ import annotations

from typing import Any

from mapproxy.extent import MapExtent
from mapproxy.image import ImageResult
from mapproxy.image.opts import ImageOptions
from mapproxy.layer.map_layer import MapLayer
from mapproxy.query import MapQuery
from mapproxy.srs import SRS

from layers.crs import parse_crs
from layers.extent import BoundingBox
from tilecache.drawing import Drawable, Drawing, View, extent_of


class CatalogueSource(MapLayer):  # type: ignore[misc]
    """Draws one or more records; neighbours in a request become one source, so one pass of the renderer."""

    supports_meta_tiles = True

    def __init__(self, drawing: Drawing, records: tuple[Drawable, ...], scale_factor: float = 1.0) -> None:
        super().__init__(ImageOptions(transparent=True, format="image/png"))
        self._drawing = drawing
        self._records = records
        self._scale_factor = scale_factor
        extent = extent_of(records[0])
        for record in records[1:]:
            extent = extent.union(extent_of(record))
        self.extent = MapExtent(tuple(extent), SRS(4326))

    def get_map(self, query: MapQuery) -> ImageResult:
        """Draw the picture a query asks for; raises RenderError, so a failed drawing is never stored."""
        view = View(
            BoundingBox(*query.bbox), parse_crs(query.srs.srs_code), query.size[0], query.size[1], self._scale_factor
        )
        return ImageResult(self._drawing.draw(self._records, view), size=query.size, image_opts=self.image_opts.copy())

    def combined_layer(self, other: Any, query: MapQuery) -> CatalogueSource | None:
        """Join with the layer drawn next."""
        if isinstance(other, CatalogueSource) and other._scale_factor == self._scale_factor:
            return CatalogueSource(self._drawing, self._records + other._records, self._scale_factor)
        return None
