"""What a request prefers: its language, the format of the answer and how that may be packed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from layers.messages import Language, language_of

Environ = dict[str, Any]

_CHINESE = ("zh", "*")


def language_of_request(environ: Environ) -> Language:
    """Return the language asked for by ``lang=``, else by Accept-Language, else 繁體中文."""
    query = environ.get("QUERY_STRING", "")
    if "lang=" in query:
        for name, value in parse_qsl(query):
            if name == "lang":
                return language_of(value)
    header = environ.get("HTTP_ACCEPT_LANGUAGE")
    if not header:
        return "zh-TW"
    known = ((tag, quality) for tag, quality in _weighted(header) if tag.startswith(("en", *_CHINESE)))
    return language_of(max(known, key=lambda choice: choice[1], default=("zh", 1.0))[0])


def prefers_html(environ: Environ) -> bool:
    """Tell whether the client named text/html and likes it better than JSON."""
    header = environ.get("HTTP_ACCEPT", "")
    if "text/html" not in header:
        return False
    weights = dict(_weighted(header))
    json = max(weights.get("application/json", 0.0), weights.get("application/geo+json", 0.0))
    return weights.get("text/html", 0.0) > json


def accepts_gzip(environ: Environ) -> bool:
    """Tell whether the client named gzip and did not refuse it by ``q=0``."""
    header = environ.get("HTTP_ACCEPT_ENCODING", "")
    return "gzip" in header and dict(_weighted(header.replace(" ", ""))).get("gzip", 0.0) > 0


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        value, _, quality = part.partition(";q=")
        try:
            yield value.split(";")[0].strip().lower(), float(quality) if quality else 1.0
        except ValueError:
            yield value.strip().lower(), 0.0
