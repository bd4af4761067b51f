"""WMTS 1.0.0 as clients meet it: capabilities by both ways, GetTile and GetFeatureInfo by parameters, exceptions."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import pytest
from lxml import etree
from PIL import Image

from layers.crs import TWD97_TM2, WEB_MERCATOR, transform_bbox, transform_points
from layers.extent import BoundingBox
from tests.server.map_city import EAST, KEY, NORTH, SOUTH, WEST, City, Reply
from tilecache.grids import tile_matrix_sets

SPACE = {"w": "http://www.opengis.net/wmts/1.0", "o": "http://www.opengis.net/ows/1.1"}
GRID = tile_matrix_sets(20)["WebMercatorQuad"]
X, Y = transform_points(WEST + 700, SOUTH + 700, TWD97_TM2, WEB_MERCATOR)
COLUMN, _, ROW, _ = GRID.tile_range(BoundingBox(X, Y, X, Y), 14)


def wmts(city: City, request: str = "GetTile", **changes: object) -> Reply:
    query = {
        "SERVICE": "WMTS",
        "REQUEST": request,
        "VERSION": "1.0.0",
        "LAYER": "districts",
        "STYLE": "default",
        "FORMAT": "image/png",
        "TILEMATRIXSET": "WebMercatorQuad",
        "TILEMATRIX": 14,
        "TILEROW": ROW,
        "TILECOL": COLUMN,
    }
    return city.get("/wmts", **{name: value for name, value in {**query, **changes}.items() if value is not None})


def capabilities(city: City, **query: object) -> etree._Element:
    reply = city.get("/wmts", SERVICE="WMTS", REQUEST="GetCapabilities", **query)
    assert reply.status == 200
    return etree.fromstring(reply.body)


def test_both_ways_to_the_capabilities_give_one_document(city: City) -> None:
    by_path = city.get("/wmts/1.0.0/WMTSCapabilities.xml")
    assert by_path.body == city.get("/wmts", service="wmts", request="getcapabilities").body
    assert by_path.headers["Content-Type"].startswith("application/xml")


def test_capabilities_list_what_the_client_may_see(city: City) -> None:
    path = "/w:Capabilities/w:Contents/w:Layer/o:Identifier/text()"
    assert set(capabilities(city).xpath(path, namespaces=SPACE)) == {"districts", "stops", "roads", "height", "base"}
    assert "secret" in capabilities(city, key=KEY).xpath(path, namespaces=SPACE)


def test_grids_are_described_as_the_standard_wants(city: City) -> None:
    document = capabilities(city)
    grids = {
        grid.findtext("o:Identifier", namespaces=SPACE): grid
        for grid in document.iterfind(".//w:TileMatrixSet[w:TileMatrix]", SPACE)
    }
    crs = {name: grid.findtext("o:SupportedCRS", namespaces=SPACE) for name, grid in grids.items()}
    assert crs == {
        "WebMercatorQuad": "urn:ogc:def:crs:EPSG::3857",
        "WorldCRS84Quad": "urn:ogc:def:crs:OGC:1.3:CRS84",
        "TWD97TM2": "urn:ogc:def:crs:EPSG::3826",
        "GoogleMapsCompatible": "urn:ogc:def:crs:EPSG::3857",
        "EPSG:3857": "urn:ogc:def:crs:EPSG::3857",
        "WebMercatorQuadx2": "urn:ogc:def:crs:EPSG::3857",
        "WorldCRS84Quadx2": "urn:ogc:def:crs:OGC:1.3:CRS84",
        "TWD97TM2x2": "urn:ogc:def:crs:EPSG::3826",
    }
    top = grids["WebMercatorQuad"].find("w:TileMatrix", SPACE)
    assert float(top.findtext("w:ScaleDenominator", namespaces=SPACE)) == pytest.approx(559082264.0287178)
    assert top.findtext("w:TopLeftCorner", namespaces=SPACE) == "-20037508.342789244 20037508.342789244"
    assert grids["WorldCRS84Quad"].findtext("w:TileMatrix/w:MatrixWidth", namespaces=SPACE) == "2"
    assert grids["TWD97TM2"].findtext("w:TileMatrix/w:TopLeftCorner", namespaces=SPACE) == "-100000 2930000"


def matrices(document: etree._Element, grid: str) -> list[dict[str, str]]:
    path = f"//w:Contents/w:TileMatrixSet[o:Identifier='{grid}']/w:TileMatrix"
    return [
        {etree.QName(value).localname: value.text for value in matrix}
        for matrix in document.xpath(path, namespaces=SPACE)
    ]


@pytest.mark.parametrize("grid", ["WebMercatorQuad", "WorldCRS84Quad", "TWD97TM2"])
def test_every_grid_is_offered_for_dense_screens(city: City, grid: str) -> None:
    """The same tiles of the ground in 512 pixels: half as large each, so the scale's denominator is half, too."""
    document = capabilities(city)
    once, twice = matrices(document, grid), matrices(document, f"{grid}x2")
    assert len(once) == len(twice) > 10
    for one, two in zip(once, twice, strict=True):
        assert float(two.pop("ScaleDenominator")) == pytest.approx(float(one.pop("ScaleDenominator")) / 2)
        assert (one.pop("TileWidth"), one.pop("TileHeight")) == ("256", "256")
        assert (two.pop("TileWidth"), two.pop("TileHeight")) == ("512", "512")
        assert one == two


