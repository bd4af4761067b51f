"""Answers features before Flask is asked: a path, a query, a page of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from catalog.holdings import Holdings
from catalog.watch import SnapshotWatch
from server.answers import Answer, StartResponse
from server.negotiation import prefers_html
from server.ogc.items import answer_items, item_answer, item_format, read_request
from server.ogc.settings import OgcSettings
from server.ogc.visits import visit_collection
from server.problems import problem

_PREFIX = "/ogc/collections/"


class ItemsFastPath:
    """A WSGI callable for ``/ogc/collections/{id}/items`` and ``…/items/{feature}`` that may decline with None."""

    def __init__(self, watch: SnapshotWatch, holdings: Holdings, settings: OgcSettings):
        self._watch = watch
        self._holdings = holdings
        self._settings = settings

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes] | None:
        """Answer with GeoJSON or a problem; None for other paths and methods and for clients that want a page."""
        path: str = environ["PATH_INFO"]
        if not path.startswith(_PREFIX) or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return None
        layer_id, _, rest = path[len(_PREFIX) :].partition("/")
        resource, slash, feature_id = rest.partition("/")
        if resource != "items" or (slash and not feature_id):
            return None
        try:
            # WSGI hands paths over as Latin-1.
            answer = self._answer(environ, layer_id, feature_id.encode("latin-1").decode("utf-8", "replace"))
        except Exception as error:
            answer = problem(error, environ)
        return None if answer is None else answer.for_client(environ).to_wsgi(environ, start_response)

    def _answer(self, environ: dict[str, Any], layer_id: str, feature_id: str) -> Answer | None:
        visit = visit_collection(environ, self._watch.snapshot, layer_id, self._settings.trust_forwarded)
        if feature_id:
            format_ = item_format(visit)
            wants_html = format_ == "html" or (format_ is None and prefers_html(environ))
            return None if wants_html else item_answer(visit, feature_id, self._holdings)
        request = read_request(visit, self._settings)
        if request.format == "html" or (request.format is None and prefers_html(environ)):
            return None
        return answer_items(visit, request, self._holdings)
