"""The route table of OGC API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import flask
import orjson

from catalog.holdings import Holdings
from catalog.records import Snapshot
from catalog.watch import SnapshotWatch
from server.answer_cache import AnswerCache
from server.answers import HTML, JSON, OPENAPI, SCHEMA, Answer, digest_etag, preflight
from server.errors import MethodNotAllowed, UnknownPath
from server.negotiation import language_of_request, prefers_html
from server.ogc.client import Client, client_of
from server.ogc.documents import Documents
from server.ogc.door import Document
from server.ogc.html import Pages
from server.ogc.item_pages import item_page, items_page
from server.ogc.items import answer_items, item_answer, item_format, read_request
from server.ogc.links import ROOT
from server.ogc.settings import OgcSettings
from server.ogc.style_pages import StyleResources
from server.ogc.visits import visit_collection
from server.problems import problem_response

View = Callable[..., Answer]


class OgcApi:
    """OGC API over the catalogue: a Flask blueprint below ``/ogc``."""

    def __init__(self, watch: SnapshotWatch, holdings: Holdings, settings: OgcSettings):
        self._watch = watch
        self._holdings = holdings
        self._settings = settings
        self._documents = Documents(settings)
        self._pages = Pages(settings)
        self._styles = StyleResources(watch, settings, self._pages)
        self._cache = AnswerCache()
        self.blueprint = flask.Blueprint("ogc", __name__, url_prefix=ROOT)
        self._add_routes()

    def refresh(self, snapshot: Snapshot) -> None:
        """Forget the documents of older revisions."""
        self._cache.clear()
        self._styles.refresh()

    def _add_routes(self) -> None:
        routes: dict[str, View] = {
            "": self._landing,
            "/": self._landing,
            "/conformance": self._conformance,
            "/openapi": self._openapi,
            "/api": self._openapi,
            "/collections": self._collections,
            "/collections/<layer_id>": self._collection,
            "/collections/<layer_id>/queryables": self._queryables,
            "/collections/<layer_id>/schema": self._schema,
            "/collections/<layer_id>/items": self._items,
            "/collections/<layer_id>/items/<path:feature_id>": self._item,
            **self._styles.routes(),
            "/<path:rest>": self._unknown,
        }
        for rule, view in routes.items():
            self.blueprint.add_url_rule(
                rule,
                endpoint=rule.strip("/").replace(".", "-") or f"landing{rule and '-slash'}",
                view_func=_sent(view),
                methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
                provide_automatic_options=False,
            )
        self.blueprint.register_error_handler(Exception, problem_response)

    def _landing(self) -> Answer:
        client = self._client()
        return self._document(
            client, "landing", JSON, lambda: self._documents.landing_page(client.base, client.language)
        )

    def _conformance(self) -> Answer:
        return self._document(self._client(), "conformance", JSON, self._documents.conformance)

    def _openapi(self) -> Answer:
        client = self._client()
        return self._document(
            client,
            "openapi",
            OPENAPI,
            lambda: self._documents.openapi(client.layers, client.base, client.language),
        )

    def _collections(self) -> Answer:
        client = self._client()
        return self._document(
            client,
            "collections",
            JSON,
            lambda: self._documents.collections(client.layers, client.base, client.language),
        )

    def _collection(self, layer_id: str) -> Answer:
        return self._described(layer_id, "collection", JSON, self._documents.collection)

    def _queryables(self, layer_id: str) -> Answer:
        return self._described(layer_id, "queryables", SCHEMA, self._documents.queryables)

    def _schema(self, layer_id: str) -> Answer:
        return self._described(layer_id, "schema", SCHEMA, self._documents.schema)

    def _described(self, layer_id: str, kind: str, media_type: str, make: Callable[..., Document]) -> Answer:
        client = self._client()
        layer = client.layer(layer_id)
        # One collection's document depends on no other.
        client = replace(client, layers={layer_id: layer})
        return self._document(client, kind, media_type, lambda: make(layer, client.base, client.language))

    def _document(self, client: Client, kind: str, media_type: str, make: Callable[[], Document]) -> Answer:
        def finished() -> Answer:
            document = make()
            if client.wants_html:
                body, content_type = self._pages.document(kind, document, client), HTML
            else:
                body, content_type = orjson.dumps(document), media_type
            headers = (("Content-Language", client.language),)
            return Answer(body, content_type, etag=digest_etag(body), headers=headers)

        return replace(self._cache.get((kind, client.key), finished), shared=client.shared)

    def _items(self, layer_id: str) -> Answer:
        environ = flask.request.environ
        visit = visit_collection(environ, self._watch.snapshot, layer_id, self._settings.trust_forwarded)
        request = read_request(visit, self._settings)
        if request.format == "html" or (request.format is None and prefers_html(environ)):
            return items_page(visit, request, self._holdings, self._pages, language_of_request(environ))
        return answer_items(visit, request, self._holdings)

    def _item(self, layer_id: str, feature_id: str) -> Answer:
        environ = flask.request.environ
        visit = visit_collection(environ, self._watch.snapshot, layer_id, self._settings.trust_forwarded)
        format_ = item_format(visit)
        if format_ == "html" or (format_ is None and prefers_html(environ)):
            return item_page(visit, feature_id, self._holdings, self._pages, language_of_request(environ))
        return item_answer(visit, feature_id, self._holdings)

    def _unknown(self, rest: str) -> Answer:
        raise UnknownPath(path=f"{ROOT}/{rest}"[:200])

    def _client(self) -> Client:
        return client_of(flask.request.environ, self._watch.snapshot, self._settings)


def _sent(view: View) -> Callable[..., flask.Response]:
    def send(**arguments: str) -> flask.Response:
        if flask.request.method == "OPTIONS":
            return preflight().to_flask()
        if flask.request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed()
        return view(**arguments).for_client(flask.request.environ).to_flask()

    return send
