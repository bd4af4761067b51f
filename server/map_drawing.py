"""GetMap: one picture of any number of layers, in one pass of the renderer."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace

from PIL import Image

from layers.extent import BoundingBox
from layers.render.encoding import PictureFormat, encode
from server.mapproxy import MountOptions
from tilecache.drawing import Drawable, View
from tilecache.grids import TILE_SIZE
from tilecache.identity import edition_of

PICTURE_FORMATS: dict[str, PictureFormat] = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}
ANY_PICTURE = "image/vnd.jpeg-png"
"""GeoServer's name for: JPEG where every pixel is covered, PNG where some are not."""


@dataclass(frozen=True, slots=True)
class GetMap:
    """A checked GetMap request."""

    records: tuple[Drawable, ...]
    """From bottom to top."""
    view: View
    format: str
    """One of ``PICTURE_FORMATS``, or ``ANY_PICTURE``."""
    background: str | None
    """``#rrggbb``; None where the ground stays transparent."""

    @property
    def etag(self) -> str:
        """Stands for the picture: what it is made of and how it is asked for."""
        made_of = [record.id + "@" + edition_of(record) for record in self.records]
        text = repr((made_of, self.view, self.format, self.background))
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def draw_map(query: GetMap, options: MountOptions) -> tuple[bytes, str]:
    """Draw and encode the map, and say in which format; labels of all its layers make room for one another.

    No label is cut by the map's edge: many a client lays maps side by side as tiles, and what stands outside need
    not be drawn. Raises RenderError.
    """
    with options.admission.admitted():
        picture = _drawn(query, options)
        format_ = query.format
        if format_ == ANY_PICTURE:
            format_ = "image/jpeg" if picture.getchannel("A").getextrema() == (255, 255) else "image/png"
        return encode(picture, PICTURE_FORMATS[format_]), format_


def _drawn(query: GetMap, options: MountOptions) -> Image.Image:
    """Draw the map; one smaller than a tile is cut out of a larger one, since Mapnik draws no mark larger than a map.

    Such slices are what QGIS asks for where a layer is low or narrow: it cuts its requests at the layer's extent.
    """
    view = query.view
    least = math.ceil(TILE_SIZE * view.scale_factor)
    across, up = (max(0, -((side - least) // 2)) for side in (view.width, view.height))
    if not across and not up:
        return options.drawing.draw(query.records, replace(view, adjoined=True), query.background)
    dx, dy = across * view.bbox.width / view.width, up * view.bbox.height / view.height
    west, south, east, north = view.bbox
    bbox = BoundingBox(west - dx, south - dy, east + dx, north + dy)
    larger = replace(view, bbox=bbox, width=view.width + 2 * across, height=view.height + 2 * up)
    picture = options.drawing.draw(query.records, larger, query.background)
    return picture.crop((across, up, across + view.width, up + view.height))
