"""The query strings of the JSON API, read into typed values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from layers.errors import InvalidParameter

GENERAL = frozenset({"lang", "key"})
MOST_LAYERS = 20
_LONGEST_QUERY = 100
_MOST_RESULTS = 50


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What somebody typed, and how many answers fit."""

    text: str
    limit: int


@dataclass(frozen=True, slots=True)
class IdentifyRequest:
    """Where somebody clicked, at which zoom, with which layers on."""

    lon: float
    lat: float
    zoom: float
    layers: tuple[str, ...]


def check_general(query_string: str) -> None:
    """Refuse parameters where there are none but the general ones."""
    _values(query_string, frozenset())


def parse_search(query_string: str) -> SearchRequest:
    """Read ``q`` and ``limit``; raises InvalidParameter."""
    values = _values(query_string, frozenset({"q", "limit"}))
    text = _required(values, "q").strip()
    if len(text) > _LONGEST_QUERY:
        raise InvalidParameter("api_query_too_long", most=_LONGEST_QUERY)
    return SearchRequest(text, int(_number(values.get("limit", "10"), "limit", 1, _MOST_RESULTS)))


def parse_identify(query_string: str) -> IdentifyRequest:
    """Read ``lon``, ``lat``, ``zoom`` and ``layers``; raises InvalidParameter."""
    values = _values(query_string, frozenset({"lon", "lat", "zoom", "layers"}))
    layers = tuple(dict.fromkeys(part.strip() for part in _required(values, "layers").split(",") if part.strip()))
    if len(layers) > MOST_LAYERS:
        raise InvalidParameter("api_too_many_layers", most=MOST_LAYERS, count=len(layers))
    return IdentifyRequest(
        lon=_number(_required(values, "lon"), "lon", -180, 180),
        # Web Mercator, in which the tolerance is a circle, ends here.
        lat=_number(_required(values, "lat"), "lat", -85, 85),
        zoom=_number(values.get("zoom", "18"), "zoom", 0, 24),
        layers=layers,
    )


def _values(query_string: str, known: frozenset[str]) -> Mapping[str, str]:
    values = dict(parse_qsl(query_string, keep_blank_values=True))
    for name in values:
        if name not in known and name not in GENERAL:
            raise InvalidParameter("api_unknown_parameter", name=name[:80])
    return values


def _required(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise InvalidParameter("api_missing_parameter", name=name)
    return values[name]


def _number(text: str, name: str, least: float, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise InvalidParameter("api_invalid_number", name=name, value=text[:40], least=least, most=most)
    return number
