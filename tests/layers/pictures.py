"""Small maps for tests of drawing: made-up features given to the real renderer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.styles.document import parse_style

ROOT = Path(__file__).parent.parent.parent
FONTS = (ROOT / "server/site/node_modules/@expo-google-fonts/noto-sans-tc", Path("/usr/share/fonts"))

EXTENT = BoundingBox(13_400_000, 2_700_000, 13_500_000, 2_800_000)
PIXEL_17 = 1.194328566955879
"""Metres per pixel of WebMercatorQuad's zoom 17 (OGC 17-083r4, annex D)."""

Point = tuple[float, float]


def pixel(zoom: float) -> float:
    """Metres per pixel of a zoom."""
    return PIXEL_17 * 2 ** (17 - zoom)


def place(x: float, y: float, zoom: float = 17) -> Point:
    """Return the coordinates of a pixel, counted from the lower left of the pictures that ``request`` asks for."""
    return EXTENT.west + x * pixel(zoom), EXTENT.south + y * pixel(zoom)


def point(x: float, y: float, **properties: Any) -> dict[str, Any]:
    return feature({"type": "Point", "coordinates": place(x, y)}, properties)


def line(*points: Point, **properties: Any) -> dict[str, Any]:
    return feature({"type": "LineString", "coordinates": [place(*at) for at in points]}, properties)


def box(west: float, south: float, east: float, north: float, **properties: Any) -> dict[str, Any]:
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return feature({"type": "Polygon", "coordinates": [[place(*at) for at in ring]]}, properties)


def feature(geometry: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": dict(properties), "geometry": dict(geometry)}


def layer(features: Sequence[Mapping[str, Any]], *rules: Mapping[str, Any]) -> DrawnLayer:
    """Return a layer of these features; rules without a name get one."""
    named = [{"name": f"rule-{index}", **rule} for index, rule in enumerate(rules)]
    inline = json.dumps({"type": "FeatureCollection", "features": list(features)})
    source = DrawingSource((("type", "geojson"), ("inline", inline)), WEB_MERCATOR, EXTENT)
    return DrawnLayer(source, parse_style({"rules": named}))


def request(
    *layers: DrawnLayer,
    size: tuple[int, int] = (100, 100),
    zoom: float = 17,
    scale_factor: float = 1,
    background: str | None = None,
) -> MapRequest:
    """Return a request of ``size`` pixels (at scale factor 1) whose lower left is pixel (0, 0)."""
    west, south = place(0, 0)
    east, north = place(size[0], size[1], zoom)
    return MapRequest(
        layers=layers,
        bbox=BoundingBox(west, south, east, north),
        crs=WEB_MERCATOR,
        width=round(size[0] * scale_factor),
        height=round(size[1] * scale_factor),
        scale_factor=scale_factor,
        background=background,
    )
