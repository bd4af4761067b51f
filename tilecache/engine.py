"""MapProxy's configuration objects, taught to read from the catalogue instead of from files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mapproxy.cache.dummy import DummyLocker
from mapproxy.cache.tile_manager import TileManager
from mapproxy.config.configuration.cache import CacheConfiguration
from mapproxy.config.configuration.proxy import ProxyConfiguration
from mapproxy.config.configuration.source import SourceConfiguration, SourcesCollection

from tilecache.cache import CatalogueCache, EditionAt, MayBeBlank
from tilecache.configuration import Document
from tilecache.drawing import Drawable, Drawing, background_of
from tilecache.editions import Editions
from tilecache.emptiness import Emptiness
from tilecache.grids import TileMatrixSet
from tilecache.identity import DEFAULT_STYLE, TileKey
from tilecache.source import CatalogueSource
from tilecache.stores import TileStore


class CatalogueSourceConfiguration(SourceConfiguration):  # type: ignore[misc]
    """``type: catalogue``: a layer or basemap of the catalogue."""

    def source(self, params: Any = None) -> CatalogueSource:
        """Return what draws the layer."""
        record = self.context.records[self.conf["layer"]]
        return CatalogueSource(self.context.drawing, record, self.conf.get("scale_factor", 1.0))


class CatalogueCacheConfiguration(CacheConfiguration):  # type: ignore[misc]
    """``cache: {type: catalogue}``: tiles in the tile store."""

    def _catalogue_cache(self, grid_conf: Any, image_opts: Any) -> CatalogueCache:
        cache = self.conf["cache"]
        record = self.context.records[cache["layer"]]
        grid = grid_conf.tile_grid().name.partition("@")[0]
        pattern = TileKey(record.id, self.context.style, grid, cache["format"], 0, 0, 0, "")
        return CatalogueCache(
            self.context.store,
            pattern,
            self.context.edition_at(grid),
            self.context.may_be_blank(grid),
            background_of(record),
        )


class Engine(ProxyConfiguration):  # type: ignore[misc]
    """A MapProxy configuration bound to one record; nothing is registered process-wide."""

    def __init__(
        self,
        document: Document,
        records: Mapping[str, Drawable],
        drawing: Drawing,
        store: TileStore,
        folder: Path,
        editions: Editions,
        grids: Mapping[str, TileMatrixSet],
        style: str = DEFAULT_STYLE,
    ) -> None:
        self.style = style
        self._editions = editions
        self._grids = grids
        (record,) = records.values()
        self._emptiness = Emptiness(record, drawing.holdings)
        self.records = records
        self.drawing = drawing
        self.store = store
        super().__init__(document, conf_base_dir=str(folder))

    def edition_at(self, grid: str) -> EditionAt:
        """Return what knows the editions of the record's tiles in a grid."""
        return partial(self._editions.at, self._grids[grid])

    def may_be_blank(self, grid: str) -> MayBeBlank:
        """Return what knows where the record's tiles in a grid may show nothing."""
        return partial(self._emptiness.is_credible, self._grids[grid])

    def load_sources(self) -> None:
        """Make every source one of the catalogue's."""
        self.sources = SourcesCollection()
        for name, conf in self.configuration["sources"].items():
            self.sources[name] = CatalogueSourceConfiguration(conf | {"name": name}, context=self)

    def load_caches(self) -> None:
        """Make every cache one of the tile store's; tile managers are built when first asked for."""
        self.caches = {
            name: CatalogueCacheConfiguration(conf | {"name": name}, context=self)
            for name, conf in self.configuration["caches"].items()
        }

    def tile_manager(self, cache: str, grid: str) -> TileManager:
        """Return what loads and creates the tiles of a cache in a grid; whoever asks it to create holds a lock."""
        with self:
            managers = {tile_grid.name: manager for tile_grid, _, manager in self.caches[cache].caches()}
        manager = managers[grid]
        # MapProxy's own locks are files only; ours stand around it, so that who waited looks for one tile, not for all.
        manager.locker = DummyLocker()
        return manager
