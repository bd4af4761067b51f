"""Capabilities as bytes: written once for what a principal sees, a language and a revision."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from urllib.parse import quote

from server.mapproxy import PLACEHOLDER

KEPT = 64


class CapabilitiesDocuments:
    """Keeps the documents of one snapshot.

    Documents are kept with a placeholder for scheme and host and completed for each client, so that a
    stranger's Host header neither makes one be written nor stays in the cache.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def document(self, key: Hashable, base_url: str, api_key: str, write: Callable[[], bytes]) -> bytes:
        """Return the document for a host; links carry the client's key on, where it came in the URL."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                kept = self._kept[key] = write()
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            else:
                self._kept.move_to_end(key)
        if api_key:
            kept = _with_key(kept, api_key)
        return kept.replace(PLACEHOLDER.encode(), base_url.encode())


_LINK = re.compile(rb'(href|template)="(' + re.escape(PLACEHOLDER.encode()) + rb'/[^"?]*)(?:\?([^"]*))?"')


def _with_key(document: bytes, api_key: str) -> bytes:
    """Put the key into every link to the services and their tiles."""
    parameter = b"key=" + quote(api_key, safe="").encode()

    def keyed(match: re.Match[bytes]) -> bytes:
        attribute, url, query = match.groups()
        rest = b"" if query is None else b"&amp;" + query
        return attribute + b'="' + url + b"?" + parameter + rest + b'"'

    return _LINK.sub(keyed, document)
