"""Prepared maps: parsed styles and open datasources, kept for the next picture of the same layers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from layers.drawing import DrawnLayer
from layers.render.engine import mapnik
from layers.render.fonts import FontSet
from layers.render.outlines import quickly_drawn
from layers.render.stylesheet import has_ramp, write_stylesheet
from layers.styles.attributes import fields_of


@dataclass(frozen=True, slots=True)
class MapKey:
    """What a prepared map can be used for: these layers, this zoom and density, alone or beside others."""

    layers: tuple[DrawnLayer, ...]
    zoom: int
    scale_factor: float = 1.0
    adjoined: bool = False


class MapPool:
    """Lends prepared maps, each to one thread at a time; the least recently used are dropped.

    The limit counts layers, not maps, since each layer holds a file open.
    """

    def __init__(self, fonts: FontSet, maximum_layers: int = 300) -> None:
        self._fonts = fonts
        self._maximum_layers = maximum_layers
        self._idle: OrderedDict[MapKey, list[Any]] = OrderedDict()
        self._idle_layers = 0
        self._lock = threading.Lock()
        self._registered = False

    @contextmanager
    def lent(self, key: MapKey) -> Iterator[Any]:
        """Lend a map; one that failed is not used again."""
        prepared = self._take(key) or self._prepare(key)
        yield prepared
        self._put_back(key, prepared)

    def _take(self, key: MapKey) -> Any | None:
        with self._lock:
            idle = self._idle.get(key)
            if not idle:
                return None
            self._idle_layers -= len(key.layers)
            prepared = idle.pop()
            if not idle:
                del self._idle[key]
            return prepared

    def _put_back(self, key: MapKey, prepared: Any) -> None:
        dropped = []
        with self._lock:
            self._idle.setdefault(key, []).append(prepared)
            self._idle.move_to_end(key)
            self._idle_layers += len(key.layers)
            while self._idle_layers > self._maximum_layers:
                oldest, maps = next(iter(self._idle.items()))
                dropped.append(maps.pop())
                self._idle_layers -= len(oldest.layers)
                if not maps:
                    del self._idle[oldest]

    def _prepare(self, key: MapKey) -> Any:
        self._register_fonts()
        sources = [mapnik.Datasource(**_parameters(layer)) for layer in key.layers]
        absent = [
            fields_of(layer.style) - set(source.fields()) for layer, source in zip(key.layers, sources, strict=True)
        ]
        stylesheet = write_stylesheet(
            key.layers, absent, key.zoom, self._fonts, scale_factor=key.scale_factor, adjoined=key.adjoined
        )
        prepared = mapnik.Map(256, 256)
        mapnik.load_map_from_string(prepared, stylesheet.xml)
        # The picture is what was asked for, even where its proportions are not those of its pixels.
        prepared.aspect_fix_mode = mapnik.aspect_fix_mode.RESPECT
        for layer, index in zip(prepared.layers, stylesheet.sources, strict=True):
            layer.datasource = sources[index]
        return prepared

    def _register_fonts(self) -> None:
        with self._lock:
            if not self._registered:
                for face in {self._fonts.regular, self._fonts.medium, self._fonts.bold}:
                    mapnik.FontEngine.register_font(str(quickly_drawn(face.file)))
                self._registered = True


def _parameters(layer: DrawnLayer) -> dict[str, str]:
    parameters = dict(layer.source.parameters)
    if parameters["type"] == "gdal":
        # One band is read as numbers for a ramp to colour; all of them together as a picture.
        parameters.pop("band", None)
        if has_ramp(layer.style):
            parameters["band"] = "1"
    return parameters
