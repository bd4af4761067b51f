"""Finds the collection that a request names, if it exists for the client."""

from __future__ import annotations

from typing import Any

from catalog.access import may_see
from catalog.records import Access, LayerKind, Snapshot
from server.errors import UnknownCollection
from server.ogc.items import Visit
from server.principals import principal_of
from server.public_url import public_base_url


def visit_collection(environ: dict[str, Any], snapshot: Snapshot, layer_id: str, trust_forwarded: bool) -> Visit:
    """Return the visit; a layer that the client may not see is unknown to it, and so is one without features."""
    layer = snapshot.layers.get(layer_id)
    if layer is None or layer.kind is not LayerKind.VECTOR or not may_see(principal_of(environ, snapshot), layer):
        raise UnknownCollection(collection=layer_id[:80])
    return Visit(
        layer=layer,
        base=public_base_url(environ, trust_forwarded),
        query_string=environ.get("QUERY_STRING", ""),
        shared=layer.access is Access.PUBLIC,
        known_etag=environ.get("HTTP_IF_NONE_MATCH"),
    )
