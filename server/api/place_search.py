"""Finds places: features of layers that hold named things."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

from shapely.geometry.base import BaseGeometry

from catalog.holdings import Holdings
from catalog.records import LayerRecord
from layers.errors import UnknownRelease
from layers.features import Feature
from layers.messages import message
from layers.stores.search import fold
from layers.text import Text
from server.api.coordinates import TypedCoordinates
from server.api.texts import text_document

Place = dict[str, Any]
Rank = tuple[int, int, int]

logger = logging.getLogger(__name__)


def find_places(
    holdings: Holdings, layers: Iterable[LayerRecord], text: str, limit: int, seconds: float
) -> list[Place]:
    """Return the places whose names equal, start with or contain ``text``, best first.

    Layers that could not be asked within ``seconds`` are left out.
    """
    deadline = time.monotonic() + seconds
    folded = fold(text)
    found: list[tuple[Rank, int, LayerRecord, Feature]] = []
    for layer in layers:
        if not (layer.search_fields and folded):
            continue
        try:
            features = holdings.release(layer).search(text, layer.search_fields, limit)
        except UnknownRelease:
            # Removed since this snapshot was read; the other layers' places are worth having.
            logger.warning("release %s of %s is gone; searched without it", layer.release.number, layer.id)
            continue
        found += [
            (_rank(feature, layer, folded), len(found) + place, layer, feature)
            for place, feature in enumerate(features)
            if feature.geometry is not None
        ]
        if time.monotonic() > deadline:
            break
    found.sort(key=lambda entry: entry[:2])
    return [_place(layer, feature) for _, _, layer, feature in found[:limit]]


def coordinate_place(typed: TypedCoordinates) -> Place:
    """Return typed coordinates as a place of no layer."""
    return {
        "layer": None,
        "layer_title": text_document(Text(message("api_coordinates", "zh-TW"), message("api_coordinates", "en"))),
        "id": f"{typed.lon},{typed.lat}",
        "title": f"{typed.lon:.6f}, {typed.lat:.6f}",
        "subtitle": typed.system,
        "point": [typed.lon, typed.lat],
        "bbox": None,
    }


def title_of(feature: Feature, layer: LayerRecord) -> str:
    """Return what people call the feature: its title field, its first name, its id."""
    for name in (layer.title_field, *layer.search_fields):
        if name and feature.properties.get(name) not in (None, ""):
            return str(feature.properties[name])
    return str(feature.id)


def _rank(feature: Feature, layer: LayerRecord, folded: str) -> Rank:
    """Order by how well a name fits, then by its length, then the layer that is drawn above others first."""
    names = [fold(str(feature.properties[name])) for name in layer.search_fields if feature.properties.get(name)]
    fits = [(0 if name == folded else 1 if name.startswith(folded) else 2, len(name)) for name in names]
    quality, length = min(fits, default=(3, 0))
    return quality, length, -layer.position


def _place(layer: LayerRecord, feature: Feature) -> Place:
    title = title_of(feature, layer)
    others = [str(feature.properties[name]) for name in layer.search_fields if feature.properties.get(name)]
    point = _point_on(feature.geometry)
    return {
        "layer": layer.id,
        "layer_title": text_document(layer.title),
        "id": feature.id,
        "title": title,
        "subtitle": "、".join(other for other in dict.fromkeys(others) if other != title) or None,
        "point": [round(point.x, 7), round(point.y, 7)],
        "bbox": [round(value, 7) for value in feature.geometry.bounds] if feature.geometry.length else None,
    }


def _point_on(geometry: BaseGeometry) -> Any:
    if geometry.geom_type == "LineString":
        return geometry.interpolate(0.5, normalized=True)
    return geometry.representative_point()
