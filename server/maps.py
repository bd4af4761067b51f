"""Maps and tiles over HTTP: one WSGI entry for ``/wms``, ``/wmts`` and ``/tiles``."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.records import Snapshot
from layers.errors import TuziError
from layers.render import Renderer
from server.answers import Answer, StartResponse, digest_etag, preflight
from server.capabilities import CapabilitiesDocuments
from server.errors import MethodNotAllowed, UnknownPath, shown_to_client
from server.feature_info import FeatureInfo
from server.glyphs import PATH as FONTS
from server.glyphs import GlyphService
from server.legends import Legends
from server.map_call import Call, MapsOfSnapshot
from server.map_failures import ows_failure, tile_problem
from server.mapproxy import MapProxyMount, MountOptions, TileEngines
from server.ows_exceptions import Dialect
from server.ows_request import Parameters, posts_form, read_parameters
from server.principals import principal_of
from server.problems import problem
from server.public_url import public_base_url
from server.sprites import PATH as SPRITES
from server.sprites import SpriteService
from server.style_documents import key_query, style_body
from server.tilejson import tile_json, vector_tile_json
from server.tiles import Environ, TileRequest, TileService, parse_tile_path
from server.vector_tiles import KeptVectorTiles
from server.wms import WmsService, wms_dialect
from server.wmts import WmtsService
from tilecache.vector import VectorTiles
from tilecache.vector_contents import vector_layers


class MapServices:
    """Answers everything under ``/wms``, ``/wmts`` and ``/tiles``; wants ``refresh`` with each new snapshot."""

    def __init__(
        self,
        options: MountOptions,
        feature_info: FeatureInfo,
        legends: Legends,
        renderer: Renderer,
        trust_forwarded: bool = False,
    ) -> None:
        self._options = options
        self._vector_tiles = KeptVectorTiles(
            VectorTiles(options.drawing.holdings), options.store, options.admission, options.locks
        )
        self._trust_forwarded = trust_forwarded
        self._wms = WmsService(options, feature_info, legends)
        self._wmts = WmtsService(options, feature_info, legends)
        self._engines = TileEngines(options)
        self._sprites = SpriteService(renderer, options.admission)
        self._glyphs = GlyphService(renderer.fonts)
        self._state: MapsOfSnapshot | None = None

    def refresh(self, snapshot: Snapshot) -> None:
        """Build everything anew and swap it in; requests under way keep what they began with."""
        mount = MapProxyMount(snapshot, self._engines, self._options)
        options = self._options
        tiles = TileService(
            snapshot, mount, options.store, self._vector_tiles, options.settings, options.lineages, options.requests
        )
        self._state = MapsOfSnapshot(snapshot, mount, tiles, CapabilitiesDocuments(self._options.admission))
        self._wms.keep_only(snapshot)
        self._wmts.keep_only(snapshot)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: tiles first, by the shortest way."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method == "GET" and not environ["QUERY_STRING"]:
            known = self._current.tiles.known.answer(path, environ, start_response)
            if known is not None:
                return known
        is_form = method == "POST" and path.startswith(("/wms", "/wmts")) and posts_form(environ)
        if method not in {"GET", "HEAD"} and not is_form:
            answer = _without_body(environ)
        else:
            tile = None if is_form else parse_tile_path(path)
            if tile is not None:
                return self._tile(tile, environ, start_response, by_path=True)
            found = self._found(environ)
            if isinstance(found, TileRequest):
                return self._tile(found, environ, start_response, by_path=False)
            answer = found
        return answer.for_client(environ).to_wsgi(environ, start_response)

    @property
    def _current(self) -> MapsOfSnapshot:
        if self._state is None:
            raise RuntimeError("refresh() was never called")
        return self._state

    def _tile(
        self, tile: TileRequest, environ: Environ, start_response: StartResponse, by_path: bool
    ) -> Iterable[bytes]:
        try:
            return self._current.tiles.respond(tile, environ, start_response)
        except Exception as error:
            path = environ["PATH_INFO"]
            if path.startswith("/tiles"):
                failure = tile_problem(error, environ)
            else:
                failure = ows_failure(error, "ows-1.1", "zh-TW", by_path, path)
            return failure.to_wsgi(environ, start_response)

    def _found(self, environ: Environ) -> Answer | TileRequest:
        path = environ["PATH_INFO"]
        # What is wrong with the query string itself is told in the dialect of the path.
        call, dialect = self._call(environ, path, Parameters({})), _dialect(path, Parameters({}))
        try:
            call = self._call(environ, path, read_parameters(environ))
            dialect = _dialect(path, call.parameters)
            if path.startswith(FONTS):
                return self._glyphs.respond(path)
            if path.startswith(SPRITES):
                return self._sprites.respond(call)
            if path.startswith("/tiles"):
                return self._tile_json(call)
            return self._wmts.respond(call) if path.startswith("/wmts") else self._wms.respond(call)
        except Exception as error:
            is_plain = path.startswith(("/tiles", FONTS, SPRITES))
            return tile_problem(error, environ) if is_plain else self._failure(error, dialect, call)

    def _call(self, environ: Environ, path: str, parameters: Parameters) -> Call:
        state = self._current
        principal = principal_of(environ, state.snapshot)
        return Call(environ, path, state, parameters, principal, public_base_url(environ, self._trust_forwarded))

    def _failure(self, error: Exception, dialect: Dialect, call: Call) -> Answer:
        shown = shown_to_client(error)
        if dialect != "ows-1.1" and isinstance(shown, TuziError):
            picture = self._wms.failure_picture(call.parameters, shown.sentence("en"))
            if picture is not None:
                return picture
        return ows_failure(error, dialect, call.language, isinstance(error, UnknownPath), call.path)

    def _tile_json(self, call: Call) -> Answer:
        name, _, kind = call.path.removeprefix("/tiles/").partition(".")
        name, _, style = name.partition("/")
        record = call.visible.find(name)
        settings, body = self._options.settings, None
        if record is not None and kind == "style.json":
            body = style_body(record, style, call.base_url, call.api_key, call.language, settings.max_zoom)
        elif record is not None and not style:
            write = {"json": tile_json, "mvt.json": vector_tile_json}.get(kind)
            if write is tile_json or (write and vector_layers(record)):
                body = write(record, call.base_url, key_query(call.api_key), call.language, settings)
        if body is None:
            raise UnknownPath(path=call.path[:120])
        return Answer(body, etag=digest_etag(body), shared=call.principal.application is None)


def _without_body(environ: Environ) -> Answer:
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return preflight()
    return problem(MethodNotAllowed(method=environ["REQUEST_METHOD"]), environ)


def _dialect(path: str, parameters: Parameters) -> Dialect:
    return "ows-1.1" if path.startswith("/wmts") else wms_dialect(parameters)
