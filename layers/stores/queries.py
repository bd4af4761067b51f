"""What a query means before an engine evaluates it: whether it restricts, and the values that clients wrote."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from layers.crs import CRS84, Crs, transform_bbox
from layers.errors import InvalidParameter
from layers.extent import BoundingBox
from layers.features import FeatureQuery, SortKey
from layers.schema import Field, FieldType, Schema
from layers.stores.columns import datetime_text
from layers.stores.metadata import Metadata

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_BOOLEANS = {"true": 1, "1": 1, "false": 0, "0": 0}


def is_restricted(query: FeatureQuery, metadata: Metadata) -> bool:
    """Tell whether a query asks for less than all features, or for another order than the written one."""
    if query.equals or query.filter or query.sort:
        return True
    if query.bbox is None:
        return False
    everywhere = metadata.extent is not None and metadata.located == metadata.count
    return not (everywhere and metadata.extent and _holds_all(query.bbox, query.bbox_crs, metadata.extent))


def _holds_all(bbox: BoundingBox, crs: Crs, extent: BoundingBox) -> bool:
    """Tell whether the box holds a whole extent in CRS84, with a metre to spare for roundings."""
    if not crs.is_geographic:
        return False
    margin = 1e-5
    moved = transform_bbox(extent, CRS84, crs).buffered(margin)
    return (
        bbox.west <= moved.west and bbox.south <= moved.south and bbox.east >= moved.east and bbox.north >= moved.north
    )


def sort_terms(schema: Schema, sort: tuple[SortKey, ...]) -> list[tuple[Field, bool]]:
    """Return the fields to sort by and whether each descends; sorting by a field again changes nothing."""
    terms = {key.name: (known_field(schema, key.name), key.descending) for key in reversed(sort)}
    return [terms.pop(key.name) for key in sort if key.name in terms]


def known_field(schema: Schema, name: str) -> Field:
    """Return the field that a client named; raises InvalidParameter."""
    field = schema.field(name)
    if field is None:
        known = ", ".join(schema.names)
        raise InvalidParameter("query_unknown_property", name=name[:60], known=known[:500])
    return field


def stored_value(field: Field, text: str) -> Any:
    """Read a value that a client wrote, as it is stored in the field; raises InvalidParameter."""
    try:
        return _stored_value(field.type, text.strip())
    except ValueError:
        raise InvalidParameter("query_wrong_value", name=field.name, value=text[:60], kind=field.type.value) from None


def _stored_value(kind: FieldType, text: str) -> Any:
    match kind:
        case FieldType.INTEGER:
            if not _INTEGER.fullmatch(text):
                raise ValueError(text)
            return int(text)
        case FieldType.REAL:
            return float(text)
        case FieldType.BOOLEAN:
            if text.lower() not in _BOOLEANS:
                raise ValueError(text)
            return _BOOLEANS[text.lower()]
        case FieldType.DATE:
            return date.fromisoformat(text).isoformat()
        case FieldType.DATETIME:
            return datetime_text(datetime.fromisoformat(text))
        case FieldType.TEXT:
            return text
