"""WMS 1.1.1 and 1.3.0: reads and checks requests, then draws maps, answers what is here, shows legends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import orjson

from catalog.records import DEFAULT_STYLE, LayerRecord, Snapshot
from layers.render import check_scale
from layers.render.encoding import encode
from server.answers import JSON, Answer, digest_etag, matches
from server.errors import UnknownPath
from server.exception_picture import exception_picture
from server.feature_info import INFO_FORMATS, FeatureInfo, Place
from server.legend_documents import legend_document
from server.legends import Legends
from server.map_call import Call
from server.map_drawing import ANY_PICTURE, PICTURE_FORMATS, GetMap, draw_map
from server.mapproxy import MountOptions
from server.ows_exceptions import Dialect, OwsException
from server.ows_request import Parameters, has_current, read_bbox, read_crs
from server.times import at_time, layers_at_time
from server.visible import Visible
from server.wms_capabilities import Edition, WmsCapabilities
from server.wms_picture import read_density, read_format, read_ground
from tilecache.drawing import Drawable, View, is_public

_Record = TypeVar("_Record", LayerRecord, Drawable)


@dataclass(frozen=True, slots=True)
class WmsRequest:
    """A request to the WMS or to that of one theme, with what exists there for whoever sent it."""

    call: Call
    theme: str
    visible: Visible

    @property
    def parameters(self) -> Parameters:
        """The parameters by name."""
        return self.call.parameters

    @property
    def version(self) -> str:
        """The version whose names and axis orders hold."""
        return wms_version(self.parameters)


def wms_version(parameters: Parameters) -> str:
    """Return 1.1.1 or 1.3.0, whichever is nearest to what was asked for (OGC 06-042, 6.2.4)."""
    asked = parameters.get("version") or parameters.get("wmtver") or "1.3.0"
    return "1.1.1" if asked.startswith(("1.0", "1.1", "1.2")) else "1.3.0"


def wms_dialect(parameters: Parameters) -> Dialect:
    """How exceptions are written for this request."""
    return "wms-1.1.1" if wms_version(parameters) == "1.1.1" else "wms-1.3.0"


class WmsService:
    """Answers every operation, for the whole platform and for each theme."""

    def __init__(self, options: MountOptions, feature_info: FeatureInfo, legends: Legends) -> None:
        self._options = options
        self._settings = options.settings
        self._feature_info = feature_info
        self._legends = legends
        self._capabilities = WmsCapabilities(options, legends)
        self._operations = {
            "getcapabilities": self.get_capabilities,
            "capabilities": self.get_capabilities,
            "getmap": self.get_map,
            "map": self.get_map,
            "getfeatureinfo": self.get_feature_info,
            "feature_info": self.get_feature_info,
            "getlegendgraphic": self.get_legend_graphic,
        }

    def keep_only(self, snapshot: Snapshot) -> None:
        """Forget what is kept about layers that are no more."""
        self._capabilities.keep_only(frozenset((*snapshot.layers, *snapshot.basemaps)))

    def respond(self, call: Call) -> Answer:
        """Answer a request to ``/wms`` or ``/wms/{theme}``; raises OwsException, UnknownPath, RenderError."""
        theme = _theme_of(call.path)
        visible = call.visible.of_theme(theme) if theme else call.visible
        if visible is None:
            raise UnknownPath(path=call.path[:120])
        call.parameters.choice("service", ("WMS",), "WMS")
        name = call.parameters.need("request").strip()
        operation = self._operations.get(name.lower())
        if operation is None:
            raise OwsException("wms_operation", "OperationNotSupported", "request", operation=name[:40])
        return operation(WmsRequest(call, theme, visible))

    def get_capabilities(self, request: WmsRequest) -> Answer:
        """GetCapabilities: what the client may see, and nothing else."""
        call, visible, revision = request.call, request.visible, request.call.state.snapshot.revision
        if has_current(call.parameters, revision):
            raise OwsException("wms_current", "CurrentUpdateSequence", "updatesequence", 200, revision=revision)
        path = f"/wms/{request.theme}" if request.theme else "/wms"
        edition = Edition(request.version, call.language)
        content_type = "application/vnd.ogc.wms_xml" if request.version == "1.1.1" else "text/xml"
        key = ("wms", request.theme, edition, visible.key)
        return call.document(key, content_type, lambda: self._capabilities.write(visible, edition, path, revision))

    def get_map(self, request: WmsRequest) -> Answer:
        """GetMap: one picture of the named layers, drawn in one pass."""
        records = at_time(self._records(request, "layers"), request.parameters)
        query = self._map_query(request, records)
        shared = all(is_public(record) for record in records)
        if matches(request.call.environ.get("HTTP_IF_NONE_MATCH"), query.etag):
            return Answer(b"", query.format, 304, query.etag, shared)
        body, content_type = draw_map(query, self._options)
        return Answer(body, content_type, etag=query.etag, shared=shared)

    def get_feature_info(self, request: WmsRequest) -> Answer:
        """GetFeatureInfo: the features under a pixel of a map."""
        parameters = request.parameters
        layers = self._queried(request)
        place = self._place(request)
        count = parameters.integer("feature_count", 1, 10**6) if parameters.get("feature_count") else 1
        info_format = read_info_format(parameters, "info_format")
        return self._feature_info.answer(
            layers, place, min(count, self._settings.max_feature_count), info_format, request.call.language
        )

    def get_legend_graphic(self, request: WmsRequest) -> Answer:
        """GetLegendGraphic: the legend of one layer."""
        parameters = request.parameters
        name = parameters.need("layer")
        record = request.visible.find(name)
        if record is None:
            raise _unknown_layer(name, "layer")
        if not isinstance(record, LayerRecord):
            raise OwsException("wms_no_legend", "LayerNotDefined", "layer", layer=name[:80])
        (record,) = layers_at_time([_styled(record, parameters.get("style"), "style")], parameters)
        if parameters.get("format").split(";")[0].strip().lower() == JSON:
            language = request.call.language
            body = orjson.dumps(legend_document(record, self._legends.entries(record, language), language))
            return Answer(body, JSON, etag=digest_etag(body), shared=is_public(record))
        format_ = read_format(parameters, "image/png")
        format_ = "image/png" if format_ == ANY_PICTURE else format_
        picture = self._legends.picture(record, request.call.language, PICTURE_FORMATS[format_])
        return Answer(picture, format_, etag=digest_etag(picture), shared=is_public(record))

    def failure_picture(self, parameters: Parameters, sentence: str) -> Answer | None:
        """Draw an exception as the client wished (EXCEPTIONS=INIMAGE or BLANK); None where it wants XML."""
        wish = parameters.get("exceptions").lower()
        if not ("image" in wish or "blank" in wish):
            return None
        try:
            width, height = self._size(parameters)
            format_ = read_format(parameters, "image/png")
            ground = read_ground(parameters, format_)
        except OwsException:
            return None
        format_ = "image/png" if format_ == ANY_PICTURE else format_
        picture = exception_picture(width, height, ground, sentence if "image" in wish else "")
        return Answer(encode(picture, PICTURE_FORMATS[format_]), format_)

    def _records(self, request: WmsRequest, name: str) -> list[Drawable]:
        names = request.parameters.need(name).split(",")
        if len(names) > self._settings.max_map_layers:
            raise OwsException("wms_too_many_layers", "", name, limit=self._settings.max_map_layers)
        records: list[Drawable] = []
        for layer in names:
            record = request.visible.find(layer.strip())
            if record is None:
                raise _unknown_layer(layer, name)
            records.append(record)
        return records

    def _map_query(self, request: WmsRequest, records: list[Drawable]) -> GetMap:
        parameters = request.parameters
        styles = parameters.names("styles")
        for name in ("sld", "sld_body"):
            if parameters.get(name):
                raise OwsException("wms_no_sld", "OperationNotSupported", name, name=name.upper())
        if len(styles) > len(records):
            raise OwsException(
                "wms_too_many_styles", "StyleNotDefined", "styles", styles=len(styles), layers=len(records)
            )
        wanted = [*styles, *[""] * (len(records) - len(styles))]
        shown = tuple(_styled(record, style, "styles") for record, style in zip(records, wanted, strict=True))
        format_ = read_format(parameters)
        crs = read_crs(parameters, request.version)
        bbox = read_bbox(parameters, crs, request.version)
        width, height = self._size(parameters)
        check_scale(bbox, crs, width, height)
        view = View(bbox, crs, width, height, read_density(parameters))
        return GetMap(shown, view, format_, read_ground(parameters, format_))

    def _size(self, parameters: Parameters) -> tuple[int, int]:
        largest = self._settings.max_map_size
        return parameters.integer("width", 1, largest), parameters.integer("height", 1, largest)

    def _queried(self, request: WmsRequest) -> list[LayerRecord]:
        layers: list[LayerRecord] = []
        for record in self._records(request, "query_layers"):
            if not isinstance(record, LayerRecord):
                raise OwsException("wms_not_queryable", "LayerNotQueryable", "query_layers", layer=record.id)
            layers.append(record)
        return layers_at_time(layers, request.parameters)

    def _place(self, request: WmsRequest) -> Place:
        parameters = request.parameters
        crs = read_crs(parameters, request.version)
        bbox = read_bbox(parameters, crs, request.version)
        width, height = self._size(parameters)
        column, row = ("i", "j") if request.version == "1.3.0" and parameters.get("i") else ("x", "y")
        i = parameters.integer(column, 0, width - 1, "InvalidPoint")
        j = parameters.integer(row, 0, height - 1, "InvalidPoint")
        place = Place.in_map(bbox, crs, width, height, i, j)
        # Where pixels are drawn finer, a hand is no finer: what is near is as near as on an ordinary screen.
        density = read_density(parameters)
        return replace(place, pixel_width=place.pixel_width * density, pixel_height=place.pixel_height * density)


def read_info_format(parameters: Parameters, name: str) -> str:
    """Read WMS's INFO_FORMAT or WMTS's INFOFORMAT; clients that send none get HTML."""
    asked = parameters.get(name, "text/html").split(";")[0].strip().lower()
    value = "application/json" if asked in {"application/geo+json", "application/geojson"} else asked
    if value not in INFO_FORMATS:
        code = "InvalidFormat" if name == "info_format" else "InvalidParameterValue"
        allowed = ", ".join(INFO_FORMATS)
        raise OwsException("wms_choice", code, name, name=name.upper(), value=asked[:80], allowed=allowed)
    return value


def _theme_of(path: str) -> str:
    """Return the theme of ``/wms/{theme}``, nothing for ``/wms``."""
    parts = path.rstrip("/").split("/")
    if parts[1:2] != ["wms"] or len(parts) > 3:
        raise UnknownPath(path=path[:120])
    return parts[2] if len(parts) == 3 else ""


def _unknown_layer(name: str, locator: str) -> OwsException:
    return OwsException("wms_unknown_layer", "LayerNotDefined", locator, layer=name[:80])


def _unknown_style(style: str, locator: str) -> OwsException:
    return OwsException("wms_unknown_style", "StyleNotDefined", locator, style=style[:80])


def _styled(record: _Record, name: str, locator: str) -> _Record:
    """Return the record as it looks in a style; raises OwsException where it has none of that name."""
    name = name.strip()
    if not isinstance(record, LayerRecord):
        if name not in {"", DEFAULT_STYLE}:
            raise _unknown_style(name, locator)
        return record
    shown = record.in_style(name)
    if shown is None:
        raise _unknown_style(name, locator)
    return shown
