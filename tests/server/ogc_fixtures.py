"""A small town by hand for OGC API and the JSON API: real stores, real documents, a real Flask application."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask
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
from catalog.watch import SnapshotWatch
from layers.crs import TWD97_TM2, WGS84
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.raster import RasterStore
from layers.render import Renderer
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore
from layers.stores.geopackage import GeoPackageStore
from layers.styles.document import parse_style
from layers.text import Text
from server.api import ApiSettings, FunctionApi, Home
from server.ogc import ItemsFastPath, OgcApi, OgcSettings
from server.problems import problem_response

FONTS = (
    Path(__file__).parents[2] / "server/site/node_modules/@expo-google-fonts/noto-sans-tc",
    Path("/usr/share/fonts"),
)
EXTENT = BoundingBox(120.44, 23.98, 121.47, 24.46)
HOME = Home(120.665, 24.15, 13)
TITLE = Text("臺中市圖資平臺", "Taichung Map Data Platform")
KEY = "key-of-the-fire-department"
AGENCY = AgencyRecord("traffic", Text("臺中市政府交通局", "Transportation Bureau"))
CIVIL = AgencyRecord("civil", Text("臺中市政府民政局", "Civil Affairs Bureau"))
TRANSPORT = ThemeRecord("transport", Text("交通", "Transport"), 10)
BOUNDARIES = ThemeRecord("boundaries", Text("行政區界", "Boundaries"), 20)
SECRETS = ThemeRecord("secrets", Text("消防", "Fire"), 30)
DOTS = parse_style(
    {"rules": [{"name": "dot", "title": {"zh": "站", "en": "Stop"}, "symbols": [{"mark": {"size": 8}}]}]}
)
FILLS = parse_style({"rules": [{"name": "all", "symbols": [{"fill": {"colour": "#e8e0d8"}}]}]})
HEIGHTS = parse_style(
    {"rules": [{"name": "h", "symbols": [{"raster": {"ramp": [[0, "#000000"], [100, "#ffffff"]], "mode": "linear"}}]}]}
)
UPDATED = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

STOP_COUNT = 25
FIRST_STOP = (217_000.0, 2_673_000.0)
"""TWD97 TM2; the next stop is always 100 m further east."""
FIRST_STOP_DEGREES = (120.6752423, 24.1619762)
"""The same by PROJ's cs2cs, EPSG:3826 to EPSG:4326."""


