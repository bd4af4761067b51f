"""An answer as a value: made without a framework, sent through Flask or straight through WSGI."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import flask
import orjson

from server.negotiation import accepts_gzip

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html; charset=utf-8"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

LEAST_TO_PACK = 1024
"""Bytes; packing less saves no packet on the wire."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

_OPEN = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Content-Crs, ETag, Retry-After"),
    ("Vary", "Accept, Accept-Encoding, Accept-Language, X-Api-Key"),
)
_PREFLIGHT = (
    ("Allow", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "Accept, Accept-Language, If-None-Match, X-Api-Key"),
    ("Access-Control-Max-Age", "86400"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of a response that any web page may read."""

    body: bytes
    content_type: str = JSON
    status: int = 200
    etag: str | None = None
    """Quoted as in the header."""
    shared: bool = True
    """False where the body is for one application alone, so that no proxy may keep it."""
    headers: tuple[tuple[str, str], ...] = ()
    packed: bytes | None = None
    """The body compressed by gzip, where it is kept so."""
    cache_control: str | None = None
    """What caches may do; None: keep the body and ask each time whether it is still right."""

    def pack(self, level: int = 9) -> Answer:
        """Return the answer with its body compressed beside it, where that is worth it."""
        if len(self.body) < LEAST_TO_PACK:
            return self
        return replace(self, packed=gzip.compress(self.body, level, mtime=0))

    def for_client(self, environ: dict[str, Any]) -> Answer:
        """Return 304 Not Modified where the client already has this body, else what it reads most quickly."""
        if self.etag is not None and matches(environ.get("HTTP_IF_NONE_MATCH"), self.etag):
            return replace(self, status=304, body=b"")
        if self.packed is None or not accepts_gzip(environ):
            return self
        # The same content in other bytes: only a weak ETag may stand for both.
        etag = f"W/{self.etag}" if self.etag else None
        headers = (*self.headers, ("Content-Encoding", "gzip"))
        return replace(self, body=self.packed, packed=None, etag=etag, headers=headers)

    def header_list(self) -> list[tuple[str, str]]:
        """Return all headers as WSGI wants them."""
        headers = [*_OPEN, *self.headers]
        if self.status != HTTPStatus.NOT_MODIFIED:
            headers += [("Content-Type", self.content_type), ("Content-Length", str(len(self.body)))]
        if self.etag:
            asked_again = "no-cache" if self.shared else "private, no-cache"
            headers += [("ETag", self.etag), ("Cache-Control", self.cache_control or asked_again)]
        else:
            headers.append(("Cache-Control", "no-store"))
        return headers

    def to_wsgi(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Send the answer."""
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", self.header_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]

    def to_flask(self) -> flask.Response:
        """Return the answer as Flask's response."""
        return flask.Response(self.body, self.status, self.header_list())


def json_answer(document: Any, content_type: str = JSON, **parts: Any) -> Answer:
    """Return a document as JSON in UTF-8."""
    return Answer(orjson.dumps(document), content_type, **parts)


def preflight() -> Answer:
    """Return what a browser asks before it sends a key to another site."""
    return Answer(b"", status=204, headers=_PREFLIGHT)


def digest_etag(body: bytes) -> str:
    """Return an ETag that stands for exactly these bytes."""
    return f'"{hashlib.blake2b(body, digest_size=10).hexdigest()}"'


def matches(header: str | None, etag: str) -> bool:
    """Compare If-None-Match with an ETag, weakly, as RFC 9110 (13.1.2) wants it."""
    if not header:
        return False
    if header.strip() == "*":
        return True
    opaque = etag.removeprefix("W/")
    return any(candidate.strip().removeprefix("W/") == opaque for candidate in header.split(","))
