"""The catalogue as the map site reads it: all that a client may switch on."""

from __future__ import annotations

from typing import Any

from catalog.records import BasemapRecord, LayerRecord, Snapshot
from server.api.settings import ApiSettings
from server.api.texts import text_document
from server.visible import Visible


def catalogue_document(snapshot: Snapshot, visible: Visible, settings: ApiSettings) -> dict[str, Any]:
    """Return basemaps, themes and layers that exist for the client."""
    used = {layer.theme.id for layer in visible.layers.values()}
    return {
        "revision": snapshot.revision,
        "title": text_document(settings.server_title),
        "extent": list(settings.extent),
        "home": {"centre": [settings.home.longitude, settings.home.latitude], "zoom": settings.home.zoom},
        "demonstration": any(layer.demonstration for layer in visible.layers.values()),
        "basemaps": [_basemap(basemap, settings) for basemap in visible.basemaps.values()],
        # A theme without a visible layer would tell that there are hidden ones.
        "themes": [
            {"id": theme.id, "title": text_document(theme.title)} for theme in snapshot.themes if theme.id in used
        ],
        "layers": [_layer(layer) for layer in visible.layers.values()],
    }


def _basemap(basemap: BasemapRecord, settings: ApiSettings) -> dict[str, Any]:
    return {
        "id": basemap.id,
        "title": text_document(basemap.title),
        "attribution": text_document(basemap.attribution),
        "overlay": basemap.overlay,
        "tiles": f"/wmts/{basemap.id}/default/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png",
        "minzoom": 0,
        "maxzoom": settings.max_zoom,
        "edition": basemap.edition,
    }


def _layer(layer: LayerRecord) -> dict[str, Any]:
    schema = layer.release.schema
    return {
        "id": layer.id,
        "title": text_document(layer.title),
        "abstract": text_document(layer.abstract),
        "agency": {"id": layer.agency.id, "title": text_document(layer.agency.title)},
        "theme": layer.theme.id,
        "kind": layer.kind.value,
        "geometry_type": schema.geometry_type.value if schema else None,
        "extent": list(layer.release.extent),
        "feature_count": layer.release.count,
        "release": layer.release.number,
        "updated": layer.updated,
        "licence": layer.licence,
        "attribution": text_document(layer.attribution),
        "demonstration": layer.demonstration,
        "queryable": True,
        "tiles": f"/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.png",
        "edition": layer.edition,
    }
