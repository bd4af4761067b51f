"""The resources of OGC API – Styles: who asks, in which form, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import flask
import orjson
import yaml

from catalog.records import LayerKind, LayerRecord
from catalog.watch import SnapshotWatch
from layers.messages import Language
from layers.styles.document import style_document
from layers.styles.sld import write_sld
from server.answer_cache import AnswerCache
from server.answers import HTML, JSON, Answer, digest_etag
from server.errors import UnknownCollection, UnsupportedFormat
from server.negotiation import language_of_request, prefers_html
from server.ogc.html import Pages
from server.ogc.links import ROOT, collection_url
from server.ogc.parameters import GENERAL, check_parameters, query_pairs
from server.ogc.settings import OgcSettings
from server.ogc.styles import (
    MAPLIBRE,
    SLD,
    YAML,
    Document,
    PublishedStyle,
    find_style,
    legend_url,
    style_list,
    style_metadata,
    styles_of,
)
from server.principals import principal_of
from server.public_url import public_base_url
from server.style_documents import style_body
from server.visible import Visible, visible_to
from tilecache.drawing import Drawable

_ASKED_FOR = {"json": "maplibre", "maplibre": "maplibre", "sld": "sld", "yaml": "yaml", "html": "html"}
_ACCEPTED = (("application/vnd.ogc.sld+xml", "sld"), (YAML, "yaml"), (MAPLIBRE, "maplibre"))
_LANGUAGE_HEADER = "Content-Language"


@dataclass(frozen=True, slots=True)
class _Visit:
    """A request for a resource of styles, read."""

    visible: Visible
    revision: int
    base: str
    language: Language
    format: str
    api_key: str
    shared: bool
    path: str


class StyleResources:
    """Answers below ``/ogc/styles`` and ``/ogc/collections/{id}/styles``."""

    def __init__(self, watch: SnapshotWatch, settings: OgcSettings, pages: Pages):
        self._watch = watch
        self._settings = settings
        self._pages = pages
        self._cache = AnswerCache()

    def routes(self) -> Mapping[str, Callable[..., Answer]]:
        """Return the views by rule."""
        return {
            "/styles": self._all,
            "/styles/<style_id>": self._style,
            "/styles/<style_id>/metadata": self._metadata,
            "/collections/<layer_id>/styles": self._of_collection,
        }

    def refresh(self) -> None:
        """Forget the documents of older revisions."""
        self._cache.clear()

    def _all(self) -> Answer:
        visit = self._visit(frozenset({"json", "html"}))
        records: list[Drawable] = [*visit.visible.layers.values(), *visit.visible.basemaps.values()]
        styles = [style for record in records for style in styles_of(record)]
        url = f"{visit.base}{ROOT}/styles"
        key = ("styles", visit.visible.key)
        return self._listed(visit, key, lambda: style_list(styles, url, visit.base, visit.language), None)

    def _of_collection(self, layer_id: str) -> Answer:
        visit = self._visit(frozenset({"json", "html"}))
        layer = visit.visible.layers.get(layer_id)
        if layer is None or layer.kind is not LayerKind.VECTOR:
            raise UnknownCollection(collection=layer_id[:80])
        url = f"{collection_url(visit.base, layer_id)}/styles"
        styles = list(styles_of(layer))
        key = ("styles of", layer_id)
        return self._listed(visit, key, lambda: style_list(styles, url, visit.base, visit.language), layer)

    def _listed(self, visit: _Visit, key: object, make: Callable[[], Document], layer: LayerRecord | None) -> Answer:
        return self._kept(visit, key, lambda: self._written(visit, make(), "styles", layer=layer))

    def _metadata(self, style_id: str) -> Answer:
        visit = self._visit(frozenset({"json", "html"}))
        style = find_style(visit.visible, style_id)
        return self._kept(visit, ("metadata", style.id), lambda: self._described(visit, style))

    def _style(self, style_id: str) -> Answer:
        visit = self._visit(frozenset(_ASKED_FOR))
        style = find_style(visit.visible, style_id)
        form = _ASKED_FOR[visit.format]
        if form not in {*style.forms, "html"}:
            raise _not_offered(visit.format, ("html", *style.forms))
        return self._kept(visit, ("style", style.id, visit.api_key), lambda: self._sheet(visit, style, form))

    def _sheet(self, visit: _Visit, style: PublishedStyle, form: str) -> Answer:
        if form == "html":
            return self._described(visit, style)
        record = style.record
        if form == "maplibre" or not isinstance(record, LayerRecord):
            settings = self._settings
            body = style_body(record, style.name, visit.base, visit.api_key, visit.language, settings.max_zoom) or b""
            return Answer(body, MAPLIBRE, etag=digest_etag(body))
        if form == "sld":
            body = write_sld(record.style, record.id).text.encode()
            return Answer(body, SLD, etag=digest_etag(body))
        document = style_document(record.style)
        text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)
        body = text.encode()
        return Answer(body, YAML, etag=digest_etag(body))

    def _described(self, visit: _Visit, style: PublishedStyle) -> Answer:
        document = style_metadata(style, visit.base, visit.language)
        is_layer = isinstance(style.record, LayerRecord)
        legend = legend_url(style, visit.base, visit.language, "image/png") if is_layer else None
        return self._written(visit, document, "style", legend=legend)

    def _written(self, visit: _Visit, document: Document, template: str, **context: Any) -> Answer:
        headers = ((_LANGUAGE_HEADER, visit.language),)
        if visit.format != "html":
            body = orjson.dumps(document)
            return Answer(body, JSON, etag=digest_etag(body), headers=headers)
        body = self._pages.render(template, visit.language, visit.base, visit.path, (), document=document, **context)
        return Answer(body, HTML, etag=digest_etag(body), headers=headers)

    def _kept(self, visit: _Visit, key: object, make: Callable[[], Answer]) -> Answer:
        whole = (key, visit.revision, visit.base, visit.language, visit.format, visit.path)
        return replace(self._cache.get(whole, make), shared=visit.shared)

    def _visit(self, formats: frozenset[str]) -> _Visit:
        environ, snapshot = flask.request.environ, self._watch.snapshot
        pairs = query_pairs(environ.get("QUERY_STRING", ""))
        check_parameters(pairs, GENERAL)
        values = dict(pairs)
        asked = values.get("f")
        if asked is not None and asked not in formats:
            raise _not_offered(asked, sorted(formats))
        principal = principal_of(environ, snapshot)
        return _Visit(
            visible=visible_to(principal, snapshot),
            revision=snapshot.revision,
            base=public_base_url(environ, self._settings.trust_forwarded),
            language=language_of_request(environ),
            format=asked or _accepted(environ, formats),
            api_key=values.get("key", "") if principal.application else "",
            shared=principal.application is None,
            path=environ["PATH_INFO"],
        )


def _not_offered(value: str, offered: Iterable[str]) -> UnsupportedFormat:
    return UnsupportedFormat("ogc_unsupported_style_format", value=value[:80], allowed=", ".join(offered))


def _accepted(environ: dict[str, Any], formats: frozenset[str]) -> str:
    if prefers_html(environ):
        return "html"
    header = environ.get("HTTP_ACCEPT", "")
    return next((form for media_type, form in _ACCEPTED if media_type in header and form in formats), "json")
