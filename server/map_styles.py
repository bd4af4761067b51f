"""MapLibre styles (specification version 8): a layer or basemap as a map that clients draw from vector tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from catalog.records import BasemapMember, BasemapRecord, LayerKind, LayerRecord
from layers.messages import Language
from layers.styles.maplibre import write_maplibre
from server.tilejson import center_of, title_in
from tilecache.config import TilecacheConfig
from tilecache.drawing import Drawable, background_of

Json = dict[str, Any]

_LOWER = 1
"""Tiles of 512 pixels: what MapLibre calls a zoom is one less than for pictures of 256."""


def maplibre_style(record: Drawable, base_url: str, query: str, language: Language, settings: TilecacheConfig) -> bytes:
    """Return the style; ``query`` (with its question mark, or empty) is carried on to sources.

    It names no ``glyphs``, so clients write with fonts of their own. Sprites of icons, marks and hatches are not
    served; ``metadata`` lists their names, and what of the style a client draws otherwise.
    """
    longitude, latitude, zoom = center_of(record)
    sources: Json = {record.id: {"type": "vector", "url": f"{base_url}/tiles/{record.id}.mvt.json{query}"}}
    layers: list[Json] = []
    sprites: set[str] = set()
    findings: list[Json] = []
    for place, member in enumerate(_members(record)):
        if member.layer.kind is LayerKind.RASTER:
            sources[f"raster:{member.layer.id}"] = _pictures(member.layer, base_url, query, settings)
            layers.append({"id": f"{place}", "type": "raster", "source": f"raster:{member.layer.id}"})
            continue
        written = write_maplibre(member.style, record.id, member.layer.id, f"{place}:{member.layer.id}")
        layers.extend(dict(layer) for layer in written.layers)
        sprites.update(written.sprites)
        findings += [
            {"layer": member.layer.id, "rule": finding.rule, "code": finding.code, "text": finding.sentence(language)}
            for finding in written.findings
        ]
    document = {
        "version": 8,
        "name": title_in(record, language),
        "center": [longitude, latitude],
        "zoom": max(0, zoom - _LOWER),
        "metadata": {"tuzi:sprites": sorted(sprites), "tuzi:findings": findings},
        "sources": sources,
        # Texts and icons of all layers lie on all shapes, as in the pictures.
        "layers": [*_ground(record), *sorted(layers, key=lambda layer: layer["type"] == "symbol")],
    }
    return orjson.dumps(document)


def _members(record: Drawable) -> tuple[BasemapMember, ...]:
    return record.members if isinstance(record, BasemapRecord) else (BasemapMember(record, record.style),)


def _ground(record: Drawable) -> Iterator[Json]:
    colour = background_of(record)
    if colour:
        yield {"id": "background", "type": "background", "paint": {"background-color": colour}}


def _pictures(layer: LayerRecord, base_url: str, query: str, settings: TilecacheConfig) -> Json:
    template = f"{base_url}/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.png{query}"
    return {"type": "raster", "tiles": [template], "tileSize": 256, "maxzoom": settings.max_zoom}
