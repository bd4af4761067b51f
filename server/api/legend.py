"""A layer's legend as data: entries with pictures that the site places as it likes."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from catalog.records import LayerRecord
from layers.messages import Language
from layers.render import Renderer
from layers.render.legend import legend_entries
from server.api.texts import text_document


def legend_document(renderer: Renderer, layer: LayerRecord, language: Language) -> dict[str, Any]:
    """Draw the legend of a layer's style."""
    schema = layer.release.schema
    entries = legend_entries(renderer, layer.style, schema.geometry_type if schema else None, language)
    return {
        "layer": layer.id,
        "entries": [
            {
                "name": entry.name,
                "title": text_document(entry.title),
                "image": f"data:image/png;base64,{b64encode(entry.image).decode('ascii')}",
            }
            for entry in entries
        ],
    }
