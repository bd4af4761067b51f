"""The one place that runs MapProxy: it makes tiles, each asked for directly and never by URL.

Requests have been read, checked and authorised before they come here. So nothing of MapProxy that a client could
reach lacks the access decision (its legends and OGC API do), and its class-level state
(``request/tile.py``: ``dimensions``) is never touched.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mapproxy.config import local_base_config

from catalog.records import Snapshot
from layers.errors import RenderError
from layers.render.encoding import encode
from tilecache.cache import EncodedTile
from tilecache.config import TilecacheConfig
from tilecache.configuration import ServiceDescription, cache_name, grid_name, mapproxy_configuration
from tilecache.drawing import Drawable, Drawing
from tilecache.editions import Editions
from tilecache.engine import Engine
from tilecache.grids import tile_matrix_sets
from tilecache.identity import TileKey, edition_of, picture_format
from tilecache.lineage import Lineages
from tilecache.locks import RenderLocks
from tilecache.renders import Admission
from tilecache.requests import RequestCounts
from tilecache.stores import TileStore
from tilecache.wearing import layer_in_style

KEPT = 256
"""Engines; each takes about a millisecond to build and some 50 kB."""


@dataclass(frozen=True, slots=True)
class MountOptions:
    """What every mount is built with."""

    drawing: Drawing
    store: TileStore
    folder: Path
    settings: TilecacheConfig
    service: ServiceDescription
    admission: Admission
    lineages: Lineages
    locks: RenderLocks
    requests: RequestCounts = field(default_factory=RequestCounts)
    """What is asked for, so that it is drawn first after an update."""


class FoundTile(NamedTuple):
    """A tile that was asked for."""

    body: bytes
    """Empty for a wholly transparent one."""
    drawn: bool
    """Whether it was drawn for this request; it was found kept otherwise, perhaps after waiting for who drew it."""
    doubtful: bool = False
    """It shows nothing, or its neighbours do, where features are: nobody may keep it."""


class TileEngines:
    """MapProxy for one record at a time: built when its first tile is drawn, the least recently used dropped.

    They outlive snapshots, so a change of the catalogue costs nothing for records it leaves alone.
    """

    def __init__(self, options: MountOptions) -> None:
        self._options = options
        self._kept: OrderedDict[tuple[str, str, str], Engine] = OrderedDict()
        self._lock = threading.Lock()

    def engine(self, record: Drawable, style: str) -> Engine:
        """Return the engine that draws the tiles of a record, which wears the style of that name already."""
        key = (record.id, style, edition_of(record))
        with self._lock:
            engine = self._kept.get(key)
            if engine is None or engine.records[record.id] != record:
                engine = self._kept[key] = self._built(record, style)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return engine

    def _built(self, record: Drawable, style: str) -> Engine:
        options = self._options
        document = mapproxy_configuration([record], options.settings, options.folder)
        editions, grids = Editions(record, options.lineages), tile_matrix_sets(options.settings.max_zoom)
        return Engine(
            document, {record.id: record}, options.drawing, options.store, options.folder, editions, grids, style
        )


class MapProxyMount:
    """MapProxy over one snapshot; a new snapshot gets a new mount."""

    def __init__(self, snapshot: Snapshot, engines: TileEngines, options: MountOptions) -> None:
        self._snapshot = snapshot
        self._engines = engines
        self._admission = options.admission
        self._locks = options.locks

    def draw_tile(self, key: TileKey) -> bytes:
        """Return a tile's bytes, drawing and keeping its metatile where it is not kept; raises RenderError."""
        return self.find_tile(key).body

    def find_tile(self, key: TileKey, record: Drawable | None = None) -> FoundTile:
        """Return a tile, drawing and keeping its metatile where it is not kept; raises RenderError.

        ``record`` is what is drawn where the key does not say it: a date of a layer that has several.

        Of all threads, processes and machines that want a metatile one draws it; the others wait at its lock and
        then find it kept. Whoever draws or waits holds one of the places for that; RenderUnavailable is raised
        where none is free, and for who waits too long.
        """
        record = record or self._drawn(key)
        grid = grid_name(key.grid, 2 if key.format.endswith("@2x") else 1)
        with self._admission.admitted():
            engine = self._engines.engine(record, key.style)
            with local_base_config(engine.base_config):
                manager = engine.tile_manager(cache_name(key.layer, key.format), grid)
                place = (key.x, key.y, key.z)
                # Without the edition: metatiles of two of them may share tiles, and those are to be drawn once.
                first = manager.meta_grid.main_tile(place) if manager.meta_grid else place
                with self._locks.held("/".join((key.layer, key.variant, *map(str, first)))):
                    image = manager.load_tile_coord(place).image_result
        if image is None:
            return FoundTile(b"", drawn=True)
        if isinstance(image, EncodedTile):
            return FoundTile(image.body, image.drawn, image.doubtful)
        return FoundTile(encode(image.as_image(), picture_format(key.format)), drawn=True)

    def _drawn(self, key: TileKey) -> Drawable:
        layer = self._snapshot.layers.get(key.layer)
        if layer is None:
            return self._snapshot.basemaps[key.layer]
        shown = layer_in_style(self._snapshot, layer, key.style)
        if shown is None:
            raise RenderError("render_empty")
        return shown
