"""Landing page, conformance, collections, queryables, schema, OpenAPI, and their pages."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from layers.text import Text
from server.ogc.conformance import CLASSES
from tests.server.ogc_fixtures import KEY, Town, call

DOCUMENTS = (
    "/ogc",
    "/ogc/",
    "/ogc/conformance",
    "/ogc/openapi",
    "/ogc/api",
    "/ogc/collections",
    "/ogc/collections/stops",
    "/ogc/collections/stops/queryables",
    "/ogc/collections/stops/schema",
)
HIDDEN = ("hydrants", "depots", "heights", "nothing")


def hrefs(value: object) -> list[str]:
    """Every address in the links of a document, however deep."""
    if isinstance(value, list):
        return [href for item in value for href in hrefs(item)]
    if not isinstance(value, dict):
        return []
    found = [value["href"]] if isinstance(value.get("href"), str) else []
    return found + [href for item in value.values() for href in hrefs(item)]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_leads_somewhere(town: Town, path: str) -> None:
    reply = town.get(path)
    assert reply.status == 200
    for href in set(hrefs(reply.json)) - {"http://maps.example"}:
        assert href.startswith("http://maps.example/ogc"), href
        target, _, query = href.removeprefix("http://maps.example").partition("?")
        assert call(town, town.environ(target, "GET", {}, query)).status == 200, href


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_has_a_page_in_both_languages(town: Town, path: str) -> None:
    chinese = town.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    english = town.get(path, f="html", lang="en")
    for page, language in ((chinese, "zh-TW"), (english, "en")):
        assert page.status == 200
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Content-Language"] == language
        assert f'<html lang="{language}">' in page.text
        # Nothing is fetched from elsewhere, so pages work inside a closed network.
        assert set(re.findall(r'(?:href|src)="(https?://[^/"]+)', page.text)) <= {"http://maps.example"}
    assert "資料集" in chinese.text or "欄位" in chinese.text or "標準" in chinese.text or "網址" in chinese.text
    assert not re.search(
        r"[\u4e00-\u9fff]{4,}", english.text.replace("繁體中文", "").replace("政府資料開放授權條款", "")
    )


@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_refuse_unknown_parameters_and_formats(town: Town, path: str) -> None:
    for query in ({"limit": "1"}, {"f": "jsonld"}, {"f": ""}):
        reply = town.get(path, **query)
        assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json")


def test_links_carry_the_address_the_client_used(town: Town) -> None:
    for host, expected in (
        ("gis.taichung.example:8443", "gis.taichung.example:8443"),
        ('x"><script>', "127.0.0.1:8080"),
    ):
        environ = town.environ("/ogc/collections", "GET", {}, "") | {"HTTP_HOST": host}
        assert {href.split("/")[2] for href in hrefs(call(town, environ).json)} == {expected}


def test_the_landing_page_has_the_links_the_standard_wants(town: Town) -> None:
    document = town.get("/ogc").json
    assert document["title"] == "臺中市圖資平臺"
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= {link["rel"] for link in document["links"]}
    assert town.get("/ogc", lang="en").json["title"] == "Taichung Map Data Platform"


def test_conformance_never_grows(town: Town) -> None:
    for _ in range(3):
        assert town.get("/ogc/conformance").json == {"conformsTo": list(CLASSES)}
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in CLASSES


def test_collections_are_what_exists_for_the_client(town: Town) -> None:
    def ids(**query: str) -> list[str]:
        return [collection["id"] for collection in town.get("/ogc/collections", **query).json["collections"]]

    assert ids() == ["stops", "districts"]
    assert ids(key=KEY) == ["stops", "districts", "depots", "hydrants"]
    assert ids() == ["stops", "districts"]
    assert ids(key="wrong") == ["stops", "districts"]


def test_a_collection_says_what_it_is(town: Town) -> None:
    for collection in (
        town.get("/ogc/collections/districts").json,
        town.get("/ogc/collections").json["collections"][1],
    ):
        assert collection["id"] == "districts"
        assert collection["title"] == "行政區（示範資料）"
        assert "示範資料" in collection["keywords"]
        assert collection["itemType"] == "feature"
        assert collection["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/3826"
        assert collection["crs"][0] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        # cs2cs EPSG:3826 EPSG:4326 of 215000 2672000 and 219000 2674000, rounded.
        assert collection["extent"]["spatial"]["bbox"][0] == pytest.approx(
            [120.6556, 24.1529, 120.6949, 24.1711], abs=1e-4
        )
        assert all(re.search(r"[\u4e00-\u9fff]", link["title"]) for link in collection["links"])
    assert town.get("/ogc/collections/districts", lang="en").json["title"] == "Districts (demonstration data)"


@pytest.mark.parametrize("layer", HIDDEN)
def test_a_hidden_layer_answers_as_an_unknown_one(town: Town, layer: str) -> None:
    for rest in ("", "/queryables", "/schema", "/items", "/items/S01"):
        hidden = town.get(f"/ogc/collections/{layer}{rest}")
        unknown = town.get(f"/ogc/collections/never-used{rest}")
        assert hidden.status == unknown.status == 404
        assert hidden.text.replace(layer, "never-used") == unknown.text


def test_no_document_mentions_a_hidden_layer(town: Town) -> None:
    for path in DOCUMENTS:
        for format_ in ("json", "html"):
            town.get(path, f=format_, key=KEY)
            text = town.get(path, f=format_).text
            assert not any(word in text for word in ("hydrants", "消防栓", "depots", "機廠", KEY))


def test_queryables_are_a_json_schema(town: Town) -> None:
    reply = town.get("/ogc/collections/stops/queryables")
    assert reply.headers["Content-Type"] == "application/schema+json"
    document = reply.json
    assert document["additionalProperties"] is False
    assert document["$id"] == "http://maps.example/ogc/collections/stops/queryables"
    properties = document["properties"]
    assert properties["geometry"] == {"format": "geometry-point", "x-ogc-role": "primary-geometry"}
    assert properties["code"] == {"title": "站碼", "type": "string", "x-ogc-role": "id"}
    assert properties["opened"] == {"title": "opened", "type": "string", "format": "date"}
    assert properties["height"]["x-ogc-unit"] == "m"
    for name in properties.keys() - {"geometry"}:
        assert town.get("/ogc/collections/stops/items", filter=f'"{name}" IS NOT NULL').status == 200


def test_openapi_describes_every_operation(town: Town) -> None:
    reply = town.get("/ogc/openapi")
    assert reply.headers["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = reply.json
    assert document["servers"] == [{"url": "http://maps.example/ogc"}]
    for path in document["paths"]:
        named = path.replace("{featureId}", "S01" if "stops" in path else "1").replace("{styleId}", "stops.default")
        assert town.get("/ogc" + named).status == 200
    parameters = document["components"]["parameters"]
    operation = document["paths"]["/collections/stops/items"]["get"]
    names = {
        parameters[each["$ref"].rpartition("/")[2]]["name"] if "$ref" in each else each["name"]
        for each in operation["parameters"]
    }
    assert {"bbox", "limit", "filter", "sortby", "crs", "name", "routes"} <= names
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "default": 10, "maximum": 20}
    references = re.findall(r'"\$ref":"#/components/(\w+)/([\w-]+)"', reply.text)
    assert all(name in document["components"][kind] for kind, name in references)
    operations = [each["get"]["operationId"] for each in document["paths"].values()]
    assert len(operations) == len(set(operations))


def test_documents_have_etags_that_change_with_the_catalogue(changing_town: Town) -> None:
    town = changing_town
    etag = town.get("/ogc/collections").headers["ETag"]
    assert town.get("/ogc/collections", headers={"If-None-Match": etag}).status == 304
    renamed = replace(town.held.layers["stops"], title=Text("公車站位", "Bus stop places"))
    town.publish(layers={**town.held.layers, "stops": renamed})
    reply = town.get("/ogc/collections", headers={"If-None-Match": etag})
    assert reply.status == 200
    assert "公車站位" in reply.text
    assert "公車站位" in town.get("/ogc/collections/stops", f="html").text


def test_an_unknown_address_is_a_problem(town: Town) -> None:
    for path in ("/ogc/nothing", "/ogc/collections/stops/tiles", "/ogc/processes"):
        reply = town.get(path)
        assert (reply.status, reply.json["code"]) == (404, "problem_unknown_path")
    assert town.get("/ogc/collections", method="POST").status == 405
