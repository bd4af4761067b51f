"""Features of a collection: the hot path, from the query string to one body of joined bytes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import orjson

from catalog.holdings import Holdings
from catalog.records import LayerRecord
from layers.crs import CRS84, Crs, parse_served_crs
from layers.features import FeaturePage, FeatureQuery
from layers.schema import Schema
from server.answers import GEOJSON, HTML, Answer, matches
from server.errors import ReleaseReplaced, UnknownCollection
from server.ogc.links import collection_url, item_url, link, page_links
from server.ogc.parameters import (
    GENERAL,
    Format,
    ItemsRequest,
    check_parameters,
    parse_format,
    parse_items_request,
    query_pairs,
)
from server.ogc.settings import OgcSettings

ITEM_PARAMETERS = GENERAL | {"crs"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One client at one collection."""

    layer: LayerRecord
    base: str
    """Scheme and host."""
    query_string: str
    shared: bool = True
    """False where not everybody would get this answer."""
    known_etag: str | None = None
    """If-None-Match, so that features which the client has are not read at all."""


def schema_of(layer: LayerRecord) -> Schema:
    """Return the layer's schema; a raster has no features and is no collection of them."""
    if layer.release.schema is None:
        raise UnknownCollection(collection=layer.id)
    return layer.release.schema


def items_etag(layer: LayerRecord) -> str:
    """Return the ETag of everything made of the layer's release; weak, since each answer holds its own time."""
    release = layer.release
    return f'W/"{release.number}.{int(release.created.timestamp())}"'


def read_request(visit: Visit, settings: OgcSettings) -> ItemsRequest:
    """Read what the client asks; raises InvalidParameter, ReleaseReplaced."""
    request = parse_items_request(visit.query_string, schema_of(visit.layer), settings)
    if request.token and request.token.release != visit.layer.release.number:
        raise ReleaseReplaced()
    return request


def answer_items(visit: Visit, request: ItemsRequest, holdings: Holdings) -> Answer:
    """Return a page of features as GeoJSON, or nothing but its ETag where the client has the page."""
    etag = items_etag(visit.layer)
    if matches(visit.known_etag, etag):
        return Answer(b"", GEOJSON, etag=etag, shared=visit.shared)
    page = read_page(holdings, visit.layer, request.query)
    links = page_links(request, page, visit.base, visit.layer.id, visit.layer.release.number)
    head = b'{"type":"FeatureCollection","numberMatched":%d,"numberReturned":%d,"timeStamp":"%b","links":%b' % (
        page.number_matched,
        page.number_returned,
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode(),
        orjson.dumps(links),
    )
    body = b"".join((head, b',"features":[', page.features, b"]}"))
    return _features(body, request.query.crs, etag, visit.shared)


def read_page(holdings: Holdings, layer: LayerRecord, query: FeatureQuery) -> FeaturePage:
    """Read one page of the layer's current release."""
    return holdings.release(layer).read_page(query)


def item_crs(visit: Visit) -> Crs:
    """Read the query string of one feature; raises InvalidParameter."""
    pairs = query_pairs(visit.query_string)
    check_parameters(pairs, ITEM_PARAMETERS)
    value = dict(pairs).get("crs")
    return CRS84 if value is None else parse_served_crs(value)


def item_format(visit: Visit) -> Format | None:
    """Return what ``f`` asks for."""
    return parse_format(query_pairs(visit.query_string))


def item_answer(visit: Visit, feature_id: str, holdings: Holdings) -> Answer:
    """Return one feature as GeoJSON; raises UnknownFeature."""
    crs = item_crs(visit)
    schema_of(visit.layer)
    feature = holdings.release(visit.layer).read_item(feature_id, crs)
    url = item_url(visit.base, visit.layer.id, feature_id)
    links = [
        link("self", f"{url}?{visit.query_string}" if visit.query_string else url, GEOJSON),
        link("alternate", f"{url}?f=html", HTML),
        link("collection", collection_url(visit.base, visit.layer.id), "application/json"),
    ]
    # A feature object ends with its brace; the links go in before it.
    body = b"".join((feature[:-1], b',"links":', orjson.dumps(links), b"}"))
    return _features(body, crs, items_etag(visit.layer), visit.shared)


def _features(body: bytes, crs: Crs, etag: str, shared: bool) -> Answer:
    headers = (("Content-Crs", f"<{crs.uri}>"),)
    return Answer(body, GEOJSON, etag=etag, shared=shared, headers=headers)
