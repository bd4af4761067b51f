"""The whole platform over each store: the same deliveries in, the same bytes out of every door."""

from __future__ import annotations

import csv
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import shapely

from tests.conftest import free_port, serving, tuzi, write_configuration
from tests.database import STORES, open_stores

pytestmark = pytest.mark.slow

MANIFEST = """
licence: 政府資料開放授權條款-第1版
agency: civil
theme: transport
agencies: [{id: civil, title: 民政局}]
themes: [{id: transport, title: 交通}]
layers:
  - {id: stops, file: stops.csv, title: 公車站, key: 編號, search: [站名]}
  - {id: areas, file: areas.geojson, title: 區}
"""
PLACES = ("逢甲大學", "臺中火車站", "國立臺灣美術館", "Fengjia Café")


def delivery(folder: Path) -> Path:
    """Write a table in Big5 and areas in EPSG:3826; return their manifest."""
    random = np.random.default_rng(7)
    with (folder / "stops.csv").open("w", encoding="cp950", errors="ignore", newline="") as file:
        table = csv.writer(file)
        table.writerow(["站名", "編號", "樓層", "經度", "緯度"])
        for number in range(400):
            x, y = 120.6 + random.random() * 0.2, 24.1 + random.random() * 0.1
            table.writerow([f"{PLACES[number % 4]}{number}", f"S{number:04}", number % 9, f"{x:.6f}", f"{y:.6f}"])
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"第{number}區", "year": 2000 + number % 20},
            "geometry": shapely.geometry.mapping(
                shapely.Point(210_000 + number % 20 * 600, 2_666_000 + number // 20 * 600).buffer(280, quad_segs=3)
            ),
        }
        for number in range(300)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3826"}}
    collection = {"type": "FeatureCollection", "crs": crs, "features": features}
    (folder / "areas.geojson").write_text(json.dumps(collection), encoding="utf-8")
    manifest = folder / "manifest.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    return manifest


@pytest.fixture(scope="module")
def sites(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Base URL of a platform over each kind of store, by the store's name."""
    with ExitStack() as stack:
        urls = {}
        for kind in STORES:
            folder = tmp_path_factory.mktemp(kind)
            stores = stack.enter_context(open_stores(kind, request, folder / "stores"))
            config = write_configuration(folder)
            section = stores.configuration(stores.make()) if kind == "postgis" else ""
            config.write_text(config.read_text(encoding="utf-8").replace("layers:\n", f"layers:\n{section}"), "utf-8")
            done = tuzi(config, "onboard", str(delivery(folder)))
            assert done.returncode == 0, done.stdout + done.stderr
            urls[kind] = stack.enter_context(serving(config, free_port(), workers=1))
        yield urls


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def items(layer: str, **parameters: str) -> str:
    query = "&".join(f"{name.replace('_', '-')}={quote(value)}" for name, value in parameters.items())
    return f"/ogc/collections/{layer}/items?{query}"


MAP = "&CRS=EPSG:4326&BBOX=24.1,120.6,24.2,120.8&WIDTH=512&HEIGHT=256&FORMAT=image/png&INFO_FORMAT=application/json"
WMS = "/wms?SERVICE=WMS&VERSION=1.3.0&STYLES="
DOORS = {
    "map of points": f"{WMS}&LAYERS=stops{MAP}&REQUEST=GetMap",
    "map of areas": f"{WMS}&LAYERS=areas{MAP}&REQUEST=GetMap",
    "map of both in TWD97": f"{WMS}&LAYERS=areas,stops&REQUEST=GetMap&CRS=EPSG:3826"
    "&BBOX=210000,2666000,222000,2675000&WIDTH=400&HEIGHT=300&FORMAT=image/png",
    "feature info": f"{WMS}&LAYERS=areas&QUERY_LAYERS=areas{MAP}&REQUEST=GetFeatureInfo&I=100&J=140",
    "tile": "/wmts/stops/default/WebMercatorQuad/12/1765/3422.png",
    "areas tile": "/wmts/areas/default/WebMercatorQuad/13/3531/6844.png",
    "xyz": "/tiles/areas/12/3422/1765.png",
    "page": items("stops", limit="50"),
    "next page": items("stops", limit="50", offset="50"),
    "box": items("stops", bbox="120.65,24.12,120.72,24.16", limit="500"),
    "filter": items("stops", filter="樓層 > 3 AND 站名 LIKE '%臺中%'", limit="500"),
    "spatial filter": items(
        "areas", filter="S_INTERSECTS(geometry, POLYGON((120.62 24.11, 120.7 24.12, 120.66 24.18, 120.62 24.11)))"
    ),
    "sorted in TWD97": items(
        "areas", sortby="-year", limit="20", crs="http://www.opengis.net/def/crs/EPSG/0/3826", properties="year"
    ),
    "equals": items("areas", year="2007", limit="100"),
    "item": "/ogc/collections/stops/items/S0123",
    "no item": "/ogc/collections/stops/items/S9999",
    "wrong filter": items("stops", filter="nothing = 1"),
    "schema": "/ogc/collections/stops/schema",
    "identify": "/api/v1/identify?lon=120.66&lat=24.14&zoom=12&layers=stops,areas",
    "search": f"/api/v1/search?q={quote('逢甲大學12')}",
}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_gives_the_same_over_both_stores(sites: dict[str, str], door: str) -> None:
    answers = [get(url + DOORS[door]) for url in sites.values()]
    plain = [
        (status, body.replace(url.encode(), b"").replace(url.encode().replace(b"/", b"\\/"), b""))
        for (status, body), url in zip(answers, sites.values(), strict=True)
    ]
    if b"timeStamp" in plain[0][1]:
        plain = [(status, without_time(body)) for status, body in plain]
    assert plain[0] == plain[1]
    assert plain[0][0] == {"no item": 404, "wrong filter": 400}.get(door, 200)
    assert len(plain[0][1]) > 100


def without_time(body: bytes) -> bytes:
    document = json.loads(body)
    document.pop("timeStamp")
    return json.dumps(document, ensure_ascii=False).encode()


def test_a_database_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    config = write_configuration(tmp_path)
    place = f"127.0.0.1:{free_port()}/city"
    section = f"layers:\n  store: postgis\n  postgis:\n    url: postgresql://tuzi:geheim@{place}\n"
    config.write_text(config.read_text(encoding="utf-8").replace("layers:\n", section), "utf-8")
    for command in (["check"], ["onboard", str(delivery(tmp_path))]):
        done = tuzi(config, *command)
        said = done.stdout + done.stderr
        assert done.returncode == 1
        assert place in said
        assert "geheim" not in said
        assert "Traceback" not in said
    assert "stops" not in tuzi(config, "list").stdout
