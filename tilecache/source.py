"""The MapProxy source that draws a catalogued layer or basemap for its tiles."""

from __future__ import annotations

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
    """Draws metatiles of one record."""

    supports_meta_tiles = True

    def __init__(self, drawing: Drawing, record: Drawable, scale_factor: float = 1.0) -> None:
        super().__init__(ImageOptions(transparent=True, format="image/png"))
        self._drawing = drawing
        self._record = record
        self._scale_factor = scale_factor
        self.extent = MapExtent(tuple(extent_of(record)), SRS(4326))

    def get_map(self, query: MapQuery) -> ImageResult:
        """Draw the picture a query asks for; raises RenderError, so a failed drawing is never stored."""
        view = View(
            BoundingBox(*query.bbox),
            parse_crs(query.srs.srs_code),
            query.size[0],
            query.size[1],
            self._scale_factor,
            adjoined=True,
        )
        picture = self._drawing.draw((self._record,), view)
        return ImageResult(picture, size=query.size, image_opts=self.image_opts.copy())
