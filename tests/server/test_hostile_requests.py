"""Requests that no honest client sends: each gets its protocol's own refusal, and nothing breaks or leaks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from server.web import create_web
from tests.database import Stores
from tests.server import map_city, ogc_fixtures
from tests.server.map_city import City
from tests.server.ogc_fixtures import Town

Ask = Callable[..., "Reply"]

NUMBERS = ["", "-1", "0", "1e400", "nan", "-inf", "1_0", "9" * 30, "%EF%BC%91", "0x10", "1e308,1e308,1.1e308,1.2e308"]
TEXTS = ["%00", "a%00b", "%FF%FE", "%ED%A0%80", "%2e%2e%2fetc%2fpasswd", "%3Cscript%3E", "'%20OR%201=1--", "a" * 5000]
BOXES = ["0,0,1e-300,1e-300", "-1e9,-1e9,1e9,1e9", "0,0,0,0", "1,1,0,0", "nan,nan,nan,nan", "1e-5,0,1e9,1e-5", ",,,"]
NONSENSE = [*NUMBERS, *TEXTS, *BOXES]
HEADERS = {
    "HTTP_IF_NONE_MATCH": ["*", '"' * 5000, "\xff\xfe", "W/"],
    "HTTP_ACCEPT": ["text/html;q=nan", "*/*;q=1e999", "\xff," * 300, ";;;,q=q"],
    "HTTP_ACCEPT_LANGUAGE": ["en;q=nan", ",;q=", "\xff", "zh-" * 2000],
    "HTTP_ACCEPT_ENCODING": ["gzip;q=nan", "br;q=x, gzip;q=-1", "\xff"],
    "HTTP_HOST": ['"><script>', "\xff", "a" * 5000, "", "[::1]:99999"],
    "HTTP_X_FORWARDED_HOST": ['evil"', "evil.example"],
    "HTTP_X_FORWARDED_PROTO": ["javascript"],
    "HTTP_X_API_KEY": ["", "\xff\xfe", "a" * 5000],
    "HTTP_RANGE": ["bytes=9-1,5-", "lines=\xff"],
}
METHODS = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]
GET_MAP = {
    "service": "WMS",
    "version": "1.3.0",
    "request": "GetMap",
    "layers": "districts",
    "styles": "",
    "crs": "EPSG:3826",
    "bbox": "215000,2671000,221000,2675000",
    "width": "60",
    "height": "40",
    "format": "image/png",
}
GET_TILE = {
    "service": "WMTS",
    "version": "1.0.0",
    "request": "GetTile",
    "layer": "districts",
    "style": "default",
    "tilematrixset": "WebMercatorQuad",
    "tilematrix": "10",
    "tilecol": "855",
    "tilerow": "440",
    "format": "image/png",
}
WMS = {
    "map": GET_MAP,
    "info": {**GET_MAP, "request": "GetFeatureInfo", "query_layers": "districts", "i": "3", "j": "3"},
    "legend": {"request": "GetLegendGraphic", "layer": "districts", "format": "image/png"},
    "capabilities": {"request": "GetCapabilities"},
}
WMTS = {
    "tile": GET_TILE,
    "info": {**GET_TILE, "request": "GetFeatureInfo", "i": "3", "j": "3", "infoformat": "text/html"},
    "capabilities": {"request": "GetCapabilities"},
}
FILTERS = [
    "name = 'a\0b'",
    "name LIKE '\\'",
    "'",
    "(" * 1000,
    "NOT " * 1000 + "TRUE",
    "1=1" + " AND 1=1" * 600,
    "1/0 = 1",
    "9223372036854775807 + 9223372036854775807 > 9999999999999999999",
    "1e999 = 1",
    "routes IN (" + ",".join("1" * 6000) + ")",
    "S_INTERSECTS(geometry, POINT(1e400 0))",
    "S_INTERSECTS(geometry, POINT(1e300 1e300))",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))",
    "S_TOUCHES(geometry, GEOMETRYCOLLECTION(POINT(120 24),POLYGON((120 24,121 24,121 25,120 24))))",
    " OR ".join(["S_INTERSECTS(geometry, BBOX(120, 24, 121, 25))"] * 21),
    "opened = TIMESTAMP('0001-01-01T00:00:00+14:00')",
    "TIMESTAMP('9999-12-31T23:59:59-14:00') > opened",
    "DATE('0000-00-00') = opened",
    "name; DROP TABLE features",
]
DOCUMENTS = [
    "[" * 20_000,
    "{}",
    "null",
    '{"op":"and","args":[]}',
    '{"op":"=","args":[{"property":"\\u0000"},"\\u0000"]}',
    '{"op":"=","args":[99999999999999999999999,1]}',
    '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}]}',
]
LONG = "a" * 300
PATHS = [
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/%00",
    "/%FF",
    f"/{LONG}",
    "/assets/" + "a/" * 3000,
    "//etc/passwd",
    "/..%5cx",
]


class Reply:
    """An answer that has been looked through for what must never be in one."""

    def __init__(self, reply: map_city.Reply | ogc_fixtures.Reply, asked: str) -> None:
        self.status, self.headers, self.body = reply.status, reply.headers, reply.body
        assert self.status < 500, (asked[:300], self.body[:300])
        for secret in (b"Traceback", b".py", b".gpkg", b".sqlite", b"/tmp", b"SELECT "):
            assert secret not in self.body, (asked[:300], secret)
        assert not any("\n" in value or "\r" in value for value in self.headers.values())

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]

    def is_exception_of(self, root: str) -> bool:
        return self.status >= 400 and etree.QName(etree.fromstring(self.body)).localname == root

    def is_problem(self) -> bool:
        return self.kind == "application/problem+json" and json.loads(self.body)["status"] == self.status


def asking(application: Any) -> Ask:
    """Return a client that sends percent-escapes as they are written."""

    def ask(target: str, method: str = "GET", **headers: str) -> Reply:
        path, _, query = target.partition("?")
        raw = b"".join(
            bytes([int(part[:2], 16)]) + part[2:].encode() if place else part.encode()
            for place, part in enumerate(path.split("%"))
        )
        environ = Town.environ("", method, {}, query) | {"PATH_INFO": raw.decode("latin-1")} | headers
        return Reply(ogc_fixtures.call(application, environ), target)

    return ask


@pytest.fixture(scope="module")
def ask_maps(city: City) -> Iterator[Ask]:
    before = _files(city.folder)
    yield asking(city.services)
    new = _files(city.folder) - before
    known = {*city.snapshot.layers, *city.snapshot.basemaps}
    assert {file.name.partition(".")[0] for file in new if file.parent.name == "tiles"} <= known


@pytest.fixture(scope="module")
def ask_town(tmp_path_factory: pytest.TempPathFactory, session_stores: Stores) -> Ask:
    town = Town(tmp_path_factory.mktemp("hostile-town"), session_stores.make())
    site = tmp_path_factory.mktemp("hostile-site")
    (site / "index.html").write_text("<!doctype html>", encoding="utf-8")
    town.web = create_web(town.watch, site, (town.ogc.blueprint, town.functions.blueprint))
    return asking(town)


def _files(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if file.is_file()}


def _query(parameters: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters.items())


def _spoilt(parameters: dict[str, str], values: list[str]) -> Iterator[str]:
    """Yield queries with one parameter wrong, missing or doubled."""
    for name in parameters:
        yield _query({other: value for other, value in parameters.items() if other != name})
        for value in values:
            yield _query({**parameters, name: value})
        yield f"{_query(parameters)}&{name}=%00&{name.upper()}=%FF"


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
@pytest.mark.parametrize("operation", WMS)
def test_wms_refuses_in_its_own_words(ask_maps: Ask, operation: str, version: str) -> None:
    parameters = {**WMS[operation], "version": version}
    if version == "1.1.1":
        parameters = {{"crs": "srs", "i": "x", "j": "y"}.get(name, name): value for name, value in parameters.items()}
    assert ask_maps(f"/wms?{_query(parameters)}").status == 200
    for query in _spoilt(parameters, NONSENSE):
        reply = ask_maps(f"/wms?{query}")
        assert reply.status == 200 or reply.is_exception_of("ServiceExceptionReport"), query


@pytest.mark.parametrize("operation", WMTS)
def test_wmts_refuses_in_its_own_words(ask_maps: Ask, operation: str) -> None:
    assert ask_maps(f"/wmts?{_query(WMTS[operation])}").status == 200
    for query in _spoilt(WMTS[operation], NONSENSE):
        reply = ask_maps(f"/wmts?{query}")
        assert reply.status in {200, 304} or reply.is_exception_of("ExceptionReport"), query


@pytest.mark.parametrize("box", ["0,0,1e-300,1e-300", "1e-5,0,1e9,1e-5", "0,0,1e-9,1e-9", "0,0,1000,1e-3"])
@pytest.mark.parametrize("crs", ["EPSG:3826", "EPSG:4326", "EPSG:3824", "EPSG:3857", "CRS:84"])
def test_a_scale_that_would_never_be_drawn_is_refused(ask_maps: Ask, crs: str, box: str) -> None:
    reply = ask_maps(f"/wms?{_query({**GET_MAP, 'crs': crs, 'bbox': box, 'width': '1', 'height': '4096'})}")
    assert (reply.status, reply.is_exception_of("ServiceExceptionReport")) == (400, True)
    assert b'code="InvalidParameterValue"' in reply.body


@pytest.mark.parametrize("size", ["0", "-1", "100000", "4097", "1e9"])
def test_absurd_sizes_are_refused(ask_maps: Ask, size: str) -> None:
    assert ask_maps(f"/wms?{_query({**GET_MAP, 'width': size})}").status == 400


def test_more_layers_than_allowed_are_refused(ask_maps: Ask) -> None:
    assert ask_maps(f"/wms?{_query({**GET_MAP, 'layers': ','.join(['districts'] * 61)})}").status == 400


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("part", [*TEXTS, "-1", "999999999", "9" * 12, "%D9%A1", "1.0", "..", "", LONG])
def test_what_names_no_tile_is_not_found(ask_maps: Ask, part: str, place: int) -> None:
    parts = ["districts", "10", "855", "440"]
    parts[place] = part
    layer, z, x, y = parts
    xyz = ask_maps(f"/tiles/{layer}/{z}/{x}/{y}.png")
    rest = ask_maps(f"/wmts/{layer}/default/WebMercatorQuad/{z}/{y}/{x}.png")
    assert (xyz.status, xyz.is_problem()) == (404, True)
    assert (rest.status, rest.is_exception_of("ExceptionReport")) == (404, True)


@pytest.mark.parametrize(
    "path", ["/tiles/%00.json", "/tiles/..%2f..%2fx.json", f"/tiles/{LONG}.json", "/tiles", "/tiles//"]
)
def test_what_names_no_tilejson_is_not_found(ask_maps: Ask, path: str) -> None:
    reply = ask_maps(path)
    assert (reply.status, reply.is_problem()) == (404, True)


@pytest.mark.parametrize("resource", ["stops", "districts"])
def test_items_refuse_by_problem_details(ask_town: Ask, resource: str) -> None:
    names = "limit offset bbox bbox-crs crs filter filter-crs filter-lang sortby properties datetime token f name x"
    values = [*NONSENSE, ",", "-name," * 2500, "1-999999999999999-999999999999999", "EPSG:4979", "../.."]
    for query in _spoilt(dict.fromkeys(names.split(), "1"), []):
        assert ask_town(f"/ogc/collections/{resource}/items?{query}").is_problem()
    for name in names.split():
        for value in values:
            reply = ask_town(f"/ogc/collections/{resource}/items?{name}={value}")
            assert reply.status == 200 or (reply.status in {400, 410} and reply.is_problem()), (name, value[:80])


@pytest.mark.parametrize("filter_", [*FILTERS, *DOCUMENTS])
def test_filters_that_cannot_be_meant_are_told_so(ask_town: Ask, filter_: str) -> None:
    language = "cql2-json" if filter_ in DOCUMENTS else "cql2-text"
    reply = ask_town(f"/ogc/collections/stops/items?filter-lang={language}&filter={quote(filter_)}")
    assert reply.status == 200 or (reply.status == 400 and reply.is_problem())


def test_sorting_by_one_field_again_and_again_sorts_by_it(ask_town: Ask) -> None:
    reply = ask_town(f"/ogc/collections/stops/items?limit=3&sortby=-code,{'code,' * 3000}")
    assert [feature["id"] for feature in json.loads(reply.body)["features"]] == ["S24", "S23", "S22"]


@pytest.mark.parametrize("id_", [*TEXTS, "a/b", "..%2f..%2fx", "9" * 400, "9223372036854775808", "+1", "%D9%A1", "1e0"])
@pytest.mark.parametrize("resource", ["stops", "districts", "heights", "%00", "hydrants"])
def test_what_names_no_feature_is_not_found(ask_town: Ask, resource: str, id_: str) -> None:
    for html in ("", "?f=html"):
        reply = ask_town(f"/ogc/collections/{resource}/items/{id_}{html}")
        assert (reply.status, reply.is_problem()) == (404, True)


@pytest.mark.parametrize("value", [*NONSENSE, "%22", "NEAR(", "*", "%EE%80%80", "%E2%80%8B", "-180,-90", "%5C"])
def test_functions_refuse_by_problem_details(ask_town: Ask, value: str) -> None:
    asked = ["search?q=", "search?q=a&limit=", "identify?layers=stops&lat=24&lon=", "identify?lon=1&lat=2&layers="]
    asked += ["identify?layers=stops&lon=120&lat=24&zoom=", "legend/stops?lang=", "catalogue?key="]
    for start in asked:
        reply = ask_town(f"/api/v1/{start}{value}")
        assert reply.status == 200 or (reply.status == 400 and reply.is_problem()), start
    assert ask_town(f"/api/v1/legend/x{value}").status == 404


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["", "gzip, br"])
def test_the_site_holds_nothing_else(ask_town: Ask, path: str, encoding: str) -> None:
    reply = ask_town(path, HTTP_ACCEPT_ENCODING=encoding)
    assert (reply.status, reply.is_problem()) == (404, True)


@pytest.mark.parametrize("method", METHODS)
def test_other_methods_are_refused_and_the_right_ones_named(ask_maps: Ask, ask_town: Ask, method: str) -> None:
    for path in ("/", "/health", "/ogc/collections/stops/items", "/api/v1/catalogue"):
        reply = ask_town(path, method)
        assert (reply.status, "GET" in reply.headers["Allow"]) == (405, True), path
    for path in ("/wms", "/wmts", "/tiles/districts/10/855/440.png", "/tiles/districts.json"):
        reply = ask_maps(path, method)
        assert (reply.status, "GET" in reply.headers["Allow"]) == (405, True), path


@pytest.mark.parametrize("name", HEADERS)
def test_absurd_headers_change_nothing(ask_maps: Ask, ask_town: Ask, name: str) -> None:
    tile = "/tiles/districts/10/855/440.png"
    for value in HEADERS[name]:
        for path in ("/wms?request=GetCapabilities", "/wmts?request=GetCapabilities", "/tiles/districts.json", tile):
            assert ask_maps(path, **{name: value}).status in {200, 304}, path
        for path in ("/", "/ogc", "/ogc/collections/stops", "/ogc/collections/stops/items", "/api/v1/catalogue"):
            reply = ask_town(path, **{name: value})
            # A host that cannot be one may be refused as a whole.
            refused = name == "HTTP_HOST" and reply.status == 400 and reply.is_problem()
            assert refused or reply.status in {200, 304, 416}, path
            assert b"evil" not in reply.body and b"<script>" not in reply.body


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.sampled_from(["/wms", "/wmts", "/tiles/districts.json"]), st.binary(max_size=60), st.binary(max_size=40))
def test_any_bytes_get_an_answer_from_maps(ask_maps: Ask, path: str, query: bytes, rest: bytes) -> None:
    ask_maps(f"{path}?request=GetMap&{quote(query, safe='&=,')}")
    ask_maps(f"{path}/{quote(rest, safe='/.')}")


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.sampled_from(["/ogc/collections/stops/items", "/api/v1/search", "/api/v1/identify", ""]),
    st.sampled_from(["filter", "bbox", "q", "datetime", "name", "opened", "height"]),
    st.text(max_size=40),
    st.binary(max_size=40),
)
def test_any_text_gets_an_answer_from_the_rest(ask_town: Ask, path: str, name: str, text: str, rest: bytes) -> None:
    ask_town(f"{path or '/'}?{name}={quote(text.encode('utf-8', 'surrogatepass'))}")
    ask_town(f"{path}/{quote(rest, safe='/.')}")
