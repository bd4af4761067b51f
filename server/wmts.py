"""WMTS 1.0.0: capabilities, tiles by key-value pairs, and what lies under a tile's pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from catalog.records import BasemapRecord, LayerRecord
from layers.crs import served_order
from layers.extent import BoundingBox
from layers.messages import Language
from server.answers import Answer
from server.errors import UnknownPath
from server.feature_info import INFO_FORMATS, FeatureInfo, Place
from server.map_call import Call
from server.mapproxy import PLACEHOLDER, MountOptions
from server.ows_exceptions import OwsException
from server.ows_request import Parameters
from server.tiles import LONGEST_NUMBER, TileRequest
from server.visible import Visible
from server.wms import read_info_format
from tilecache.configuration import TILE_FORMATS, abstract_of, title_of
from tilecache.errors import TileOutOfRange
from tilecache.grids import TILE_SIZE, TileMatrixSet, find_grid, tile_matrix_sets
from tilecache.xml import xml_text

REST_CAPABILITIES = "/wmts/1.0.0/WMTSCapabilities.xml"


@dataclass(frozen=True, slots=True)
class Listed:
    """A layer as the capabilities list it."""

    id: str
    title: str
    abstract: str
    keywords: tuple[str, ...]
    extent: BoundingBox
    queryable: bool


class WmtsService:
    """Writes capabilities and answers GetFeatureInfo; tiles are the fast path's."""

    def __init__(self, options: MountOptions, feature_info: FeatureInfo) -> None:
        self._settings = options.settings
        self._service = options.service
        self._feature_info = feature_info
        self._grids = tile_matrix_sets(options.settings.max_zoom)
        templates = Environment(
            loader=PackageLoader("server"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalize,
        )
        self._capabilities = templates.get_template("wmts_capabilities.xml.jinja")

    def respond(self, call: Call) -> Answer | TileRequest:
        """Answer a request to ``/wmts``; GetTile is read and handed back for the fast path."""
        if call.path == REST_CAPABILITIES:
            return self.get_capabilities(call)
        if call.path not in {"/wmts", "/wmts/"}:
            raise UnknownPath(path=call.path[:120])
        call.parameters.choice("service", ("WMTS",), "WMTS")
        operation = call.parameters.need("request").strip()
        match operation.lower():
            case "getcapabilities":
                return self.get_capabilities(call)
            case "gettile":
                return self.tile_request(call.parameters)
            case "getfeatureinfo":
                return self.get_feature_info(call.parameters, call.visible, call.language)
        raise OwsException("wms_operation", "OperationNotSupported", "request", operation=operation[:40])

    def get_capabilities(self, call: Call) -> Answer:
        """GetCapabilities: what the client may see, and nothing else."""
        key = ("wmts", call.language, call.visible.key)
        body = call.state.documents.document(
            key, call.base_url, call.api_key, lambda: self.capabilities(call.visible, call.language)
        )
        return call.document(body, "application/xml")

    def capabilities(self, visible: Visible, language: Language) -> bytes:
        """Write the document about all that is visible, with ``PLACEHOLDER`` for the host."""
        listed = [_listed_layer(layer, language) for layer in visible.layers.values()]
        listed += [_listed_basemap(basemap, language) for basemap in visible.basemaps.values()]
        text = self._capabilities.render(
            service=self._service,
            language=language,
            layers=listed,
            grids=self._grids.values(),
            top_left=_top_left,
            urn=_urn,
            tile_size=TILE_SIZE,
            formats=TILE_FORMATS,
            info_formats=INFO_FORMATS,
            base_url=PLACEHOLDER,
        )
        return text.encode()

    def tile_request(self, parameters: Parameters) -> TileRequest:
        """Read GetTile."""
        format_ = parameters.need("format").lower()
        if not format_.startswith("image/") or format_.removeprefix("image/") not in TILE_FORMATS:
            raise OwsException("wmts_format", "InvalidParameterValue", "format", value=format_[:80])
        return TileRequest(
            parameters.need("layer"),
            parameters.get("style") or "default",
            parameters.need("tilematrixset"),
            format_.removeprefix("image/"),
            _number(parameters, "tilematrix"),
            _number(parameters, "tilecol"),
            _number(parameters, "tilerow"),
        )

    def get_feature_info(self, parameters: Parameters, visible: Visible, language: Language) -> Answer:
        """GetFeatureInfo: the features under a pixel of a tile."""
        tile = self.tile_request(parameters)
        layer = visible.layers.get(tile.layer)
        if layer is None:
            raise OwsException("wms_unknown_layer", "InvalidParameterValue", "layer", layer=tile.layer[:80])
        grid = find_grid(self._grids, tile.grid)
        if not grid.holds(tile.z, tile.x, tile.y):
            raise TileOutOfRange(grid=tile.grid, z=tile.z, x=tile.x, y=tile.y)
        i = parameters.integer("i", 0, TILE_SIZE - 1, "PointIJOutOfRange")
        j = parameters.integer("j", 0, TILE_SIZE - 1, "PointIJOutOfRange")
        bounds = grid.bounds(tile.z, tile.x, tile.y)
        place = Place.in_map(bounds, grid.crs, TILE_SIZE, TILE_SIZE, i, j)
        count = parameters.integer("feature_count", 1, 10**6) if parameters.get("feature_count") else 10
        info_format = read_info_format(parameters, "infoformat")
        return self._feature_info.answer(
            [layer], place, min(count, self._settings.max_feature_count), info_format, language
        )


def _number(parameters: Parameters, name: str) -> int:
    text = parameters.need(name).strip()
    # Some clients name matrices "WebMercatorQuad:12"; capabilities say "12".
    text = text.rpartition(":")[2] if name == "tilematrix" else text
    if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_NUMBER:
        code = "InvalidParameterValue" if name == "tilematrix" else "TileOutOfRange"
        raise OwsException("wmts_number", code, name, name=name.upper(), value=text[:40])
    return int(text)


def _listed_layer(layer: LayerRecord, language: Language) -> Listed:
    keywords = (*layer.keywords, layer.agency.title.in_language(language), layer.theme.title.in_language(language))
    title, abstract = title_of(layer, language), abstract_of(layer, language)
    return Listed(layer.id, title, abstract, keywords, layer.release.extent, True)


def _listed_basemap(basemap: BasemapRecord, language: Language) -> Listed:
    title, attribution = basemap.title.in_language(language), basemap.attribution.in_language(language)
    return Listed(basemap.id, title, attribution, (), basemap.extent, False)


def _urn(grid: TileMatrixSet) -> str:
    return grid.crs.urn


def _top_left(grid: TileMatrixSet) -> str:
    """The corner in the CRS's own axis order (OGC 07-057r7, table 11)."""
    a, b = served_order(*grid.origin, grid.crs)
    return f"{_number_text(a)} {_number_text(b)}"


def _number_text(value: float) -> str:
    return str(int(value)) if value == math.floor(value) and abs(value) < 1e15 else repr(value)


def _finalize(value: object) -> object:
    if isinstance(value, float):
        return _number_text(value)
    return _legal(value) if isinstance(value, str) else value


def _legal(text: str) -> str:
    """Leave out what XML cannot hold; Jinja escapes the rest."""
    return text if text.isprintable() else "".join(c for c in text if xml_text(c))
