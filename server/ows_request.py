"""A request to an OGC service: its parameters by name, read once and checked one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from layers.crs import Crs, bbox_from_served_order, parse_served_crs
from layers.errors import UnknownCrs
from layers.extent import BoundingBox
from server.ows_exceptions import OwsException

MAX_QUERY = 16_384
MAX_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Parameters:
    """Key-value parameters; names are in lower case, since the OGC's names ignore it."""

    values: Mapping[str, str]

    def get(self, name: str, default: str = "") -> str:
        """Return a parameter that may be missing."""
        return self.values.get(name) or default

    def need(self, name: str) -> str:
        """Return a parameter that must be there."""
        value = self.values.get(name)
        if value is None or value == "":
            raise OwsException("wms_missing", "MissingParameterValue", name, name=name.upper())
        return value

    def integer(self, name: str, smallest: int, largest: int, ows_code: str = "InvalidParameterValue") -> int:
        """Return a whole number within limits."""
        text = self.need(name).strip()
        value = _whole(text)
        if value is None or not smallest <= value <= largest:
            raise OwsException(
                "wms_number", ows_code, name, name=name.upper(), value=text[:40], smallest=smallest, largest=largest
            )
        return value

    def names(self, name: str) -> list[str]:
        """Return a comma-separated list."""
        return self.values.get(name, "").split(",") if self.values.get(name) else []

    def choice(self, name: str, allowed: Sequence[str], default: str, ows_code: str = "InvalidParameterValue") -> str:
        """Return one of the allowed values, written as it is there."""
        text = self.get(name, default).strip()
        for value in allowed:
            if value.lower() == text.lower():
                return value
        raise OwsException("wms_choice", ows_code, name, name=name.upper(), value=text[:80], allowed=", ".join(allowed))


def _whole(text: str) -> int | None:
    try:
        value = float(text) if len(text) <= 2 * MAX_DIGITS else math.nan
    except ValueError:
        return None
    # QGIS and ArcGIS write sizes and positions as 256.0 at times.
    return int(value) if math.isfinite(value) and value == int(value) else None


def posts_form(environ: Mapping[str, Any]) -> bool:
    """Tell whether the request brings its parameters as the body of a form (OGC 06-121r3, 11.2)."""
    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    return bool(environ["REQUEST_METHOD"] == "POST" and content_type == "application/x-www-form-urlencoded")


def _posted(environ: Mapping[str, Any]) -> str:
    length = environ.get("CONTENT_LENGTH", "")
    most = int(length) if length.isascii() and length.isdigit() and len(length) <= MAX_DIGITS else MAX_QUERY + 1
    body: bytes = environ["wsgi.input"].read(min(most, MAX_QUERY + 1))
    return body.decode("utf-8", "replace").strip()


def read_parameters(environ: Mapping[str, Any]) -> Parameters:
    """Read the query string and what a form posts; the first of parameters given twice counts."""
    query = environ.get("QUERY_STRING", "")
    if posts_form(environ):
        query = f"{query}&{_posted(environ)}"
    if len(query) > MAX_QUERY:
        raise OwsException("wms_query_too_long", "InvalidParameterValue", "", limit=MAX_QUERY)
    values: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        values.setdefault(name.strip().lower(), value)
    return Parameters(values)


def has_current(parameters: Parameters, revision: int) -> bool:
    """Tell whether the client's UPDATESEQUENCE is the catalogue's revision (OGC 06-042, 7.2.3.5; 06-121r3, 7.3.4).

    Raises OwsException where the number is none of ours.
    """
    asked = parameters.get("updatesequence").strip()
    if asked and (not (asked.isascii() and asked.isdigit()) or len(asked) > MAX_DIGITS or int(asked) > revision):
        raise OwsException(
            "wms_update_sequence", "InvalidUpdateSequence", "updatesequence", value=asked[:40], revision=revision
        )
    return asked != "" and int(asked) == revision


def read_crs(parameters: Parameters, version: str) -> Crs:
    """Read CRS (WMS 1.3.0) or SRS (1.1.1)."""
    # Clients that mix the two names are common; both are read, the right one first.
    first, second = ("crs", "srs") if version == "1.3.0" else ("srs", "crs")
    name = first if parameters.get(first) or not parameters.get(second) else second
    text = parameters.need(name)
    try:
        return parse_served_crs(text)
    except UnknownCrs as error:
        code = "InvalidCRS" if version == "1.3.0" else "InvalidSRS"
        raise OwsException("unknown_crs", code, name, crs=error.parameters.get("crs", text[:80])) from None


def read_bbox(parameters: Parameters, crs: Crs, version: str) -> BoundingBox:
    """Read BBOX as x before y: only WMS 1.3.0 writes it in the axis order of the CRS."""
    text = parameters.need("bbox")
    try:
        a, b, c, d = (float(part) for part in text.split(","))
    except ValueError:
        raise OwsException("wms_bbox", "InvalidParameterValue", "bbox", value=text[:120]) from None
    bbox = bbox_from_served_order((a, b, c, d), crs) if version == "1.3.0" else BoundingBox(a, b, c, d)
    if not bbox.is_finite() or bbox.width <= 0 or bbox.height <= 0 or max(map(abs, bbox)) > 1e9:
        raise OwsException("wms_bbox", "InvalidParameterValue", "bbox", value=text[:120])
    return bbox
