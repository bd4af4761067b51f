"""Features as pages for people: a table of a page of items, and one item."""

from __future__ import annotations

from typing import Any

import orjson

from catalog.holdings import Holdings
from layers.messages import Language
from server.answers import HTML, Answer, matches
from server.ogc.html import Pages
from server.ogc.items import Visit, item_crs, items_etag, read_page, schema_of
from server.ogc.links import collection_url, item_url, next_page, previous_page
from server.ogc.parameters import ItemsRequest, query_pairs


def items_page(visit: Visit, request: ItemsRequest, holdings: Holdings, pages: Pages, language: Language) -> Answer:
    """Return a page of features as a table."""
    etag = _etag(visit, language)
    if matches(visit.known_etag, etag):
        return Answer(b"", HTML, etag=etag, shared=visit.shared)
    page = read_page(holdings, visit.layer, request.query)
    features: list[dict[str, Any]] = orjson.loads(b"[%b]" % page.features)
    schema = schema_of(visit.layer)
    shown = request.query.properties
    url = f"{collection_url(visit.base, visit.layer.id)}/items"
    body = pages.render(
        "items",
        language,
        visit.base,
        url.removeprefix(visit.base),
        [pair for pair in request.pairs if pair[0] not in {"token", "offset"}],
        layer=visit.layer,
        fields=[field for field in schema.fields if shown is None or field.name in shown],
        rows=[(item_url(visit.base, visit.layer.id, str(feature["id"])), feature) for feature in features],
        page=page,
        position=request.position,
        following=next_page(request, page, visit.layer.release.number),
        preceding=previous_page(request),
    )
    return Answer(body, HTML, etag=etag, shared=visit.shared)


def item_page(visit: Visit, feature_id: str, holdings: Holdings, pages: Pages, language: Language) -> Answer:
    """Return one feature as a table of its properties; raises UnknownFeature."""
    schema = schema_of(visit.layer)
    feature = orjson.loads(holdings.release(visit.layer).read_item(feature_id, item_crs(visit)))
    url = item_url(visit.base, visit.layer.id, feature_id)
    body = pages.render(
        "item",
        language,
        visit.base,
        url.removeprefix(visit.base),
        query_pairs(visit.query_string),
        layer=visit.layer,
        fields=schema.fields,
        feature=feature,
        coordinates=orjson.dumps(feature["geometry"]).decode(),
    )
    return Answer(body, HTML, etag=_etag(visit, language), shared=visit.shared)


def _etag(visit: Visit, language: Language) -> str:
    # A page shows titles, too, which change without a new release.
    return f'{items_etag(visit.layer)[:-1]}.{int(visit.layer.updated.timestamp())}.{language}"'
