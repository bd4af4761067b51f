"""Styles of layers and basemaps as MapLibre reads them, with the addresses of all that belongs to them."""

from __future__ import annotations

from urllib.parse import quote

from layers.messages import Language
from server.glyphs import TEMPLATE
from server.map_styles import StyleLinks, in_style, maplibre_style, sprites_of
from server.sprites import sprite_url
from tilecache.drawing import Drawable


def style_body(
    record: Drawable, style: str, base_url: str, api_key: str, language: Language, max_zoom: int
) -> bytes | None:
    """Return the document of a record in one of its styles; None where it has none of that name.

    ``api_key`` is carried on to tiles and sprites; empty where there is none.
    """
    shown = in_style(record, style)
    if shown is None:
        return None
    sprites = sprites_of(record, style)
    sprite = sprite_url(base_url, record.id, style, sprites) if sprites else None
    links = StyleLinks(base_url, key_query(api_key), language, sprite, TEMPLATE)
    return maplibre_style(shown, style, links, max_zoom)


def key_query(api_key: str) -> str:
    """Return what links carry on, with its question mark; empty where there is no key."""
    return f"?key={quote(api_key, safe='')}" if api_key else ""
