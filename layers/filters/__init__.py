"""CQL2 filters (OGC 21-065r2), text and JSON, as one typed tree that any store can evaluate.

The parsers are our own: pygeofilter 0.3's grammar gives AND and OR the same precedence and refuses unquoted Chinese
names, names of one letter and doubled quotes in strings.
"""

from __future__ import annotations

from typing import Literal

from layers.crs import CRS84, Crs
from layers.errors import InvalidFilter
from layers.filters.binding import bind
from layers.filters.document import parse_document
from layers.filters.model import Condition
from layers.filters.text import parse_text
from layers.schema import Schema

_LONGEST = 200_000
"""Characters; a district's outline fits in."""


def parse_filter(
    text: str, schema: Schema, language: Literal["cql2-text", "cql2-json"] = "cql2-text", crs: Crs = CRS84
) -> Condition:
    """Read a filter on features of ``schema``; raises InvalidFilter with a sentence that says what is wrong.

    Coordinates in the filter are in ``crs`` and in its own axis order; in the result x is before y.
    """
    if len(text) > _LONGEST:
        raise InvalidFilter("filter_too_large")
    condition = parse_document(text) if language == "cql2-json" else parse_text(text)
    return bind(condition, schema, crs)
