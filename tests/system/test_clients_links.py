"""Whatever the services' documents link to is there: a client walks through all of it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlencode

import pytest
from lxml import etree
from PIL import Image

from tilecache.grids import named_grid, tile_matrix_sets

HREF = "{http://www.w3.org/1999/xlink}href"
SPACE = {"w": "http://www.opengis.net/wmts/1.0", "o": "http://www.opengis.net/ows/1.1"}


def ask(url: str) -> tuple[int, str, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:
            return reply.status, reply.headers["Content-Type"] or "", reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"] or "", error.read()


def document(url: str) -> etree._Element:
    status, _, body = ask(url)
    assert status == 200, (url, body[:300])
    return etree.fromstring(body)


def asked(element: etree._Element) -> str:
    """Return an element's address as a client asks for it: that of an operation is a prefix of its parameters."""
    url: str = element.get(HREF)
    is_operation = any(etree.QName(parent).localname in {"Get", "Post"} for parent in (element, element.getparent()))
    service = "WMTS" if "/wmts" in url else "WMS"
    return f"{url}SERVICE={service}&REQUEST=GetCapabilities" if is_operation and url.endswith(("?", "&")) else url


@pytest.mark.parametrize("language", ["", "en"])
@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
@pytest.mark.parametrize("path", ["/wms", "/wms/boundaries", "/wms/transport"])
def test_every_link_of_the_wms_leads_somewhere(client_town: str, path: str, version: str, language: str) -> None:
    query = {"SERVICE": "WMS", "REQUEST": "GetCapabilities", "VERSION": version}
    root = document(f"{client_town}{path}?{urlencode(query | ({'language': language} if language else {}))}")
    links = [element for element in root.iter() if isinstance(element.tag, str) and element.get(HREF)]
    answers = {asked(element): ask(asked(element))[0] for element in links}
    assert len(answers) > 5
    assert set(answers.values()) == {200}, answers
    for legend in root.xpath("//*[local-name()='LegendURL']"):
        _, kind, body = ask(legend[1].get(HREF))
        size = Image.open(BytesIO(body)).size
        assert (kind, size) == (legend[0].text, (int(legend.get("width")), int(legend.get("height"))))
    kinds = {
        link.getparent().findtext("{*}Format") or link.getparent().findtext("Format"): ask(link.get(HREF))[1]
        for link in links
        if etree.QName(link.getparent()).localname in {"MetadataURL", "DataURL", "FeatureListURL"}
    }
    assert all(kind.startswith(told) for told, kind in kinds.items()), kinds
    if version == "1.3.0":
        assert {"application/json", "text/html", "application/geo+json"} <= kinds.keys()


def test_every_layer_of_the_wms_is_drawn_in_every_style_and_system(client_town: str) -> None:
    """Each with the box that the document gives for the system, in its axis order."""
    root = document(f"{client_town}/wms?SERVICE=WMS&REQUEST=GetCapabilities")
    space = {"w": "http://www.opengis.net/wms"}
    drawn = 0
    for layer in root.xpath("//w:Layer[w:Name]", namespaces=space):
        name = layer.findtext("w:Name", namespaces=space)
        styles = layer.xpath("w:Style/w:Name/text()", namespaces=space)
        for box in layer.iterfind("w:BoundingBox", space):
            for style in ("", *styles):
                corners = ",".join(box.get(side) for side in ("minx", "miny", "maxx", "maxy"))
                query = {
                    "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": name, "STYLES": style,
                    "CRS": box.get("CRS"), "BBOX": corners, "WIDTH": 80, "HEIGHT": 40, "FORMAT": "image/png",
                    "TRANSPARENT": "TRUE",
                }  # fmt: skip
                status, kind, body = ask(f"{client_town}/wms?{urlencode(query)}")
                assert (status, kind) == (200, "image/png"), (query, body[:300])
                clear = Image.open(BytesIO(body)).convert("RGBA").getchannel("A").getextrema()[1] == 0
                assert not clear, f"nothing of {name} in {box.get('CRS')}"
                drawn += 1
    assert drawn > 40


def templates(root: etree._Element) -> Iterator[tuple[str, str, str]]:
    """Yield a layer, a grid it is linked to, and the address of a tile in it."""
    grids = tile_matrix_sets(20)
    for layer in root.iterfind("w:Contents/w:Layer", SPACE):
        name = layer.findtext("o:Identifier", namespaces=SPACE)
        styles = layer.xpath("w:Style/o:Identifier/text()", namespaces=SPACE)
        for link in layer.iterfind("w:TileMatrixSetLink", SPACE):
            grid = link.findtext("w:TileMatrixSet", namespaces=SPACE)
            path = f"w:TileMatrixSetLink[w:TileMatrixSet='{named_grid(grid)[0]}']//w:TileMatrixLimits"
            limits = layer.xpath(path, namespaces=SPACE)
            assert len(limits) == grids[named_grid(grid)[0]].deepest + 1
            limit = {etree.QName(value).localname: value.text for value in limits[8]}
            for template in layer.xpath("w:ResourceURL/@template", namespaces=SPACE):
                for style in styles:
                    url = template.replace("{Style}", style).replace("{TileMatrixSet}", grid)
                    url = url.replace("{TileMatrix}", limit["TileMatrix"]).replace("{TileRow}", limit["MinTileRow"])
                    yield name, grid, url.replace("{TileCol}", limit["MinTileCol"])


@pytest.mark.parametrize("path", ["/wmts?SERVICE=WMTS&REQUEST=GetCapabilities", "/wmts/1.0.0/WMTSCapabilities.xml"])
def test_every_link_of_the_wmts_leads_somewhere(client_town: str, path: str) -> None:
    root = document(f"{client_town}{path}")
    links = {asked(element) for element in root.iter() if isinstance(element.tag, str) and element.get(HREF)}
    answers = {url: ask(url)[0] for url in links}
    assert len(answers) > 5
    assert set(answers.values()) == {200}, answers
    tiles = 0
    for layer, grid, url in templates(root):
        status, kind, body = ask(url)
        assert (status, kind) == (200, f"image/{url.rpartition('.')[2]}"), (layer, grid, url, body[:200])
        assert Image.open(BytesIO(body)).size == ((512, 512) if grid.endswith("x2") else (256, 256))
        tiles += 1
    assert tiles > 60


def addresses(value: object) -> Iterator[str]:
    """Yield every address in a JSON document, with its places for numbers filled in."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from addresses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from addresses(inner)
    elif isinstance(value, str) and value.startswith("http://127.0.0.1"):
        yield value


@pytest.mark.parametrize("layer", ["districts", "stops", "roads", "heights", "base"])
def test_every_link_of_tilejson_and_styles_leads_somewhere(client_town: str, layer: str) -> None:
    kinds = ["json"] if layer == "heights" else ["json", "mvt.json", "style.json"]
    for kind in kinds:
        status, _, body = ask(f"{client_town}/tiles/{layer}.{kind}")
        assert status == 200
        for url in addresses(json.loads(body)):
            if "{fontstack}" in url:
                url = url.replace("{fontstack}", "Noto%20Sans%20TC%20Regular").replace("{range}", "0-255")
            if "/sprites/" in url:
                url += ".json"
            url = url.replace("{z}", "12").replace("{x}", "3421").replace("{y}", "1766")
            assert ask(url)[0] == 200, url
