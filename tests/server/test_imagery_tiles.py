"""JPEG tiles: of photographs alone, white where there is no picture, told by all who list tiles."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin

from catalog.records import LayerRecord
from layers.crs import TWD97_TM2
from layers.styles.document import parse_style
from tests.server.map_city import City, Reply, services

Z, X, Y = 14, 13671, 7072
PHOTO = parse_style({"rules": [{"name": "photo", "symbols": [{"raster": {}}]}]})


def photo(city: City) -> LayerRecord:
    """Store a photograph of one colour, the western half of it empty, around the middle of the city."""
    values = np.zeros((4, 200, 200), np.uint8)
    values[:, :, 100:] = np.array([180, 90, 40, 255], np.uint8)[:, np.newaxis, np.newaxis]
    file = city.folder / "photo.tif"
    options = {"driver": "GTiff", "width": 200, "height": 200, "count": 4, "dtype": "uint8", "photometric": "RGB"}
    with rasterio.open(file, "w", transform=from_origin(214_000, 2_676_000, 30, 30), **options) as dataset:
        dataset.write(values)
    summary = city.rasters.create("photo", 1, file, TWD97_TM2)
    height = city.snapshot.layers["height"]
    release = replace(height.release, extent=summary.extent, bands=summary.bands)
    return replace(height, id="photo", release=release, style=PHOTO)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    city = City(tmp_path_factory.mktemp("city"))
    city.snapshot = replace(city.snapshot, layers={**city.snapshot.layers, "photo": photo(city)})
    city.services = services(city)
    city.services.refresh(city.snapshot)
    return city


def tile_over(city: City, z: int = Z) -> tuple[int, int]:
    """Return column and row of the tile in the middle of the photograph."""
    longitude, latitude = city.snapshot.layers["photo"].release.extent.centre
    n = 2**z
    y = (1 - np.arcsinh(np.tan(np.radians(latitude))) / np.pi) / 2
    return int((longitude + 180) / 360 * n), int(y * n)


def picture(reply: Reply) -> Image.Image:
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == "image/jpeg"
    image = Image.open(BytesIO(reply.body))
    assert image.format == "JPEG"
    return image.convert("RGB")


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.array(pixel) - np.array(colour)).max() <= 4)


def test_shows_the_photograph_on_white(city: City) -> None:
    x, y = tile_over(city, 12)
    image = picture(city.get(f"/tiles/photo/12/{x}/{y}.jpg"))
    colours = {image.getpixel((column, row)) for column in range(0, 256, 4) for row in range(0, 256, 4)}
    assert any(near(colour, (180, 90, 40)) for colour in colours)
    assert any(near(colour, (255, 255, 255)) for colour in colours)
    assert not any(near(colour, (0, 0, 0)) for colour in colours)


def test_is_kept_and_known_by_its_etag(city: City) -> None:
    x, y = tile_over(city)
    path = f"/wmts/photo/default/WebMercatorQuad/{Z}/{y}/{x}.jpg"
    first, second = city.get(path), city.get(path)
    assert (second.headers["X-Tile-Cache"], second.body) == ("hit", first.body)
    assert city.get(path, headers={"HTTP_IF_NONE_MATCH": first.headers["ETag"]}).status == 304
    assert {key.format for key, _ in city.store.tiles("photo") if (key.x, key.y, key.z) == (x, y, Z)} == {"jpeg"}


def test_far_away_it_is_white(city: City) -> None:
    assert near(picture(city.get("/tiles/photo/10/0/0.jpg")).getpixel((9, 9)), (255, 255, 255))


def test_double_density(city: City) -> None:
    x, y = tile_over(city)
    assert picture(city.get(f"/tiles/photo/{Z}/{x}/{y}@2x.jpg")).size == (512, 512)


def test_by_key_value_pairs(city: City) -> None:
    x, y = tile_over(city)
    query = {"service": "WMTS", "request": "GetTile", "layer": "photo", "tilematrixset": "WebMercatorQuad"}
    query |= {"format": "image/jpeg", "tilematrix": str(Z), "tilerow": str(y), "tilecol": str(x)}
    assert picture(city.get("/wmts", **query)).size == (256, 256)
    other = city.get("/wmts", **query | {"layer": "height"})
    assert 'exceptionCode="InvalidParameterValue"' in other.text


@pytest.mark.parametrize("layer", ["roads", "height", "base"])
def test_of_photographs_alone(city: City, layer: str) -> None:
    reply = city.get(f"/wmts/{layer}/default/WebMercatorQuad/{Z}/{Y}/{X}.jpg")
    assert reply.status == 404
    assert 'exceptionCode="InvalidParameterValue"' in reply.text
    assert city.get(f"/tiles/{layer}/{Z}/{X}/{Y}.jpg").status == 404
    assert not list(city.store.tiles(layer))


def test_is_told_by_capabilities_and_tilejson(city: City) -> None:
    text = city.get("/wmts/1.0.0/WMTSCapabilities.xml").text
    start = text.index("<ows:Identifier>photo<")
    photo_part = text[start : text.index("</Layer>", start)]
    assert "<Format>image/jpeg</Format>" in photo_part
    assert "/wmts/photo/default/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.jpg" in photo_part
    assert text.count("<Format>image/jpeg</Format>") == 1
    document = json.loads(city.get("/tiles/photo.json").body)
    assert document["tuzi:tiles_jpeg"][0].endswith("/tiles/photo/{z}/{x}/{y}.jpg")
    assert "tuzi:tiles_jpeg" not in json.loads(city.get("/tiles/height.json").body)


def test_is_white_where_the_kept_tile_is_empty(city: City) -> None:
    """The western half holds no picture: its tiles are kept as nothing and sent as white."""
    x, y = tile_over(city, 16)
    reply = [city.get(f"/tiles/photo/16/{x - 2}/{y}.jpg") for _ in range(2)][1]
    assert reply.headers["X-Tile-Cache"] == "hit"
    assert near(picture(reply).getpixel((100, 100)), (255, 255, 255))
