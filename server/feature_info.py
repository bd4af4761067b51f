"""GetFeatureInfo: what lies under a pixel, as HTML, GeoJSON or text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from jinja2 import Environment, PackageLoader

from catalog.holdings import Holdings
from catalog.records import LayerKind, LayerRecord
from layers.crs import CRS84, Crs, transform_geometries
from layers.extent import BoundingBox
from layers.features import Feature, FeatureQuery
from layers.messages import Language, message
from layers.schema import Field
from server.answers import Answer
from tilecache.configuration import title_of

INFO_FORMATS = ("text/html", "application/json", "text/plain")
CANDIDATES = 500
"""Features looked at near the point before the nearest are chosen."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a map and how large a pixel is there."""

    x: float
    y: float
    crs: Crs
    pixel_width: float
    pixel_height: float
    """In CRS units."""

    @classmethod
    def in_map(cls, bbox: BoundingBox, crs: Crs, width: int, height: int, column: int, row: int) -> Place:
        """The middle of a pixel, columns from the west, rows from the north."""
        pixel_width, pixel_height = bbox.width / width, bbox.height / height
        x = bbox.west + (column + 0.5) * pixel_width
        return cls(x, bbox.north - (row + 0.5) * pixel_height, crs, pixel_width, pixel_height)

    def around(self, pixels: int) -> BoundingBox:
        """The box of so many pixels to each side."""
        dx, dy = (pixels + 0.5) * self.pixel_width, (pixels + 0.5) * self.pixel_height
        return BoundingBox(self.x - dx, self.y - dy, self.x + dx, self.y + dy)


@dataclass(frozen=True, slots=True)
class Found:
    """A feature under the point, its values beside what people call them."""

    layer: str
    layer_title: str
    id: str | int | None
    properties: Mapping[str, Any]
    labels: Mapping[str, str]
    geometry: Any
    """shapely, CRS84; None for raster values."""

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(label, value) for people."""
        return [(self.labels.get(name, name), _display(value)) for name, value in self.properties.items()]


class FeatureInfo:
    """Looks features up and writes them in the asked format."""

    def __init__(self, holdings: Holdings, tolerance: int) -> None:
        self._holdings = holdings
        self._tolerance = tolerance
        templates = Environment(loader=PackageLoader("server"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self._page = templates.get_template("feature_info.html.jinja")

    def answer(
        self, layers: Sequence[LayerRecord], place: Place, count: int, info_format: str, language: Language
    ) -> Answer:
        """Answer with at most ``count`` features of each layer."""
        found = [one for layer in layers for one in self.find(layer, place, count, language)]
        if info_format == "application/json":
            return Answer(_geojson(found), "application/json")
        if info_format == "text/plain":
            return Answer(_text(found, language).encode(), "text/plain; charset=utf-8")
        title, nothing = message("wms_info_title", language), message("wms_info_none", language)
        page = self._page.render(found=found, language=language, title=title, nothing=nothing)
        return Answer(page.encode(), "text/html; charset=utf-8")

    def find(self, layer: LayerRecord, place: Place, count: int, language: Language) -> list[Found]:
        """Return the layer's features nearest to the point, or the raster's values there."""
        if layer.kind is LayerKind.RASTER:
            return self._values(layer, place, language)
        box = place.around(self._tolerance)
        query = FeatureQuery(limit=CANDIDATES, bbox=box, bbox_crs=place.crs, crs=place.crs)
        features = self._holdings.release(layer).read_features(query)
        return [_found(layer, feature, place.crs, language) for feature in nearest(features, place, box)[:count]]

    def _values(self, layer: LayerRecord, place: Place, language: Language) -> list[Found]:
        values = self._holdings.raster(layer).sample(place.x, place.y, place.crs)
        if all(value is None for value in values):
            return []
        names = [f"band_{number}" for number in range(1, len(values) + 1)]
        code = "wms_info_band" if len(values) > 1 else "wms_info_value"
        labels = {name: message(code, language, number=number) for number, name in enumerate(names, 1)}
        properties = dict(zip(names, values, strict=True))
        return [Found(layer.id, title_of(layer, language), None, properties, labels, None)]


def nearest(features: Sequence[Feature], place: Place, box: BoundingBox) -> list[Feature]:
    """Return the features within the box, the nearest first.

    Areas that hold the point itself push out areas that only come near it; lines and points count
    within the tolerance, since nobody hits them exactly.
    """
    point = shapely.Point(place.x, place.y)
    reach = shapely.box(*box)
    ranked: list[tuple[float, int, Feature]] = []
    for feature in features:
        if feature.geometry is None or not shapely.intersects(feature.geometry, reach):
            continue
        is_area = shapely.get_dimensions(feature.geometry) == 2
        ranked.append((shapely.distance(feature.geometry, point), 1 if is_area else 0, feature))
    if any(distance == 0 and is_area for distance, is_area, _ in ranked):
        ranked = [entry for entry in ranked if not entry[1] or entry[0] == 0]
    ranked.sort(key=lambda entry: (entry[1], entry[0], entry[2].fid))
    return [feature for _, _, feature in ranked]


def _found(layer: LayerRecord, feature: Feature, crs: Crs, language: Language) -> Found:
    schema = layer.release.schema
    labels = {field.name: _label(field, language) for field in schema.fields} if schema else {}
    geometry = transform_geometries(np.array([feature.geometry], dtype=object), crs, CRS84)[0]
    return Found(layer.id, title_of(layer, language), feature.id, feature.properties, labels, geometry)


def _label(field: Field, language: Language) -> str:
    name = field.alias.in_language(language) if field.alias else field.name
    return f"{name} ({field.unit})" if field.unit else name


def _display(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) and abs(value) < 1e6 else str(value)
    return str(value)


def _geojson(found: Sequence[Found]) -> bytes:
    features = [
        {
            "type": "Feature",
            "id": f"{one.layer}.{one.id}" if one.id is not None else one.layer,
            "layer": one.layer,
            "layerTitle": one.layer_title,
            "geometry": orjson.Fragment(shapely.to_geojson(shapely.set_precision(one.geometry, 1e-7, mode="pointwise")))
            if one.geometry is not None
            else None,
            "properties": one.properties,
            "aliases": one.labels,
        }
        for one in found
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features}, default=str)


def _text(found: Sequence[Found], language: Language) -> str:
    if not found:
        return message("wms_info_none", language) + "\n"
    blocks = []
    for one in found:
        lines = [one.layer_title if one.id is None else f"{one.layer_title} · {one.id}"]
        lines += [f"  {label}: {value}" for label, value in one.rows]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
