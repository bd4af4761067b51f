"""Capabilities of WMS and WMTS: valid by the OGC's own schemas, and true."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from lxml import etree
from PIL import Image

from catalog.records import NamedStyle
from layers.extent import BoundingBox
from layers.styles.document import parse_style
from layers.styles.model import Style
from layers.text import Text
from server.visible import Visible
from server.wms_capabilities import Edition
from tests.server.map_city import KEY, SOUTH, WEST, City, Reply
from tests.server.test_tiles import tile_at

SCHEMAS = Path(str(files("mapproxy"))) / "test" / "schemas"
"""The OGC's, as MapProxy ships them for its own tests."""
WMS = {"w": "http://www.opengis.net/wms", "x": "http://www.w3.org/1999/xlink"}
WMTS = {"w": "http://www.opengis.net/wmts/1.0", "o": "http://www.opengis.net/ows/1.1"}
HREF = "{http://www.w3.org/1999/xlink}href"
HOST = "http://maps.taichung.example"


def ask(city: City, path: str = "/wms", **query: object) -> Reply:
    return city.get(path, **{"SERVICE": path[1:].upper()[:4].rstrip("/"), "REQUEST": "GetCapabilities", **query})


def layer_of(document: etree._Element, name: str) -> etree._Element:
    (layer,) = document.xpath(f"//*[local-name()='Layer'][*[local-name()='Name']='{name}']")
    return layer


def refreshed(city: City, **changes: object) -> etree._Element:
    """Return the WMS 1.3.0 document of a catalogue in which the roads are changed."""
    roads = replace(city.snapshot.layers["roads"], **changes)
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, "roads": roads}))
    try:
        return etree.fromstring(ask(city).body)
    finally:
        city.services.refresh(city.snapshot)


@pytest.mark.parametrize("path", ["/wms", "/wms/transport"])
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_wms_1_3_0_is_valid(city: City, path: str, language: str) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "sld/1.1.0/sld_capabilities.xsd"))
    schema.assertValid(etree.fromstring(ask(city, path, LANGUAGE=language, key=KEY).body))


@pytest.mark.parametrize("path", ["/wms", "/wms/transport"])
def test_wms_1_1_1_is_valid(city: City, path: str) -> None:
    with (SCHEMAS / "wms/1.1.1/capabilities_1_1_1.dtd").open(encoding="utf-8") as file:
        dtd = etree.DTD(file)
    dtd.assertValid(etree.fromstring(ask(city, path, VERSION="1.1.1").body))


def test_wmts_is_valid(city: City) -> None:
    document = etree.parse(SCHEMAS / "wmts/1.0/wmtsGetCapabilities_response.xsd")
    # Rows and columns begin at 0 (OGC 07-057r7, table 10); this schema would have them begin at 1.
    for element in document.xpath("//*[@type='positiveInteger'][contains(@name, 'Tile')]"):
        element.set("type", "nonNegativeInteger")
    schema = etree.XMLSchema(document)
    schema.assertValid(etree.fromstring(ask(city, "/wmts").body))
    schema.assertValid(etree.fromstring(ask(city, "/wmts", UPDATESEQUENCE=1).body))


@pytest.mark.parametrize(("version", "name"), [("1.3.0", "WMS_Capabilities"), ("1.1.1", "WMT_MS_Capabilities")])
def test_an_empty_catalogue_has_capabilities_without_layers(city: City, version: str, name: str) -> None:
    writer = city.services._wms._capabilities
    document = etree.fromstring(writer.write(Visible({}, {}), Edition(version, "zh-TW"), "/wms", 7))
    assert etree.QName(document).localname == name and document.get("updateSequence") == "7"
    assert len(document.xpath("//*[local-name()='Layer']")) == 1


