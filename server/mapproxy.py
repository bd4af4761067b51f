"""The one place that runs MapProxy: maps, capabilities and tiles, each called directly and never by URL.

Requests have been read, checked and authorised before they come here, and are handed on in one
canonical form. So nothing of MapProxy that a client could reach lacks the access decision (its legends
and OGC API do), and its class-level state (``request/tile.py``: ``dimensions``) is never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from mapproxy.config import local_base_config
from mapproxy.exception import RequestError
from mapproxy.image import ImageResult
from mapproxy.request import Request
from mapproxy.util.lock import LockTimeout

from catalog.records import Snapshot
from layers.crs import CRS84, WGS84, Crs
from layers.errors import RenderError, RenderUnavailable
from layers.extent import BoundingBox
from layers.render.encoding import PictureFormat, encode
from tilecache.cache import EncodedTile
from tilecache.config import TilecacheConfig
from tilecache.configuration import Content, ServiceDescription, cache_name, grid_name, mapproxy_configuration
from tilecache.drawing import Drawable, Drawing
from tilecache.engine import Engine
from tilecache.identity import TileKey, picture_format
from tilecache.stores import TileStore

PLACEHOLDER = "http://placeholder.invalid"
"""Stands in capabilities for scheme and host, so that one document serves every host."""


PICTURE_FORMATS: dict[str, PictureFormat] = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class GetMap:
    """A checked GetMap request."""

    layers: tuple[str, ...]
    crs: Crs
    bbox: BoundingBox
    """x before y."""
    width: int
    height: int
    format: str
    """``image/png``, ``image/jpeg`` or ``image/webp``."""
    transparent: bool
    background: str
    """``0xrrggbb``."""


@dataclass(frozen=True, slots=True)
class MountOptions:
    """What every mount is built with."""

    drawing: Drawing
    store: TileStore
    folder: Path
    settings: TilecacheConfig
    service: ServiceDescription


class MapProxyMount:
    """MapProxy over one snapshot; a new snapshot gets a new mount."""

    def __init__(self, snapshot: Snapshot, options: MountOptions) -> None:
        self._options = options
        content = Content([*snapshot.layers.values()], [*snapshot.basemaps.values()], options.service)
        self._engine = _engine(content, options)
        self._wms = self._engine.wms_server()

    def get_map(self, query: GetMap) -> bytes:
        """Draw a map and encode it; raises RenderError."""
        environ = _environ("/wms", _map_parameters(query))
        environ["mapproxy.decorate_img"] = _encoder(query.format)
        with local_base_config(self._engine.base_config):
            try:
                response = self._wms.map(self._wms.parse_request(Request(environ)))
            except RequestError as error:
                raise RenderError(reason=str(error.msg)) from error
        body: bytes = response.response.read()
        return body

    def draw_tile(self, key: TileKey) -> bytes:
        """Return a tile's bytes, drawing and keeping its metatile where it is not kept; raises RenderError."""
        grid = grid_name(key.grid, 2 if key.format.endswith("@2x") else 1)
        with local_base_config(self._engine.base_config):
            manager = self._engine.tile_manager(cache_name(key.layer, key.format), grid)
            try:
                tile = manager.load_tile_coord((key.x, key.y, key.z))
            except LockTimeout as error:
                raise RenderUnavailable from error
        image = tile.image_result
        if image is None:
            return b""
        return image.body if isinstance(image, EncodedTile) else encode(image.as_image(), picture_format(key.format))


def wms_capabilities(content: Content, path: str, options: MountOptions) -> bytes:
    """Write WMS capabilities about exactly the given content, with ``PLACEHOLDER`` for the host."""
    engine = _engine(content, options)
    wms = engine.wms_server()
    query = {"service": "WMS", "request": "GetCapabilities", "version": content.version}
    with local_base_config(engine.base_config):
        response = wms.capabilities(wms.parse_request(Request(_environ(path, query))))
    text: str | bytes = response.response
    return text.encode() if isinstance(text, str) else text


def _engine(content: Content, options: MountOptions) -> Engine:
    records: dict[str, Drawable] = {record.id: record for record in content.layers}
    records |= {record.id: record for record in content.basemaps}
    document = mapproxy_configuration(content, options.settings, options.folder)
    return Engine(document, records, options.drawing, options.store, options.folder)


def _map_parameters(query: GetMap) -> dict[str, str]:
    # WMS 1.1.1 has x before y in every CRS, so no axis order is left to get wrong.
    crs = WGS84 if query.crs == CRS84 else query.crs
    return {
        "service": "WMS",
        "request": "GetMap",
        "version": "1.1.1",
        "layers": ",".join(query.layers),
        "styles": "",
        "srs": str(crs),
        "bbox": ",".join(map(repr, query.bbox)),
        "width": str(query.width),
        "height": str(query.height),
        "format": query.format,
        "transparent": "true" if query.transparent else "false",
        "bgcolor": query.background,
    }


def _environ(path: str, parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": urlencode(parameters),
        "HTTP_HOST": PLACEHOLDER.removeprefix("http://"),
        "SERVER_NAME": "placeholder.invalid",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
    }


class _Encoded(ImageResult):  # type: ignore[misc]
    """A merged map that is encoded by the renderer's encoder instead of MapProxy's, which holds the GIL."""

    def __init__(self, result: Any, format_: PictureFormat) -> None:
        super().__init__(result.as_image().convert("RGBA"), size=result.size, image_opts=result.image_opts)
        self._format = format_

    def as_buffer(self, *_arguments: Any, **_options: Any) -> BytesIO:
        return BytesIO(encode(self.as_image(), self._format))


def _encoder(content_type: str) -> Any:
    format_ = PICTURE_FORMATS[content_type]

    def decorate(image: Any, service: str, layers: Any, environ: Any, query_extent: Any) -> Any:
        return _Encoded(image, format_)

    return decorate
