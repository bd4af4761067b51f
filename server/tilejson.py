"""TileJSON 3.0 (mapbox/tilejson-spec): how web maps learn of a layer's XYZ tiles."""

from __future__ import annotations

from html import escape

import orjson

from catalog.records import LayerRecord
from layers.messages import Language
from layers.schema import Field
from tilecache.config import TilecacheConfig
from tilecache.configuration import IMAGERY_FORMAT, abstract_of, tile_formats, title_of
from tilecache.drawing import Drawable, extent_of
from tilecache.identity import edition_of
from tilecache.vector import MVT
from tilecache.vector_contents import DEEPEST_LEVEL, point_layers, points_name, vector_layers

SMALLEST_VIEW = 0.5
"""Degrees a first view shows at least, so that a layer of one point is not shown at the deepest zoom."""


def tile_json(record: Drawable, base_url: str, query: str, language: Language, settings: TilecacheConfig) -> bytes:
    """Return the document of pictures; ``query`` (with its question mark, or empty) is carried on to the tiles."""
    template = f"{base_url}/tiles/{record.id}/{{z}}/{{x}}/{{y}}.png{query}"
    # Raster tiles have no vector layers; the specification asks for the list all the same.
    document = _document(record, template, language, settings.max_zoom) | {"vector_layers": []}
    if IMAGERY_FORMAT in tile_formats(record):
        # Smaller, for clients that put nothing below a photograph; the usual ones are transparent around it.
        document["tuzi:tiles_jpeg"] = [f"{base_url}/tiles/{record.id}/{{z}}/{{x}}/{{y}}.jpg{query}"]
    return orjson.dumps(document)


def vector_tile_json(
    record: Drawable, base_url: str, query: str, language: Language, settings: TilecacheConfig
) -> bytes:
    """Return the document of vector tiles, with the fields of each source layer as people read them."""
    deepest = min(settings.max_zoom, DEEPEST_LEVEL)
    template = f"{base_url}/tiles/{record.id}/{{z}}/{{x}}/{{y}}.{MVT}{query}"
    pointed = point_layers(record)
    layers = [
        {
            "id": name,
            "description": title_of(layer, language),
            "minzoom": 0,
            "maxzoom": deepest,
            "fields": {field.name: _field_text(field, language) for field in _fields(layer)},
        }
        for layer in vector_layers(record)
        for name in (layer.id, *([points_name(layer.id)] if layer.id in pointed else []))
    ]
    return orjson.dumps(_document(record, template, language, deepest) | {"vector_layers": layers})


def _fields(layer: LayerRecord) -> tuple[Field, ...]:
    return layer.release.schema.fields if layer.release.schema else ()


def _field_text(field: Field, language: Language) -> str:
    """Say what a field is: its title, its unit, its meaning, its type."""
    parts = [text.in_language(language) for text in (field.alias, field.description) if text]
    return " · ".join(dict.fromkeys([*parts, *([field.unit] if field.unit else []), field.type.value]))


def _document(record: Drawable, template: str, language: Language, deepest: int) -> dict[str, object]:
    return {
        "tilejson": "3.0.0",
        "name": title_in(record, language),
        "description": abstract_of(record, language) if isinstance(record, LayerRecord) else "",
        # Web maps put the attribution into the page as HTML.
        "attribution": escape(record.attribution.in_language(language)),
        "version": "1.0.0",
        "edition": edition_of(record),
        "scheme": "xyz",
        "tiles": [template],
        "minzoom": 0,
        "maxzoom": deepest,
        "bounds": [round(value, 7) for value in extent_of(record)],
        "center": center_of(record),
    }


def title_in(record: Drawable, language: Language) -> str:
    """Return what people call the record."""
    return title_of(record, language) if isinstance(record, LayerRecord) else record.title.in_language(language)


def center_of(record: Drawable) -> tuple[float, float, int]:
    """Return longitude, latitude and zoom of a first view."""
    extent = extent_of(record)
    longitude, latitude = extent.centre
    return round(longitude, 7), round(latitude, 7), _first_zoom(max(extent.width, extent.height))


def _first_zoom(degrees: float) -> int:
    zoom, span = 0, 360.0
    while span > 2 * max(degrees, SMALLEST_VIEW) and zoom < 18:
        zoom, span = zoom + 1, span / 2
    return zoom
