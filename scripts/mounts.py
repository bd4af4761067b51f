"""Draws tiles on the command line, by the same way as the server."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from catalog.errors import CatalogueError, UnknownLayer
from catalog.footprints import read_steps
from catalog.records import BasemapRecord, Snapshot
from catalog.snapshot import read_snapshot
from layers.render import Renderer
from layers.text import Text
from scripts.workshop import Workshop
from server.composition import open_catalogue, open_holdings
from server.configuration import Configuration, read_configuration
from server.mapproxy import MapProxyMount, MountOptions, TileEngines
from tilecache.configuration import ServiceDescription
from tilecache.drawing import Drawable, Drawing
from tilecache.editions import Editions
from tilecache.grids import TileMatrixSet
from tilecache.identity import DEFAULT_STYLE, TileKey
from tilecache.lineage import Lineages
from tilecache.locks.opening import open_locks
from tilecache.reach import in_all_styles
from tilecache.renders import Admission
from tilecache.requests import RequestLog
from tilecache.requests.opening import open_request_log
from tilecache.seeding import Opener, Workplace
from tilecache.stores import TileStore
from tilecache.stores.opening import open_tile_store

PATIENCE = 600.0
"""Seconds that one picture may take where no client waits for it."""


def find_drawable(workshop: Workshop, name: str) -> Drawable:
    """Return the published layer or basemap of that id; raises UnknownLayer."""
    snapshot = read_snapshot(workshop.catalogue)
    record = snapshot.layers.get(name) or snapshot.basemaps.get(name)
    if record is None:
        raise UnknownLayer("cache_unknown", name=name[:80])
    return record


def tile_pattern(record: Drawable, grid: str, format_: str, style: str = DEFAULT_STYLE) -> TileKey:
    """Return the key of the record's tiles, of level, column and row 0, without an edition; raises CatalogueError."""
    return TileKey(in_style(record, style).id, style, grid, format_, 0, 0, 0, "")


def in_style(record: Drawable, style: str) -> Drawable:
    """Return the record as it looks in a style; raises CatalogueError."""
    shown = in_all_styles(record)
    if style not in shown:
        raise CatalogueError("seed_style", name=record.id, style=style[:80], known=", ".join(sorted(shown)))
    return shown[style]


def open_lineages(configuration: Configuration) -> Lineages:
    """Open what knows which release changed a tile last."""
    return Lineages(partial(read_steps, open_catalogue(configuration)), configuration.tilecache.metatile)


def open_store(configuration: Configuration) -> TileStore:
    """Open the tile store."""
    return open_tile_store(configuration.tilecache, configuration.tiles_folder)


def open_requests(configuration: Configuration) -> RequestLog:
    """Open the counts of what clients ask for."""
    return open_request_log(configuration.tilecache, configuration.tiles_folder)


def opener(config_file: Path, record: Drawable, grid: TileMatrixSet, style: str) -> Opener:
    """Return what opens, in any process, the drawing of one record's tiles."""
    return partial(_open, config_file, record, grid, style)


def _open(config_file: Path, record: Drawable, grid: TileMatrixSet, style: str) -> Workplace:
    configuration = read_configuration(config_file)
    store, lineages = open_store(configuration), open_lineages(configuration)
    mount = open_mount(configuration, record, store, lineages)
    return Workplace(mount.draw_tile, store, partial(Editions(in_style(record, style), lineages).at, grid))


def open_mount(configuration: Configuration, record: Drawable, store: TileStore, lineages: Lineages) -> MapProxyMount:
    """Open what draws one record's tiles into a store, one at a time, as it is even if the catalogue changes."""
    renderer = Renderer(configuration.font_folders, 1, 1, PATIENCE)
    admission = Admission(1)
    title = Text(record.id)
    options = MountOptions(
        Drawing(open_holdings(configuration), renderer, PATIENCE),
        store,
        configuration.tiles_folder,
        configuration.tilecache,
        ServiceDescription(title, title),
        admission,
        lineages,
        open_locks(configuration.tilecache, configuration.tiles_folder),
    )
    if isinstance(record, BasemapRecord):
        snapshot = Snapshot(0, {}, {record.id: record}, (), ())
    else:
        snapshot = Snapshot(0, {record.id: record}, {}, (), ())
    return MapProxyMount(snapshot, TileEngines(options), options)
