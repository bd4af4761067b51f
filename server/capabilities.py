"""Capabilities as bytes: written once for what a principal sees, a language and a revision, out of kept parts."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from urllib.parse import quote

from server.answer_cache import AnswerCache
from server.answers import Answer, digest_etag
from tilecache.drawing import Drawable
from tilecache.renders import Admission

PLACEHOLDER = "http://placeholder.invalid"
"""Stands in capabilities for scheme and host, so that one document serves every host."""

_LIMIT = 64 << 20
"""Bytes of documents that are kept; those of six thousand layers have some ten million each."""
_LEVEL = 4
"""Of compression: nine takes ten times as long for a tenth less."""


class Fragments:
    """The part of a document that one record makes, kept as bytes as long as the record stays as it is.

    They outlive snapshots: after a change only the parts of records that it touched are written again.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Hashable, str], tuple[Drawable, bytes]] = {}

    def part(self, kind: Hashable, record: Drawable, write: Callable[[Drawable], bytes]) -> bytes:
        """Return what ``write`` made of an equal record; ``kind`` is all else that it depends on."""
        kept = self._kept.get((kind, record.id))
        if kept is None or (kept[0] is not record and kept[0] != record):
            kept = (record, write(record))
            self._kept[kind, record.id] = kept
        return kept[1]

    def keep_only(self, ids: Collection[str]) -> None:
        """Forget the parts of all other records."""
        for key in [key for key in list(self._kept) if key[1] not in ids]:
            self._kept.pop(key, None)


class CapabilitiesDocuments:
    """Keeps the documents of one snapshot, and what was sent of them.

    Documents are kept with a placeholder for scheme and host and completed for each client, so a stranger's Host
    header makes none be written; completed ones are kept up to a limit of bytes, the least recently used go first.
    """

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._sent = AnswerCache(_LIMIT, _LEVEL)

    def answer(
        self, key: Hashable, base_url: str, api_key: str, content_type: str, write: Callable[[], bytes]
    ) -> Answer:
        """Return the document for a host; links carry the client's key on, where it came in the URL.

        A large document takes seconds the first time; whoever writes it or waits for it holds one of the places
        for that. Raises RenderUnavailable where none is free.
        """

        def complete() -> Answer:
            with self._admission.admitted():
                body = self._document(key, write)
                body = _with_key(body, api_key) if api_key else body
                body = body.replace(PLACEHOLDER.encode(), base_url.encode())
                return Answer(body, content_type, etag=digest_etag(body))

        return self._sent.get((key, base_url, api_key), complete)

    def _document(self, key: Hashable, write: Callable[[], bytes]) -> bytes:
        # One writes and the others wait: of ten clients that come after a change, nine would write in vain.
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                kept = self._kept[key] = write()
                self._size += len(kept)
                while self._size > _LIMIT and len(self._kept) > 1:
                    self._size -= len(self._kept.popitem(last=False)[1])
            else:
                self._kept.move_to_end(key)
            return kept


_LINK = re.compile(rb'(href|template)="(' + re.escape(PLACEHOLDER.encode()) + rb'/[^"?]*)(?:\?([^"]*))?"')


def _with_key(document: bytes, api_key: str) -> bytes:
    """Put the key into every link to the services and their tiles."""
    parameter = b"key=" + quote(api_key, safe="").encode()

    def keyed(match: re.Match[bytes]) -> bytes:
        attribute, url, query = match.groups()
        rest = b"" if query is None else b"&amp;" + query
        return attribute + b'="' + url + b"?" + parameter + rest + b'"'

    return _LINK.sub(keyed, document)
