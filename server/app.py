"""The composition root: one WSGI callable made of tiles, maps, features, functions and the site."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from catalog.footprints import read_steps
from catalog.holdings import Holdings
from catalog.snapshot import read_snapshot
from catalog.watch import SnapshotWatch
from layers.extent import BoundingBox
from layers.render import Renderer
from layers.text import Text
from server.api import ApiSettings, FunctionApi, Home
from server.composition import most_waiting, open_catalogue, open_holdings, open_renderer
from server.configuration import Configuration, read_configuration
from server.feature_info import FeatureInfo
from server.legends import Legends
from server.mapproxy import MountOptions
from server.maps import MapServices
from server.ogc import OgcApi, OgcSettings
from server.ogc.fastpath import ItemsFastPath
from server.web import create_web
from tilecache.configuration import ServiceDescription
from tilecache.drawing import Drawing
from tilecache.lineage import Lineages
from tilecache.locks.opening import open_locks
from tilecache.renders import Admission
from tilecache.requests import RequestCounts
from tilecache.requests.opening import open_request_log
from tilecache.stores.memory import MemoryTileStore
from tilecache.stores.opening import open_tile_store

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

MAPS = ("/tiles", "/wmts", "/wms", "/sprites/", "/fonts/")


class Application:
    """Dispatches by path: maps and tiles first, then pages of features, then all that Flask answers."""

    def __init__(self, maps: Wsgi, items: Callable[..., Iterable[bytes] | None], web: Wsgi, watch: SnapshotWatch):
        self._maps = maps
        self._items = items
        self._web = web
        self.watch = watch

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if path.startswith(MAPS):
            return self._maps(environ, start_response)
        if path.startswith("/ogc/collections/"):
            answer = self._items(environ, start_response)
            if answer is not None:
                return answer
        return self._web(environ, start_response)


def create_app(configuration: Configuration) -> Application:
    """Compose the server; its snapshot follows the catalogue from now on."""
    catalogue = open_catalogue(configuration)
    holdings = open_holdings(configuration)
    renderer = open_renderer(configuration)
    settings = configuration.server
    watch = SnapshotWatch(lambda: read_snapshot(catalogue), catalogue.revision, configuration.catalog.poll_interval)
    title = Text(settings.title.zh, settings.title.en)
    extent = BoundingBox(*configuration.layers.extent)

    lineages = Lineages(partial(read_steps, catalogue), configuration.tilecache.metatile)
    maps = _maps(configuration, holdings, renderer, title, lineages)
    ogc_settings = OgcSettings(
        title,
        extent,
        settings.contact,
        settings.default_limit,
        settings.max_limit,
        configuration.tilecache.max_zoom,
        settings.trust_forwarded,
    )
    ogc = OgcApi(watch, holdings, ogc_settings)
    home = Home(settings.home.longitude, settings.home.latitude, settings.home.zoom)
    api_settings = ApiSettings(
        title, extent, home, configuration.tilecache.max_zoom, trust_forwarded=settings.trust_forwarded
    )
    functions = FunctionApi(watch, holdings, renderer, api_settings)
    web = create_web(watch, configuration.path(settings.site), (ogc.blueprint, functions.blueprint))
    for part in (maps, ogc, functions):
        watch.subscribe(part.refresh)
    watch.start()
    return Application(maps, ItemsFastPath(watch, holdings, ogc_settings), web, watch)


def _maps(
    configuration: Configuration, holdings: Holdings, renderer: Renderer, title: Text, lineages: Lineages
) -> MapServices:
    settings = configuration.tilecache
    description = ServiceDescription(title, title, configuration.server.contact)
    store = MemoryTileStore(open_tile_store(settings, configuration.tiles_folder), settings.memory)
    drawing = Drawing(holdings, renderer, configuration.layers.render.timeout)
    admission = Admission(most_waiting(configuration))
    locks = open_locks(settings, configuration.tiles_folder)
    requests = RequestCounts(open_request_log(settings, configuration.tiles_folder))
    requests.start()
    options = MountOptions(
        drawing, store, configuration.tiles_folder, settings, description, admission, lineages, locks, requests
    )
    feature_info = FeatureInfo(holdings, settings.feature_info_tolerance)
    legends = Legends(renderer, admission)
    return MapServices(options, feature_info, legends, renderer, configuration.server.trust_forwarded)


def create_app_from_environment() -> Application:
    """Compose the server as ``TUZI_CONFIG`` says; what the WSGI server calls in each of its processes."""
    return create_app(read_configuration(Path(os.environ.get("TUZI_CONFIG", "config.yml"))))
