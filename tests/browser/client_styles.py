"""A small town in every kind of symbol, and a place from which other people's map libraries are loaded."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import shapely

from tests.conftest import ROOT, tuzi
from tests.system.client_town import MIDDLE, onboard_town

MODULES = ROOT / "server/site/node_modules"
ZONES = {"plain": (217_200.0, "#3070c0"), "hatched": (217_600.0, "#c07030"), "pale": (218_000.0, "120,160,40")}
"""Western borders of squares of 400 m, and the colours that they bring with them."""
ZONE_SOUTH, ZONE_SIZE = 2_672_600.0, 400.0

MANIFEST = """
licence: 政府資料開放授權條款-第1版
agency: civil
theme: boundaries
attribution: 臺中市政府
agencies: [{id: civil, title: 民政局}]
themes: [{id: boundaries, title: 行政界線}]
layers:
  - id: zones
    file: zones.geojson
    title: 分區
    style:
      rules:
        - name: plain
          filter: "kind = 'plain'"
          symbols: [{fill: {colour: "#80c0a0", outline: "#205030", outline_width: 3}}]
        - name: hatched
          filter: "kind = 'hatched'"
          symbols: [{fill: {colour: "#ffeecc"}}, {hatch: {pattern: slash, colour: "#aa2020", width: 3, spacing: 12}}]
        - {name: rest, otherwise: true, symbols: [{fill: {colour: "#4040ff", opacity: 0.5}}]}
        - {name: name, symbols: [{text: {field: kind, size: 14, halo: "#ffffff", allow_overlap: true}}]}
    styles:
      coloured: {rules: [{name: own, symbols: [{fill: {colour: {field: colour, otherwise: "#000000"}}}]}]}
  - id: ways
    file: ways.geojson
    title: 道路
    style:
      rules:
        - {name: casing, symbols: [{line: {colour: "#503010", width: 14}}]}
        - {name: inside, level: 1, symbols: [{line: {colour: "#ffd060", width: {10: 2, 16: 10}}}]}
        - {name: name, symbols: [{text: {field: name, size: 13, placement: line, halo: "#ffffff", spacing: 300}}]}
  - id: places
    file: places.geojson
    title: 地點
    style:
      rules:
        - name: dot
          filter: "kind = 'dot'"
          symbols: [{mark: {size: 20, colour: "#20a020", outline: "#ffffff", outline_width: 4}}]
        - {name: square, filter: "kind = 'square'", symbols: [{mark: {shape: square, size: 24, colour: "#a020a0"}}]}
        - name: large
          filter: "kind = 'large'"
          symbols: [{mark: {shape: square, size: {field: people, largest: 400, size: 40}, colour: "#101010"}}]
        - name: icon
          filter: "kind = 'icon'"
          symbols: [{icon: {name: dot, size: 24, colour: "#d02020"}}, {text: {field: name, size: 14, offset: [0, 18]}}]
basemaps:
  - {id: drawn, title: 底圖, background: "#f0f4e8", members: [{layer: zones}, {layer: ways}, {layer: places}]}
"""
PLACES = {
    "dot": (217_400.0, 2_673_400.0),
    "square": (217_700.0, 2_673_400.0),
    "large": (218_000.0, 2_673_400.0),
    "icon": (218_300.0, 2_673_400.0),
}
WAY = 2_673_200.0
"""Northing of a road from west to east."""


def onboard_styles(folder: Path) -> None:
    """Onboard the town of the other clients into ``folder/data``, and this one beside it."""
    onboard_town(folder)
    zones = [
        ({"kind": kind, "colour": colour}, shapely.box(west, ZONE_SOUTH, west + ZONE_SIZE, ZONE_SOUTH + ZONE_SIZE))
        for kind, (west, colour) in ZONES.items()
    ]
    places = [
        ({"kind": kind, "name": f"{kind} 站", "people": 100}, shapely.Point(place)) for kind, place in PLACES.items()
    ]
    ways = [({"name": "臺灣大道二段"}, shapely.LineString([(MIDDLE - 1500, WAY), (MIDDLE + 1500, WAY)]))]
    for name, features in {"zones": zones, "places": places, "ways": ways}.items():
        _write(folder / f"{name}.geojson", features)
    manifest = folder / "styles.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    done = tuzi(folder / "config.yml", "onboard", str(manifest))
    assert done.returncode == 0, done.stdout + done.stderr


def _write(file: Path, features: list[tuple[dict[str, object], shapely.Geometry]]) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3826"}}
    written = [
        {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(geometry)}
        for properties, geometry in features
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": written}), encoding="utf-8")


IMPORTS = {
    "ol/": "/ol/",
    "rbush": "/rbush/index.js",
    "quickselect": "/quickselect/index.js",
    "pbf": "/pbf/index.js",
    "earcut": "/earcut/src/earcut.js",
}
PAGE = f"""<!doctype html><html lang="zh-TW"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/maplibre-gl/dist/maplibre-gl.css">
<script src="/proj4/dist/proj4.js"></script>
<style>body {{ margin: 0 }} #map {{ width: 512px; height: 512px }}</style>
<script type="importmap">{json.dumps({"imports": IMPORTS})}</script></head><body><div id="map"></div></body></html>"""


class _Files(SimpleHTTPRequestHandler):
    """The packages as they are installed, and one empty page."""

    extensions_map: ClassVar = {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".css": "text/css",
        "": "text/plain",
    }

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments, directory=str(MODULES))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def library_site() -> Iterator[str]:
    """Serve the libraries from another origin than the maps, as an agency's own site would; yields its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
