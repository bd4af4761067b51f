"""The fast path of tiles: dictionary look-ups, one comparison of ETags, one read by key.

No framework and no regular expression stands between the path and the bytes; only a tile that is
not kept goes on to MapProxy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from catalog.access import may_see, may_see_basemap
from catalog.records import BasemapRecord, LayerRecord, Snapshot
from server.answers import StartResponse, matches
from server.known_tiles import KnownTile, KnownTiles
from server.mapproxy import MapProxyMount
from server.ows_exceptions import OwsException
from server.principals import principal_of
from server.times import no_such_time
from server.vector_tiles import KeptVectorTiles, for_client
from tilecache.blank import blank_tile
from tilecache.config import TilecacheConfig
from tilecache.configuration import IMAGERY_FORMAT, TILE_FORMATS, tile_formats
from tilecache.coverage import TileCoverage
from tilecache.drawing import Drawable, background_of, extent_of, is_public
from tilecache.editions import Editions
from tilecache.errors import TileOutOfRange, TileStoreUnavailable
from tilecache.grids import TileMatrixSet, named_grid, tile_matrix_sets
from tilecache.identity import DEFAULT_STYLE, TileKey, etag_of
from tilecache.lineage import Lineages
from tilecache.requests import RequestCounts
from tilecache.stores import TileStore
from tilecache.vector import MVT
from tilecache.vector_contents import vector_layers
from tilecache.wearing import rasters_in, style_in_basemap

Environ = dict[str, Any]

logger = logging.getLogger(__name__)

CONTENT_TYPES = {kind + density: f"image/{kind}" for kind in (*TILE_FORMATS, IMAGERY_FORMAT) for density in ("", "@2x")}
WEB_GRID = "WebMercatorQuad"
LONGEST_NUMBER = 9
DOUBTFUL = "doubtful"
"""Of a tile that is blank where features are: it is sent, since there is nothing else, but not kept by anybody."""


class TileRequest(NamedTuple):
    """A tile as a URL names it."""

    layer: str
    style: str
    grid: str
    format: str
    z: int
    x: int
    y: int
    time: str = ""
    """Of layers with several dates; their newest without one."""

    def key(self, edition: str) -> TileKey:
        """Return what the tile is kept by: of its date the edition tells."""
        return TileKey(self.layer, self.style, self.grid, self.format, self.z, self.x, self.y, edition)


class TileRoute:
    """All that is known about a layer's tiles before one is asked for."""

    __slots__ = (
        "background",
        "coverage",
        "editions",
        "formats",
        "headers",
        "public",
        "record",
        "vector",
        "vector_editions",
        "vector_headers",
    )

    def __init__(self, record: Drawable, settings: TilecacheConfig, lineages: Lineages) -> None:
        self.record = record
        self.formats = tile_formats(record)
        self.editions = Editions(record, lineages)
        self.vector_editions = Editions(record, lineages, vector=True)
        self.public = is_public(record)
        self.background = background_of(record)
        self.coverage = TileCoverage(extent_of(record))
        reach = f"max-age={settings.max_age}"
        common = [("Access-Control-Allow-Origin", "*")]
        if self.public:
            common.append(("Cache-Control", f"public, {reach}"))
        else:
            common += [("Cache-Control", f"private, {reach}"), ("Vary", "X-Api-Key")]
        self.headers = common
        self.vector = bool(vector_layers(record))
        others = [header for header in common if header[0] != "Vary"]
        vary = "Accept-Encoding" if self.public else "Accept-Encoding, X-Api-Key"
        self.vector_headers = [("Vary", vary), *others]


