"""WMTS 1.0.0: capabilities, tiles by key-value pairs, and what lies under a tile's pixel."""

from __future__ import annotations

from catalog.records import Snapshot
from layers.messages import Language
from server.answers import Answer
from server.errors import UnknownPath
from server.feature_info import FeatureInfo, Place
from server.legends import Legends
from server.map_call import Call
from server.mapproxy import MountOptions
from server.ows_exceptions import OwsException
from server.ows_request import Parameters, has_current
from server.tiles import LONGEST_NUMBER, TileRequest
from server.times import no_such_time, times_of
from server.visible import Visible
from server.wms import read_info_format
from server.wmts_capabilities import REST_CAPABILITIES, WmtsCapabilities
from tilecache.configuration import IMAGERY_FORMAT, TILE_FORMATS
from tilecache.errors import TileOutOfRange
from tilecache.grids import TILE_SIZE, find_grid, named_grid, tile_matrix_sets

_UNCHANGED = '<Capabilities xmlns="http://www.opengis.net/wmts/1.0" version="1.0.0" updateSequence="{revision}"/>\n'
"""What a client gets that has the document already (OGC 06-121r3, 7.3.4)."""


class WmtsService:
    """Writes capabilities and answers GetFeatureInfo; tiles are the fast path's."""

    def __init__(self, options: MountOptions, feature_info: FeatureInfo, legends: Legends) -> None:
        self._settings = options.settings
        self._feature_info = feature_info
        self._grids = tile_matrix_sets(options.settings.max_zoom)
        self._capabilities = WmtsCapabilities(options, legends)

    def keep_only(self, snapshot: Snapshot) -> None:
        """Forget what is kept about layers that are no more."""
        self._capabilities.keep_only(frozenset((*snapshot.layers, *snapshot.basemaps)))

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
                return self.known_times(call)
            case "getfeatureinfo":
                return self.get_feature_info(call.parameters, call.visible, call.language)
        raise OwsException("wms_operation", "OperationNotSupported", "request", operation=operation[:40])

    def get_capabilities(self, call: Call) -> Answer:
        """GetCapabilities: what the client may see, and nothing else."""
        visible, language, revision = call.visible, call.language, call.state.snapshot.revision
        if has_current(call.parameters, revision):
            return Answer(_UNCHANGED.format(revision=revision).encode(), "application/xml; charset=utf-8")
        key = ("wmts", language, visible.key)
        return call.document(key, "application/xml", lambda: self._capabilities.write(visible, language, revision))

    def tile_request(self, parameters: Parameters, usual_format: str = "") -> TileRequest:
        """Read GetTile; ``usual_format`` counts where none is given."""
        format_ = (parameters.get("format", usual_format) if usual_format else parameters.need("format")).lower()
        if format_ not in {f"image/{name}" for name in (*TILE_FORMATS, IMAGERY_FORMAT)}:
            raise OwsException("wmts_format", "InvalidParameterValue", "format", value=format_[:80])
        grid, density = named_grid(parameters.need("tilematrixset"))
        return TileRequest(
            parameters.need("layer"),
            parameters.get("style") or "default",
            grid,
            format_.removeprefix("image/") + density,
            _number(parameters, "tilematrix"),
            _number(parameters, "tilecol"),
            _number(parameters, "tilerow"),
            parameters.get("time").strip(),
        )

    def known_times(self, call: Call) -> TileRequest:
        """Read GetTile; a time is left aside for layers that have none, as any parameter is that nobody knows."""
        tile = self.tile_request(call.parameters)
        record = call.visible.find(tile.layer) if tile.time else None
        return tile if record is None or times_of(record) else tile._replace(time="")

    def get_feature_info(self, parameters: Parameters, visible: Visible, language: Language) -> Answer:
        """GetFeatureInfo: the features under a pixel of a tile."""
        # The standard wants FORMAT here as well, but QGIS leaves it out.
        tile = self.tile_request(parameters, "image/png")
        layer = visible.layers.get(tile.layer)
        if layer is None:
            raise OwsException("wms_unknown_layer", "InvalidParameterValue", "layer", layer=tile.layer[:80])
        if layer.in_style(tile.style) is None:
            raise OwsException("wms_unknown_style", "InvalidParameterValue", "style", style=tile.style[:80])
        shown = layer.at(tile.time) if tile.time and times_of(layer) else layer
        if shown is None:
            raise no_such_time(layer, tile.time, "InvalidParameterValue")
        grid = find_grid(self._grids, tile.grid)
        if not grid.holds(tile.z, tile.x, tile.y):
            raise TileOutOfRange(grid=tile.grid, z=tile.z, x=tile.x, y=tile.y)
        size = TILE_SIZE * (2 if tile.format.endswith("@2x") else 1)
        i = parameters.integer("i", 0, size - 1, "PointIJOutOfRange")
        j = parameters.integer("j", 0, size - 1, "PointIJOutOfRange")
        bounds = grid.bounds(tile.z, tile.x, tile.y)
        place = Place.in_map(bounds, grid.crs, size, size, i, j)
        count = parameters.integer("feature_count", 1, 10**6) if parameters.get("feature_count") else 10
        info_format = read_info_format(parameters, "infoformat")
        return self._feature_info.answer(
            [shown], place, min(count, self._settings.max_feature_count), info_format, language
        )


def _number(parameters: Parameters, name: str) -> int:
    text = parameters.need(name).strip()
    # Some clients name matrices "WebMercatorQuad:12"; capabilities say "12".
    text = text.rpartition(":")[2] if name == "tilematrix" else text
    if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_NUMBER:
        code = "InvalidParameterValue" if name == "tilematrix" else "TileOutOfRange"
        raise OwsException("wmts_number", code, name, name=name.upper(), value=text[:40])
    return int(text)
