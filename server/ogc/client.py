"""Who asks for a document, and what exists for them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.access import visible_layers
from catalog.records import LayerKind, LayerRecord, Snapshot
from layers.messages import Language
from server.errors import UnknownCollection
from server.negotiation import language_of_request, prefers_html
from server.ogc.parameters import GENERAL, Pairs, check_parameters, parse_format, query_pairs
from server.ogc.settings import OgcSettings
from server.principals import principal_of
from server.public_url import public_base_url


@dataclass(frozen=True, slots=True)
class Client:
    """One request for a document."""

    environ: dict[str, Any]
    layers: Mapping[str, LayerRecord]
    """The collections that exist for the client, by id, in listing order."""
    revision: int
    base: str
    language: Language
    pairs: Pairs
    wants_html: bool
    shared: bool

    @property
    def key(self) -> Hashable:
        """Everything that a document depends on."""
        return (self.revision, tuple(self.layers), self.base, self.language, self.wants_html)

    def layer(self, layer_id: str) -> LayerRecord:
        """Return a collection's layer; raises UnknownCollection."""
        try:
            return self.layers[layer_id]
        except KeyError:
            raise UnknownCollection(collection=layer_id[:80]) from None


def client_of(environ: dict[str, Any], snapshot: Snapshot, settings: OgcSettings) -> Client:
    """Read a request for a document; raises InvalidParameter for parameters that documents do not have."""
    principal = principal_of(environ, snapshot)
    pairs = query_pairs(environ.get("QUERY_STRING", ""))
    check_parameters(pairs, GENERAL)
    format_ = parse_format(pairs)
    return Client(
        environ=environ,
        layers={
            id_: layer for id_, layer in visible_layers(principal, snapshot).items() if layer.kind is LayerKind.VECTOR
        },
        revision=snapshot.revision,
        base=public_base_url(environ, settings.trust_forwarded),
        language=language_of_request(environ),
        pairs=pairs,
        wants_html=format_ == "html" or (format_ is None and prefers_html(environ)),
        shared=principal.application is None,
    )
