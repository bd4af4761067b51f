"""A town that changes: three layers and a basemap of them, released again and again, and the tiles that are kept."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from catalog.database import Catalogue
from catalog.footprints import read_steps
from catalog.holdings import Holdings
from catalog.locks import open_locks as open_layer_locks
from catalog.manifest import AgencyEntry, BasemapEntry, LayerEntry, ThemeEntry
from catalog.onboarding import Onboarding, OnboardingOptions
from catalog.publishing import introduce
from catalog.snapshot import read_snapshot
from layers.config import LayersConfig
from layers.raster import RasterStore
from layers.render import Renderer
from layers.stores import FeatureStore
from layers.text import Text
from server.feature_info import FeatureInfo
from server.legends import Legends
from server.mapproxy import MountOptions
from server.maps import MapServices
from tests.catalog.conftest import entry
from tests.server.map_city import FONTS, Reply, call
from tilecache.config import TilecacheConfig
from tilecache.configuration import ServiceDescription
from tilecache.drawing import Drawing
from tilecache.lineage import Lineages
from tilecache.locks.opening import open_locks
from tilecache.publication import publish_all, rollback_layer
from tilecache.renders import Admission
from tilecache.stores.sqlite import SqliteTileStore

METRES = 0.00001
"""Degrees that are about a metre at Taichung."""
WEST, SOUTH = 120.64, 24.15
SIDE = 500
"""Metres along the sides of the town, which lies north-east of that point."""
HALF = 20037508.342789244

Place = tuple[float, float]
"""Metres east and north of the town's corner."""
LAYERS = ("shops", "roads", "blocks")


@dataclass(frozen=True)
class Thing:
    """A feature of the town; what it is made of follows from its layer."""

    code: str
    place: Place
    kind: str
    name: str

    def document(self, layer: str) -> dict[str, Any]:
        return {
            "type": "Feature",
            "properties": {"code": self.code, "kind": self.kind, "name": self.name},
            "geometry": self._geometry(layer),
        }

    def _geometry(self, layer: str) -> dict[str, Any]:
        x, y = self.place
        at = [[WEST + (x + dx) * METRES, SOUTH + (y + dy) * METRES] for dx, dy in SHAPES[layer]]
        if layer == "shops":
            return {"type": "Point", "coordinates": at[0]}
        if layer == "roads":
            return {"type": "LineString", "coordinates": at}
        return {"type": "Polygon", "coordinates": [[*at, at[0]]]}


SHAPES: Mapping[str, list[Place]] = {
    "shops": [(0, 0)],
    "roads": [(0, 0), (60, 25), (140, 20)],
    "blocks": [(0, 0), (55, 0), (55, 40), (25, 60), (0, 40)],
}
STYLES: Mapping[str, list[dict[str, Any]]] = {
    "shops": [
        {"rules": [{"name": "all", "symbols": [
            {"mark": {"shape": "square", "size": 11, "colour": "#c0392b"}},
            {"text": {"field": "name", "size": 13, "halo": "#ffffff", "offset": [0, 12]}}]}]},
        # Differs from the first from zoom 17 on.
        {"rules": [
            {"name": "far", "zoom": [None, 16], "symbols": [
                {"mark": {"shape": "square", "size": 11, "colour": "#c0392b"}},
                {"text": {"field": "name", "size": 13, "halo": "#ffffff", "offset": [0, 12]}}]},
            {"name": "near", "zoom": [17, None], "symbols": [
                {"mark": {"shape": "circle", "size": 15, "colour": "#2c3e50"}},
                {"text": {"field": "name", "size": 15, "weight": "bold", "offset": [0, 14]}}]}]},
        {"cluster": {"until": 18}},
    ],
    "roads": [
        {"rules": [{"name": "all", "symbols": [
            {"line": {"width": 5, "colour": "#7f8c8d"}},
            {"text": {"field": "name", "size": 12, "placement": "line", "spacing": 90, "halo": "#ffffff"}}]}]},
        {"rules": [{"name": "all", "symbols": [{"line": {"width": 8, "colour": "#34495e"}}]}]},
    ],
    "blocks": [
        {"rules": [
            {"name": "a", "filter": "kind = 'a'", "symbols": [{"fill": {"colour": "#f1c40f", "outline": "#000000"}}]},
            {"name": "rest", "otherwise": True, "symbols": [{"fill": {"colour": "#16a085"}}]},
            {"name": "names", "symbols": [{"text": {"field": "name", "size": 12, "placement": "interior"}}]}]},
        {"rules": [{"name": "all", "symbols": [{"fill": {"colour": "#8e44ad", "opacity": 0.5}}]}]},
    ],
}  # fmt: skip


