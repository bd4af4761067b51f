"""The query string of a features request, read into typed values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast
from urllib.parse import parse_qsl

from layers.crs import CRS84, Crs, bbox_from_served_order, parse_served_crs
from layers.errors import InvalidParameter
from layers.extent import BoundingBox
from layers.features import FeatureQuery, SortKey
from layers.schema import Schema
from server.errors import UnsupportedFormat
from server.ogc.instants import check_datetime
from server.ogc.settings import OgcSettings
from server.ogc.token import PageToken, parse_token

Format = Literal["json", "html"]
Pairs = Sequence[tuple[str, str]]

GENERAL = frozenset({"f", "lang", "key"})
"""Parameters of every resource."""
_CRS_PARAMETERS = ("crs", "bbox-crs", "filter-crs")
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class ItemsRequest:
    """What a client asks of a collection's items."""

    query: FeatureQuery
    pairs: Pairs
    """The query string as it came, for links to other pages."""
    token: PageToken | None = None
    format: Format | None = None

    @property
    def position(self) -> int:
        """Number of features on the pages before this one."""
        return self.token.position if self.token else self.query.offset


def query_pairs(query_string: str) -> Pairs:
    """Split a query string; raises InvalidParameter for a parameter given twice."""
    pairs = parse_qsl(query_string, keep_blank_values=True)
    if len({name for name, _ in pairs}) < len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidParameter("ogc_parameter_twice", name=next(name for name in names if names.count(name) > 1))
    return pairs


def check_parameters(pairs: Pairs, known: Iterable[str]) -> None:
    """Refuse parameters that the resource does not have (OGC 17-069r4, /req/core/query-param-unknown)."""
    for name, _ in pairs:
        if name not in known:
            raise InvalidParameter("ogc_unknown_parameter", name=name[:80])


def parse_format(pairs: Pairs) -> Format | None:
    """Return what ``f`` asks for; None where it is not given."""
    value = dict(pairs).get("f")
    if value is not None and value not in {"json", "html"}:
        raise UnsupportedFormat(value=value[:80])
    return cast(Format | None, value)


def parse_items_request(query_string: str, schema: Schema, settings: OgcSettings) -> ItemsRequest:
    """Read the query string of ``/items``; raises InvalidParameter for whatever cannot be meant."""
    query = FeatureQuery(limit=settings.default_limit)
    if not query_string:
        return ItemsRequest(query, ())
    pairs = query_pairs(query_string)
    values = dict(pairs)
    names = schema.names
    crs = {name: parse_served_crs(values[name]) for name in _CRS_PARAMETERS if name in values}
    query = replace(
        query,
        crs=crs.get("crs", CRS84),
        bbox_crs=crs.get("bbox-crs", CRS84),
        filter_crs=crs.get("filter-crs", CRS84),
        equals=tuple((name, value) for name, value in pairs if name in names and name not in ITEMS),
    )
    token = None
    for name, value in pairs:
        if name == "token":
            token = parse_token(value)
        elif name in _READERS:
            query = _READERS[name](query, value, names)
        elif name not in GENERAL and name not in _CRS_PARAMETERS and name not in names:
            raise InvalidParameter("ogc_unknown_parameter", name=name[:80])
    query = replace(query, limit=min(query.limit, settings.max_limit), after=token.after if token else None)
    if token and (query.sort or query.offset):
        raise InvalidParameter("ogc_token_with_order")
    return ItemsRequest(query, pairs, token, parse_format(pairs))


def parse_bbox(text: str, crs: Crs) -> BoundingBox:
    """Read four or six numbers in the axis order of ``crs``; heights are passed over."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise InvalidParameter("ogc_invalid_bbox", value=text[:80]) from None
    if len(numbers) == 6:
        numbers = [numbers[place] for place in (0, 1, 3, 4)]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise InvalidParameter("ogc_invalid_bbox", value=text[:80])
    a, b, c, d = numbers
    bbox = bbox_from_served_order((a, b, c, d), crs)
    if bbox.south > bbox.north or (bbox.west > bbox.east and not crs.is_geographic):
        raise InvalidParameter("ogc_invalid_bbox", value=text[:80])
    return bbox


def _whole(name: str, value: str, least: int) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 17) or not least <= int(value) <= _LARGEST:
        raise InvalidParameter("ogc_invalid_number", name=name, value=value[:80], least=least)
    return int(value)


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _sort_key(part: str, names: Sequence[str]) -> SortKey:
    if part in names:
        return SortKey(part)
    # The plus of "+name" arrives as a space and is gone already.
    name = part[1:].strip() if part[0] in "+-" else ""
    if name not in names:
        raise InvalidParameter("ogc_unknown_property", name="sortby", value=part[:80])
    return SortKey(name, descending=part[0] == "-")


def _read_limit(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    return replace(query, limit=_whole("limit", value, 1))


def _read_offset(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    return replace(query, offset=_whole("offset", value, 0))


def _read_bbox(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    return replace(query, bbox=parse_bbox(value, query.bbox_crs))


def _read_filter(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    return replace(query, filter=value)


def _read_filter_language(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    if value not in {"cql2-text", "cql2-json"}:
        raise InvalidParameter("ogc_invalid_filter_lang", value=value[:80])
    return replace(query, filter_language=cast(Literal["cql2-text", "cql2-json"], value))


def _read_sort(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    return replace(query, sort=tuple(_sort_key(part, names) for part in _split(value)))


def _read_properties(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    listed = _split(value)
    for part in listed:
        if part not in names:
            raise InvalidParameter("ogc_unknown_property", name="properties", value=part[:80])
    return replace(query, properties=listed)


def _read_skip_geometry(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    if value not in {"true", "false"}:
        raise InvalidParameter("ogc_invalid_skip_geometry", value=value[:80])
    return replace(query, skip_geometry=value == "true")


def _read_datetime(query: FeatureQuery, value: str, names: Sequence[str]) -> FeatureQuery:
    # No collection declares a temporal extent, and features without a time match every one
    # (OGC 17-069r4, 7.15.4): the parameter is checked and selects nothing.
    check_datetime(value)
    return query


_READERS: dict[str, Callable[[FeatureQuery, str, Sequence[str]], FeatureQuery]] = {
    "limit": _read_limit,
    "offset": _read_offset,
    "bbox": _read_bbox,
    "filter": _read_filter,
    "filter-lang": _read_filter_language,
    "sortby": _read_sort,
    "properties": _read_properties,
    "skipGeometry": _read_skip_geometry,
    "datetime": _read_datetime,
}
ITEMS = frozenset({*_READERS, *_CRS_PARAMETERS, *GENERAL, "token"})
"""Parameters of ``/items`` that win over a field of the same name."""
