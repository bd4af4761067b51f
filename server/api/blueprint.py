"""The route table of the JSON API: what the map site and connected systems ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import flask
import yaml

from catalog.errors import UnknownLayer
from catalog.holdings import Holdings
from catalog.records import Access, Snapshot
from catalog.watch import SnapshotWatch
from layers.render import Renderer
from server.answer_cache import AnswerCache
from server.answers import Answer, digest_etag, json_answer, preflight
from server.api.catalogue import catalogue_document
from server.api.coordinates import read_coordinates
from server.api.identify import identify
from server.api.layer_search import LayerIndex
from server.api.legend import legend_document
from server.api.parameters import check_general, parse_identify, parse_search
from server.api.place_search import coordinate_place, find_places
from server.api.settings import ApiSettings
from server.api.texts import text_document
from server.errors import MethodNotAllowed, UnknownPath
from server.negotiation import language_of_request
from server.principals import principal_of
from server.problems import problem_response
from server.public_url import public_base_url
from server.visible import Visible, visible_to

ROOT = "/api/v1"


class FunctionApi:
    """The function APIs over the catalogue: a Flask blueprint below ``/api/v1``."""

    def __init__(self, watch: SnapshotWatch, holdings: Holdings, renderer: Renderer, settings: ApiSettings):
        self._watch = watch
        self._holdings = holdings
        self._renderer = renderer
        self._settings = settings
        self._cache = AnswerCache()
        self._index = (watch.snapshot, LayerIndex(watch.snapshot))
        self.blueprint = flask.Blueprint("api", __name__, url_prefix=ROOT)
        routes: dict[str, Callable[..., Answer]] = {
            "/openapi.json": self._openapi,
            "/catalogue": self._catalogue,
            "/search": self._search,
            "/identify": self._identify,
            "/legend/<layer_id>": self._legend,
            "/": self._unknown,
            "/<path:rest>": self._unknown,
        }
        for rule, view in routes.items():
            self.blueprint.add_url_rule(
                rule,
                endpoint=rule.strip("/").replace(".", "-") or "root",
                view_func=_sent(view),
                methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
                provide_automatic_options=False,
            )
        self.blueprint.register_error_handler(Exception, problem_response)

    def refresh(self, snapshot: Snapshot) -> None:
        """Make the search index of the new revision and forget older answers."""
        self._index = (snapshot, LayerIndex(snapshot))
        self._cache.clear()

    def _catalogue(self) -> Answer:
        check_general(_query_string())
        snapshot, visible = self._seen()

        def finished() -> Answer:
            answer = json_answer(catalogue_document(snapshot, visible, self._settings))
            return replace(answer, etag=digest_etag(answer.body))

        answer = self._cache.get(("catalogue", snapshot.revision, visible.key), finished)
        return replace(answer, shared=principal_of(flask.request.environ, snapshot).application is None)

    def _search(self) -> Answer:
        request = parse_search(_query_string())
        snapshot, visible = self._seen()
        layers = self._index_of(snapshot).find(request.text, visible.layers, request.limit)
        typed = read_coordinates(request.text)
        if typed:
            places = [coordinate_place(typed)]
        else:
            places = find_places(
                self._holdings,
                visible.layers.values(),
                request.text,
                request.limit,
                self._settings.search_seconds,
            )
        return json_answer(
            {
                "layers": [
                    {
                        "id": layer.id,
                        "title": text_document(layer.title),
                        "theme": layer.theme.id,
                        "agency": {"id": layer.agency.id, "title": text_document(layer.agency.title)},
                    }
                    for layer in layers
                ],
                "places": places,
            }
        )

    def _identify(self) -> Answer:
        request = parse_identify(_query_string())
        _, visible = self._seen()
        # A site that was opened before a layer was retired still asks for it: no error, and nothing found.
        layers = [visible.layers[name] for name in request.layers if name in visible.layers]
        return json_answer({"results": identify(self._holdings, layers, request)})

    def _legend(self, layer_id: str) -> Answer:
        check_general(_query_string())
        snapshot, visible = self._seen()
        layer = visible.layers.get(layer_id)
        if layer is None:
            raise UnknownLayer("api_unknown_layer", layer=layer_id[:80])
        language = language_of_request(flask.request.environ)

        def finished() -> Answer:
            answer = json_answer(legend_document(self._renderer, layer, language))
            return replace(answer, etag=digest_etag(answer.body))

        answer = self._cache.get(("legend", snapshot.revision, layer_id, language), finished)
        return replace(answer, shared=layer.access is Access.PUBLIC)

    def _openapi(self) -> Answer:
        check_general(_query_string())
        base = public_base_url(flask.request.environ, self._settings.trust_forwarded)
        return json_answer({**_definition(), "servers": [{"url": f"{base}{ROOT}"}]})

    def _unknown(self, rest: str = "") -> Answer:
        raise UnknownPath(path=f"{ROOT}/{rest}"[:200])

    def _seen(self) -> tuple[Snapshot, Visible]:
        snapshot = self._watch.snapshot
        return snapshot, visible_to(principal_of(flask.request.environ, snapshot), snapshot)

    def _index_of(self, snapshot: Snapshot) -> LayerIndex:
        indexed, index = self._index
        # A request that began before the revision moved is answered by its own revision.
        return index if indexed is snapshot else LayerIndex(snapshot)


@cache
def _definition() -> dict[str, Any]:
    text = (resources.files("server.api") / "openapi.yml").read_text(encoding="utf-8")
    definition: dict[str, Any] = yaml.safe_load(text)
    return definition


def _query_string() -> str:
    return str(flask.request.environ.get("QUERY_STRING", ""))


def _sent(view: Callable[..., Answer]) -> Callable[..., flask.Response]:
    def send(**arguments: str) -> flask.Response:
        if flask.request.method == "OPTIONS":
            return preflight().to_flask()
        if flask.request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed()
        return view(**arguments).for_client(flask.request.environ).to_flask()

    return send
