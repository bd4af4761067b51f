"""A small real city for the map services: layers, a raster and a basemap in real stores, really drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

from catalog.holdings import Holdings
from catalog.records import (
    Access,
    AgencyRecord,
    BasemapMember,
    BasemapRecord,
    LayerKind,
    LayerRecord,
    ReleaseRecord,
    Snapshot,
    ThemeRecord,
)
from layers.crs import TWD97_TM2, WGS84
from layers.features import FeatureBatch
from layers.raster import RasterStore
from layers.render import Renderer
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore
from layers.stores.geopackage import GeoPackageStore
from layers.styles.document import parse_style
from layers.styles.model import Style
from layers.text import Text
from server.feature_info import FeatureInfo
from server.legends import Legends
from server.mapproxy import MountOptions
from server.maps import MapServices
from tilecache.config import TilecacheConfig
from tilecache.configuration import ServiceDescription
from tilecache.drawing import Drawing
from tilecache.lineage import Lineages, ReadSteps
from tilecache.locks.opening import open_locks
from tilecache.renders import Admission
from tilecache.stores.sqlite import SqliteTileStore

ROOT = Path(__file__).parents[2]
FONTS = (ROOT / "server/site/node_modules/@expo-google-fonts/noto-sans-tc", Path("/usr/share/fonts"))

CIVIL = AgencyRecord("civil", Text("臺中市政府民政局", "Civil Affairs Bureau"))
BOUNDARIES = ThemeRecord("boundaries", Text("行政界線", "Boundaries"), 1)
TRANSPORT = ThemeRecord("transport", Text("交通運輸", "Transport"), 2)
WEST, MIDDLE, EAST = 216_000.0, 218_000.0, 220_000.0
SOUTH, NORTH = 2_672_000.0, 2_674_000.0
"""Two square districts of 2 km in EPSG:3826, side by side at MIDDLE."""
KEY = "abc-123"

DISTRICTS = parse_style(
    {
        "rules": [
            {
                "name": "district",
                "title": {"zh": "行政區", "en": "District"},
                "symbols": [{"fill": {"colour": "#c02020", "opacity": 1, "outline": "#000000", "outline_width": 1}}],
            }
        ]
    }
)
ROADS = parse_style(
    {"rules": [{"name": "road", "title": {"zh": "道路"}, "symbols": [{"line": {"colour": "#2020c0", "width": 4}}]}]}
)
STOPS = parse_style(
    {
        "rules": [
            {
                "name": "stop",
                "title": {"zh": "站牌"},
                "symbols": [
                    {"mark": {"shape": "circle", "size": 12, "colour": "#20c020", "allow_overlap": True}},
                    {"text": {"field": "name", "size": 12, "colour": "#333333", "halo": "#ffffff"}},
                ],
            }
        ]
    }
)
HEIGHT = parse_style(
    {"rules": [{"name": "h", "symbols": [{"raster": {"ramp": [[0, "#000000"], [100, "#ffffff"]], "mode": "linear"}}]}]}
)


@dataclass
class Reply:
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class City:
    """The services, what lies behind them, and a client."""

    folder: Path
    settings: TilecacheConfig = field(default_factory=TilecacheConfig)
    kept: FeatureStore | None = None
    """Where vector layers are kept; files in the folder without it."""
    steps: ReadSteps = lambda layer, grid, level: {}
    """What is known of how releases follow one another."""

    def __post_init__(self) -> None:
        self.features = self.kept or GeoPackageStore(self.folder / "layers")
        self.rasters = RasterStore(self.folder / "layers")
        self.holdings = Holdings(self.features, self.rasters)
        self.renderer = Renderer(FONTS)
        self.store = SqliteTileStore(self.folder / "tiles")
        self.snapshot = self._snapshot()
        self.options = options(self)
        self.services = services(self)
        self.services.refresh(self.snapshot)

    def _snapshot(self) -> Snapshot:
        districts = self.layer("districts", _squares(), {"name": ["西區 <b>&", "東區"], "area": [4.0, 4.0]}, DISTRICTS)
        roads = self.layer(
            "roads", [shapely.LineString([(WEST, 2_673_000), (EAST, 2_673_000)])], {"name": ["臺灣大道"]}, ROADS
        )
        stops = self.layer("stops", [shapely.Point(217_000, 2_673_500)], {"name": ["市政府站"]}, STOPS)
        secret = self.layer("secret", [shapely.Point(217_000, 2_672_500)], {"name": ["機密"]}, STOPS)
        layers = {
            "districts": replace(
                districts, theme=BOUNDARIES, title=Text("行政區 <界線> & 名稱", "Districts"), demonstration=True
            ),
            "secret": replace(secret, theme=BOUNDARIES, access=Access.RESTRICTED),
            "stops": stops,
            "roads": roads,
            "height": self.raster("height"),
        }
        basemap = BasemapRecord(
            "base",
            Text("通用電子地圖", "City base map"),
            Text("臺中市政府"),
            "#f4f1ea",
            (BasemapMember(layers["districts"], DISTRICTS), BasemapMember(layers["roads"], ROADS)),
            "1.base",
            layers["districts"].release.extent,
        )
        grants = {"bus-app": frozenset({"secret"})}
        keys = {hashlib.sha256(KEY.encode()).hexdigest(): "bus-app"}
        return Snapshot(1, layers, {"base": basemap}, (BOUNDARIES, TRANSPORT), (CIVIL,), grants, keys)

    def layer(
        self, id_: str, geometries: list[Any], columns: Mapping[str, list[Any]], style: Style, number: int = 1
    ) -> LayerRecord:
        """Store a release and return its record."""
        kinds = {0: GeometryType.POINT, 1: GeometryType.LINESTRING, 2: GeometryType.POLYGON}
        types = {str: FieldType.TEXT, float: FieldType.REAL}
        fields = tuple(
            Field(name, types[type(values[0])], Text("名稱", "Name") if name == "name" else None)
            for name, values in columns.items()
        )
        schema = Schema(kinds[int(shapely.get_dimensions(geometries[0]))], TWD97_TM2, fields)
        batch = FeatureBatch(
            np.array(geometries, dtype=object),
            {name: np.array(values, dtype=object) for name, values in columns.items()},
            np.arange(1, len(geometries) + 1),
        )
        with self.features.create(id_, number, schema) as writer:
            writer.write(batch)
            summary = writer.commit()
        assert summary.extent is not None
        release = ReleaseRecord(
            number, datetime(2026, 1, 1, tzinfo=UTC), summary.count, summary.extent, schema, "a.gpkg"
        )
        return _record(id_, LayerKind.VECTOR, release, style)

    def raster(self, id_: str) -> LayerRecord:
        """Store a raster of 2 × 2 cells (10 20 / 30 nothing), half a degree each, and return its record."""
        file = self.folder / "height.tif"
        transform = from_origin(120.0, 24.5, 0.5, 0.5)
        options = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32", "nodata": -9999}
        with rasterio.open(file, "w", transform=transform, **options) as dataset:
            dataset.write(np.array([[10, 20], [30, -9999]], dtype="float32"), 1)
        summary = self.rasters.create(id_, 1, file, WGS84)
        release = ReleaseRecord(1, datetime(2026, 1, 1, tzinfo=UTC), None, summary.extent, None, "height.tif")
        return _record(id_, LayerKind.RASTER, release, HEIGHT)

    def get(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **query: object) -> Reply:
        """Ask the services; header names as WSGI has them."""
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": urlencode(query),
            "HTTP_HOST": "maps.taichung.example",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "wsgi.url_scheme": "http",
            **(headers or {}),
        }
        return call(self.services, environ)


def call(application: Callable[..., Any], environ: dict[str, Any]) -> Reply:
    """Run one WSGI request."""
    started: list[Any] = []
    chunks = application(environ, lambda status, headers, *_: started.extend((status, headers)))
    body = b"".join(chunks)
    return Reply(int(started[0].split()[0]), dict(started[1]), body)


def services(city: City) -> MapServices:
    """Put the map services together as the server does."""
    info = FeatureInfo(city.holdings, city.settings.feature_info_tolerance)
    return MapServices(city.options, info, Legends(city.renderer, city.options.admission), city.renderer)


def options(city: City) -> MountOptions:
    """Return what the city's mounts are built with."""
    return MountOptions(
        Drawing(city.holdings, city.renderer),
        city.store,
        city.folder / "tiles",
        city.settings,
        ServiceDescription(
            Text("臺中市圖資平臺", "Taichung Map Data Platform"), Text("圖資服務", "Maps"), "gis@example.org"
        ),
        Admission(14),
        Lineages(city.steps, city.settings.metatile),
        open_locks(city.settings, city.folder / "tiles"),
    )


def _squares() -> list[Any]:
    return [shapely.box(WEST, SOUTH, MIDDLE, NORTH), shapely.box(MIDDLE, SOUTH, EAST, NORTH)]


def _record(id_: str, kind: LayerKind, release: ReleaseRecord, style: Style) -> LayerRecord:
    return LayerRecord(
        id=id_,
        title=Text(f"圖層 {id_}", f"Layer {id_}"),
        abstract=Text("說明", "About"),
        agency=CIVIL,
        theme=TRANSPORT,
        kind=kind,
        access=Access.PUBLIC,
        licence="政府資料開放授權條款-第1版",
        attribution=Text("臺中市政府", "Taichung City Government"),
        keywords=("示範",),
        demonstration=False,
        position=100,
        search_fields=(),
        title_field="name" if kind is LayerKind.VECTOR else None,
        release=release,
        style=style,
        updated=datetime(2026, 1, 1, tzinfo=UTC),
    )
