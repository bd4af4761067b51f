"""What the features of a release are made of: fields, geometry type, key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from layers.crs import Crs, parse_crs
from layers.text import Text, parse_text, text_document


class GeometryType(StrEnum):
    """Geometry types by their GeoPackage names (OGC 12-128r19, annex G)."""

    POINT = "POINT"
    LINESTRING = "LINESTRING"
    POLYGON = "POLYGON"
    MULTIPOINT = "MULTIPOINT"
    MULTILINESTRING = "MULTILINESTRING"
    MULTIPOLYGON = "MULTIPOLYGON"
    GEOMETRY = "GEOMETRY"

    @property
    def dimension(self) -> int | None:
        """0 for points, 1 for lines, 2 for polygons, None where kinds are mixed."""
        if self is GeometryType.GEOMETRY:
            return None
        return {"POINT": 0, "LINESTRING": 1, "POLYGON": 2}[self.value.removeprefix("MULTI")]


class FieldType(StrEnum):
    """Attribute types; values in a batch are the Python type of the same meaning, or None."""

    INTEGER = "integer"
    REAL = "real"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute: its name as stored and served, and what people read instead."""

    name: str
    type: FieldType
    alias: Text | None = None
    description: Text | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields and geometry of a release, in the CRS it is stored in."""

    geometry_type: GeometryType
    crs: Crs
    fields: tuple[Field, ...]
    key: str | None = None
    """Name of the field whose values identify features; without one the row's ``fid`` does."""
    searchable: tuple[str, ...] = ()
    """Text fields that the store indexes so that places are found by a part of their name."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)


def schema_document(schema: Schema) -> dict[str, object]:
    """Write the schema as a JSON-able document."""
    return {
        "geometry_type": schema.geometry_type.value,
        "crs": str(schema.crs),
        "key": schema.key,
        "searchable": list(schema.searchable),
        "fields": [
            {
                "name": field.name,
                "type": field.type.value,
                "alias": text_document(field.alias),
                "description": text_document(field.description),
                "unit": field.unit,
            }
            for field in schema.fields
        ],
    }


def parse_schema(document: Mapping[str, Any]) -> Schema:
    """Read what ``schema_document`` wrote."""
    return Schema(
        geometry_type=GeometryType(document["geometry_type"]),
        crs=parse_crs(document["crs"]),
        fields=tuple(
            Field(
                field["name"],
                FieldType(field["type"]),
                parse_text(field["alias"]),
                parse_text(field["description"]),
                field["unit"],
            )
            for field in document["fields"]
        ),
        key=document["key"],
        searchable=tuple(document["searchable"]),
    )