@dataclass
class Reply:
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Town:
    """Layers, the services over them, and a client."""

    folder: Path
    store: FeatureStore | None = None
    """Where the layers are kept; files in the folder without it."""
    held: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.features = self.store or GeoPackageStore(self.folder / "layers")
        self.rasters = RasterStore(self.folder / "layers")
        self.holdings = Holdings(self.features, self.rasters)
        self.held = self._snapshot()
        self.watch = SnapshotWatch(lambda: self.held, lambda: self.held.revision)
        self.ogc_settings = OgcSettings(TITLE, EXTENT, "gis@example.org", max_limit=20)
        self.ogc = OgcApi(self.watch, self.holdings, self.ogc_settings)
        self.fast_path = ItemsFastPath(self.watch, self.holdings, self.ogc_settings)
        self.functions = FunctionApi(self.watch, self.holdings, Renderer(FONTS), ApiSettings(TITLE, EXTENT, HOME))
        self.watch.subscribe(self.ogc.refresh)
        self.watch.subscribe(self.functions.refresh)
        self.web = flask.Flask("town", static_folder=None)
        self.web.register_blueprint(self.ogc.blueprint)
        self.web.register_blueprint(self.functions.blueprint)
        self.web.register_error_handler(Exception, problem_response)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Dispatch as the composition root does."""
        answer = self.fast_path(environ, start_response)
        return self.web(environ, start_response) if answer is None else answer

    def get(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, fast: bool = True, **query: Any
    ) -> Reply:
        """Ask; header names as HTTP has them, parameters with ``_`` for ``-`` ."""
        environ = self.environ(
            path, method, headers or {}, urlencode({k.replace("_", "-"): v for k, v in query.items()})
        )
        return call(self if fast else self.web, environ)

    @staticmethod
    def environ(path: str, method: str, headers: Mapping[str, str], query_string: str) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query_string,
            "HTTP_HOST": "maps.example",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "wsgi.url_scheme": "http",
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }

    def publish(self, **changes: Any) -> None:
        """Make a changed snapshot current, as the catalogue's poll does."""
        self.held = replace(self.held, revision=self.held.revision + 1, **changes)
        assert self.watch.poll()

    def _snapshot(self) -> Snapshot:
        stops = self._stops()
        districts = self._districts()
        layers = [
            stops,
            districts,
            self._copy(stops, "depots", access=Access.INTERNAL, title=Text("機廠", "Depots")),
            self._copy(stops, "hydrants", access=Access.RESTRICTED, title=Text("消防栓", "Hydrants"), theme=SECRETS),
            self._heights(),
        ]
        held = {layer.id: layer for layer in layers}
        basemaps = {
            "base": self._basemap("base", districts),
            "duty": self._basemap("duty", held["hydrants"]),
        }
        return Snapshot(
            1,
            held,
            basemaps,
            (TRANSPORT, BOUNDARIES, SECRETS),
            (AGENCY, CIVIL),
            {"fire": frozenset({"hydrants"})},
            {hashlib.sha256(KEY.encode()).hexdigest(): "fire"},
        )

    def _stops(self) -> LayerRecord:
        fields = (
            Field("code", FieldType.TEXT, Text("站碼", "Code")),
            Field("name", FieldType.TEXT, Text("站名", "Name")),
            Field("routes", FieldType.INTEGER, Text("路線數", "Routes"), unit="條"),
            Field("height", FieldType.REAL, unit="m"),
            Field("sheltered", FieldType.BOOLEAN),
            Field("opened", FieldType.DATE),
        )
        schema = Schema(GeometryType.POINT, TWD97_TM2, fields, key="code", searchable=("name",))
        numbers = range(STOP_COUNT)
        names = ["市政府", "臺中車站", "市政府站", "新市政", *(f"公園{number}" for number in numbers[4:])]
        columns: dict[str, list[Any]] = {
            "code": [f"S{number:02}" for number in numbers],
            "name": names,
            "routes": [number % 5 for number in numbers],
            "height": [10.5 + number for number in numbers],
            "sheltered": [number % 2 == 0 for number in numbers],
            "opened": [date(2020, 1, 1 + number) for number in numbers],
        }
        x, y = FIRST_STOP
        points = [shapely.Point(x + 100 * number, y) for number in numbers]
        return self._stored("stops", schema, points, columns, title=Text("公車站牌", "Bus stops"), style=DOTS)

    def _districts(self) -> LayerRecord:
        """Two squares that meet at easting 217 000; the eastern one has a hole."""
        schema = Schema(
            GeometryType.POLYGON,
            TWD97_TM2,
            (Field("name", FieldType.TEXT, Text("名稱", "Name")), Field("area", FieldType.REAL, unit="ha")),
            searchable=("name",),
        )
        west = shapely.box(215_000, 2_672_000, 217_000, 2_674_000)
        east = shapely.box(217_000, 2_672_000, 219_000, 2_674_000) - shapely.box(218_200, 2_673_200, 218_400, 2_673_400)
        layer = self._stored(
            "districts",
            schema,
            [west, east],
            {"name": ["西區 <b>&", "中區"], "area": [400.0, None]},
            title=Text("行政區", "Districts"),
            style=FILLS,
        )
        return replace(
            layer,
            theme=BOUNDARIES,
            agency=CIVIL,
            demonstration=True,
            keywords=("界線", "里鄰"),
            abstract=Text("臺中市的行政區界", "District boundaries"),
        )

    def _stored(
        self, id_: str, schema: Schema, geometries: list[Any], columns: dict[str, list[Any]], **parts: Any
    ) -> LayerRecord:
        batch = FeatureBatch(
            np.array(geometries, dtype=object),
            {name: np.array(values, dtype=object) for name, values in columns.items()},
            np.arange(1, len(geometries) + 1),
        )
        with self.features.create(id_, 1, schema) as writer:
            writer.write(batch)
            summary = writer.commit()
        assert summary.extent is not None
        release = ReleaseRecord(1, UPDATED, summary.count, summary.extent, schema, f"{id_}.gpkg")
        return _record(id_, LayerKind.VECTOR, release, **parts)

    def _copy(self, layer: LayerRecord, id_: str, **changes: Any) -> LayerRecord:
        kept = self.features.open(layer.id, 1)
        with self.features.create(id_, 1, kept.schema) as writer:
            for batch in kept.batches():
                writer.write(batch)
            writer.commit()
        return replace(layer, id=id_, **changes)

    def _heights(self) -> LayerRecord:
        """10 20 over 30 nothing; half a degree each, the corner at 120° 24.5°."""
        file = self.folder / "height.tif"
        options = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32", "nodata": -9999}
        with rasterio.open(file, "w", transform=from_origin(120.0, 24.5, 0.5, 0.5), **options) as dataset:
            dataset.write(np.array([[10, 20], [30, -9999]], dtype="float32"), 1)
        summary = self.rasters.create("heights", 1, file, WGS84)
        release = ReleaseRecord(1, UPDATED, None, summary.extent, None, "height.tif")
        return _record("heights", LayerKind.RASTER, release, title=Text("高程", "Heights"), style=HEIGHTS)

    @staticmethod
    def _basemap(id_: str, layer: LayerRecord) -> BasemapRecord:
        members = (BasemapMember(layer, layer.style),)
        return BasemapRecord(
            id_, Text("電子地圖", "Map"), Text("臺中市政府"), "#f4f1ea", members, f"1.{id_}", layer.release.extent
        )


def _record(id_: str, kind: LayerKind, release: ReleaseRecord, **parts: Any) -> LayerRecord:
    vector = kind is LayerKind.VECTOR
    return LayerRecord(
        **{
            "id": id_,
            "abstract": Text("說明", "About"),
            "agency": AGENCY,
            "theme": TRANSPORT,
            "kind": kind,
            "access": Access.PUBLIC,
            "licence": "政府資料開放授權條款-第1版",
            "attribution": Text("臺中市政府", "Taichung City Government"),
            "keywords": (),
            "demonstration": False,
            "position": 100,
            "search_fields": ("name",) if vector else (),
            "title_field": "name" if vector else None,
            "release": release,
            "updated": UPDATED,
            **parts,
        }
    )


def call(application: Any, environ: dict[str, Any]) -> Reply:
    """Run one WSGI request."""
    started: list[Any] = []
    chunks: Iterator[bytes] = application(environ, lambda status, headers, *_: started.extend((status, headers)))
    body = b"".join(chunks)
    return Reply(int(started[0].split()[0]), dict(started[1]), body)