def test_text_that_would_break_the_document_stays_text(city: City) -> None:
    document = refreshed(
        city,
        title=Text('Rivers & <lakes> "2026"\x00\x0b'),
        abstract=Text("a ]]> b & c"),
        keywords=("<k>",),
        attribution=Text("A & B"),
        licence="L < M",
        theme=replace(city.snapshot.layers["roads"].theme, id="odd", title=Text("<T>\x01 & U")),
    )
    roads = layer_of(document, "roads")
    assert roads.findtext("w:Title", namespaces=WMS) == 'Rivers & <lakes> "2026"'
    assert roads.findtext("w:Attribution/w:Title", namespaces=WMS) == "A & B"
    assert roads.getparent().findtext("w:Title", namespaces=WMS) == "<T> & U"
    assert "L < M" in document.findtext("w:Service/w:AccessConstraints", namespaces=WMS)


# --- Scales ---------------------------------------------------------------------------------------


def style(*zooms: tuple[int | None, int | None]) -> Style:
    line = {"line": {"colour": "#2020c0", "width": 4}}
    rules = [{"name": f"r{n}", "zoom": list(zoom), "symbols": [line]} for n, zoom in enumerate(zooms)]
    return parse_style({"rules": rules})


@pytest.mark.parametrize(
    ("zooms", "least", "most"),
    [
        # OGC 17-083r4, WebMercatorQuad: level 12 has 1:136494.69, level 15 1:17061.84; zooms meet half-way by ratio.
        ([(12, 15)], 17061.83667128 / 2**0.5, 136494.69337027 * 2**0.5),
        ([(12, 12), (15, 15)], 17061.83667128 / 2**0.5, 136494.69337027 * 2**0.5),
        ([(12, None)], None, 136494.69337027 * 2**0.5),
        ([(None, 15)], 17061.83667128 / 2**0.5, None),
        ([(None, None)], None, None),
        ([(None, 3), (5, None)], None, None),
    ],
)
def test_scales_are_those_at_which_something_is_drawn(
    city: City, zooms: list[tuple[int | None, int | None]], least: float | None, most: float | None
) -> None:
    roads = layer_of(refreshed(city, style=style(*zooms)), "roads")
    found = [roads.findtext(f"w:{name}ScaleDenominator", namespaces=WMS) for name in ("Min", "Max")]
    for text, expected in zip(found, (least, most), strict=True):
        assert (text is None) == (expected is None)
        assert text is None or float(text) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("factor", "is_drawn"), [(0.99, True), (1.01, False)])
def test_a_map_is_empty_beyond_the_scale_that_is_told(city: City, factor: float, is_drawn: bool) -> None:
    changed = replace(city.snapshot.layers["roads"], style=style((12, 15)))
    document = refreshed(city, style=changed.style)
    most = float(layer_of(document, "roads").findtext("w:MaxScaleDenominator", namespaces=WMS))
    half = most * factor * 0.00028 * 200 / 2
    bbox = f"{218_000 - half},{2_673_000 - half},{218_000 + half},{2_673_000 + half}"
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, "roads": changed}))
    try:
        reply = city.get(
            "/wms", SERVICE="WMS", VERSION="1.3.0", REQUEST="GetMap", LAYERS="roads", STYLES="", CRS="EPSG:3826",
            BBOX=bbox, WIDTH=200, HEIGHT=200, FORMAT="image/png", TRANSPARENT="TRUE",
        )  # fmt: skip
    finally:
        city.services.refresh(city.snapshot)
    assert (Image.open(BytesIO(reply.body)).convert("RGBA").getextrema()[3][1] > 0) == is_drawn


def test_the_old_version_hints_the_diagonal_of_a_pixel(city: City) -> None:
    changed = replace(city.snapshot.layers["roads"], style=style((12, 15)))
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, "roads": changed}))
    try:
        hint = layer_of(etree.fromstring(ask(city, VERSION="1.1.1").body), "roads").find("ScaleHint")
    finally:
        city.services.refresh(city.snapshot)
    # Pixels of level 15.5 and 11.5 are 3.3783 m and 54.053 m wide; OGC 01-068r3, 7.1.4.5.8.
    pixels = [156543.03392804097 / 2**15.5 * 2**0.5, 156543.03392804097 / 2**11.5 * 2**0.5]
    assert [float(hint.get("min")), float(hint.get("max"))] == pytest.approx(pixels, rel=1e-4)


# --- Extents, styles, legends, links --------------------------------------------------------------


