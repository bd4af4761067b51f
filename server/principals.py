"""Who asks: a request's key becomes a ``Principal``."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from catalog.access import ANONYMOUS, Principal, digest_of_key
from catalog.records import Snapshot


def principal_of(environ: dict[str, Any], snapshot: Snapshot) -> Principal:
    """Return the application whose key the request carries (``X-Api-Key`` or ``key=``), else anonymous.

    An unknown key is anonymous, too: it opens nothing, and it does not tell that layers exist.
    """
    key = environ.get("HTTP_X_API_KEY")
    if key is None and "key=" in environ.get("QUERY_STRING", ""):
        key = parse_qs(environ["QUERY_STRING"]).get("key", [None])[0]
    if not key:
        return ANONYMOUS
    application = snapshot.keys.get(digest_of_key(key))
    if application is None:
        return ANONYMOUS
    return Principal(application, snapshot.grants.get(application, frozenset()))
