"""The protobuf message of a tile (Mapbox Vector Tile Specification 2.1, section 4: ``vector_tile.proto``).

It is described here and built by protobuf itself when first needed, so there is no generated code.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "string": _FIELD.TYPE_STRING,
    "float": _FIELD.TYPE_FLOAT,
    "double": _FIELD.TYPE_DOUBLE,
    "int64": _FIELD.TYPE_INT64,
    "uint64": _FIELD.TYPE_UINT64,
    "uint32": _FIELD.TYPE_UINT32,
    "sint64": _FIELD.TYPE_SINT64,
    "bool": _FIELD.TYPE_BOOL,
}
_LABELS = {"optional": _FIELD.LABEL_OPTIONAL, "repeated": _FIELD.LABEL_REPEATED, "packed": _FIELD.LABEL_REPEATED}
_TILE = ".vector_tile.Tile"
_FIELDS: dict[str, tuple[tuple[str, int, str, str], ...]] = {
    "Value": (
        ("string_value", 1, "optional", "string"),
        ("float_value", 2, "optional", "float"),
        ("double_value", 3, "optional", "double"),
        ("int_value", 4, "optional", "int64"),
        ("uint_value", 5, "optional", "uint64"),
        ("sint_value", 6, "optional", "sint64"),
        ("bool_value", 7, "optional", "bool"),
    ),
    "Feature": (
        ("id", 1, "optional", "uint64"),
        ("tags", 2, "packed", "uint32"),
        ("type", 3, "optional", "GeomType"),
        ("geometry", 4, "packed", "uint32"),
    ),
    "Layer": (
        ("name", 1, "optional", "string"),
        ("features", 2, "repeated", "Feature"),
        ("keys", 3, "repeated", "string"),
        ("values", 4, "repeated", "Value"),
        ("extent", 5, "optional", "uint32"),
        ("version", 15, "optional", "uint32"),
    ),
}


@cache
def tile_message() -> Any:
    """Return protobuf's class of the message ``vector_tile.Tile``."""
    file = descriptor_pb2.FileDescriptorProto(name="vector_tile.proto", package="vector_tile", syntax="proto2")
    tile = file.message_type.add(name="Tile")
    kinds = tile.enum_type.add(name="GeomType")
    for number, name in enumerate(("UNKNOWN", "POINT", "LINESTRING", "POLYGON")):
        kinds.value.add(name=name, number=number)
    for message, fields in _FIELDS.items():
        nested = tile.nested_type.add(name=message)
        for field in fields:
            _add_field(nested, *field)
    _add_field(tile, "layers", 3, "repeated", "Layer")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("vector_tile.Tile"))


def _add_field(message: Any, name: str, number: int, label: str, type_: str) -> None:
    field = message.field.add(name=name, number=number, label=_LABELS[label])
    if type_ in _SCALARS:
        field.type = _SCALARS[type_]
    else:
        field.type = _FIELD.TYPE_ENUM if type_ == "GeomType" else _FIELD.TYPE_MESSAGE
        field.type_name = f"{_TILE}.{type_}"
    if label == "packed":
        field.options.packed = True
