"""WMS 1.1.1 and 1.3.0 as clients meet it: documents, pictures, answers and exceptions."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import pytest
from lxml import etree
from PIL import Image

from catalog.holdings import Holdings
from layers.crs import (
    CRS84,
    TWD97,
    TWD97_TM2,
    WEB_MERCATOR,
    WGS84,
    Crs,
    served_order,
    transform_bbox,
    transform_points,
)
from layers.errors import RenderUnavailable
from layers.extent import BoundingBox
from layers.render import Renderer
from tests.server.map_city import EAST, KEY, MIDDLE, NORTH, SOUTH, WEST, City, Reply
from tilecache.configuration import map_name

RED, BLUE, WHITE = (192, 32, 32, 255), (32, 32, 192, 255), (255, 255, 255, 255)
VIEW = BoundingBox(215_000, 2_671_000, 221_000, 2_675_000)


def get_map(city: City, version: str = "1.3.0", path: str = "/wms", **changes: object) -> Reply:
    """Ask for 600 × 400 pixels of 10 m of the two districts, with changes."""
    query = {
        "SERVICE": "WMS",
        "REQUEST": "GetMap",
        "VERSION": version,
        "LAYERS": "districts",
        "STYLES": "",
        "CRS" if version == "1.3.0" else "SRS": "EPSG:3826",
        "BBOX": ",".join(map(str, VIEW)),
        "WIDTH": 600,
        "HEIGHT": 400,
        "FORMAT": "image/png",
    }
    query = {name: value for name, value in {**query, **changes}.items() if value is not None}
    return city.get(path, **query)


def pixels(reply: Reply) -> Image.Image:
    assert reply.status == 200, reply.body[:500]
    return Image.open(BytesIO(reply.body)).convert("RGBA")


def names(reply: Reply) -> list[str]:
    document = etree.fromstring(reply.body)
    return document.xpath("//*[local-name()='Layer']/*[local-name()='Name']/text()")  # type: ignore[no-any-return]


def exception_code(reply: Reply) -> str | None:
    document = etree.fromstring(reply.body)
    assert etree.QName(document).localname == "ServiceExceptionReport"
    code: str | None = document[0].get("code")
    return code


# --- GetMap ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
@pytest.mark.parametrize("crs", [WEB_MERCATOR, WGS84, CRS84, TWD97_TM2, TWD97], ids=str)
def test_maps_lie_right_in_every_crs_and_axis_order(city: City, version: str, crs: Crs) -> None:
    box = transform_bbox(BoundingBox(WEST, SOUTH, EAST, NORTH), TWD97_TM2, crs)
    swapped = version == "1.3.0" and crs.latitude_first
    bbox = (box.south, box.west, box.north, box.east) if swapped else tuple(box)
    name = "CRS" if version == "1.3.0" else "SRS"
    changes = {name: map_name(crs), "BBOX": ",".join(map(repr, bbox)), "LAYERS": "districts,stops"}
    picture = pixels(get_map(city, version, **changes))
    x, y = transform_points(217_000, 2_673_500, TWD97_TM2, crs)
    column = int((x - box.west) / box.width * 600)
    row = int((box.north - y) / box.height * 400)
    assert picture.getpixel((450, 300)) == RED
    green = [picture.getpixel((column + dx, row + dy)) for dx in (-3, 0, 3) for dy in (-3, 0, 3)]
    assert any(g > r and g > b for r, g, b, _ in green), green


def test_axis_order_of_latitude_first_systems() -> None:
    # EPSG's register: 4326 and 3824 are latitude before longitude, 3826 is easting before northing.
    assert [served_order(1, 2, crs) for crs in (WGS84, TWD97, TWD97_TM2, CRS84)] == [(2, 1), (2, 1), (1, 2), (1, 2)]


def test_layers_are_drawn_in_order_in_one_pass(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    draw = Renderer.draw
    monkeypatch.setattr(
        Renderer, "draw", lambda self, request: drawn.append(len(request.layers)) or draw(self, request)
    )
    assert pixels(get_map(city, LAYERS="districts,roads")).getpixel((150, 200)) == BLUE
    assert pixels(get_map(city, LAYERS="roads,districts")).getpixel((150, 200)) == RED
    assert drawn == [2, 2]


def test_transparency_and_background(city: City) -> None:
    assert pixels(get_map(city)).getpixel((5, 5)) == WHITE
    assert pixels(get_map(city, BGCOLOR="0x00FF00")).getpixel((5, 5)) == (0, 255, 0, 255)
    assert pixels(get_map(city, TRANSPARENT="TRUE")).getpixel((5, 5))[3] == 0
    assert pixels(get_map(city, LAYERS="base", TRANSPARENT="TRUE")).getpixel((5, 5)) == (0xF4, 0xF1, 0xEA, 255)


def test_a_basemap_hides_what_was_named_before_it(city: City) -> None:
    both = pixels(get_map(city, LAYERS="stops,base"))
    assert both.tobytes() == pixels(get_map(city, LAYERS="base")).tobytes()


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("image/png", "PNG"),
        ("image/jpeg", "JPEG"),
        ("image/webp", "WEBP"),
        ("image/png; mode=8bit", "PNG"),
        ("IMAGE/JPEG", "JPEG"),
    ],
)
def test_formats(city: City, asked: str, got: str) -> None:
    reply = get_map(city, FORMAT=asked, TRANSPARENT="TRUE")
    assert Image.open(BytesIO(reply.body)).format == got
    assert reply.headers["Content-Type"] == f"image/{got.lower()}"


def test_a_map_that_the_client_has_is_not_drawn_again(city: City) -> None:
    etag = get_map(city).headers["ETag"]
    reply = get_map(city, headers={"HTTP_IF_NONE_MATCH": etag})
    assert (reply.status, reply.body) == (304, b"")
    assert get_map(city, WIDTH=599).headers["ETag"] != etag


@pytest.mark.parametrize(
    ("changes", "code", "locator"),
    [
        ({"LAYERS": "nothing"}, "LayerNotDefined", "layers"),
        ({"LAYERS": "districts,secret"}, "LayerNotDefined", "layers"),
        ({"LAYERS": None}, "MissingParameterValue", "layers"),
        ({"LAYERS": "districts," * 60 + "roads"}, None, "layers"),
        ({"STYLES": "night"}, "StyleNotDefined", "styles"),
        ({"SLD": "http://example.org/x.sld"}, "OperationNotSupported", "sld"),
        ({"SLD_BODY": "<StyledLayerDescriptor/>"}, "OperationNotSupported", "sld_body"),
        ({"STYLES": "default,default"}, "StyleNotDefined", "styles"),
        ({"DPI": "many"}, "InvalidParameterValue", "dpi"),
        ({"MAP_RESOLUTION": "1e9"}, "InvalidParameterValue", "map_resolution"),
        ({"FORMAT_OPTIONS": "dpi:nan"}, "InvalidParameterValue", "format_options"),
        ({"FORMAT": "image/tiff"}, "InvalidFormat", "format"),
        ({"WIDTH": 100000}, "InvalidParameterValue", "width"),
        ({"WIDTH": 0}, "InvalidParameterValue", "width"),
        ({"HEIGHT": "abc"}, "InvalidParameterValue", "height"),
        ({"HEIGHT": "1e3000"}, "InvalidParameterValue", "height"),
        ({"HEIGHT": None}, "MissingParameterValue", "height"),
        ({"BBOX": "1,2,3"}, "InvalidParameterValue", "bbox"),
        ({"BBOX": "5,5,1,1"}, "InvalidParameterValue", "bbox"),
        ({"BBOX": "1,1,1,1"}, "InvalidParameterValue", "bbox"),
        ({"BBOX": "nan,0,1,1"}, "InvalidParameterValue", "bbox"),
        ({"BBOX": "0,0,inf,1"}, "InvalidParameterValue", "bbox"),
        ({"BBOX": "<script>"}, "InvalidParameterValue", "bbox"),
        ({"BGCOLOR": "red"}, "InvalidParameterValue", "bgcolor"),
        ({"REQUEST": "GetCoverage"}, "OperationNotSupported", "request"),
        ({"SERVICE": "WFS"}, "InvalidParameterValue", "service"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_wrong_requests_get_the_versions_own_exception(
    city: City, version: str, changes: dict[str, object], code: str | None, locator: str
) -> None:
    reply = get_map(city, version, **changes)
    assert reply.status == 400
    assert exception_code(reply) == code
    root = etree.fromstring(reply.body)
    if version == "1.1.1":
        assert reply.headers["Content-Type"].startswith("application/vnd.ogc.se_xml")
        assert root.getroottree().docinfo.doctype and root.get("version") == "1.1.1"
    else:
        assert root.tag == "{http://www.opengis.net/ogc}ServiceExceptionReport"
        assert root[0].get("locator") == locator


@pytest.mark.parametrize(("version", "name", "code"), [("1.3.0", "CRS", "InvalidCRS"), ("1.1.1", "SRS", "InvalidSRS")])
def test_unknown_reference_systems(city: City, version: str, name: str, code: str) -> None:
    for crs in ("EPSG:9999", "EPSG:2326", "nonsense"):
        assert exception_code(get_map(city, version, **{name: crs})) == code


def test_a_hidden_layer_is_answered_like_an_unknown_one(city: City) -> None:
    hidden, unknown = get_map(city, LAYERS="secret"), get_map(city, LAYERS="terces")
    assert hidden.text == unknown.text.replace("terces", "secret") and hidden.status == unknown.status
    for request in ("GetLegendGraphic", "GetFeatureInfo"):
        changes = {"REQUEST": request, "LAYER": "secret", "QUERY_LAYERS": "secret", "I": 1, "J": 1}
        assert exception_code(get_map(city, **changes)) == "LayerNotDefined"
    assert get_map(city, LAYERS="secret", key=KEY).status == 200
    assert get_map(city, LAYERS="secret", key=KEY).headers["Cache-Control"].startswith("private")


def test_exceptions_as_pictures(city: City) -> None:
    text = pixels(get_map(city, LAYERS="nothing", EXCEPTIONS="INIMAGE"))
    blank = pixels(get_map(city, LAYERS="nothing", EXCEPTIONS="BLANK"))
    assert text.size == blank.size == (600, 400)
    assert blank.getcolors() == [(240_000, WHITE)]
    assert text.getcolors(100_000) != blank.getcolors()


def test_a_busy_renderer_asks_to_come_back(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_busy(self: Renderer, request: object) -> Image.Image:
        raise RenderUnavailable

    monkeypatch.setattr(Renderer, "draw", is_busy)
    reply = get_map(city)
    assert reply.status == 503 and reply.headers["Retry-After"]
    assert etree.fromstring(reply.body)[0].get("code") == "NoApplicableCode"


def test_a_fault_of_ours_tells_no_internals(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(self: Holdings, record: object) -> None:
        raise ValueError("password=hunter2 /etc/secret")

    monkeypatch.setattr(Holdings, "drawn_layers", breaks)
    reply = get_map(city)
    assert reply.status == 500
    assert "hunter2" not in reply.text and "Traceback" not in reply.text


def test_times_and_unknown_parameters_are_ignored(city: City) -> None:
    plain = get_map(city)
    assert get_map(city, TIME="zzz", MAP="../../etc/passwd", DIM_X="1").body == plain.body


# --- GetCapabilities --------------------------------------------------------------------------------


def capabilities(city: City, path: str = "/wms", **query: object) -> Reply:
    return city.get(path, **{"SERVICE": "WMS", "REQUEST": "GetCapabilities", **query})


@pytest.mark.parametrize(
    ("asked", "root"),
    [("1.3.0", "1.3.0"), ("1.1.1", "1.1.1"), (None, "1.3.0"), ("1.4.0", "1.3.0"), ("1.0.0", "1.1.1")],
)
def test_version_negotiation(city: City, asked: str | None, root: str) -> None:
    reply = capabilities(city, **({"VERSION": asked} if asked else {}))
    assert etree.fromstring(reply.body).get("version") == root


def test_capabilities_list_what_the_client_may_see(city: City) -> None:
    public = names(capabilities(city))
    assert set(public) == {"districts", "stops", "roads", "height", "base"}
    assert set(names(capabilities(city, key=KEY))) == {*public, "secret"}
    assert names(capabilities(city)) == public


def test_a_theme_has_its_own_service(city: City) -> None:
    assert names(capabilities(city, "/wms/boundaries")) == ["districts"]
    assert set(names(capabilities(city, "/wms/transport"))) == {"stops", "roads", "height"}
    assert "http://maps.taichung.example/wms/boundaries?" in capabilities(city, "/wms/boundaries").text
    assert exception_code(get_map(city, path="/wms/boundaries", LAYERS="roads")) == "LayerNotDefined"
    assert get_map(city, path="/wms/transport", LAYERS="roads").status == 200
    assert capabilities(city, "/wms/nothing").status == 404
    assert capabilities(city, "/wms/boundaries/districts").status == 404


def test_a_theme_of_hidden_layers_alone_does_not_exist(city: City) -> None:
    layers = {"secret": city.snapshot.layers["secret"]}
    city.services.refresh(replace(city.snapshot, layers=layers, basemaps={}))
    try:
        assert capabilities(city, "/wms/boundaries").status == 404
        assert names(capabilities(city, "/wms/boundaries", key=KEY)) == ["secret"]
        assert names(capabilities(city)) == []
    finally:
        city.services.refresh(city.snapshot)


def test_capabilities_describe_a_layer(city: City) -> None:
    document = etree.fromstring(capabilities(city).body)
    space = {"w": "http://www.opengis.net/wms", "x": "http://www.w3.org/1999/xlink"}
    layer = document.xpath("//w:Layer[w:Name='districts']", namespaces=space)[0]
    assert layer.findtext("w:Title", namespaces=space) == "行政區 <界線> & 名稱 (示範資料)"
    assert "臺中市政府民政局" in layer.findtext("w:Abstract", namespaces=space)
    assert "政府資料開放授權條款-第1版" in layer.findtext("w:Abstract", namespaces=space)
    assert layer.findtext("w:Attribution/w:Title", namespaces=space) == "臺中市政府"
    assert layer.get("queryable") == "1"
    box = layer.find("w:EX_GeographicBoundingBox", space)
    expected = transform_bbox(BoundingBox(WEST, SOUTH, EAST, NORTH), TWD97_TM2, CRS84)
    assert [float(value.text) for value in box] == pytest.approx(
        [expected.west, expected.east, expected.south, expected.north], abs=1e-6
    )
    lat_first = layer.find("w:BoundingBox[@CRS='EPSG:4326']", space)
    assert float(lat_first.get("minx")) == pytest.approx(expected.south, abs=1e-6)
    assert float(layer.find("w:BoundingBox[@CRS='EPSG:3826']", space).get("minx")) == pytest.approx(WEST, abs=20)
    theme = layer.getparent()
    assert theme.findtext("w:Title", namespaces=space) == "行政界線" and theme.find("w:Name", space) is None
    assert document.findtext("w:Service/w:Title", namespaces=space) == "臺中市圖資平臺"
    crs = document.xpath("/w:WMS_Capabilities/w:Capability/w:Layer/w:CRS/text()", namespaces=space)
    assert {"EPSG:3857", "EPSG:4326", "CRS:84", "EPSG:3826", "EPSG:3824"} <= set(crs)
    legend = layer.find("w:Style/w:LegendURL/w:OnlineResource", space).get("{http://www.w3.org/1999/xlink}href")
    assert legend.startswith("http://maps.taichung.example/wms?")


def test_capabilities_speak_english_when_asked(city: City) -> None:
    text = capabilities(city, LANGUAGE="en").text
    assert "Taichung Map Data Platform" in text and "Districts (demonstration data)" in text


def test_links_follow_the_host_and_carry_the_key(city: City) -> None:
    reply = capabilities(city, key=KEY, headers={"HTTP_HOST": "gis.example.org:8443"})
    links = [link for link in reply.text.split('"') if link.startswith("http://gis.example.org:8443/wms")]
    assert links and all(f"key={KEY}" in link for link in links)
    assert "placeholder" not in reply.text
    assert KEY not in capabilities(city).text


@pytest.mark.parametrize("host", ['x"/><evil>', "a b", "evil.example/path", ""])
def test_a_host_cannot_break_the_document(city: City, host: str) -> None:
    reply = capabilities(city, headers={"HTTP_HOST": host})
    assert "http://127.0.0.1:8080/wms" in reply.text
    etree.fromstring(reply.body)


def test_forwarded_hosts_count_only_where_trusted(city: City) -> None:
    forwarded = {"HTTP_X_FORWARDED_HOST": "maps.gov.example", "HTTP_X_FORWARDED_PROTO": "https"}
    assert "maps.gov.example" not in capabilities(city, headers=forwarded).text


# --- GetFeatureInfo ---------------------------------------------------------------------------------


def feature_info(city: City, x: float, y: float, layers: str = "districts,stops,roads", **changes: object) -> Reply:
    """Ask what is at a point of EPSG:3826."""
    at = {"I": int((x - VIEW.west) / 10), "J": int((VIEW.north - y) / 10)}
    defaults = {
        "REQUEST": "GetFeatureInfo",
        "QUERY_LAYERS": layers,
        "LAYERS": layers,
        "INFO_FORMAT": "application/json",
    }
    return get_map(city, **{**defaults, **at, "FEATURE_COUNT": 10, **changes})


def found(reply: Reply) -> list[str]:
    document = json.loads(reply.body)
    assert document["type"] == "FeatureCollection"
    return [feature["id"] for feature in document["features"]]


def test_features_under_the_point(city: City) -> None:
    assert found(feature_info(city, 217_000, 2_672_300)) == ["districts.1"]
    assert found(feature_info(city, 219_000, 2_672_300)) == ["districts.2"]
    assert found(feature_info(city, 214_200 + 1000, 2_672_300)) == []


@pytest.mark.parametrize(("metres", "is_found"), [(0, True), (40, True), (100, False)])
def test_points_and_lines_are_found_within_five_pixels(city: City, metres: float, is_found: bool) -> None:
    # One pixel is 10 m.
    assert ("stops.1" in found(feature_info(city, 217_000 + metres, 2_673_500))) == is_found
    assert ("roads.1" in found(feature_info(city, 218_500, 2_673_000 + metres))) == is_found


def test_a_click_in_one_district_does_not_find_its_neighbour(city: City) -> None:
    assert found(feature_info(city, MIDDLE + 25, 2_672_300)) == ["districts.2"]


def test_feature_info_by_version_1_1_1(city: City) -> None:
    reply = get_map(
        city, "1.1.1", REQUEST="GetFeatureInfo", QUERY_LAYERS="districts", INFO_FORMAT="application/json",
        SRS="EPSG:4326", BBOX="120.66,24.15,120.71,24.18", WIDTH=500, HEIGHT=300, X=150, Y=200,
    )  # fmt: skip
    assert found(reply) == ["districts.1"]


def test_json_is_geojson_in_degrees_with_aliases(city: City) -> None:
    feature = json.loads(feature_info(city, 217_000, 2_673_500, "stops").body)["features"][0]
    longitude, latitude = transform_points(217_000, 2_673_500, TWD97_TM2, CRS84)
    assert feature["geometry"] == {"type": "Point", "coordinates": pytest.approx([longitude, latitude], abs=1e-6)}
    assert feature["properties"] == {"name": "市政府站"}
    assert feature["aliases"] == {"name": "名稱"}


def test_html_is_escaped_and_in_peoples_words(city: City) -> None:
    reply = feature_info(city, 217_000, 2_672_300, INFO_FORMAT="text/html")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<td>西區 &lt;b&gt;&amp;</td>" in reply.text and "名稱" in reply.text
    assert "<b>" not in reply.text


def test_text_and_nothing(city: City) -> None:
    assert "名稱: 市政府站" in feature_info(city, 217_000, 2_673_500, "stops", INFO_FORMAT="text/plain").text
    assert "此處沒有資料" in feature_info(city, 215_100, 2_671_100, INFO_FORMAT="text/plain").text
    assert "nothing" in feature_info(city, 215_100, 2_671_100, INFO_FORMAT="text/html", LANGUAGE="en").text


def test_rasters_answer_their_values(city: City) -> None:
    # West of 120.5° and north of 24° lies the cell of 10; its eastern neighbour holds 20.
    for longitude, expected in ((120.25, 10.0), (120.75, 20.0)):
        x, y = transform_points(longitude, 24.25, CRS84, TWD97_TM2)
        bbox = f"{x - 3000},{y - 2000},{x + 3000},{y + 2000}"
        reply = feature_info(city, 0, 0, "height", BBOX=bbox, I=300, J=200)
        assert json.loads(reply.body)["features"][0]["properties"] == {"band_1": expected}
    x, y = transform_points(120.75, 23.75, CRS84, TWD97_TM2)
    bbox = f"{x - 3000},{y - 2000},{x + 3000},{y + 2000}"
    assert found(feature_info(city, 0, 0, "height", BBOX=bbox, I=300, J=200)) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"QUERY_LAYERS": "nothing"}, "LayerNotDefined"),
        ({"QUERY_LAYERS": "base"}, "LayerNotQueryable"),
        ({"I": 600}, "InvalidPoint"),
        ({"J": -1}, "InvalidPoint"),
        ({"I": "a"}, "InvalidPoint"),
        ({"INFO_FORMAT": "application/x-foo"}, "InvalidFormat"),
        ({"FEATURE_COUNT": "many"}, "InvalidParameterValue"),
    ],
)
def test_wrong_questions(city: City, changes: dict[str, object], code: str) -> None:
    reply = feature_info(city, 217_000, 2_673_500, **changes)
    assert (reply.status, exception_code(reply)) == (400, code)


# --- GetLegendGraphic -------------------------------------------------------------------------------


def test_legends(city: City) -> None:
    for format_, name in (("image/png", "PNG"), ("image/jpeg", "JPEG")):
        reply = city.get("/wms", REQUEST="GetLegendGraphic", VERSION="1.3.0", LAYER="districts", FORMAT=format_)
        picture = Image.open(BytesIO(reply.body))
        assert (reply.status, picture.format) == (200, name)
        assert reply.headers["Content-Type"] == format_
    colours = pixels(city.get("/wms", REQUEST="GetLegendGraphic", LAYER="districts")).getcolors(10_000)
    assert RED in {colour for _, colour in colours}


def test_a_basemap_has_no_legend(city: City) -> None:
    reply = city.get("/wms", REQUEST="GetLegendGraphic", VERSION="1.3.0", LAYER="base")
    assert (reply.status, exception_code(reply)) == (400, "LayerNotDefined")