def test_extents_hold_all_of_the_data(city: City) -> None:
    extent = city.snapshot.layers["roads"].release.extent
    box = layer_of(etree.fromstring(ask(city).body), "roads").find("w:EX_GeographicBoundingBox", WMS)
    west, east, south, north = (float(value.text) for value in box)
    assert west <= extent.west and south <= extent.south and east >= extent.east and north >= extent.north


@pytest.mark.parametrize("place", [(120.65, 24.15, 120.65, 24.15), (120.6, 24.15, 120.7, 24.15)])
def test_an_extent_is_never_empty(city: City, place: tuple[float, float, float, float]) -> None:
    """One point, or points in a row: QGIS would show nothing of a layer without width or height."""
    release = replace(city.snapshot.layers["roads"].release, extent=BoundingBox(*place))
    layer = layer_of(refreshed(city, release=release), "roads")
    for box in layer.iterfind("w:BoundingBox", WMS):
        smallest = 200 if float(box.get("maxx")) > 1000 else 0.0019
        assert float(box.get("maxx")) - float(box.get("minx")) >= smallest
        assert float(box.get("maxy")) - float(box.get("miny")) >= smallest
    west, east, south, north = (float(value.text) for value in layer.find("w:EX_GeographicBoundingBox", WMS))
    assert west <= place[0] and south < place[1] and east >= place[2] and north > place[3]


def test_a_layer_without_features_claims_no_place(city: City) -> None:
    release = replace(city.snapshot.layers["roads"].release, extent=BoundingBox(0, 0, 0, 0), count=0)
    document = refreshed(city, release=release)
    assert layer_of(document, "roads").find("w:EX_GeographicBoundingBox", WMS) is None
    root = document.find("w:Capability/w:Layer/w:EX_GeographicBoundingBox/w:westBoundLongitude", WMS)
    assert float(root.text) > 100


@pytest.mark.parametrize("language", ["zh-TW", "en"])
@pytest.mark.parametrize("service", ["/wms", "/wmts"])
def test_legends_are_as_large_as_they_say(city: City, service: str, language: str) -> None:
    document = etree.fromstring(ask(city, service, LANGUAGE=language).body)
    legends = document.findall(".//{*}LegendURL")
    assert len(legends) == 4
    for legend in legends:
        url = legend.get(HREF) or legend.find("{*}OnlineResource").get(HREF)
        path, _, query = url.removeprefix(HOST).partition("?")
        reply = city.get(path, **dict(pair.split("=") for pair in query.split("&")))
        size = (int(legend.get("width")), int(legend.get("height")))
        assert (reply.status, Image.open(BytesIO(reply.body)).size) == (200, size)
        assert ("language=en" in query) == (language == "en")


def test_every_style_is_listed_with_its_legend(city: City) -> None:
    night = replace(style((14, 16)), title=Text("夜間", "Night"))
    styles = (NamedStyle("night/v1.2", night), NamedStyle("plain & simple", style((5, 9))))
    roads = replace(city.snapshot.layers["roads"], style=style((12, 15)), styles=styles)
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, "roads": roads}))
    try:
        layer = layer_of(etree.fromstring(ask(city).body), "roads")
        listed = layer.findall("w:Style", WMS)
        assert [one.findtext("w:Name", namespaces=WMS) for one in listed] == [
            "default", "night/v1.2", "plain & simple",
        ]  # fmt: skip
        assert [one.findtext("w:Title", namespaces=WMS) for one in listed] == ["圖層 roads", "夜間", "plain & simple"]
        for one in listed:
            legend = one.find("w:LegendURL", WMS)
            url = legend.find("w:OnlineResource", WMS).get(HREF)
            reply = city.get("/wms", **dict(parse_qsl(url.partition("?")[2])))
            size = (int(legend.get("width")), int(legend.get("height")))
            assert (reply.status, Image.open(BytesIO(reply.body)).size) == (200, size)
        # What holds for the layer holds for all of its styles.
        limits = [float(layer.findtext(f"w:{name}ScaleDenominator", namespaces=WMS)) for name in ("Min", "Max")]
        assert limits == pytest.approx([8530.91833564 / 2**0.5, 17471320.75089743 * 2**0.5], rel=1e-6)
        unknown = city.get("/wms", REQUEST="GetLegendGraphic", LAYER="roads", STYLE="night", FORMAT="image/png")
        assert "StyleNotDefined" in unknown.text
    finally:
        city.services.refresh(city.snapshot)


