"""Finds places: features of layers that hold named things."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from catalog.holdings import Holdings
from catalog.records import LayerRecord
from layers.errors import UnknownRelease
from layers.features import Feature
from layers.messages import message
from layers.stores.search import fold
from layers.text import Text
from server.api.coordinates import TypedCoordinates
from server.api.namesakes import distinguishing_field, join_pieces
from server.api.texts import text_document

Place = dict[str, Any]
Rank = tuple[int, int, int]

PIECES = 8
"""Features asked for each place: a road is delivered in many pieces of one name."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    layer: LayerRecord
    pieces: list[Feature]

    @property
    def title(self) -> str:
        return title_of(self.pieces[0], self.layer)


def find_places(
    holdings: Holdings, layers: Iterable[LayerRecord], text: str, limit: int, seconds: float
) -> list[Place]:
    """Return the places whose names equal, start with or contain ``text``, best first.

    Layers that could not be asked within ``seconds`` are left out.
    """
    deadline = time.monotonic() + seconds
    folded = fold(text)
    found: list[tuple[Rank, int, _Found]] = []
    for layer in layers:
        if not (layer.search_fields and folded):
            continue
        try:
            features = holdings.release(layer).search(text, layer.search_fields, limit * PIECES)
        except UnknownRelease:
            # Removed since this snapshot was read; the other layers' places are worth having.
            logger.warning("release %s of %s is gone; searched without it", layer.release.number, layer.id)
            continue
        named = [(title_of(feature, layer), feature) for feature in features if feature.geometry is not None]
        found += [
            (_rank(pieces[0], layer, folded), len(found) + number, _Found(layer, pieces))
            for number, pieces in enumerate(join_pieces(named))
        ]
        if time.monotonic() > deadline:
            break
    found.sort(key=lambda entry: entry[:2])
    return _told_apart([place for _, _, place in found[:limit]])


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


def _told_apart(found: list[_Found]) -> list[Place]:
    """Say of places of one name what differs, such as their districts."""
    namesakes: dict[tuple[str, str], list[Feature]] = defaultdict(list)
    for place in found:
        namesakes[place.layer.id, place.title].append(place.pieces[0])
    places = []
    for place in found:
        features, schema = namesakes[place.layer.id, place.title], place.layer.release.schema
        taken = (*place.layer.search_fields, place.layer.title_field or "")
        field = distinguishing_field(features, schema, taken) if schema else None
        places.append(_place(place, (*place.layer.search_fields, *([field] if field else []))))
    return places


def _place(found: _Found, fields: Sequence[str]) -> Place:
    layer, title = found.layer, found.title
    # The longest piece stands for a line; its middle is where people look for it.
    feature = max(found.pieces, key=lambda piece: piece.geometry.length)
    others = [str(feature.properties[name]) for name in fields if feature.properties.get(name)]
    geometry = shapely.union_all([piece.geometry for piece in found.pieces])
    point = _point_on(feature.geometry)
    return {
        "layer": layer.id,
        "layer_title": text_document(layer.title),
        "id": feature.id,
        "title": title,
        "subtitle": "、".join(other for other in dict.fromkeys(others) if other != title) or None,
        "point": [round(point.x, 7), round(point.y, 7)],
        "bbox": [round(value, 7) for value in geometry.bounds] if geometry.length else None,
    }


def _point_on(geometry: BaseGeometry) -> Any:
    if geometry.geom_type == "LineString":
        return geometry.interpolate(0.5, normalized=True)
    return geometry.representative_point()
