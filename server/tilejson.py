"""TileJSON 3.0 (mapbox/tilejson-spec): how web maps learn of a layer's XYZ tiles."""

from __future__ import annotations

from html import escape

import orjson

from catalog.records import LayerRecord
from layers.messages import Language
from tilecache.config import TilecacheConfig
from tilecache.configuration import abstract_of, title_of
from tilecache.drawing import Drawable, extent_of
from tilecache.identity import edition_of

SMALLEST_VIEW = 0.5
"""Degrees a first view shows at least, so that a layer of one point is not shown at the deepest zoom."""


def tile_json(record: Drawable, base_url: str, query: str, language: Language, settings: TilecacheConfig) -> bytes:
    """Return the document; ``query`` (with its question mark, or empty) is carried on to the tiles."""
    extent = extent_of(record)
    longitude, latitude = extent.centre
    document = {
        "tilejson": "3.0.0",
        "name": title_of(record, language) if isinstance(record, LayerRecord) else record.title.in_language(language),
        "description": abstract_of(record, language) if isinstance(record, LayerRecord) else "",
        # Web maps put the attribution into the page as HTML.
        "attribution": escape(record.attribution.in_language(language)),
        "version": "1.0.0",
        "edition": edition_of(record),
        "scheme": "xyz",
        "tiles": [f"{base_url}/tiles/{record.id}/{{z}}/{{x}}/{{y}}.png{query}"],
        "minzoom": 0,
        "maxzoom": settings.max_zoom,
        "bounds": [round(value, 7) for value in extent],
        "center": [round(longitude, 7), round(latitude, 7), _first_zoom(max(extent.width, extent.height))],
        # Raster tiles have no vector layers; the specification asks for the list all the same.
        "vector_layers": [],
    }
    return orjson.dumps(document)


def _first_zoom(degrees: float) -> int:
    zoom, span = 0, 360.0
    while span > 2 * max(degrees, SMALLEST_VIEW) and zoom < 18:
        zoom, span = zoom + 1, span / 2
    return zoom
