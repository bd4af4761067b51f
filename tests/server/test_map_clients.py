"""The map services through real clients over HTTP: OWSLib and GDAL, and a catalogue that changes under load."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import rasterio
from owslib.wms import WebMapService
from owslib.wmts import WebMapTileService
from PIL import Image

from tests.server.map_city import EAST, KEY, MIDDLE, NORTH, SOUTH, WEST, City
from tilecache.grids import tile_matrix_sets

RED = (192, 32, 32)


class ThreadingServer(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url(city: City) -> Iterator[str]:
    with make_server("127.0.0.1", 0, city.services, ThreadingServer, SilentHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_owslib_reads_the_wms(url: str, version: str) -> None:
    wms = WebMapService(f"{url}/wms", version=version)
    assert set(wms.contents) >= {"districts", "roads", "stops", "height", "base"}
    districts = wms["districts"]
    assert districts.queryable == 1
    assert {"EPSG:3857", "EPSG:4326", "EPSG:3826", "EPSG:3824"} <= set(districts.crsOptions)
    west, south, east, north = districts.boundingBoxWGS84
    options = {"layers": ["districts"], "styles": [""], "size": (400, 200), "format": "image/png"}
    picture = wms.getmap(srs="EPSG:4326", bbox=(west, south, east, north), **options)
    assert Image.open(BytesIO(picture.read())).convert("RGB").getpixel((100, 150)) == RED
    picture = wms.getmap(srs="EPSG:3826", bbox=(WEST, SOUTH, EAST, NORTH), **options)
    assert Image.open(BytesIO(picture.read())).convert("RGB").getpixel((100, 150)) == RED
    legend = urlopen(districts.styles["default"]["legend"])
    assert Image.open(BytesIO(legend.read())).format == "PNG"
    info = wms.getfeatureinfo(
        srs="EPSG:3826", bbox=(WEST, SOUTH, EAST, NORTH), query_layers=["districts"], info_format="application/json",
        xy=(100, 150), **options,
    )  # fmt: skip
    assert b'"districts.1"' in info.read()


def test_owslib_reads_the_wmts(url: str) -> None:
    wmts = WebMapTileService(f"{url}/wmts")
    assert set(wmts.tilematrixsets) >= {"WebMercatorQuad", "WorldCRS84Quad", "TWD97TM2", "GoogleMapsCompatible"}
    grid = tile_matrix_sets(20)["TWD97TM2"]
    column, _, row, _ = grid.tile_range(grid.bbox._replace(west=WEST + 50, north=NORTH - 50), 9)
    tile = wmts.gettile(
        layer="districts", tilematrixset="TWD97TM2", tilematrix="9", row=row, column=column, format="image/png"
    )
    image = Image.open(BytesIO(tile.read())).convert("RGBA")
    bounds = grid.bounds(9, column, row)
    pixel = (int((WEST + 300 - bounds.west) / 4), int((bounds.north - (NORTH - 300)) / 4))
    assert image.getpixel(pixel)[:3] == RED


def gdal_opens(name: str, **options: str) -> rasterio.DatasetReader:
    try:
        return rasterio.open(name, **options)
    except rasterio.errors.RasterioIOError as error:
        if "not recognized" in str(error):
            pytest.skip(f"this GDAL lacks the driver: {error}")
        raise


def test_gdal_reads_the_wmts(url: str) -> None:
    name = f"WMTS:{url}/wmts/1.0.0/WMTSCapabilities.xml,layer=districts,tilematrixset=TWD97TM2"
    with gdal_opens(name) as dataset:
        # GDAL cuts the grid to the layer's extent; one cell is 0.125 m.
        assert dataset.res == pytest.approx((0.125, 0.125))
        window = dataset.window(WEST + 500, SOUTH + 500, WEST + 600, SOUTH + 600)
        values = dataset.read([1, 2, 3], window=window, out_shape=(3, 4, 4))
    assert values[:, 2, 2].tolist() == list(RED)


def test_gdal_reads_the_wms(url: str) -> None:
    name = (
        f"WMS:{url}/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=districts&CRS=EPSG:3826"
        f"&BBOX={WEST},{SOUTH},{EAST},{NORTH}&FORMAT=image/png&STYLES="
    )
    with gdal_opens(name) as dataset:
        window = dataset.window(MIDDLE + 500, SOUTH + 500, MIDDLE + 600, SOUTH + 600)
        values = dataset.read([1, 2, 3], window=window, out_shape=(3, 4, 4))
    assert values[:, 2, 2].tolist() == list(RED)


def test_the_catalogue_changes_without_a_failed_request(city: City, url: str) -> None:
    paths = (
        "/tiles/districts/14/13673/7070.png",
        "/wms?SERVICE=WMS&REQUEST=GetCapabilities",
        f"/wms?REQUEST=GetMap&LAYERS=roads&CRS=EPSG:3826&BBOX={WEST},{SOUTH},{EAST},{NORTH}&WIDTH=50&HEIGHT=50"
        "&FORMAT=image/png",
        f"/wmts/1.0.0/WMTSCapabilities.xml?key={KEY}",
    )
    stopped = threading.Event()
    seen: list[int] = []

    def ask(path: str) -> None:
        while not stopped.is_set():
            try:
                with urlopen(url + path, timeout=20) as reply:
                    seen.append(reply.status)
            except OSError as error:
                seen.append(getattr(error, "code", 0))

    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    try:
        for revision in range(2, 14):
            extra = replace(city.snapshot.layers["roads"], id=f"roads-{revision}")
            layers = {**city.snapshot.layers, extra.id: extra}
            city.services.refresh(replace(city.snapshot, revision=revision, layers=layers))
            assert city.get(f"/tiles/{extra.id}.json").status == 200
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        city.services.refresh(city.snapshot)
    assert len(seen) >= len(paths)
    assert set(seen) == {200}
