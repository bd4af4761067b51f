"""Other people's software reads the service: OWSLib and GDAL."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

from tests.server.ogc_fixtures import FIRST_STOP, FIRST_STOP_DEGREES, KEY, STOP_COUNT, Town

ClientGdal = Callable[..., Any]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


def serve(folder: Path, port: Connection) -> None:
    with make_server("127.0.0.1", 0, Town(folder), server_class=_Server, handler_class=_Silent) as server:
        port.send(server.server_port)
        server.serve_forever()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a town in a process of its own: GDAL holds the interpreter's lock while it waits for an answer."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve, args=(tmp_path_factory.mktemp("served"), sender), daemon=True)
    process.start()
    try:
        assert receiver.poll(60), "the town did not start"
        yield f"http://127.0.0.1:{receiver.recv()}/ogc"
    finally:
        process.kill()
        process.join()


def test_owslib_reads_everything(url: str) -> None:
    client = Features(url)
    assert client.links
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in client.conformance()["conformsTo"]
    assert client.feature_collections() == ["stops", "districts"]
    assert client.collection("stops")["title"] == "公車站牌"
    assert client.collection_queryables("stops")["properties"]["routes"]["type"] == "integer"
    assert client.api()["openapi"].startswith("3.0")
    page = client.collection_items("stops", limit=5, bbox=[120.6, 24.1, 120.68, 24.2])
    assert page["numberReturned"] == len(page["features"]) == 5
    assert client.collection_items("stops", filter="name = '新市政'")["features"][0]["id"] == "S03"
    assert client.collection_item("stops", "S01")["properties"]["name"] == "臺中車站"
    with pytest.raises(RuntimeError, match="hydrants"):
        client.collection("hydrants")


def test_owslib_shows_its_key(url: str) -> None:
    client = Features(url, headers={"X-Api-Key": KEY})
    assert "hydrants" in client.feature_collections()


def test_gdal_lists_layers(client_gdal: ClientGdal, url: str) -> None:
    layers = dict(client_gdal(pyogrio.list_layers, f"OAPIF:{url}"))
    assert layers.keys() == {"stops", "districts"}


def test_gdal_pages_through_a_layer(client_gdal: ClientGdal, url: str) -> None:
    meta, _, geometry, columns = client_gdal(pyogrio.raw.read, f"OAPIF:{url}", layer="stops", PAGE_SIZE="7")
    assert len(geometry) == STOP_COUNT
    values = dict(zip(meta["fields"], columns, strict=True))
    assert sorted(values["code"]) == [f"S{number:02}" for number in range(STOP_COUNT)]
    assert values["name"][0] == "市政府"
    point = shapely.from_wkb(geometry[0])
    # GDAL asks for the CRS that the collection says it is stored in.
    assert (meta["crs"], point.x, point.y) == ("EPSG:3826", *FIRST_STOP)


def test_gdal_selects_by_box_and_attribute(client_gdal: ClientGdal, url: str) -> None:
    _, _, geometry, _ = client_gdal(
        pyogrio.raw.read, f"OAPIF:{url}", layer="stops", bbox=(216_990, 2_672_990, 217_010, 2_673_010)
    )
    assert len(geometry) == 1
    meta, _, _, columns = client_gdal(
        pyogrio.raw.read, f"OAPIF:{url}", layer="stops", where="routes = 3 AND height > 20"
    )
    assert list(columns[list(meta["fields"]).index("code")]) == ["S13", "S18", "S23"]


@pytest.mark.parametrize(
    ("crs", "expected"),
    [("EPSG:3826", FIRST_STOP), ("EPSG:3824", FIRST_STOP_DEGREES), ("OGC:CRS84", FIRST_STOP_DEGREES)],
)
def test_gdal_gets_coordinates_right_in_every_crs(
    client_gdal: ClientGdal, url: str, crs: str, expected: tuple[float, float]
) -> None:
    """GDAL swaps what a CRS with latitude first has sent, so a wrong order would show here."""
    meta, _, geometry, _ = client_gdal(pyogrio.raw.read, f"OAPIF:{url}", layer="stops", CRS=crs, max_features=1)
    point = shapely.from_wkb(geometry[0])
    assert (point.x, point.y) == pytest.approx(expected, rel=1e-8)
    assert crs.rpartition(":")[2] in meta["crs"]
