"""One request to a map service, with the state it works with to its end."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property

from catalog.access import Principal
from catalog.records import Snapshot
from layers.messages import Language, language_of
from server.answers import Answer
from server.capabilities import CapabilitiesDocuments
from server.mapproxy import MapProxyMount
from server.ows_request import Parameters
from server.tiles import Environ, TileService
from server.visible import Visible, visible_to

KEPT_VIEWS = 64
"""Principals whose part of the catalogue is kept with a snapshot."""


@dataclass(frozen=True, slots=True)
class MapsOfSnapshot:
    """All that depends on one snapshot; swapped whole, so a request sees one revision."""

    snapshot: Snapshot
    mount: MapProxyMount
    tiles: TileService
    documents: CapabilitiesDocuments
    views: dict[Principal, Visible] = field(default_factory=dict)

    def visible_to(self, principal: Principal) -> Visible:
        """Return what exists for a principal, looked up once; going through all layers takes a while."""
        visible = self.views.get(principal)
        if visible is None:
            visible = visible_to(principal, self.snapshot)
            if len(self.views) < KEPT_VIEWS:
                self.views[principal] = visible
        return visible


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
        return self.state.visible_to(self.principal)

    @property
    def api_key(self) -> str:
        """The key that came in the URL and is carried on in links; empty where there is none."""
        return self.parameters.get("key") if self.principal.application else ""

    @property
    def language(self) -> Language:
        """The language of titles and sentences; services speak 繁體中文 unless asked by parameter."""
        return language_of(self.parameters.get("language") or self.parameters.get("lang"))

    def document(self, key: Hashable, content_type: str, write: Callable[[], bytes]) -> Answer:
        """Return a capabilities document as an answer; ``key`` is what it depends on beside snapshot and host."""
        answer = self.state.documents.answer(key, self.base_url, self.api_key, f"{content_type}; charset=utf-8", write)
        return replace(answer, shared=self.principal.application is None)
