"""Draws map requests with Mapnik: several at a time, without holding Python's lock."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from layers.drawing import MapRequest
from layers.errors import RenderError
from layers.render.engine import mapnik
from layers.render.fonts import FontSet, find_fonts
from layers.render.gathering import gathered
from layers.render.generalisation import generalised, overview_of
from layers.render.places import Places
from layers.render.pool import MapKey, MapPool
from layers.render.scale import check_scale, zoom_of
from layers.render.stylesheet import BUFFER, draws_at

_LOGGER = logging.getLogger(__name__)

_DROPPED = "server closed the connection"
_CONNECTIONS = 10
"""Connections to one database that Mapnik keeps: all of them may be dead once it was started again."""


class Renderer:
    """Draws ``MapRequest`` values; one per process, shared by all threads."""

    def __init__(self, fonts: Sequence[Path], threads: int = 2, queue: int = 32, timeout: float = 20) -> None:
        self.fonts: FontSet = find_fonts(fonts)
        self._places = Places(threads, queue, timeout)
        self._pool = MapPool(self.fonts)

    def draw(self, request: MapRequest) -> Image.Image:
        """Draw a request as an RGBA picture.

        Raises RenderUnavailable where too many others wait, RenderError where Mapnik fails,
        InvalidParameter where the scale is beyond what can be drawn.
        """
        if request.width < 1 or request.height < 1 or not _has_area(request):
            raise RenderError("render_empty")
        check_scale(request.bbox, request.crs, request.width, request.height)
        zoom = zoom_of(request.bbox, request.crs, request.width, request.height, request.scale_factor)
        layers = tuple(layer for layer in request.layers if draws_at(layer.style, zoom))
        if not layers:
            return Image.new("RGBA", (request.width, request.height), request.background or (0, 0, 0, 0))
        overview = overview_of(request.bbox, request.crs, request.width, request.height)
        if overview is not None:
            layers = tuple(generalised(layer, zoom, overview) for layer in layers)
        layers = tuple(gathered(layer, zoom) for layer in layers)
        with self._places.taken():
            try:
                return self._drawn_over_living(request, MapKey(layers, zoom, request.scale_factor, request.adjoined))
            except RuntimeError as error:
                # Mapnik's sentences name files and SQL; they are for the log alone.
                _LOGGER.exception("Mapnik failed")
                raise RenderError("render_engine") from error

    def _drawn_over_living(self, request: MapRequest, key: MapKey) -> Image.Image:
        """Draw; a connection that its database has dropped is noticed by using it, and never used again."""
        for _ in range(_CONNECTIONS):
            try:
                return self._drawn(request, key)
            except RuntimeError as error:
                if _DROPPED not in str(error):
                    raise
        return self._drawn(request, key)

    def _drawn(self, request: MapRequest, key: MapKey) -> Image.Image:
        size = (request.width, request.height)
        with self._pool.lent(key) as prepared:
            prepared.resize(*size)
            prepared.srs = f"epsg:{request.crs.srid}"
            # Of the map itself only the area is left in which places are taken; layers have buffers of their own.
            prepared.buffer_size = 0 if request.adjoined else math.ceil(BUFFER * request.scale_factor)
            prepared.background = mapnik.Color(request.background or "transparent")
            prepared.zoom_to_box(mapnik.Box2d(*request.bbox))
            picture = mapnik.Image(*size)
            mapnik.render(prepared, picture, request.scale_factor)
        # Mapnik multiplies colours by their opacity; PNG and Pillow want them as they are.
        picture.demultiply()
        return Image.frombuffer("RGBA", size, picture.to_string(), "raw", "RGBA", 0, 1)


def _has_area(request: MapRequest) -> bool:
    return request.bbox.is_finite() and request.bbox.width > 0 and request.bbox.height > 0