@dataclass
class Town:
    """What is published of the town, and two caches: one that lives through all changes and one made of nothing."""

    folder: Path
    store: FeatureStore
    catalogue: Catalogue
    things: dict[str, list[Thing]] = field(default_factory=lambda: {layer: [] for layer in LAYERS})
    looks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LAYERS, 0))
    fresh: int = 0

    def __post_init__(self) -> None:
        self.renderer = Renderer(FONTS)
        self.holdings = Holdings(self.store, RasterStore(self.folder / "rasters"))
        self.lineages = Lineages(partial(read_steps, self.catalogue), TilecacheConfig().metatile)
        self.living = self._services("living", self.lineages)
        self.onboarding = Onboarding(
            self.catalogue,
            self.holdings,
            open_layer_locks(self.catalogue),
            LayersConfig(),
            lambda prepared: publish_all(self.catalogue, prepared, "tester"),
        )

    def _services(self, name: str, lineages: Lineages) -> MapServices:
        folder, settings = self.folder / name, TilecacheConfig()
        options = MountOptions(
            Drawing(self.holdings, self.renderer),
            SqliteTileStore(folder),
            folder,
            settings,
            ServiceDescription(Text("town"), Text("town")),
            Admission(14),
            lineages,
            open_locks(settings, folder),
        )
        legends = Legends(self.renderer, options.admission)
        return MapServices(options, FeatureInfo(self.holdings, 5), legends, self.renderer)

    def release(self, layer: str) -> None:
        """Deliver a layer as it is now."""
        given = [thing.document(layer) for thing in self.things[layer]]
        file = self.folder / f"{layer}.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": given}), encoding="utf-8")
        result = self.onboarding.onboard(
            self.entry(layer, file), lambda done, total: None, OnboardingOptions(wait=0, accept_loss=True)
        )
        assert result.error is None, result.sentence("en")

    def entry(self, layer: str, file: Path) -> LayerEntry:
        return entry(layer, file=file, key="code", crs="EPSG:4326", style=STYLES[layer][self.looks[layer]])

    def compose(self) -> None:
        """Publish the basemap, in which each layer wears its own style."""
        members = [{"layer": layer} for layer in reversed(LAYERS)]
        basemap = BasemapEntry(id="base", title="底圖", background="#f4f1ea", members=members)  # type: ignore[arg-type]
        publish_all(self.catalogue, (), "tester", (basemap,))

    def rollback(self, layer: str) -> int:
        return rollback_layer(self.catalogue, layer, "tester")

    def refresh(self) -> None:
        self.living.refresh(read_snapshot(self.catalogue))

    def from_nothing(self) -> MapServices:
        """Return services that have never drawn anything and know no predecessors."""
        self.fresh += 1
        services = self._services(f"fresh{self.fresh}", Lineages(lambda layer, grid, level: {}, 4))
        services.refresh(read_snapshot(self.catalogue))
        return services


@contextmanager
def founded(folder: Path, store: FeatureStore) -> Iterator[Town]:
    """Yield a town of which nothing is published."""
    folder.mkdir(parents=True)
    catalogue = Catalogue(f"sqlite:///{folder}/catalogue.sqlite")
    catalogue.migrate()
    introduce(
        catalogue,
        (AgencyEntry(id="civil", title="民政局"),),  # type: ignore[arg-type]
        (ThemeEntry(id="boundaries", title="界線"),),  # type: ignore[arg-type]
    )
    try:
        yield Town(folder, store, catalogue)
    finally:
        catalogue.close()


def ask(services: MapServices, path: str, **headers: str) -> Reply:
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "maps",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.url_scheme": "http", **headers,
    }  # fmt: skip
    return call(services, environ)


def mercator(place: Place) -> Place:
    """Return a place of the town in EPSG:3857, by the sphere's own formulas."""
    longitude, latitude = WEST + place[0] * METRES, SOUTH + place[1] * METRES
    return (
        math.radians(longitude) * 6378137.0,
        math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)) * 6378137.0,
    )


def tiles_of_town(zoom: int) -> list[tuple[int, int]]:
    """Return columns and rows of WebMercatorQuad's tiles that the town and what surrounds it lie in."""
    return tiles_between(zoom, (-100, -100), (SIDE + 100, SIDE + 100))


def tiles_between(zoom: int, one: Place, other: Place) -> list[tuple[int, int]]:
    """Return columns and rows of the tiles from a south-western to a north-eastern place."""
    span = 2 * HALF / 2**zoom
    (west, south), (east, north) = mercator(one), mercator(other)
    columns = range(int((west + HALF) // span), int((east + HALF) // span) + 1)
    rows = range(int((HALF - north) // span), int((HALF - south) // span) + 1)
    return [(x, y) for x in columns for y in rows]


def may_show(thing: Thing, layer: str, zoom: int, tile: tuple[int, int]) -> bool:
    """Tell whether a feature may have anything to do with a tile: its metatile is within 140 pixels of it."""
    span = 2 * HALF / 2**zoom
    xs, ys = zip(*(mercator((thing.place[0] + dx, thing.place[1] + dy)) for dx, dy in SHAPES[layer]), strict=True)
    column, row = tile[0] // 4 * 4, tile[1] // 4 * 4
    near = 140 / 256 * span
    return (
        column * span - HALF - near <= max(xs)
        and (column + 4) * span - HALF + near >= min(xs)
        and HALF - row * span + near >= min(ys)
        and HALF - (row + 4) * span - near <= max(ys)
    )
