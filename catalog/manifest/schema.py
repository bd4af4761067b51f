"""The JSON Schema of a manifest file, for editors and for whoever writes manifests by a program."""

from __future__ import annotations

from typing import Any

from catalog.manifest.entries import Manifest
from catalog.manifest.reading import DEFAULTED

_SHORT = {"Titled": "text in Chinese", "FieldEntry": "what people read, in Chinese"}
"""Mappings that a plain text may stand for."""
_STYLE_FILE = {"type": "string", "description": "file of a style, relative to the manifest"}


def manifest_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12) of what ``read_manifest`` takes.

    It differs from that of the typed ``Manifest`` in what a file may abbreviate: plain texts for titles, style
    sheets by their names, a CRS by its number, and defaults for all layers at the top.
    """
    schema = Manifest.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    for name, meaning in _SHORT.items():
        definitions[name] = {
            "description": definitions[name].get("description", ""),
            "anyOf": [{"type": "string", "description": meaning}, definitions[name]],
        }
    layer = definitions["LayerEntry"]
    layer["properties"]["crs"]["anyOf"].append({"type": "integer"})
    for name in ("LayerEntry", "MemberEntry"):
        style = definitions[name]["properties"]["style"]
        style["anyOf"].insert(0, _STYLE_FILE)
    styles = layer["properties"]["styles"]
    styles["additionalProperties"] = {"anyOf": [_STYLE_FILE, styles.get("additionalProperties", {})]}
    layer["required"] = [name for name in layer["required"] if name not in DEFAULTED]
    for name in DEFAULTED:
        schema["properties"][name] = layer["properties"][name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Manifest of map-data deliveries (圖資清單檔)",
    }
