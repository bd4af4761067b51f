"""The OpenAPI definition of OGC API: one frame as data, and paths for each collection.

pygeoapi's own definition is not used: it takes 1.6 s for 600 layers, describes operations that
do not exist here, and knows neither filters nor paging by token.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

import yaml

from catalog.records import LayerRecord
from layers.messages import Language, message
from layers.schema import Field
from server.ogc.fields import field_schema
from server.ogc.items import schema_of
from server.ogc.links import ROOT
from server.ogc.parameters import ITEMS
from server.ogc.settings import OgcSettings

_ITEMS_PARAMETERS = (
    "f", "lang", "limit", "offset", "token", "bbox", "bbox-crs", "crs", "datetime",
    "filter", "filter-lang", "filter-crs", "sortby", "properties", "skipGeometry",
)  # fmt: skip


@cache
def _frame(language: Language) -> dict[str, Any]:
    """Return the definition without collections, its ``{code}`` texts filled in."""
    text = (resources.files("server.ogc") / "openapi.yml").read_text(encoding="utf-8")
    frame: dict[str, Any] = _worded(yaml.safe_load(text), language)
    return frame


def openapi_document(
    layers: Mapping[str, LayerRecord], base: str, language: Language, settings: OgcSettings
) -> dict[str, Any]:
    """Return the definition for the given collections."""
    document = deepcopy(_frame(language))
    title = settings.server_title.in_language(language)
    document["info"]["title"] = title
    document["info"]["description"] = message("ogc_description", language, title=title)
    if "@" in settings.contact:
        document["info"]["contact"] = {"email": settings.contact}
    document["servers"] = [{"url": f"{base}{ROOT}"}]
    limit = document["components"]["parameters"]["limit"]["schema"]
    limit.update(default=settings.default_limit, maximum=settings.max_limit)
    for layer in layers.values():
        document["tags"].append({"name": layer.id, "description": layer.title.in_language(language)})
        document["paths"].update(_paths(layer, language))
    return document


def _paths(layer: LayerRecord, language: Language) -> dict[str, Any]:
    root, title = f"/collections/{layer.id}", layer.title.in_language(language)
    fields = [_parameter(field, language) for field in schema_of(layer).fields if field.name not in ITEMS]
    items = [*map(_reference, _ITEMS_PARAMETERS), *fields]
    general = [_reference("f"), _reference("lang")]
    item = [_reference("featureId"), _reference("crs"), *general]
    return {
        root: _get(layer, "describe", title, "Collection", general),
        f"{root}/queryables": _get(layer, "queryables", title, "Schema", general),
        f"{root}/schema": _get(layer, "schema", title, "Schema", general),
        f"{root}/styles": _get(layer, "styles", title, "Styles", general),
        f"{root}/items": _get(layer, "features", title, "Features", items),
        f"{root}/items/{{featureId}}": _get(layer, "feature", title, "Feature", item),
    }


def _get(layer: LayerRecord, operation: str, title: str, response: str, parameters: list[Any]) -> dict[str, Any]:
    return {
        "get": {
            "summary": title,
            "tags": [layer.id],
            "operationId": f"{operation}.{layer.id}",
            "parameters": parameters,
            "responses": {
                "200": {"$ref": f"#/components/responses/{response}"},
                "400": {"$ref": "#/components/responses/InvalidParameter"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "500": {"$ref": "#/components/responses/ServerError"},
            },
        }
    }


def _parameter(field: Field, language: Language) -> dict[str, Any]:
    schema = field_schema(field, language)
    return {
        "name": field.name,
        "in": "query",
        "description": schema.pop("title"),
        "required": False,
        "schema": {name: schema[name] for name in ("type", "format") if name in schema},
        "style": "form",
        "explode": False,
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _worded(value: Any, language: Language) -> Any:
    """Replace ``summary`` and ``description``, which hold message codes, by their sentences."""
    if isinstance(value, list):
        return [_worded(item, language) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: message(item, language) if name in {"summary", "description"} and isinstance(item, str) else
        _worded(item, language)
        for name, item in value.items()
    }  # fmt: skip
