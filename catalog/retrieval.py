"""Fetches what agencies put on the web: only from hosts the configuration allows, only when it changed.

Requests are conditional (RFC 9110, section 13): a source that answers 304 costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Timeout, Url, parse_url

from catalog.config import RetrievalConfig
from catalog.errors import RetrievalError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CHUNK = 1 << 20
_AGENT = "Tuzi (map-data platform)"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a source said of the version we hold, sent back to ask whether it is still the newest."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was fetched; ``changed`` is False where the source says that we hold the newest version."""

    changed: bool
    validators: Validators
    size: int = 0


def is_address(source: str) -> bool:
    """Tell whether a source is an address on the web; else it is a path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source) is not None


class Retrieval:
    """Fetches over HTTP within the limits of the configuration; may be used from several threads."""

    def __init__(self, config: RetrievalConfig) -> None:
        self._config = config
        self._hosts = frozenset(host.lower() for host in config.hosts)
        timeout = Timeout(connect=config.timeout, read=config.timeout)
        # Redirects are followed here, one by one: each must lead to an allowed host.
        self._pool = urllib3.PoolManager(retries=False, timeout=timeout)

    def fetch(self, address: str, target: Path, known: Validators = Validators()) -> Retrieved:
        """Write what the address holds to ``target``; raises RetrievalError with what stood in the way.

        Nothing is written where the source did not change since ``known``.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            self._check(address)
            with self._request(address, known) as response:
                if response.status in _REDIRECTS and (location := response.headers.get("Location")):
                    address = urljoin(address, location)
                    continue
                if response.status == HTTPStatus.NOT_MODIFIED:
                    return Retrieved(False, known)
                if response.status != HTTPStatus.OK:
                    raise RetrievalError("retrieval_status", address=_shown(address), status=response.status)
                size = self._save(response, address, target)
                validators = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
                return Retrieved(True, validators, size)
        raise RetrievalError("retrieval_redirects", address=_shown(address), most=_MOST_REDIRECTS)

    def _check(self, address: str) -> None:
        url = _parsed(address)
        if url.scheme not in {"http", "https"} or not url.host:
            raise RetrievalError("retrieval_scheme", address=_shown(address))
        host = url.host.lower()
        if host not in self._hosts and (url.port is None or f"{host}:{url.port}" not in self._hosts):
            raise RetrievalError("retrieval_host", host=url.host, hosts=", ".join(sorted(self._hosts)) or "-")

    @contextmanager
    def _request(self, address: str, known: Validators) -> Iterator[urllib3.BaseHTTPResponse]:
        wanted = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        headers = {"User-Agent": _AGENT} | {name: value for name, value in wanted.items() if value}
        try:
            response = self._pool.request("GET", address, headers=headers, preload_content=False, redirect=False)
        except HTTPError as error:
            raise _unreachable(address, error) from error
        try:
            yield response
        finally:
            response.close()

    def _save(self, response: urllib3.BaseHTTPResponse, address: str, target: Path) -> int:
        """Write the body to disk; one that is too large or ends early is no delivery."""
        size = 0
        try:
            with target.open("wb") as stream:
                for chunk in response.stream(_CHUNK, decode_content=True):
                    size += len(chunk)
                    if size > self._config.max_bytes:
                        raise RetrievalError(
                            "retrieval_too_large", address=_shown(address), most=f"{self._config.max_bytes:,}"
                        )
                    stream.write(chunk)
        except HTTPError as error:
            raise _unreachable(address, error) from error
        return size


def _parsed(address: str) -> Url:
    try:
        return parse_url(address)
    except LocationParseError:
        raise RetrievalError("retrieval_scheme", address=_shown(address)) from None


def _unreachable(address: str, error: Exception) -> RetrievalError:
    # The library's own words name the address with its credentials; only the kind of failure is told.
    reason = type(getattr(error, "reason", None) or error).__name__
    return RetrievalError("retrieval_unreachable", address=_shown(address), reason=reason)


def _shown(address: str) -> str:
    """Return an address as it may be shown and recorded: without user, password and query, which may hold keys."""
    try:
        url = parse_url(address)
    except LocationParseError:
        return "?"
    return Url(url.scheme, None, url.host, url.port, url.path).url[:200]