class TileService:
    """Tiles of one snapshot."""

    def __init__(
        self,
        snapshot: Snapshot,
        mount: MapProxyMount,
        store: TileStore,
        vector_tiles: KeptVectorTiles,
        settings: TilecacheConfig,
        lineages: Lineages,
        requests: RequestCounts,
    ) -> None:
        self._requests = requests
        self._settings, self._lineages = settings, lineages
        self._dated: dict[tuple[str, str, str], TileRoute] = {}
        self._snapshot = snapshot
        self._mount = mount
        self._store = store
        self._vector_tiles = vector_tiles
        self.known = KnownTiles(store)
        self._grids = tile_matrix_sets(settings.max_zoom)
        records: list[Drawable] = [*snapshot.layers.values(), *snapshot.basemaps.values()]
        self._routes = {record.id: TileRoute(record, settings, lineages) for record in records}
        self._styled = {
            (layer.id, named.name): TileRoute(replace(layer, style=named.style), settings, lineages)
            for layer in snapshot.layers.values()
            for named in layer.styles
        }
        for basemap in snapshot.basemaps.values():
            for layer in rasters_in(basemap):
                self._styled[layer.id, style_in_basemap(basemap)] = TileRoute(layer, settings, lineages)

    def respond(self, tile: TileRequest, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the tile that a request names; raises OwsException, TileOutOfRange, RenderError."""
        route = self._routes.get(tile.layer)
        if route is None or not (route.public or self._may_see(route.record, environ)):
            raise OwsException("wms_unknown_layer", "InvalidParameterValue", "layer", 404, layer=tile.layer[:80])
        if tile.style != DEFAULT_STYLE:
            route = self._styled.get((tile.layer, tile.style))
            if route is None:
                raise OwsException("wms_unknown_style", "InvalidParameterValue", "style", 404, style=tile.style[:80])
        if tile.time:
            route = self._timed(tile, route)
        grid = self._checked_grid(tile, route)
        tally = self._requests.tally(tile.layer, tile.grid, tile.z, tile.x, tile.y)
        tally.requests += 1
        if tile.format == MVT:
            return self._vector(tile, grid, route, environ, start_response)
        edition = route.editions.at(grid, tile.z, tile.x, tile.y)
        etag = etag_of(edition)
        headers = [("ETag", etag), *route.headers]
        if matches(environ.get("HTTP_IF_NONE_MATCH"), etag):
            start_response("304 Not Modified", headers)
            return (b"",)
        content_type = ("Content-Type", CONTENT_TYPES[tile.format])
        if not route.coverage.holds(grid, tile.z, tile.x, tile.y):
            body, source = blank_tile(tile.format, route.background), "blank"
        else:
            key = tile.key(edition)
            body, source = self._tile(key, route)
            body = body or blank_tile(tile.format, None)
            if source == DOUBTFUL:
                headers = [("Access-Control-Allow-Origin", "*"), ("Cache-Control", "no-store")]
            elif route.public and not environ["QUERY_STRING"]:
                # Whose path it is: with a query string it may be that of the whole service.
                self.known.note(environ["PATH_INFO"], KnownTile(key, etag, headers, content_type, tally))
        start_response("200 OK", [content_type, ("Content-Length", str(len(body))), ("X-Tile-Cache", source), *headers])
        return (body,) if environ["REQUEST_METHOD"] != "HEAD" else (b"",)

    def _timed(self, tile: TileRequest, route: TileRoute) -> TileRoute:
        """Return the route of a layer at a date that was published; nothing is noted of any other."""
        record = route.record
        shown = record.at(tile.time) if isinstance(record, LayerRecord) else None
        if shown is None:
            raise no_such_time(record, tile.time, "InvalidParameterValue", 404)
        if shown.time is None:
            return route
        key = (tile.layer, tile.style, shown.time)
        found = self._dated.get(key)
        if found is None:
            found = self._dated[key] = TileRoute(shown, self._settings, self._lineages)
        return found

    def _vector(
        self, tile: TileRequest, grid: TileMatrixSet, route: TileRoute, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        edition = route.vector_editions.at(grid, tile.z, tile.x, tile.y)
        etag = etag_of(edition)
        # Compressed or not, the features are the same: only a weak ETag may stand for both.
        headers = [("ETag", f"W/{etag}"), *route.vector_headers]
        if matches(environ.get("HTTP_IF_NONE_MATCH"), etag):
            start_response("304 Not Modified", headers)
            return (b"",)
        packed, source = b"", "blank"
        if route.coverage.holds(grid, tile.z, tile.x, tile.y):
            packed, source = self._vector_tiles.packed(route.record, grid, tile.key(edition))
        body, encoding = for_client(packed, environ)
        start_response("200 OK", [*encoding, ("Content-Length", str(len(body))), ("X-Tile-Cache", source), *headers])
        return (body,) if environ["REQUEST_METHOD"] != "HEAD" else (b"",)

    def _checked_grid(self, tile: TileRequest, route: TileRoute) -> TileMatrixSet:
        is_vector = tile.format == MVT and tile.grid == WEB_GRID and route.vector
        if not is_vector and (tile.format not in CONTENT_TYPES or tile.format.removesuffix("@2x") not in route.formats):
            raise OwsException("wmts_format", "InvalidParameterValue", "format", 404, value=tile.format[:80])
        grid = self._grids.get(tile.grid)
        if grid is None:
            known = ", ".join(self._grids)
            raise OwsException(
                "tile_unknown_grid", "InvalidParameterValue", "tilematrixset", 404, grid=tile.grid[:80], known=known
            )
        if not grid.holds(tile.z, tile.x, tile.y):
            raise TileOutOfRange(grid=tile.grid, z=tile.z, x=tile.x, y=tile.y)
        return grid

    def _tile(self, key: TileKey, route: TileRoute) -> tuple[bytes, str]:
        try:
            body = self._store.get(key)
        except TileStoreUnavailable as error:
            logger.warning("tiles cannot be read: %s", error)
            body = None
        if body is not None:
            return body, "hit"
        found = self._mount.find_tile(key, route.record)
        if found.doubtful:
            return found.body, DOUBTFUL
        return found.body, "miss" if found.drawn else "hit"

    def _may_see(self, record: Drawable, environ: Environ) -> bool:
        principal = principal_of(environ, self._snapshot)
        if isinstance(record, BasemapRecord):
            return may_see_basemap(principal, record)
        return may_see(principal, record)


def parse_tile_path(path: str) -> TileRequest | None:
    """Read ``/wmts/{layer}/{style}/{grid}/{z}/{y}/{x}.{format}`` or ``/tiles/{layer}/{z}/{x}/{y}.{format}``.

    In WMTS a time may stand after the style, for layers with several dates.

    None means that the path has another form. ``@2x`` before the dot asks for double density.
    """
    parts = path.split("/")
    if len(parts) == 8 and parts[1] == "wmts":
        _, _, layer, style, grid, z, y, last = parts
        x, format_ = _last_part(last)
        grid, density = named_grid(grid)
        format_ += density
        time = ""
    elif len(parts) == 9 and parts[1] == "wmts":
        _, _, layer, style, time, grid, z, y, last = parts
        x, format_ = _last_part(last)
        grid, density = named_grid(grid)
        format_ += density
    elif len(parts) == 6 and parts[1] == "tiles":
        _, _, layer, z, x, last = parts
        style, grid, time = DEFAULT_STYLE, WEB_GRID, ""
        y, format_ = _last_part(last)
    else:
        return None
    for number in (z, x, y):
        if not (number.isdigit() and number.isascii()) or len(number) > LONGEST_NUMBER:
            return None
    return TileRequest(layer, style, grid, format_, int(z), int(x), int(y), time)


def _last_part(text: str) -> tuple[str, str]:
    number, _, format_ = text.partition(".")
    if format_ == "jpg":
        format_ = IMAGERY_FORMAT
    return (number[:-3], f"{format_}@2x") if number.endswith("@2x") else (number, format_)
