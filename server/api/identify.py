"""What is here: features and raster values at a clicked place."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from catalog.holdings import Holdings
from catalog.records import LayerKind, LayerRecord
from layers.crs import CRS84, WEB_MERCATOR, transform_geometries, transform_points
from layers.extent import BoundingBox
from layers.features import Feature, FeatureQuery
from layers.messages import message
from layers.stores.geojson import geometry_texts
from layers.text import Text
from server.api.parameters import IdentifyRequest
from server.api.place_search import title_of
from server.api.texts import text_document

MOST_FEATURES = 10
AREA = 2
"""Dimension of polygons."""
_REACH = np.array([12.0, 8.0, 6.0])
"""Pixels around the place within which a point (drawn as a sign), a line, an area is hit."""
_CANDIDATES = 100
_WORLD_PIXEL = 2 * np.pi * 6378137 / 256
"""Metres of Web Mercator per pixel at zoom 0."""


def identify(holdings: Holdings, layers: list[LayerRecord], request: IdentifyRequest) -> list[dict[str, Any]]:
    """Return, layer by layer, what lies at the place; layers with nothing there are left out."""
    results = []
    for layer in layers:
        read = _raster_values if layer.kind is LayerKind.RASTER else _features
        if features := read(holdings, layer, request):
            results.append({"layer": layer.id, "title": text_document(layer.title), "features": features})
    return results


def _features(holdings: Holdings, layer: LayerRecord, request: IdentifyRequest) -> list[dict[str, Any]]:
    pixel = _WORLD_PIXEL / 2**request.zoom
    x, y = transform_points(request.lon, request.lat, CRS84, WEB_MERCATOR)
    query = FeatureQuery(
        limit=_CANDIDATES,
        bbox=BoundingBox(x, y, x, y).buffered(_REACH.max() * pixel),
        bbox_crs=WEB_MERCATOR,
        crs=WEB_MERCATOR,
    )
    candidates = holdings.release(layer).read_features(query)
    shapes = np.array([feature.geometry for feature in candidates], dtype=object)
    hit = _hit(shapes, shapely.Point(x, y), pixel)[:MOST_FEATURES]
    # For display: half a pixel is not seen, and a coastline has 100 000 vertices.
    shown = transform_geometries(shapely.simplify(shapes[hit], pixel / 2), WEB_MERCATOR, CRS84)
    texts = geometry_texts(shown, CRS84)
    return [_feature_document(candidates[place], layer, text) for place, text in zip(hit, texts, strict=True)]


def _hit(shapes: NDArray[np.object_], place: shapely.Point, pixel: float) -> NDArray[np.intp]:
    """Return which shapes are meant by a click, the nearest first."""
    # The box that was asked for is a square around the circle that is meant.
    distances = shapely.distance(shapes, place)
    dimensions = shapely.get_dimensions(shapes)
    is_hit = distances <= _REACH[np.clip(dimensions, 0, 2)] * pixel
    is_area = dimensions == AREA
    if (is_area & (distances == 0)).any():
        # Who clicks inside of a parcel does not mean its neighbours, unless on the very line between them.
        is_hit &= ~is_area | (distances <= pixel)
    order: NDArray[np.intp] = np.argsort(distances, kind="stable")
    nearest: NDArray[np.intp] = order[is_hit[order]]
    return nearest


def _feature_document(feature: Feature, layer: LayerRecord, geometry: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": feature.id,
        "geometry": orjson.Fragment(geometry),
        "title": _title(feature, layer),
        "properties": feature.properties,
        "fields": [
            {
                "name": field.name,
                "alias": text_document(field.alias or Text(field.name)),
                "value": feature.properties.get(field.name),
                "unit": field.unit,
            }
            for field in (layer.release.schema.fields if layer.release.schema else ())
        ],
    }


def _title(feature: Feature, layer: LayerRecord) -> str | None:
    """Return the feature's name; the row number of what has none tells people nothing."""
    title, schema = title_of(feature, layer), layer.release.schema
    is_row_number = title == str(feature.fid) and (schema is None or schema.key is None)
    return None if is_row_number else title


def _raster_values(holdings: Holdings, layer: LayerRecord, request: IdentifyRequest) -> list[dict[str, Any]]:
    values = holdings.raster(layer).sample(request.lon, request.lat, CRS84)
    if all(value is None for value in values):
        return []
    fields = [
        {"name": f"band_{number}", "alias": text_document(_band(number)), "value": value, "unit": None}
        for number, value in enumerate(values, start=1)
    ]
    return [
        {
            "type": "Feature",
            "id": None,
            "geometry": {"type": "Point", "coordinates": [request.lon, request.lat]},
            "title": None,
            "properties": {field["name"]: field["value"] for field in fields},
            "fields": fields,
        }
    ]


def _band(number: int) -> Text:
    return Text(message("api_band", "zh-TW", number=number), message("api_band", "en", number=number))
