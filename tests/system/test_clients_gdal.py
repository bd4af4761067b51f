"""GDAL, OWSLib and their like read every service of the real server: known places land on known pixels."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from owslib.wms import WebMapService
from owslib.wmts import WebMapTileService
from PIL import Image
from rasterio.warp import transform

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, Crs, transform_geometries, transform_points
from tests.system.client_town import BLUE, EAST, MIDDLE, NIGHT, NORTH, PLACES, RED, SOUTH, WEST

ClientGdal = Callable[..., Any]
GRIDS = {
    "WebMercatorQuad": "EPSG:3857",
    "GoogleMapsCompatible": "EPSG:3857",
    "EPSG:3857": "EPSG:3857",
    "WorldCRS84Quad": "EPSG:4326",
    "TWD97TM2": "EPSG:3826",
    "WebMercatorQuadx2": "EPSG:3857",
    "TWD97TM2x2": "EPSG:3826",
}
XYZ = """<GDAL_WMS>
  <Service name="TMS"><ServerUrl>{url}/tiles/districts/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service>
  <DataWindow><UpperLeftX>-20037508.34</UpperLeftX><UpperLeftY>20037508.34</UpperLeftY>
  <LowerRightX>20037508.34</LowerRightX><LowerRightY>-20037508.34</LowerRightY>
  <TileLevel>16</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin></DataWindow>
  <Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY><BandsCount>4</BandsCount>
</GDAL_WMS>"""


def read_places(name: str) -> dict[str, tuple[int, ...] | None]:
    """Return the colours that a picture in GDAL has at the known places; None where it ends before or is clear."""
    found: dict[str, tuple[int, ...] | None] = {}
    with rasterio.open(name) as dataset:
        for place, (x, y) in PLACES.items():
            (east,), (north,) = transform("EPSG:3826", dataset.crs, [x], [y])
            row, column = dataset.index(east, north)
            if not (0 <= row < dataset.height and 0 <= column < dataset.width):
                found[place] = None
                continue
            pixel = dataset.read(window=((row, row + 1), (column, column + 1)))[:, 0, 0].tolist()
            found[place] = tuple(pixel[:3]) if len(pixel) < 4 or pixel[3] else None
    return found


SEEN = {"red": RED, "blue": BLUE, "outside": None}


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("way", ["RESTful", "KVP"])
def test_gdal_reads_the_wmts(client_gdal: ClientGdal, client_town: str, grid: str, way: str) -> None:
    document = "/wmts/1.0.0/WMTSCapabilities.xml" if way == "RESTful" else "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"
    name = f"WMTS:{client_town}{document},layer=districts,tilematrixset={grid}"
    assert client_gdal(read_places, name) == SEEN


def subdatasets(name: str) -> list[str]:
    """Return what GDAL finds in a service."""
    with rasterio.open(name) as dataset:
        return list(dataset.subdatasets)


def copied(name: str, file: str, size: tuple[int, int]) -> str:
    """Copy a map of a service into a GeoTIFF, as gdal_translate -outsize does."""
    with rasterio.open(name) as source:
        values = source.read(out_shape=(source.count, size[1], size[0]))
        scale = source.width / size[0], source.height / size[1]
        options = {
            "driver": "GTiff", "count": source.count, "dtype": "uint8", "width": size[0], "height": size[1],
            "crs": source.crs, "transform": source.transform * source.transform.scale(*scale),
        }  # fmt: skip
    with rasterio.open(file, "w", **options) as target:
        target.write(values)
    return file


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_gdal_finds_the_layers_of_the_wms(
    client_gdal: ClientGdal, client_town: str, version: str, tmp_path: Path
) -> None:
    found = client_gdal(subdatasets, f"WMS:{client_town}/wms?SERVICE=WMS&VERSION={version}&REQUEST=GetCapabilities")
    named = {name.partition("LAYERS=")[2].partition("&")[0]: name for name in found}
    assert {"districts", "stops", "roads", "heights", "base"} <= named.keys()
    file = client_gdal(copied, named["districts"], str(tmp_path / "map.tif"), (400, 200))
    assert client_gdal(read_places, file) == SEEN


@pytest.mark.parametrize(
    ("version", "crs", "box"),
    [
        ("1.1.1", "SRS=EPSG:3826", (WEST, SOUTH, EAST, NORTH)),
        ("1.3.0", "CRS=EPSG:3826", (WEST, SOUTH, EAST, NORTH)),
        ("1.1.1", "SRS=EPSG:4326", (120.64, 24.14, 120.74, 24.19)),
        ("1.3.0", "CRS=EPSG:4326", (120.64, 24.14, 120.74, 24.19)),
        ("1.3.0", "CRS=CRS:84", (120.64, 24.14, 120.74, 24.19)),
        ("1.3.0", "CRS=EPSG:3857", (13_430_000, 2_770_000, 13_440_000, 2_777_000)),
    ],
)
def test_gdal_reads_maps_in_both_versions_and_axis_orders(
    client_gdal: ClientGdal, client_town: str, tmp_path: Path, version: str, crs: str, box: tuple[float, ...]
) -> None:
    """A map of some 10 m a pixel; GDAL's own full size would have pixels smaller than a millimetre."""
    box, order = (box, "") if crs != "CRS=EPSG:4326" else ((box[1], box[0], box[3], box[2]), "&BBOXORDER=yxYX")
    name = (
        f"WMS:{client_town}/wms?SERVICE=WMS&VERSION={version}&REQUEST=GetMap&LAYERS=districts&STYLES=&{crs}"
        f"&BBOX={','.join(map(str, box))}&FORMAT=image/png&TRANSPARENT=TRUE{order}"
    )
    file = client_gdal(copied, name, str(tmp_path / "map.tif"), (500, 300))
    assert client_gdal(read_places, file) == SEEN


