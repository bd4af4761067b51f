"""Puts the parts together that server and command line share, each with its own section of the configuration."""

from __future__ import annotations

from catalog.database import Catalogue
from catalog.holdings import Holdings
from layers.raster import RasterStore
from layers.render import Renderer
from layers.stores import FeatureStore
from layers.stores.geopackage import GeoPackageStore
from layers.stores.postgis import PostgisStore
from server.configuration import Configuration


def open_catalogue(configuration: Configuration) -> Catalogue:
    """Open the catalogue, its schema brought to the newest version."""
    catalogue = Catalogue(configuration.catalogue_url)
    catalogue.migrate()
    return catalogue


def open_holdings(configuration: Configuration) -> Holdings:
    """Open the stores of the releases."""
    return Holdings(features=open_features(configuration), rasters=RasterStore(configuration.releases_folder))


def open_features(configuration: Configuration) -> FeatureStore:
    """Open the store of the vector layers that the configuration names; a database is connected on first use."""
    if configuration.layers.store == "geopackage":
        return GeoPackageStore(configuration.releases_folder)
    postgis = configuration.layers.postgis
    return PostgisStore(postgis.url.get_secret_value(), postgis.database_schema, postgis.pool, postgis.timeout)


FREE_THREADS = 2
"""Threads of a process that never wait for a map, so that kept tiles flow while maps are drawn."""


def most_waiting(configuration: Configuration) -> int:
    """Return how many requests of a process may draw or wait for a drawing at the same time.

    Who waits holds a thread; were all of them to wait, nobody could even be told to come back.
    """
    render = configuration.layers.render
    return max(1, min(render.threads + render.queue, configuration.server.blocking_threads - FREE_THREADS))


def open_renderer(configuration: Configuration) -> Renderer:
    """Make the renderer of this process."""
    render = configuration.layers.render
    queue = max(0, most_waiting(configuration) - render.threads)
    return Renderer(configuration.font_folders, render.threads, queue, render.timeout)
