"""A small town whose every place is known, onboarded and served as any other: what clients of the services are sent to.

Two districts of 2 km in EPSG:3826, side by side at ``MIDDLE``, red in the west and blue in the east; a green stop
in each; a road along their southern border; a raster of two halves.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

from tests.conftest import tuzi, write_configuration

WEST, MIDDLE, EAST = 216_000.0, 218_000.0, 220_000.0
SOUTH, NORTH = 2_672_000.0, 2_674_000.0
RED, BLUE, GREEN, GREY = (192, 32, 32), (32, 32, 192), (32, 192, 32), (96, 96, 96)
NIGHT = (16, 16, 48)
PLACES = {"red": (217_000.0, 2_673_500.0), "blue": (219_000.0, 2_673_500.0), "outside": (222_000.0, 2_673_500.0)}
"""A place in the west, one in the east, one where nothing lies; in EPSG:3826, away from stops and roads."""
STOPS = {"S1": (217_000.0, 2_672_800.0), "S2": (219_000.0, 2_673_150.0)}

MANIFEST = """
licence: 政府資料開放授權條款-第1版
agency: civil
theme: boundaries
attribution: {zh: 臺中市政府民政局, en: Civil Affairs Bureau}
agencies: [{id: civil, title: {zh: 民政局, en: Civil Affairs Bureau}}]
themes:
  - {id: boundaries, title: {zh: 行政界線, en: Boundaries}, position: 1}
  - {id: transport, title: {zh: 交通, en: Transport}, position: 2}
layers:
  - id: districts
    file: districts.geojson
    title: {zh: 行政區, en: Districts}
    key: code
    search: [name]
    keywords: [區, 界線]
    style:
      categorised:
        field: name
        symbol: {fill: {opacity: 1, outline: "#000000", outline_width: 0.5}}
        categories: [{value: 西區, title: {zh: 西區, en: West}, colour: "#c02020"}, {value: 東區, colour: "#2020c0"}]
    styles: {night: {single: {symbols: [{fill: {colour: "#101030", opacity: 1}}]}}}
  - id: stops
    file: stops.geojson
    title: {zh: 站牌, en: Stops}
    theme: transport
    key: code
    style:
      rules:
        - name: stop
          title: {zh: 站牌, en: Stop}
          symbols: [{mark: {shape: square, size: 16, colour: "#20c020", outline_width: 0, allow_overlap: true}}]
        - {name: label, zoom: [14, null], symbols: [{text: {field: name, size: 12, halo: "#ffffff"}}]}
  - id: roads
    file: roads.geojson
    title: {zh: 道路, en: Roads}
    theme: transport
    style: {rules: [{name: road, title: 道路, zoom: [9, null], symbols: [{line: {colour: "#606060", width: 6}}]}]}
  - {id: heights, file: heights.tif, title: {zh: 高程, en: Heights}}
basemaps:
  - id: base
    title: {zh: 電子地圖, en: Base map}
    background: "#f4f1ea"
    members: [{layer: districts, style: {single: {symbols: [{fill: {colour: "#c8d8c0", opacity: 1}}]}}}, {layer: roads}]
"""


def onboard_town(folder: Path) -> None:
    """Write the deliveries below ``folder`` and onboard them into ``folder/data``."""
    _write(folder / "districts.geojson", [
        ({"code": "A", "name": "西區", "people": 1200}, shapely.box(WEST, SOUTH, MIDDLE, NORTH)),
        ({"code": "B", "name": "東區", "people": 3400}, shapely.box(MIDDLE, SOUTH, EAST, NORTH)),
    ])  # fmt: skip
    _write(
        folder / "stops.geojson",
        [({"code": code, "name": f"{code}站", "routes": 3}, shapely.Point(place)) for code, place in STOPS.items()],
    )
    _write(folder / "roads.geojson", [({"name": "南路"}, shapely.LineString([(WEST, SOUTH), (EAST, SOUTH)]))])
    _write_heights(folder / "heights.tif")
    manifest = folder / "manifest.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    done = tuzi(write_configuration(folder), "onboard", str(manifest))
    assert done.returncode == 0, done.stdout + done.stderr


def _write(file: Path, features: list[tuple[dict[str, object], shapely.Geometry]]) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3826"}}
    written = [
        {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(geometry)}
        for properties, geometry in features
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": written}), encoding="utf-8")


def _write_heights(file: Path) -> None:
    values = np.repeat(np.array([[10, 90]], dtype="float32"), 200, axis=1).repeat(200, axis=0)
    options = {"driver": "GTiff", "width": 400, "height": 200, "count": 1, "dtype": "float32", "crs": "EPSG:3826"}
    with rasterio.open(file, "w", transform=from_origin(WEST, NORTH, 10, 10), **options) as dataset:
        dataset.write(values, 1)
