"""A layer's fields as JSON Schema (OGC API Features, parts 3 and 5)."""

from __future__ import annotations

from typing import Any

from layers.messages import Language
from layers.schema import Field, FieldType, GeometryType, Schema

_TYPES: dict[FieldType, dict[str, str]] = {
    FieldType.INTEGER: {"type": "integer"},
    FieldType.REAL: {"type": "number"},
    FieldType.TEXT: {"type": "string"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
}
_FORMATS = {GeometryType.GEOMETRY: "geometry-any"}


def field_schemas(schema: Schema, language: Language) -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each field, by name."""
    return {field.name: field_schema(field, language) for field in schema.fields}


def field_schema(field: Field, language: Language) -> dict[str, Any]:
    """Return the JSON Schema of one field, titled as people read it."""
    document: dict[str, Any] = {"title": field.alias.in_language(language) if field.alias else field.name}
    document.update(_TYPES[field.type])
    if field.description:
        document["description"] = field.description.in_language(language)
    if field.unit:
        document["x-ogc-unit"] = field.unit
    return document


def geometry_format(geometry_type: GeometryType) -> str:
    """Return the geometry type's name among the schema formats (OGC 23-058r2, 8.2.5)."""
    return _FORMATS.get(geometry_type, f"geometry-{geometry_type.value.lower()}")
