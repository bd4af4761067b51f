"""What the capabilities of WMS and WMTS say alike about a layer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from catalog.records import DEFAULT_STYLE, LayerRecord, NamedStyle
from layers.extent import BoundingBox
from layers.messages import Language
from server.capabilities import PLACEHOLDER
from server.legends import Legends
from server.map_scales import ScaleRange, scales_of
from tilecache.drawing import Drawable, extent_of
from tilecache.xml import legal_text

DEGREE_DIGITS = 7
METRE_DIGITS = 2
LEAST_EXTENT = 0.002
"""Degrees: some 200 m."""


@dataclass(frozen=True, slots=True)
class Legend:
    """A legend's picture: where it is and how large."""

    url: str
    width: int
    height: int
    """In pixels."""


@dataclass(frozen=True, slots=True)
class ListedStyle:
    """A style as capabilities list it."""

    name: str
    title: str
    scales: ScaleRange
    legend: Legend | None


def styles_of(layer: LayerRecord, language: Language, legends: Legends) -> tuple[ListedStyle, ...]:
    """Return the layer's styles in a language, the default first."""
    title = layer.style.title or layer.title
    default = ListedStyle(
        DEFAULT_STYLE, title.in_language(language), scales_of(layer.style), _legend(layer, "", language, legends)
    )
    return (default, *(_listed(layer, named, language, legends) for named in layer.styles))


def _listed(layer: LayerRecord, named: NamedStyle, language: Language, legends: Legends) -> ListedStyle:
    title = named.style.title.in_language(language) if named.style.title else named.name
    shown = replace(layer, style=named.style)
    return ListedStyle(named.name, title, scales_of(named.style), _legend(shown, named.name, language, legends))


def _legend(layer: LayerRecord, style: str, language: Language, legends: Legends) -> Legend:
    width, height = legends.size(layer, language)
    query = "service=WMS&version=1.3.0&request=GetLegendGraphic&format=image/png"
    query += f"&layer={quote(layer.id, safe='')}" + (f"&style={quote(style, safe='')}" if style else "")
    return Legend(f"{PLACEHOLDER}/wms?{language_query(language)}{query}", width, height)


def data_url(layer: LayerRecord) -> str:
    """Return where the layer is described and its features are had; empty for rasters, which have no such place."""
    return f"{PLACEHOLDER}/ogc/collections/{layer.id}" if layer.release.schema is not None else ""


def language_query(language: Language) -> str:
    """Return what links carry on, so that what they lead to is in the same language."""
    return "" if language == "zh-TW" else f"language={language}&"


def only_style(title: str) -> tuple[ListedStyle, ...]:
    """Return the one style of what is made of many, such as a basemap."""
    return (ListedStyle(DEFAULT_STYLE, title, ScaleRange(None, None), None),)


def known_extent(record: Drawable) -> BoundingBox | None:
    """Return the extent in CRS84; None where nothing lies anywhere, as in a release without features.

    What has no width or no height, such as one point, gets some: QGIS shows nothing of an extent that is empty.
    """
    extent = extent_of(record)
    if not extent.is_finite() or extent == (0.0, 0.0, 0.0, 0.0):
        return None
    across, up = (max(0.0, (LEAST_EXTENT - side) / 2) for side in (extent.width, extent.height))
    return BoundingBox(extent.west - across, extent.south - up, extent.east + across, extent.north + up)


def outward(box: BoundingBox, digits: int) -> BoundingBox:
    """Round a box to so many digits, never smaller than it is."""
    factor = 10**digits
    west, south = (math.floor(value * factor) / factor for value in box[:2])
    east, north = (math.ceil(value * factor) / factor for value in box[2:])
    return BoundingBox(west, south, east, north)


def licences_of(layers: list[LayerRecord]) -> str:
    """Return the terms under which the layers may be used, each once; empty where none is known."""
    return "; ".join(dict.fromkeys(layer.licence for layer in layers if layer.licence))


def document_templates() -> Environment:
    """Return the environment of the documents' templates, which never write what XML cannot hold."""
    return Environment(
        loader=PackageLoader("server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )


def _finalize(value: object) -> object:
    if isinstance(value, float):
        return number_text(value)
    return legal_text(value) if type(value) is str else value


def number_text(value: float) -> str:
    """Write a number as short as it can be read back."""
    return str(int(value)) if value == math.floor(value) and abs(value) < 1e15 else repr(value)
