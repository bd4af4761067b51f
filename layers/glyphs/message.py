"""The protobuf message of a range of glyphs, as MapLibre clients read it (``glyphs.proto``).

It is described here and built by protobuf itself when first needed, so there is no generated code.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "llmr.glyphs"
_FIELDS: dict[str, tuple[tuple[str, int, int, int], ...]] = {
    "glyph": (
        ("id", 1, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_UINT32),
        ("bitmap", 2, _FIELD.LABEL_OPTIONAL, _FIELD.TYPE_BYTES),
        ("width", 3, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_UINT32),
        ("height", 4, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_UINT32),
        ("left", 5, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_SINT32),
        ("top", 6, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_SINT32),
        ("advance", 7, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_UINT32),
    ),
    "fontstack": (
        ("name", 1, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_STRING),
        ("range", 2, _FIELD.LABEL_REQUIRED, _FIELD.TYPE_STRING),
        ("glyphs", 3, _FIELD.LABEL_REPEATED, _FIELD.TYPE_MESSAGE),
    ),
    "glyphs": (("stacks", 1, _FIELD.LABEL_REPEATED, _FIELD.TYPE_MESSAGE),),
}
_PARTS = {"glyphs": "glyph", "stacks": "fontstack"}


@cache
def glyphs_message() -> Any:
    """Return protobuf's class of the message ``llmr.glyphs.glyphs``."""
    file = descriptor_pb2.FileDescriptorProto(name="glyphs.proto", package=_PACKAGE, syntax="proto2")
    for message, fields in _FIELDS.items():
        described = file.message_type.add(name=message)
        for name, number, label, type_ in fields:
            field = described.field.add(name=name, number=number, label=label, type=type_)
            if type_ == _FIELD.TYPE_MESSAGE:
                field.type_name = f".{_PACKAGE}.{_PARTS[name]}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.glyphs"))
