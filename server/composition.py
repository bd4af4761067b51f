"""Puts the parts together that server and command line share, each with its own section of the configuration."""

from __future__ import annotations

from catalog.database import Catalogue
from catalog.holdings import Holdings
from layers.raster import RasterStore
from layers.render import Renderer
from layers.stores.geopackage import GeoPackageStore
from server.configuration import Configuration


def open_catalogue(configuration: Configuration) -> Catalogue:
    """Open the catalogue, its schema brought to the newest version."""
    catalogue = Catalogue(configuration.catalogue_url)
    catalogue.migrate()
    return catalogue


def open_holdings(configuration: Configuration) -> Holdings:
    """Open the stores of the releases."""
    folder = configuration.releases_folder
    return Holdings(features=GeoPackageStore(folder), rasters=RasterStore(folder))


def open_renderer(configuration: Configuration) -> Renderer:
    """Make the renderer of this process."""
    render = configuration.layers.render
    return Renderer(configuration.font_folders, render.threads, render.queue, render.timeout)
