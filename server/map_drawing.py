"""GetMap: one picture of any number of layers, in one pass of the renderer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from layers.render.encoding import PictureFormat, encode
from server.mapproxy import MountOptions
from tilecache.drawing import Drawable, View
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
        picture = options.drawing.draw(query.records, replace(query.view, adjoined=True), query.background)
        format_ = query.format
        if format_ == ANY_PICTURE:
            format_ = "image/jpeg" if picture.getchannel("A").getextrema() == (255, 255) else "image/png"
        return encode(picture, PICTURE_FORMATS[format_]), format_
