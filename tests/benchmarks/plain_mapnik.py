"""A plain Mapnik map: the benchmark's look written by hand, drawn as Mapnik's documentation shows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import mapnik

from tests.benchmarks.data import FILL, HALO, HALO_WIDTH, OUTLINE, OUTLINE_WIDTH, TEXT, TEXT_SIZE

BUFFER = 64
"""Pixels around the picture from which labels reach into it."""

POLYGONS = f"""
<PolygonSymbolizer fill="{FILL}"/>
<LineSymbolizer stroke="{OUTLINE}" stroke-width="{OUTLINE_WIDTH}" stroke-linejoin="round"/>
"""
LABELS = f"""
<TextSymbolizer face-name="%s" size="{TEXT_SIZE}" fill="{TEXT}" halo-fill="{HALO}" halo-radius="{HALO_WIDTH}"
  halo-rasterizer="fast" margin="{TEXT_SIZE / 4}">[name]</TextSymbolizer>
"""
STYLESHEET = """
<Map srs="epsg:3857" background-color="transparent">
  <Style name="style"><Rule>%s</Rule></Style>
  <Layer name="layer" srs="epsg:3857"><StyleName>style</StyleName></Layer>
</Map>
"""


class PlainMap:
    """A map that stays open between pictures."""

    def __init__(self, parameters: Mapping[str, str], labels: bool, font: Path, face: str) -> None:
        mapnik.FontEngine.register_font(str(font))
        self._map = mapnik.Map(256, 256)
        mapnik.load_map_from_string(self._map, STYLESHEET % (LABELS % face if labels else POLYGONS))
        for layer in self._map.layers:
            layer.datasource = mapnik.Datasource(**parameters)
        self._map.buffer_size = BUFFER

    def draw(self, area: tuple[float, float, float, float], size: int) -> bytes:
        """Draw an area of EPSG:3857 as PNG."""
        return bytes(self.picture(area, size).to_string("png"))

    def picture(self, area: tuple[float, float, float, float], size: int) -> mapnik.Image:
        """Draw an area of EPSG:3857 and leave it unencoded."""
        self._map.resize(size, size)
        self._map.zoom_to_box(mapnik.Box2d(*area))
        picture = mapnik.Image(size, size)
        mapnik.render(self._map, picture)
        return picture
