"""One request to a map service, with the state it works with to its end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from catalog.access import Principal
from catalog.records import Snapshot
from layers.messages import Language, language_of
from server.answers import Answer, digest_etag
from server.capabilities import CapabilitiesDocuments
from server.mapproxy import MapProxyMount
from server.negotiation import accepts_gzip
from server.ows_request import Parameters
from server.tiles import Environ, TileService
from server.visible import Visible, visible_to


@dataclass(frozen=True, slots=True)
class MapsOfSnapshot:
    """All that depends on one snapshot; swapped whole, so a request sees one revision."""

    snapshot: Snapshot
    mount: MapProxyMount
    tiles: TileService
    documents: CapabilitiesDocuments


@dataclass(frozen=True)
class Call:
    """A request, read."""

    environ: Environ
    path: str
    state: MapsOfSnapshot
    parameters: Parameters
    principal: Principal
    base_url: str

    @cached_property
    def visible(self) -> Visible:
        """What exists for the client."""
        return visible_to(self.principal, self.state.snapshot)

    @property
    def api_key(self) -> str:
        """The key that came in the URL and is carried on in links; empty where there is none."""
        return self.parameters.get("key") if self.principal.application else ""

    @property
    def language(self) -> Language:
        """The language of titles and sentences; services speak 繁體中文 unless asked by parameter."""
        return language_of(self.parameters.get("language") or self.parameters.get("lang"))

    def document(self, body: bytes, content_type: str) -> Answer:
        """Return a capabilities document as an answer."""
        shared = self.principal.application is None
        answer = Answer(body, f"{content_type}; charset=utf-8", etag=digest_etag(body), shared=shared)
        # The document names the client's host, so its packed form is not kept; quick is better than small.
        return answer.pack(level=1) if accepts_gzip(self.environ) else answer
