"""Places of one name: pieces of a line joined into one, and a word for each that tells it from the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from layers.features import Feature
from layers.schema import FieldType, Schema

REACH = 0.003
"""Degrees, some 300 m: lines of one name that come as close are one road, whose parts a crossing may separate."""


def join_pieces(named: Sequence[tuple[str, Feature]]) -> list[list[Feature]]:
    """Group features whose names and places say that they are pieces of one line; all others stay alone."""
    by_name: dict[str, list[Feature]] = defaultdict(list)
    for name, feature in named:
        by_name[name].append(feature)
    groups = [group for features in by_name.values() for group in _joined(features)]
    place = {feature.id: number for number, (_, feature) in enumerate(named)}
    return sorted(groups, key=lambda group: place[group[0].id])


def distinguishing_field(features: Sequence[Feature], schema: Schema, taken: Sequence[str]) -> str | None:
    """Return the text field that tells most of the features apart; None where all say the same."""
    best, most = None, 1
    for field in schema.fields:
        if field.type is FieldType.TEXT and field.name not in taken:
            values = {feature.properties.get(field.name) for feature in features}
            if len(values) > most:
                best, most = field.name, len(values)
    return best


def _joined(features: Sequence[Feature]) -> list[list[Feature]]:
    if len(features) == 1 or not all(_is_line(feature.geometry) for feature in features):
        return [[feature] for feature in features]
    boxes = [_surroundings(feature.geometry) for feature in features]
    regions = shapely.get_parts(shapely.union_all(boxes))
    groups = ([f for f, box in zip(features, boxes, strict=True) if region.intersects(box)] for region in regions)
    return [group for group in groups if group]


def _surroundings(geometry: BaseGeometry) -> BaseGeometry:
    west, south, east, north = geometry.bounds
    half = REACH / 2
    return shapely.box(west - half, south - half, east + half, north + half)


def _is_line(geometry: BaseGeometry) -> bool:
    return geometry.geom_type in {"LineString", "MultiLineString"}
