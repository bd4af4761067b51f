"""Links of a page of features: this page, its other formats, its neighbours, its collection."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from layers.features import FeaturePage
from server.answers import GEOJSON, HTML
from server.ogc.parameters import ItemsRequest, Pairs
from server.ogc.token import PageToken

ROOT = "/ogc"
_PAGING = frozenset({"offset", "token"})


def collection_url(base: str, layer: str) -> str:
    """Return the address of a collection."""
    return f"{base}{ROOT}/collections/{layer}"


def item_url(base: str, layer: str, feature_id: str) -> str:
    """Return the address of one feature."""
    return f"{collection_url(base, layer)}/items/{quote(feature_id, safe='')}"


def link(rel: str, href: str, media_type: str, title: str | None = None) -> dict[str, str]:
    """Return one link object."""
    document = {"rel": rel, "href": href, "type": media_type.partition(";")[0] if media_type == HTML else media_type}
    return document if title is None else {**document, "title": title}


def page_links(
    request: ItemsRequest, page: FeaturePage, base: str, layer: str, release: int, media_type: str = GEOJSON
) -> list[dict[str, Any]]:
    """Return the links of one page."""
    collection = collection_url(base, layer)
    items = f"{collection}/items"
    other = ("json", GEOJSON) if media_type == HTML else ("html", HTML)
    links = [
        link("self", _with(items, request.pairs), media_type),
        link("alternate", _with(items, _without(request.pairs, frozenset({"f"})), f=other[0]), other[1]),
        link("collection", collection, "application/json"),
    ]
    following = next_page(request, page, release)
    if following is not None:
        links.append(link("next", _with(items, _without(request.pairs, _PAGING), **following), media_type))
    preceding = previous_page(request)
    if preceding is not None:
        links.append(link("prev", _with(items, _without(request.pairs, _PAGING), **preceding), media_type))
    return links


def next_page(request: ItemsRequest, page: FeaturePage, release: int) -> dict[str, str] | None:
    """Return the parameters that lead to the next page, None where this one is the last."""
    if not page.has_more and page.next_after is None:
        return None
    position = request.position + page.number_returned
    if page.next_after is not None:
        return {"token": str(PageToken(release, page.next_after, position))}
    return {"offset": str(position)}


def previous_page(request: ItemsRequest) -> dict[str, str] | None:
    """Return the parameters that lead to the page before, None where this one is the first."""
    if not request.position:
        return None
    return {"offset": str(max(0, request.position - request.query.limit))}


def _without(pairs: Pairs, names: frozenset[str]) -> Pairs:
    return [pair for pair in pairs if pair[0] not in names]


def _with(url: str, pairs: Pairs, **more: str) -> str:
    query = [*pairs, *more.items()]
    return f"{url}?{urlencode(query)}" if query else url