def test_a_dense_tile_is_the_one_of_xyz(city: City) -> None:
    dense = wmts(city, TILEMATRIXSET="WebMercatorQuadx2")
    assert Image.open(BytesIO(dense.body)).size == (512, 512)
    by_path = city.get(f"/wmts/districts/default/WebMercatorQuadx2/14/{ROW}/{COLUMN}.png")
    xyz = city.get(f"/tiles/districts/14/{COLUMN}/{ROW}@2x.png")
    assert dense.body == by_path.body == xyz.body
    for twice in (f"WebMercatorQuadx2/14/{ROW}/{COLUMN}@2x", f"WebMercatorQuadx2x2/14/{ROW}/{COLUMN}"):
        assert city.get(f"/wmts/districts/default/{twice}.png").status == 404


def limits(document: etree._Element, layer: str, grid: str) -> dict[int, tuple[int, int, int, int]]:
    path = f"//w:Layer[o:Identifier='{layer}']/w:TileMatrixSetLink[w:TileMatrixSet='{grid}']//w:TileMatrixLimits"
    names = ("TileMatrix", "MinTileCol", "MaxTileCol", "MinTileRow", "MaxTileRow")
    found = [
        [int(limit.findtext(f"w:{name}", namespaces=SPACE)) for name in names]
        for limit in document.xpath(path, namespaces=SPACE)
    ]
    return {level: (a, b, c, d) for level, a, b, c, d in found}


@pytest.mark.parametrize("grid", ["WebMercatorQuad", "WorldCRS84Quad", "TWD97TM2"])
def test_limits_hold_the_tiles_with_something_on_them(city: City, grid: str) -> None:
    """A map of the districts alone: inside the limits there are red tiles, right beside them none."""
    found = limits(capabilities(city), "districts", grid)
    matrix_set = tile_matrix_sets(20)[grid]
    assert list(found) == list(range(matrix_set.deepest + 1))
    box = transform_bbox(BoundingBox(WEST, SOUTH, EAST, NORTH), TWD97_TM2, matrix_set.crs)
    for level, (first_x, last_x, first_y, last_y) in found.items():
        low_x, high_x, low_y, high_y = matrix_set.tile_range(box, level)
        assert first_x <= low_x <= high_x <= last_x and first_y <= low_y <= high_y <= last_y
        # Symbols reach 128 pixels at most: never more than one tile further.
        assert max(low_x - first_x, last_x - high_x, low_y - first_y, last_y - high_y) <= 1


def test_a_grid_that_does_not_reach_a_layer_is_not_offered_for_it(city: City) -> None:
    roads = city.snapshot.layers["roads"]
    paris = replace(roads, id="paris", release=replace(roads.release, extent=BoundingBox(2.2, 48.8, 2.4, 48.9)))
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, "paris": paris}))
    try:
        document = capabilities(city)
    finally:
        city.services.refresh(city.snapshot)
    path = "//w:Layer[o:Identifier='paris']/w:TileMatrixSetLink/w:TileMatrixSet/text()"
    names = document.xpath(path, namespaces=SPACE)
    assert "WebMercatorQuad" in names and not any(name.startswith("TWD97TM2") for name in names)