def test_tiles_come_in_every_style(city: City) -> None:
    drawn = parse_style({"rules": [{"name": "fill", "symbols": [{"fill": {"colour": "#00a000", "opacity": 1}}]}]})
    districts = replace(city.snapshot.layers["districts"], styles=(NamedStyle("night", drawn),))
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, "districts": districts}))
    try:
        document = etree.fromstring(ask(city, "/wmts").body)
        (layer,) = document.xpath("//w:Layer[o:Identifier='districts']", namespaces=WMTS)
        styles = layer.findall("w:Style", WMTS)
        assert [one.findtext("o:Identifier", namespaces=WMTS) for one in styles] == ["default", "night"]
        assert [one.get("isDefault") for one in styles] == ["true", None]
        template = layer.xpath("w:ResourceURL[@format='image/png']/@template", namespaces=WMTS)[0]
        x, y = tile_at(WEST + 700, SOUTH + 700, "WebMercatorQuad", 17)
        place = {"TileMatrixSet": "WebMercatorQuad", "TileMatrix": 17, "TileRow": y, "TileCol": x}
        paths = {name: template.format(Style=name, **place).removeprefix(HOST) for name in ("default", "night", "day")}
        plain, night, unknown = (city.get(path) for path in paths.values())
        colours = [Image.open(BytesIO(one.body)).convert("RGB").getpixel((128, 128)) for one in (plain, night)]
        assert colours == [(0xC0, 0x20, 0x20), (0, 0xA0, 0)]
        assert plain.headers["ETag"] != night.headers["ETag"] and unknown.status == 404
        again = city.get(paths["night"])
        assert (again.headers["X-Tile-Cache"], again.body) == ("hit", night.body)
        query = {"REQUEST": "GetTile", "LAYER": "districts", "STYLE": "night", "FORMAT": "image/png", **place}
        assert city.get("/wmts", **query).body == night.body
    finally:
        city.services.refresh(city.snapshot)
    # A style that is no more is as one that never was.
    assert city.get(paths["night"]).status == 404


def test_only_links_to_what_exists(city: City) -> None:
    document = etree.fromstring(ask(city).body)
    assert layer_of(document, "roads").find("w:DataURL/w:OnlineResource", WMS).get(HREF) == (
        f"{HOST}/ogc/collections/roads"
    )
    assert layer_of(document, "height").find("w:DataURL", WMS) is None
    metadata = layer_of(document, "roads").xpath("w:MetadataURL/w:OnlineResource/@x:href", namespaces=WMS)
    assert metadata == [f"{HOST}/ogc/collections/roads?f={form}" for form in ("json", "html")]
    # Rasters have no collection, and nothing has a logo.
    assert not document.xpath("//w:Layer[w:Name='height']/w:MetadataURL | //w:LogoURL", namespaces=WMS)
    # Version 1.1.1 knows two standards of metadata, and these comply with neither.
    assert b"MetadataURL" not in ask(city, VERSION="1.1.1").body
    links = etree.fromstring(ask(city, "/wmts").body).xpath("//o:Metadata/@x:href", namespaces=WMS | WMTS)
    assert sorted(links) == [f"{HOST}/ogc/collections/{name}" for name in ("districts", "roads", "stops")]


def test_a_basemap_is_opaque_and_cannot_be_asked(city: City) -> None:
    base = layer_of(etree.fromstring(ask(city).body), "base")
    assert (base.get("opaque"), base.get("queryable")) == ("1", "0")
    assert base.findtext("w:Style/w:Name", namespaces=WMS) == "default"


