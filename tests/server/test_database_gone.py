"""The database of the releases stops and comes back while clients go on asking."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import psycopg
import pytest

from layers.errors import StoreUnavailable
from layers.stores.postgis import PostgisStore
from tests.database import Cluster, own_cluster
from tests.server.map_city import EAST, NORTH, SOUTH, WEST, City
from tests.server.map_city import Reply as MapReply
from tests.server.ogc_fixtures import Reply as FeatureReply
from tests.server.ogc_fixtures import Town
from tests.server.test_tiles import tile_at

X, Y = tile_at(WEST + 700, SOUTH + 700, "WebMercatorQuad", 16)
QUICK = 3.0
"""Seconds: an answer that the database is away must not take as long as a read may."""
BOX = f"CRS=EPSG:3826&BBOX={WEST},{SOUTH},{EAST},{NORTH}&WIDTH=64&HEIGHT=64"
MAP = f"/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=districts&STYLES=&FORMAT=image/png&{BOX}"
MAPS = {
    "tile": f"/tiles/districts/16/{X}/{Y}.png",
    "wmts": f"/wmts/districts/default/WebMercatorQuad/16/{Y}/{X}.png",
    "vector tile": f"/tiles/districts/16/{X}/{Y}.mvt",
    "basemap": f"/tiles/base/16/{X}/{Y}.png",
    "map": MAP,
    "feature info": f"/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetFeatureInfo&LAYERS=districts&QUERY_LAYERS=districts"
    f"&STYLES=&I=20&J=20&INFO_FORMAT=application/json&{BOX}",
}
ITEMS = "/ogc/collections/stops/items"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with own_cluster() as cluster:
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")
        yield cluster


@pytest.fixture
def store(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[PostgisStore]:
    store = PostgisStore(cluster.url, f"gone_{abs(hash(request.node.name))}", pool=4)
    yield store
    store.close()


def get(site: City | Town, url: str) -> MapReply | FeatureReply:
    path, _, query = url.partition("?")
    return site.get(path, **dict(parse_qsl(query, keep_blank_values=True)))


def until_it_answers(store: PostgisStore) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            store.numbers("districts")
            return
        except StoreUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_maps_and_tiles_come_back_with_the_database(tmp_path: Path, store: PostgisStore, cluster: Cluster) -> None:
    city = City(tmp_path, kept=store)
    cluster.stop()
    try:
        for name, path in MAPS.items():
            begun = time.monotonic()
            reply = get(city, path)
            assert (reply.status, reply.headers["Retry-After"]) == (503, "2"), (name, reply.text)
            assert reply.headers["Cache-Control"] == "no-store" and "ETag" not in reply.headers, name
            assert "127.0.0.1" not in reply.text and "postgres" not in reply.text.lower(), reply.text
            assert time.monotonic() - begun < QUICK, name
        assert "資料庫" in get(city, MAPS["wmts"]).text and "<ows:" not in get(city, MAPS["wmts"]).text
        assert "ServiceException" in get(city, MAPS["map"]).text
        assert get(city, MAPS["tile"]).headers["Content-Type"] == "application/problem+json"
        picture = get(city, MAP + "&EXCEPTIONS=INIMAGE")
        assert picture.headers["Content-Type"] == "image/png" and picture.headers["Cache-Control"] == "no-store"
    finally:
        cluster.start()
    assert [layer for layer in city.store.layers() if list(city.store.tiles(layer))] == []
    until_it_answers(store)
    replies = {name: get(city, path) for name, path in MAPS.items()}
    assert {name: reply.status for name, reply in replies.items()} == dict.fromkeys(MAPS, 200)
    fresh = City(tmp_path / "fresh")
    for name in ("tile", "wmts", "basemap", "map"):
        assert replies[name].body == get(fresh, MAPS[name]).body, name


def test_features_come_back_with_the_database(tmp_path: Path, store: PostgisStore, cluster: Cluster) -> None:
    town = Town(tmp_path, store)
    first = json.loads(get(town, ITEMS).text)["features"][0]["id"]
    paths = [
        ITEMS,
        f"{ITEMS}/{first}",
        f"{ITEMS}?f=html",
        f"{ITEMS}/{first}?f=html",
        "/api/v1/identify?lon=120.6752&lat=24.1619&zoom=16&layers=stops",
        "/api/v1/search?q=站",
    ]
    undisturbed = ["/ogc/collections/stops/queryables", "/ogc/collections/stops"]
    before = [get(town, path).status for path in paths]
    assert before == [200] * len(paths)
    cluster.stop()
    try:
        for path in paths:
            begun = time.monotonic()
            reply = get(town, path)
            assert (reply.status, reply.headers["Retry-After"]) == (503, "2"), reply.text
            assert reply.headers["Cache-Control"] == "no-store" and "127.0.0.1" not in reply.text
            assert time.monotonic() - begun < QUICK, path
        assert [get(town, path).status for path in undisturbed] == [200, 200]
    finally:
        cluster.start()
    until_it_answers(store)
    assert [get(town, path).status for path in paths] == before