def test_gdal_reads_xyz_tiles(client_gdal: ClientGdal, client_town: str) -> None:
    assert client_gdal(read_places, XYZ.format(url=client_town)) == SEEN


# --- Vector tiles and OGC API ------------------------------------------------------------------------


def features_of(client_gdal: ClientGdal, name: str, **options: Any) -> dict[str, dict[str, Any]]:
    """Return GDAL's features by their key, each with its attributes and its geometry in EPSG:3826."""
    meta, _, geometry, columns = client_gdal(pyogrio.raw.read, name, **options)
    crs = WEB_MERCATOR if "3857" in meta["crs"] else TWD97_TM2 if "3826" in meta["crs"] else CRS84
    shapes = transform_geometries(shapely.from_wkb(geometry), crs, TWD97_TM2)
    rows = zip(*columns, strict=True)
    features: dict[str, dict[str, Any]] = {}
    for shape, row in zip(shapes, rows, strict=True):
        values = dict(zip(meta["fields"], row, strict=True))
        known = features.setdefault(values["code"], values | {"place": shape})
        known["place"] = shapely.union_all([known["place"], shape])
    return features


def test_gdal_reads_vector_tiles_as_ogc_api_has_the_features(client_gdal: ClientGdal, client_town: str) -> None:
    x, y = transform_points(MIDDLE, (SOUTH + NORTH) / 2, TWD97_TM2, WEB_MERCATOR)
    span = 2 * 20037508.342789244 / 2**12
    column, row = int((x + 20037508.342789244) // span), int((20037508.342789244 - y) // span)
    tile = f"MVT:{client_town}/tiles/districts/12/{column}/{row}.mvt"
    tiled = features_of(client_gdal, tile, layer="districts")
    whole = features_of(client_gdal, f"OAPIF:{client_town}/ogc", layer="districts")
    west, north = column * span - 20037508.342789244, 20037508.342789244 - row * span
    ground = np.array([shapely.segmentize(shapely.box(west, north - span, west + span, north), span / 16)])
    (ground,) = transform_geometries(ground, WEB_MERCATOR, TWD97_TM2)
    assert tiled.keys() == whole.keys() == {"A", "B"}
    for code, feature in whole.items():
        got = {name: tiled[code][name] for name in ("name", "people")}
        assert got == {"name": feature["name"], "people": feature["people"]}
        # A tile of zoom 12 is some 9 km wide in 4096 steps of 2.4 m; it holds a little more than its ground.
        there, here = (shapely.intersection(one["place"], ground) for one in (feature, tiled[code]))
        assert there.area > 1e6 and shapely.hausdorff_distance(there, here) < 5
    assert shapely.bounds(whole["A"]["place"]) == pytest.approx((WEST, SOUTH, MIDDLE, NORTH), abs=0.02)


def test_gdal_finds_vector_tiles_by_their_tilejson(client_gdal: ClientGdal, client_town: str) -> None:
    """What the document says is what the tiles hold."""
    with urlopen(f"{client_town}/tiles/districts.mvt.json") as reply:
        document = json.load(reply)
    (layer,) = document["vector_layers"]
    template = document["tiles"][0]
    box = document["bounds"]
    x, y = transform_points((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, CRS84, WEB_MERCATOR)
    span = 2 * 20037508.342789244 / 2 ** document["maxzoom"]
    column, row = int((x + 20037508.342789244) // span), int((20037508.342789244 - y) // span)
    url = template.format(z=document["maxzoom"], x=column, y=row)
    meta, _, geometry, _ = client_gdal(pyogrio.raw.read, f"MVT:{url}", layer=layer["id"])
    assert len(geometry) >= 1
    assert set(layer["fields"]) <= set(meta["fields"])


# --- OWSLib --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_owslib_reads_the_wms(client_town: str, version: str) -> None:
    wms = WebMapService(f"{client_town}/wms", version=version)
    layer = wms["districts"]
    assert layer.keywords == ["區", "界線", "民政局"] and layer.title == "行政區"
    west, south, east, north = layer.boundingBoxWGS84
    shown = {"layers": ["districts"], "size": (400, 200), "format": "image/png", "transparent": True}
    for srs, box in (("EPSG:3826", (WEST, SOUTH, EAST, NORTH)), ("EPSG:4326", (west, south, east, north))):
        reply = wms.getmap(srs=srs, bbox=box, styles=["night"], **shown)
        assert np.asarray(Image.open(BytesIO(reply.read())).convert("RGB"))[100, 100].tolist() == list(NIGHT)
    for style in layer.styles.values():
        with urlopen(style["legend"]) as reply:
            size = Image.open(BytesIO(reply.read())).size
        # OWSLib reads the sizes of version 1.3.0 alone.
        assert version == "1.1.1" or size == (int(style["legend_width"]), int(style["legend_height"]))
    info = wms.getfeatureinfo(
        srs="EPSG:3826", bbox=(WEST, SOUTH, EAST, NORTH), query_layers=["districts"], xy=(300, 100),
        info_format="application/json", styles=[""], feature_count=3, **shown,
    )  # fmt: skip
    (feature,) = json.load(info)["features"]
    assert (feature["properties"]["name"], feature["properties"]["people"]) == ("東區", 3400)


@pytest.mark.parametrize("crs", [TWD97_TM2, WEB_MERCATOR], ids=str)
@pytest.mark.parametrize("way", ["KVP", "REST"])
def test_owslib_reads_the_wmts(client_town: str, way: str, crs: Crs) -> None:
    url = f"{client_town}/wmts" + ("/1.0.0/WMTSCapabilities.xml" if way == "REST" else "")
    wmts = WebMapTileService(url)
    name = "TWD97TM2" if crs == TWD97_TM2 else "GoogleMapsCompatible"
    matrices = wmts.tilematrixsets[name].tilematrix
    level = matrices["8" if crs == TWD97_TM2 else "14"]
    cell = level.scaledenominator * 0.00028
    left, top = level.topleftcorner
    x, y = transform_points(*PLACES["red"], TWD97_TM2, crs)
    column, across = divmod((x - left) / cell, level.tilewidth)
    row, down = divmod((top - y) / cell, level.tileheight)
    links = wmts["districts"].tilematrixsetlinks
    if (limits := links[name].tilematrixlimits) and (limit := limits[level.identifier]):
        assert limit.mintilecol <= column <= limit.maxtilecol and limit.mintilerow <= row <= limit.maxtilerow
    reply = wmts.gettile(
        layer="districts", style="default", tilematrixset=name, tilematrix=level.identifier, row=int(row),
        column=int(column), format="image/png",
    )  # fmt: skip
    pixel = Image.open(BytesIO(reply.read())).convert("RGB").getpixel((int(across), int(down)))
    assert pixel == RED