def test_limits_contact_and_terms(city: City) -> None:
    service = etree.fromstring(ask(city).body).find("w:Service", WMS)
    limits = [service.findtext(f"w:{name}", namespaces=WMS) for name in ("LayerLimit", "MaxWidth", "MaxHeight")]
    assert limits == ["60", "4096", "4096"]
    mail = service.findtext("w:ContactInformation/w:ContactElectronicMailAddress", namespaces=WMS)
    assert mail == "gis@example.org"
    assert service.findtext("w:AccessConstraints", namespaces=WMS) == "政府資料開放授權條款-第1版"
    identification = etree.fromstring(ask(city, "/wmts").body).find("o:ServiceIdentification", WMTS)
    assert identification.findtext("o:AccessConstraints", namespaces=WMTS) == "政府資料開放授權條款-第1版"


def test_an_english_document_leads_to_english_answers(city: City) -> None:
    document = etree.fromstring(ask(city, LANGUAGE="en").body)
    links = {link.get(HREF) for link in document.iterfind("w:Capability/w:Request//w:OnlineResource", WMS)}
    assert links == {f"{HOST}/wms?language=en&"}


# --- Themes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/wms/nothing", "/wms/%", "/wms/..", "/wms/roads", "/wms/boundaries/x"])
def test_an_unknown_theme_is_an_unknown_path(city: City, path: str) -> None:
    unknown, reply = ask(city, "/wms/a/b/c/d"), ask(city, path)
    assert reply.status == unknown.status == 404
    assert reply.text.replace(path, "/wms/a/b/c/d") == unknown.text


def test_a_theme_shows_a_key_what_it_opens(city: City) -> None:
    assert b"secret" not in ask(city, "/wms/boundaries").body
    assert b">secret<" in ask(city, "/wms/boundaries", key=KEY).body
    assert len(ask(city, "/wms/boundaries").body) < len(ask(city).body)


# --- Update sequence ------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
def test_update_sequences_of_wms(city: City, version: str) -> None:
    # OGC 06-042, 7.2.3.5, table 4: older gets the document, equal and newer their exceptions.
    current = etree.fromstring(ask(city, VERSION=version).body).get("updateSequence")
    assert current == str(city.snapshot.revision)
    assert ask(city, VERSION=version, UPDATESEQUENCE=0).body == ask(city, VERSION=version).body
    equal = etree.fromstring(ask(city, VERSION=version, UPDATESEQUENCE=current).body)
    assert equal[0].get("code") == "CurrentUpdateSequence"
    for newer in (int(current) + 1, "9" * 50, "2026-11-21", "-1", "１"):
        reply = ask(city, VERSION=version, UPDATESEQUENCE=newer)
        assert (reply.status, etree.fromstring(reply.body)[0].get("code")) == (400, "InvalidUpdateSequence")


def test_update_sequences_of_wmts(city: City) -> None:
    whole = etree.fromstring(ask(city, "/wmts").body)
    current = whole.get("updateSequence")
    assert len(whole) and current == str(city.snapshot.revision)
    same = etree.fromstring(ask(city, "/wmts", UPDATESEQUENCE=current).body)
    assert (len(same), same.get("updateSequence"), same.get("version")) == (0, current, "1.0.0")
    newer = etree.fromstring(ask(city, "/wmts", UPDATESEQUENCE=int(current) + 1).body)
    assert newer[0].get("exceptionCode") == "InvalidUpdateSequence"


# --- What is kept ---------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["_wms", "_wmts"])
def test_after_a_change_only_what_it_touched_is_written_anew(
    city: City, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = service.replace("_", "/")
    before = ask(city, path).body
    writer = getattr(city.services, service)._capabilities
    written: list[str] = []
    part = type(writer)._part
    monkeypatch.setattr(
        type(writer), "_part", lambda self, record, *a, **b: written.append(record.id) or part(self, record, *a, **b)
    )
    roads = replace(city.snapshot.layers["roads"], title=Text("新道路"))
    # Records of a new snapshot are equal, not the same: it is read from the database.
    others = {id_: replace(layer) for id_, layer in city.snapshot.layers.items()}
    city.services.refresh(replace(city.snapshot, revision=2, layers={**others, "roads": roads}))
    try:
        after = ask(city, path).body
    finally:
        city.services.refresh(city.snapshot)
    assert written == ["roads"]
    assert "新道路".encode() in after and after != before
    # Going back costs that part alone, and the document is what it was to the byte.
    assert ask(city, path).body == before and written == ["roads", "roads"]
