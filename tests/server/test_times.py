"""Layers of several dates in WMS and WMTS, and dates that were never published: told, and nothing kept of them."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import numpy as np
import pytest
import rasterio
from owslib.wms import WebMapService
from owslib.wmts import WebMapTileService
from PIL import Image
from rasterio.transform import from_origin

from catalog.records import LayerRecord, TimeStep
from catalog.snapshot import Reachable
from layers.crs import WGS84
from tests.server.map_city import HEIGHT, City, Reply, services
from tilecache.grids import tile_matrix_sets
from tilecache.retention import Retention, TileState

ClientGdal = Callable[..., Any]
GREYS = {"2019": 20, "2021-07": 50, "2024-01-01": 80}
"""Values, and by the style grey of 0 to 255 over 0 to 100."""
HERE = (120.0, 23.5, 121.0, 24.5)
Z, X, Y = 9, 427, 221
"""A tile within."""
BOGUS = ["2020", "2021", "1", "..", "../../etc/passwd", "%2e%2e", "x" * 300, "2019,2024-01-01", "2019/2024", "9999-99"]


def grey(value: int) -> int:
    return round(value * 2.55)


def dated(city: City, values: dict[str, int], number: int = 1) -> LayerRecord:
    """Store a raster of one value for each date, and return its record."""
    steps = []
    for time, value in values.items():
        file = city.folder / f"{time}.tif"
        options = {"driver": "GTiff", "width": 10, "height": 10, "count": 1, "dtype": "uint8"}
        with rasterio.open(file, "w", transform=from_origin(120.0, 24.5, 0.1, 0.1), **options) as dataset:
            dataset.write(np.full((1, 10, 10), value, np.uint8))
        summary = city.rasters.create("years", number, file, WGS84, time=time)
        steps.append(TimeStep(time, city.rasters.digest("years", number, time)))
    city.rasters.complete("years", number, steps[-1].time)
    height = city.snapshot.layers["height"]
    release = replace(height.release, number=number, extent=summary.extent, steps=tuple(steps), bands=1)
    return replace(height, id="years", release=release, style=HEIGHT)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    city = City(tmp_path_factory.mktemp("city"))
    publish(city, dated(city, GREYS))
    return city


def publish(city: City, layer: LayerRecord) -> None:
    city.snapshot = replace(city.snapshot, layers={**city.snapshot.layers, layer.id: layer})
    city.services = services(city)
    city.services.refresh(city.snapshot)


def get_map(city: City, layers: str = "years", **query: object) -> Reply:
    box = ",".join(map(str, HERE))
    asked = {"service": "WMS", "version": "1.1.1", "request": "GetMap", "layers": layers, "styles": "", "bbox": box}
    return city.get("/wms", **asked, srs="EPSG:4326", width=40, height=40, format="image/png", **query)


def pixel(reply: Reply) -> int:
    assert reply.status == 200, reply.text
    found: Any = Image.open(BytesIO(reply.body)).convert("RGBA").getpixel((20, 20))
    return int(found[0])


def kept_files(city: City) -> set[Path]:
    return {path for path in city.folder.rglob("*") if "locks" not in path.parts}


@pytest.mark.parametrize(
    ("time", "value"),
    [
        ("2019", 20),
        ("2021-07", 50),
        ("2024-01-01", 80),
        ("", 80),
        ("current", 80),
        ("2019-01-01T00:00:00.000Z", 20),
        ("2024", 80),
    ],
)
def test_a_map_shows_the_date_that_is_asked_for(city: City, time: str, value: int) -> None:
    """Values of reduced precision mean where they begin (OGC 06-042, D.2.2); scripts write all of them out."""
    assert pixel(get_map(city, time=time)) == grey(value)


def test_layers_without_dates_stay_as_they_are(city: City) -> None:
    assert pixel(get_map(city, layers="roads,years", time="2019")) == grey(20)


@pytest.mark.parametrize("time", BOGUS)
def test_a_map_of_no_date_is_refused(city: City, time: str) -> None:
    before = kept_files(city)
    for layers in ("years", "height,years"):
        reply = get_map(city, layers=layers, time=time)
        assert 'code="InvalidDimensionValue"' in reply.text
        assert "Traceback" not in reply.text
    # Clients with a clock send it to all layers.
    assert get_map(city, layers="height", time=time).body == get_map(city, layers="height").body
    assert kept_files(city) == before


def test_what_is_here_at_a_date(city: City) -> None:
    query = {"request": "GetFeatureInfo", "query_layers": "years", "info_format": "application/json", "x": 9, "y": 9}
    box = ",".join(map(str, HERE))
    asked = {"service": "WMS", "version": "1.1.1", "layers": "years,roads", "bbox": box, "srs": "EPSG:4326"}
    found = json.loads(city.get("/wms", **asked, **query, width=40, height=40, time="2021-07").body)
    assert found["features"][0]["properties"] == {"band_1": 50}
    wrong = city.get("/wms", **asked, **query, width=40, height=40, time="2022")
    assert 'code="InvalidDimensionValue"' in wrong.text


def test_the_legend_of_a_date(city: City) -> None:
    query = {"service": "WMS", "request": "GetLegendGraphic", "layer": "years", "format": "image/png"}
    assert city.get("/wms", **query, time="2019").status == 200
    assert 'code="InvalidDimensionValue"' in city.get("/wms", **query, time="2018").text


def tile(city: City, time: str = "", ending: str = "png") -> Reply:
    part = f"{time}/" if time else ""
    return city.get(f"/wmts/years/default/{part}WebMercatorQuad/{Z}/{Y}/{X}.{ending}")


def test_tiles_of_each_date_are_kept_and_known_apart(city: City) -> None:
    replies = {time: tile(city, time) for time in GREYS}
    assert {time: pixel(reply) for time, reply in replies.items()} == {t: grey(v) for t, v in GREYS.items()}
    assert len({reply.headers["ETag"] for reply in replies.values()}) == 3
    again = tile(city, "2019")
    assert (again.headers["X-Tile-Cache"], again.body) == ("hit", replies["2019"].body)
    newest = tile(city)
    assert newest.headers["ETag"] == replies["2024-01-01"].headers["ETag"]
    assert newest.headers["X-Tile-Cache"] == "hit"


def test_tiles_by_key_value_pairs(city: City) -> None:
    query = {"service": "WMTS", "request": "GetTile", "layer": "years", "tilematrixset": "WebMercatorQuad"}
    query |= {"format": "image/png", "tilematrix": str(Z), "tilerow": str(Y), "tilecol": str(X)}
    assert pixel(city.get("/wmts", **query, TIME="2021-07")) == grey(50)
    other = query | {"layer": "height"}
    assert city.get("/wmts", **other, time="2022").body == city.get("/wmts", **other).body
    assert 'exceptionCode="InvalidParameterValue" locator="time"' in city.get("/wmts", **query, time="2022").text


@pytest.mark.parametrize("time", [time for time in BOGUS if "/" not in time])
def test_a_tile_of_no_date_is_refused_and_nothing_is_kept(city: City, time: str) -> None:
    tile(city)
    before, tiles = kept_files(city), sorted(key for key, _ in city.store.tiles("years"))
    for layer in ("years", "height", "roads", "base"):
        reply = city.get(f"/wmts/{layer}/default/{time}/WebMercatorQuad/{Z}/{Y}/{X}.png")
        assert reply.status == 404
        assert 'exceptionCode="InvalidParameterValue"' in reply.text
    assert kept_files(city) == before
    assert sorted(key for key, _ in city.store.tiles("years")) == tiles


def test_another_year_leaves_the_tiles_of_the_others(city: City) -> None:
    before = {time: tile(city, time) for time in GREYS}
    publish(city, dated(city, {**GREYS, "2026": 100}, number=2))
    for time, reply in before.items():
        after = tile(city, time)
        assert (after.headers["ETag"], after.body) == (reply.headers["ETag"], reply.body)
        assert after.headers["X-Tile-Cache"] == "hit"
    assert pixel(tile(city)) == grey(100)
    publish(city, dated(city, GREYS))


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_the_wms_capabilities_list_the_dates(city: City, version: str) -> None:
    text = city.get("/wms", service="WMS", request="GetCapabilities", version=version).text
    element = "Dimension" if version == "1.3.0" else "Extent"
    assert text.count(">2019,2021-07,2024-01-01</" + element) == 1
    assert 'default="2024-01-01"' in text
    assert text.count('name="time" units="ISO8601"') == 1


def test_the_wmts_capabilities_list_the_dates(city: City) -> None:
    text = city.get("/wmts/1.0.0/WMTSCapabilities.xml").text
    assert text.count("<ows:Identifier>Time</ows:Identifier>") == 1
    assert "<Default>2024-01-01</Default>" in text
    assert "/wmts/years/default/{Time}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png" in text
    assert "/wmts/height/default/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png" in text


class _Threading(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url(city: City) -> Iterator[str]:
    def application(environ: Any, start_response: Any) -> Any:
        return city.services(environ, start_response)

    with make_server("127.0.0.1", 0, application, _Threading, _Silent) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_owslib_reads_a_date_by_wms(url: str, version: str) -> None:
    wms = WebMapService(f"{url}/wms", version=version)
    assert wms["years"].timepositions == ["2019", "2021-07", "2024-01-01"]
    picture = wms.getmap(
        layers=["years"], styles=[""], srs="EPSG:4326", bbox=HERE, size=(40, 40), format="image/png", time="2019"
    )
    assert Image.open(BytesIO(picture.read())).convert("RGB").getpixel((20, 20)) == (grey(20),) * 3


def test_owslib_reads_the_dates_by_wmts(url: str) -> None:
    wmts = WebMapTileService(f"{url}/wmts")
    assert wmts["years"].dimensions["Time"]["values"] == ["2019", "2021-07", "2024-01-01"]


def read_pixel(source: str) -> int:
    with rasterio.open(source) as dataset:
        row, column = dataset.index(13_413_000.0, 2_753_000.0)
        return int(dataset.read(1, window=((row, row + 1), (column, column + 1)))[0, 0])


def test_gdal_reads_by_wmts(url: str, client_gdal: ClientGdal) -> None:
    """GDAL asks for the default of each dimension."""
    source = f"WMTS:{url}/wmts/1.0.0/WMTSCapabilities.xml,layer=years,tilematrixset=WebMercatorQuad,zoom_level=9"
    assert client_gdal(read_pixel, source) == grey(80)


def test_gdal_reads_a_date_by_wms(url: str, client_gdal: ClientGdal) -> None:
    box = "<UpperLeftX>13358000</UpperLeftX><UpperLeftY>2810000</UpperLeftY>"
    box += "<LowerRightX>13468000</LowerRightX><LowerRightY>2700000</LowerRightY><SizeX>440</SizeX><SizeY>440</SizeY>"
    service = "<Version>1.1.1</Version><SRS>EPSG:3857</SRS><Layers>years</Layers><ImageFormat>image/png</ImageFormat>"
    address = f"<ServerUrl>{url}/wms?TIME=2021-07</ServerUrl>"
    source = f"<GDAL_WMS><Service name='WMS'>{service}<Styles></Styles>{address}</Service>"
    source += f"<DataWindow>{box}</DataWindow><Projection>EPSG:3857</Projection><BandsCount>3</BandsCount></GDAL_WMS>"
    assert client_gdal(read_pixel, source) == grey(50)


def test_tiles_of_every_date_may_still_be_asked_for(city: City) -> None:
    """What ``tuzi cache prune`` removes must not be the older dates."""
    for time in GREYS:
        tile(city, time)
    kept = [key for key, _ in city.store.tiles("years") if key.z == Z]
    layers = {"years": (city.snapshot.layers["years"],)}
    grids = tile_matrix_sets(city.settings.max_zoom)
    retention = Retention(Reachable(layers, {}), city.options.lineages, grids)
    states = {key.edition: retention.state_of(key) for key in kept}
    assert sum(state is TileState.CURRENT for state in states.values()) == len(GREYS)
