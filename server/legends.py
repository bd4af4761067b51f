"""Legends of layers, drawn once for an edition and language."""

from __future__ import annotations

import threading
from collections import OrderedDict
from io import BytesIO

from PIL import Image

from catalog.records import LayerRecord
from layers.messages import Language
from layers.render import Renderer
from layers.render.encoding import PictureFormat, encode
from layers.render.legend import LegendEntry, legend_entries, legend_image, legend_size
from layers.schema import GeometryType
from tilecache.identity import edition_of
from tilecache.renders import Admission

KEPT = 1024


class Legends:
    """Draws legends and keeps the most recently used."""

    def __init__(self, renderer: Renderer, admission: Admission) -> None:
        self._renderer = renderer
        self._admission = admission
        self._kept: OrderedDict[tuple[str, str, Language], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def picture(self, layer: LayerRecord, language: Language, format_: PictureFormat = "png") -> bytes:
        """Return the legend; raises RenderError."""
        picture = self._png(layer, language)
        return picture if format_ == "png" else encode(Image.open(BytesIO(picture)).convert("RGBA"), format_)

    def entries(self, layer: LayerRecord, language: Language) -> tuple[LegendEntry, ...]:
        """Return the lines of the legend, each with its picture; raises RenderError."""
        with self._admission.admitted():
            return legend_entries(self._renderer, layer.style, _geometry_type(layer), language)

    def size(self, layer: LayerRecord, language: Language) -> tuple[int, int]:
        """Return width and height of the legend in pixels, without drawing it."""
        return legend_size(self._renderer, layer.style, _geometry_type(layer), layer.title, language)

    def _png(self, layer: LayerRecord, language: Language) -> bytes:
        key = (layer.id, edition_of(layer), language)
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
        with self._admission.admitted():
            body = legend_image(self._renderer, layer.style, _geometry_type(layer), layer.title, language)
        with self._lock:
            self._kept[key] = body
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return body


def _geometry_type(layer: LayerRecord) -> GeometryType | None:
    return layer.release.schema.geometry_type if layer.release.schema else None
