"""What a release's file knows about itself, so that nothing else is needed to open it."""

from __future__ import annotations

import sqlite3
from typing import Any

import orjson

from layers.crs import parse_crs
from layers.extent import BoundingBox
from layers.overviews.rows import NONE, Overviews
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores.metadata import Metadata
from layers.text import Text


def write_metadata(connection: sqlite3.Connection, metadata: Metadata) -> None:
    """Write the description into its table."""
    values = {
        "schema": _schema_document(metadata.schema),
        "count": metadata.count,
        "located": metadata.located,
        "extent": metadata.extent,
        "drawing_extent": metadata.drawing_extent,
        "overviews": metadata.overviews,
    }
    connection.executemany(
        "INSERT INTO tuzi_release VALUES (?, ?)",
        [(name, orjson.dumps(value, default=list).decode()) for name, value in values.items()],
    )


def read_metadata(connection: sqlite3.Connection) -> Metadata:
    """Read the description from its table."""
    values = {name: orjson.loads(value) for name, value in connection.execute("SELECT name, value FROM tuzi_release")}
    return Metadata(
        _schema(values["schema"]),
        values["count"],
        values["located"],
        _box(values["extent"]),
        _box(values["drawing_extent"]),
        _overviews(values.get("overviews")),
    )


def _schema_document(schema: Schema) -> dict[str, Any]:
    return {
        "geometry_type": schema.geometry_type,
        "crs": str(schema.crs),
        "fields": [_field_document(field) for field in schema.fields],
        "key": schema.key,
        "searchable": schema.searchable,
    }


def _field_document(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "alias": _text_document(field.alias),
        "description": _text_document(field.description),
        "unit": field.unit,
    }


def _text_document(text: Text | None) -> list[str | None] | None:
    return None if text is None else [text.zh, text.en]


def _schema(document: dict[str, Any]) -> Schema:
    return Schema(
        geometry_type=GeometryType(document["geometry_type"]),
        crs=parse_crs(document["crs"]),
        fields=tuple(_field(field) for field in document["fields"]),
        key=document["key"],
        searchable=tuple(document["searchable"]),
    )


def _field(document: dict[str, Any]) -> Field:
    return Field(
        document["name"],
        FieldType(document["type"]),
        _text(document["alias"]),
        _text(document["description"]),
        document["unit"],
    )


def _text(document: list[Any] | None) -> Text | None:
    return None if document is None else Text(*document)


def _box(document: list[float] | None) -> BoundingBox | None:
    return None if document is None else BoundingBox(*document)


def _overviews(document: dict[str, Any] | None) -> Overviews:
    # Releases stored by earlier versions have none and are drawn as they are.
    return Overviews(tuple(document["zooms"]), document["dissolved"]) if document else NONE
