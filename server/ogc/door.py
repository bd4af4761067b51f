"""The only door to pygeoapi: its ``API`` object, built from records, answers the descriptive resources.

pygeoapi's Flask application, its HTML, its conformance list (it grows with each request) and its
translation cache (one per process, keyed by nothing but the locale) are never used: each ``API``
speaks one language and holds plain texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from pygeoapi.api import API, APIRequest, describe_collections, get_collection_schema, landing_page
from pygeoapi.api.itemtypes import get_collection_queryables

from catalog.records import LayerRecord
from layers.crs import SERVED
from layers.messages import Language, message
from server.ogc.fields import field_schemas
from server.ogc.items import schema_of
from server.ogc.links import ROOT
from server.ogc.settings import OgcSettings

Document = dict[str, Any]
CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@dataclass(frozen=True, slots=True)
class _Request:
    """What pygeoapi needs of a web framework's request."""

    args: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    path_info: str = ""


class PygeoapiDoor:
    """Asks pygeoapi for documents about layers."""

    def __init__(self, settings: OgcSettings):
        self._settings = settings

    def landing_page(self, base: str, language: Language) -> Document:
        """Describe the service."""
        return self._ask(landing_page, (), base, language)

    def collections(self, layers: Iterable[LayerRecord], base: str, language: Language) -> Document:
        """Describe all of ``layers``."""
        return self._ask(describe_collections, layers, base, language)

    def collection(self, layer: LayerRecord, base: str, language: Language) -> Document:
        """Describe one layer."""
        return self._ask(describe_collections, (layer,), base, language, layer.id)

    def queryables(self, layer: LayerRecord, base: str, language: Language) -> Document:
        """Describe the properties that may stand in filters, as JSON Schema."""
        return self._ask(get_collection_queryables, (layer,), base, language, layer.id)

    def schema(self, layer: LayerRecord, base: str, language: Language) -> Document:
        """Describe the properties of features, as JSON Schema."""
        return self._ask(get_collection_schema, (layer,), base, language, layer.id)

    def _ask(
        self,
        operation: Callable[..., tuple[dict[str, str], int, str]],
        layers: Iterable[LayerRecord],
        base: str,
        language: Language,
        *arguments: str,
    ) -> Document:
        api = API(self._configuration(layers, base, language), {})
        _, status, text = operation(api, APIRequest(_Request(), api.locales), *arguments)
        if status != 200:
            raise RuntimeError(f"pygeoapi answered {status}: {text}")
        document: Document = orjson.loads(text)
        return document

    def _configuration(self, layers: Iterable[LayerRecord], base: str, language: Language) -> Document:
        title = self._settings.server_title.in_language(language)
        return {
            "server": {"url": f"{base}{ROOT}", "languages": [language]},
            "logging": {"level": "ERROR"},
            "metadata": {
                "identification": {
                    "title": title,
                    "description": message("ogc_description", language, title=title),
                    "url": base,
                }
            },
            "resources": {layer.id: _resource(layer, language) for layer in layers},
        }


def _resource(layer: LayerRecord, language: Language) -> Document:
    title, description = layer.title.in_language(language), layer.abstract.in_language(language)
    keywords = list(layer.keywords)
    if layer.demonstration:
        mark = message("ogc_demonstration", language)
        title = message("ogc_demonstration_title", language, title=title)
        keywords.append(mark)
    return {
        "type": "collection",
        "title": title,
        "description": description,
        "keywords": keywords,
        "extents": {"spatial": {"bbox": list(layer.release.extent), "crs": CRS84_URI}},
        "providers": [_provider(layer, language)],
    }


def _provider(layer: LayerRecord, language: Language) -> Document:
    schema = schema_of(layer)
    return {
        "type": "feature",
        "name": "server.ogc.provider.SchemaProvider",
        "data": layer.id,
        "id_field": schema.key,
        "title_field": layer.title_field,
        "crs": [crs.uri for crs in SERVED],
        "storage_crs": schema.crs.uri,
        "fields": field_schemas(schema, language),
    }
