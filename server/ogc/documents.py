"""The descriptive documents of OGC API: what pygeoapi says, kept to what is really served here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.records import DEFAULT_STYLE, LayerRecord
from layers.crs import SERVED
from layers.messages import Language, message
from server.ogc.conformance import conformance
from server.ogc.door import Document, PygeoapiDoor
from server.ogc.fields import field_schema, geometry_format
from server.ogc.items import schema_of
from server.ogc.links import ROOT, collection_url
from server.ogc.openapi import openapi_document
from server.ogc.settings import OgcSettings
from server.ogc.styles import styles_link

_NOT_SERVED_TYPES = frozenset({"application/ld+json"})
_NOT_SERVED_RELATIONS = (
    "http://www.opengis.net/def/rel/ogc/1.0/processes",
    "http://www.opengis.net/def/rel/ogc/1.0/job-list",
    "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
)
_LINK_TITLES = {
    "This document as JSON": "ogc_link_json",
    "This document as HTML": "ogc_link_html",
    "The OpenAPI definition as JSON": "ogc_link_openapi",
    "The OpenAPI definition as HTML": "ogc_link_openapi_html",
    "Conformance": "ogc_link_conformance",
    "Collections": "ogc_link_collections",
    "The landing page of this server as JSON": "ogc_link_landing",
    "The landing page of this server as HTML": "ogc_link_landing_html",
    "Schema of collection in JSON": "ogc_link_schema",
    "Schema of collection in HTML": "ogc_link_schema_html",
    "Queryables for this collection as JSON": "ogc_link_queryables",
    "Queryables for this collection as HTML": "ogc_link_queryables_html",
    "Items as GeoJSON": "ogc_link_items",
    "Items as HTML": "ogc_link_items_html",
}
"""pygeoapi's titles, which it says in English only, and our sentences for them."""

GEOMETRY = "geometry"


class Documents:
    """Writes the documents for the layers that exist for a client."""

    def __init__(self, settings: OgcSettings):
        self._settings = settings
        self._door = PygeoapiDoor(settings)

    def landing_page(self, base: str, language: Language) -> Document:
        """Describe the service."""
        document = _served(self._door.landing_page(base, language), language)
        document["links"].append(styles_link(f"{base}{ROOT}", language))
        return document

    def conformance(self) -> Document:
        """Declare what is implemented."""
        return conformance()

    def collections(self, layers: Mapping[str, LayerRecord], base: str, language: Language) -> Document:
        """Describe every collection."""
        document = self._door.collections(layers.values(), base, language)
        document["links"] = list(_served_links(document["links"], language))
        for collection in document["collections"]:
            _complete(collection, layers[collection["id"]], base, language)
        return document

    def collection(self, layer: LayerRecord, base: str, language: Language) -> Document:
        """Describe one collection."""
        return _complete(self._door.collection(layer, base, language), layer, base, language)

    def queryables(self, layer: LayerRecord, base: str, language: Language) -> Document:
        """Describe the properties that may stand in filters."""
        document = _typed(self._door.queryables(layer, base, language), layer, language)
        document["additionalProperties"] = False
        return document

    def schema(self, layer: LayerRecord, base: str, language: Language) -> Document:
        """Describe the properties of features."""
        return _typed(self._door.schema(layer, base, language), layer, language)

    def openapi(self, layers: Mapping[str, LayerRecord], base: str, language: Language) -> Document:
        """Describe every operation."""
        return openapi_document(layers, base, language, self._settings)


def _complete(collection: Document, layer: LayerRecord, base: str, language: Language) -> Document:
    """Add what pygeoapi does not know, and leave out what is not served."""
    _served(collection, language)
    collection["links"].append(styles_link(collection_url(base, layer.id), language))
    collection["defaultStyle"] = f"{layer.id}.{DEFAULT_STYLE}"
    if schema_of(layer).crs not in SERVED:
        del collection["storageCrs"]
    collection["attribution"] = layer.attribution.in_language(language)
    collection["license"] = layer.licence
    collection["updated"] = layer.updated.isoformat()
    if layer.demonstration:
        collection["demonstration"] = True
    return collection


def _served(document: Document, language: Language) -> Document:
    document["links"] = list(_served_links(document["links"], language))
    return document


def _served_links(links: Iterable[dict[str, Any]], language: Language) -> Iterable[dict[str, Any]]:
    for entry in links:
        if entry["type"] in _NOT_SERVED_TYPES or entry["rel"] in _NOT_SERVED_RELATIONS:
            continue
        code = _LINK_TITLES.get(entry["title"])
        hreflang = {"hreflang": language} if "hreflang" in entry else {}
        yield {**entry, "title": message(code, language) if code else entry["title"], **hreflang}


def _typed(document: Document, layer: LayerRecord, language: Language) -> Document:
    """Give fields their own titles and the geometry its type: pygeoapi calls fields by their names."""
    schema = schema_of(layer)
    properties = document["properties"]
    for field in schema.fields:
        if field.name in properties:
            properties[field.name].update(field_schema(field, language))
    geometry = {"format": geometry_format(schema.geometry_type), "x-ogc-role": "primary-geometry"}
    # A field of the same name has won in pygeoapi's document; in filters the name means the geometry.
    document["properties"] = {GEOMETRY: geometry, **{k: v for k, v in properties.items() if k != GEOMETRY}}
    return document