def test_large_documents_leave_limits_out(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.wmts_capabilities.MOST_LIMITED", 2)
    city.services.refresh(city.snapshot)
    document = capabilities(city)
    monkeypatch.undo()
    city.services.refresh(city.snapshot)
    assert not limits(document, "districts", "WebMercatorQuad")
    assert limits(capabilities(city), "districts", "WebMercatorQuad")


@pytest.mark.parametrize("name", ["GoogleMapsCompatible", "EPSG:3857"])
def test_the_web_grid_is_known_by_its_other_names(city: City, name: str) -> None:
    document = capabilities(city)
    grids = document.xpath(
        f"//w:TileMatrixSet[o:Identifier='{name}' or o:Identifier='WebMercatorQuad']", namespaces=SPACE
    )
    one, other = ([etree.tostring(matrix) for matrix in grid.iterfind("w:TileMatrix", SPACE)] for grid in grids)
    assert one == other and len(one) == 21
    well_known = {grid.findtext("w:WellKnownScaleSet", namespaces=SPACE) for grid in grids}
    assert well_known == {"urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible"}
    layer = document.xpath("//w:Layer[o:Identifier='districts']", namespaces=SPACE)[0]
    assert name in layer.xpath("w:TileMatrixSetLink/w:TileMatrixSet/text()", namespaces=SPACE)
    tile = wmts(city)
    assert wmts(city, TILEMATRIXSET=name).body == tile.body
    by_path = city.get(f"/wmts/districts/default/{name}/14/{ROW}/{COLUMN}.png")
    # The same tile under the same key: whoever asks by another name finds it kept.
    assert by_path.body == tile.body and by_path.headers["X-Tile-Cache"] == "hit"


def test_templates_lead_to_tiles(city: City) -> None:
    layer = capabilities(city).xpath("//w:Layer[o:Identifier='districts']", namespaces=SPACE)[0]
    assert layer.findtext("o:Title", namespaces=SPACE) == "行政區 <界線> & 名稱 (示範資料)"
    template = layer.xpath("w:ResourceURL[@format='image/png']/@template", namespaces=SPACE)[0]
    url = template.format(TileMatrixSet="WebMercatorQuad", TileMatrix=14, TileRow=ROW, TileCol=COLUMN)
    path = url.removeprefix("http://maps.taichung.example")
    assert path != url
    assert city.get(path).body == wmts(city).body


def test_a_keys_templates_carry_the_key(city: City) -> None:
    document = capabilities(city, key=KEY)
    assert all(url.endswith(f"?key={KEY}") for url in document.xpath("//@template"))


@pytest.mark.parametrize(
    ("changes", "code", "locator"),
    [
        ({"LAYER": "nothing"}, "InvalidParameterValue", "layer"),
        ({"LAYER": "secret"}, "InvalidParameterValue", "layer"),
        ({"LAYER": None}, "MissingParameterValue", "layer"),
        ({"STYLE": "night"}, "InvalidParameterValue", "style"),
        ({"FORMAT": "image/gif"}, "InvalidParameterValue", "format"),
        ({"TILEMATRIXSET": "EPSG:900913"}, "InvalidParameterValue", "tilematrixset"),
        ({"TILEMATRIX": "deep"}, "InvalidParameterValue", "tilematrix"),
        ({"TILEMATRIX": 21}, "TileOutOfRange", "tilerow"),
        ({"TILEROW": 16384}, "TileOutOfRange", "tilerow"),
        ({"TILECOL": -1}, "TileOutOfRange", "tilecol"),
        ({"TILECOL": "9" * 40}, "TileOutOfRange", "tilecol"),
        ({"REQUEST": "GetMap"}, "OperationNotSupported", "request"),
        ({"SERVICE": "WMS"}, "InvalidParameterValue", "service"),
    ],
)
def test_wrong_requests(city: City, changes: dict[str, object], code: str, locator: str) -> None:
    reply = wmts(city, **changes)
    assert reply.status == 400
    report = etree.fromstring(reply.body)
    assert report.tag == "{http://www.opengis.net/ows/1.1}ExceptionReport"
    assert (report[0].get("exceptionCode"), report[0].get("locator")) == (code, locator)


def test_feature_info_of_a_tile(city: City) -> None:
    bounds = GRID.bounds(14, COLUMN, ROW)
    i, j = int((X - bounds.west) / bounds.width * 256), int((bounds.north - Y) / bounds.height * 256)
    reply = wmts(city, "GetFeatureInfo", I=i, J=j, INFOFORMAT="application/json")
    assert [feature["id"] for feature in json.loads(reply.body)["features"]] == ["districts.1"]
    wrong = wmts(city, "GetFeatureInfo", I=256, J=0, INFOFORMAT="application/json")
    assert etree.fromstring(wrong.body)[0].get("exceptionCode") == "PointIJOutOfRange"
    # QGIS leaves FORMAT out here.
    assert wmts(city, "GetFeatureInfo", I=i, J=j, INFOFORMAT="application/json", FORMAT=None).body == reply.body
    dense = {"TILEMATRIXSET": "WebMercatorQuadx2", "I": 2 * i, "J": 2 * j, "INFOFORMAT": "application/json"}
    assert wmts(city, "GetFeatureInfo", **dense).body == reply.body
    no_style = wmts(city, "GetFeatureInfo", I=i, J=j, STYLE="nothing")
    assert etree.fromstring(no_style.body)[0].get("locator") == "style"
    hidden = wmts(city, "GetFeatureInfo", LAYER="secret", I=0, J=0)
    assert etree.fromstring(hidden.body)[0].get("exceptionCode") == "InvalidParameterValue"
    unknown = wmts(city, "GetFeatureInfo", I=1, J=1, INFOFORMAT="application/x-foo")
    assert unknown.status == 400
