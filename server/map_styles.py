"""MapLibre styles (specification version 8): a layer or basemap as a map that clients draw from vector tiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from catalog.records import DEFAULT_STYLE, BasemapMember, BasemapRecord, LayerKind, LayerRecord
from layers.messages import Language, message
from layers.styles.findings import StyleFinding
from layers.styles.maplibre import MapLibreLayers, write_maplibre
from layers.styles.model import Dimension, Style
from layers.styles.sprites import Sprite
from server.tilejson import center_of, title_in
from tilecache.drawing import Drawable, background_of, is_public
from tilecache.vector_contents import dimension_of, points_name, vector_layers
from tilecache.wearing import style_in_basemap

Json = dict[str, Any]

_LOWER = 1
"""Tiles of 512 pixels: what MapLibre calls a zoom is one less than for pictures of 256."""


@dataclass(frozen=True, slots=True)
class StyleLinks:
    """Where a style's sources are, for one client."""

    base_url: str
    query: str = ""
    """Carried on to sources, with its question mark; empty where there is none."""
    language: Language = "zh-TW"
    sprite: str | None = None
    """Address of the sheet of sprites; None where the style names none."""
    glyphs: str = ""
    """Path of the glyphs, with its placeholders."""


@dataclass
class _Parts:
    """What members have brought so far."""

    sources: Json = field(default_factory=dict)
    layers: list[Json] = field(default_factory=list)
    findings: list[Json] = field(default_factory=list)


def in_style(record: Drawable, style: str) -> Drawable | None:
    """Return the record as it looks in a style; None where it has none of that name. Basemaps have one."""
    if isinstance(record, LayerRecord):
        return record.in_style(style)
    return record if style in {"", DEFAULT_STYLE} else None


def sprites_of(record: Drawable, style: str) -> Mapping[str, Sprite]:
    """Return the sprites that a style names, by name; none where the record has no such style."""
    shown = in_style(record, style)
    found: dict[str, Sprite] = {}
    for member in _members(shown) if shown else ():
        if member.layer.kind is LayerKind.VECTOR:
            found.update(_written(member.style, "", member.layer.id, "", dimension_of(member.layer)).sprites)
    return found


def findings_of(record: Drawable) -> tuple[StyleFinding, ...]:
    """Return what clients draw otherwise, or not at all, of what a record wears."""
    return tuple(
        finding
        for member in _members(record)
        if member.layer.kind is LayerKind.VECTOR
        for finding in _written(member.style, "", member.layer.id, "", dimension_of(member.layer)).findings
    )


def maplibre_style(record: Drawable, style: str, links: StyleLinks, max_zoom: int) -> bytes:
    """Return the style of a record, which wears the style of that name already.

    ``metadata`` lists what of it a client draws otherwise or not at all.
    """
    longitude, latitude, zoom = center_of(record)
    parts = _Parts()
    if vector_layers(record):
        url = f"{links.base_url}/tiles/{record.id}.mvt.json{links.query}"
        parts.sources[record.id] = {"type": "vector", "url": url}
    for place, member in enumerate(_members(record)):
        if member.layer.kind is LayerKind.RASTER:
            _add_pictures(parts, member, place, record, style, links, max_zoom)
        else:
            _add_layers(parts, member, place, record, links)
    document: Json = {
        "version": 8,
        "name": title_in(record, links.language),
        "center": [longitude, latitude],
        "zoom": max(0, zoom - _LOWER),
        "metadata": {"tuzi:style": style or DEFAULT_STYLE, "tuzi:findings": parts.findings},
    }
    if links.sprite:
        document["sprite"] = f"{links.sprite}{links.query}"
    if any("text-field" in layer.get("layout", {}) for layer in parts.layers):
        document["glyphs"] = f"{links.base_url}{links.glyphs}"
    # Texts and icons of all layers lie on all shapes, as in the pictures; the most important are placed first.
    ordered = sorted(parts.layers, key=_order)
    document |= {"sources": parts.sources, "layers": [*_ground(record), *ordered]}
    return orjson.dumps(document)


def _order(layer: Json) -> tuple[bool, int]:
    layout = layer.get("layout", {})
    placed = layer["type"] == "symbol" and "symbol-sort-key" in layout
    return placed, -layout["symbol-sort-key"] if placed else 0


def _add_layers(parts: _Parts, member: BasemapMember, place: int, record: Drawable, links: StyleLinks) -> None:
    layer = member.layer
    written = _written(member.style, record.id, layer.id, f"{place}:{layer.id}", dimension_of(layer))
    parts.layers += [dict(entry) for entry in written.layers]
    parts.findings += [
        {"layer": layer.id, "rule": finding.rule, "code": finding.code, "text": finding.sentence(links.language)}
        for finding in written.findings
    ]


def _add_pictures(
    parts: _Parts,
    member: BasemapMember,
    place: int,
    record: Drawable,
    style: str,
    links: StyleLinks,
    max_zoom: int,
) -> None:
    layer = member.layer
    worn: str | None = style
    if isinstance(record, BasemapRecord):
        names = {DEFAULT_STYLE: layer.style, **{named.name: named.style for named in layer.styles}}
        worn = next((name for name, offered in names.items() if offered == member.style), None)
        if worn is None and is_public(record):
            worn = style_in_basemap(record)
        if worn is None:
            text = message("style_maplibre_pictures", links.language, layer=layer.id)
            parts.findings.append({"layer": layer.id, "rule": "", "code": "style_maplibre_pictures", "text": text})
    path = f"wmts/{layer.id}/{worn or DEFAULT_STYLE}/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png"
    source = f"raster:{layer.id}"
    west, south, east, north = layer.release.extent
    parts.sources[source] = {
        "type": "raster",
        "tiles": [f"{links.base_url}/{path}{links.query}"],
        "tileSize": 256,
        "maxzoom": max_zoom,
        "bounds": [west, south, east, north],
        "attribution": layer.attribution.in_language(links.language),
    }
    parts.layers.append({"id": f"{place}:{layer.id}", "type": "raster", "source": source})


@lru_cache(maxsize=4096)
def _written(style: Style, source: str, source_layer: str, prefix: str, dimension: Dimension | None) -> MapLibreLayers:
    return write_maplibre(style, source, source_layer, prefix, dimension, points_name(source_layer))


def _members(record: Drawable) -> tuple[BasemapMember, ...]:
    return record.members if isinstance(record, BasemapRecord) else (BasemapMember(record, record.style),)


def _ground(record: Drawable) -> Iterator[Json]:
    colour = background_of(record)
    if colour:
        yield {"id": "background", "type": "background", "paint": {"background-color": colour}}
