"""Requests that nobody thought of: made of the right parameters and of anything else, they never break anything.

What is found is the same in every run: nothing here is left to chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.web import create_web
from tests.server.map_city import City
from tests.server.ogc_fixtures import Town
from tests.server.test_hostile_requests import GET_MAP, GET_TILE, NONSENSE, WMS, WMTS, Ask, asking

PARTS = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENCODINGS = ("utf-8", "big5", "utf-16", "latin-1", "cp950")
TIMES = ["2026-01-01", "2026-01-01/2026-02-01/P1D", "current", "..%2F..%2Fetc", "P1M", "9999999-01-01", "zzz", ""]
DIMENSIONS = ("time", "elevation", "dim_run", "dim_..%2Fx")
NAMES = [
    "districts",
    "districts.png",
    "districts/default",
    "..",
    ".",
    "a%2Fb",
    "%2e%2e",
    "districts%00",
    "base",
    "secret",
]
EXTRA = (
    *DIMENSIONS, "sld", "sld_body", "exceptions", "language", "key", "updatesequence", "feature_count", "bgcolor",
    "dpi", "map_resolution", "format_options", "version", "transparent", "styles", "info_format",
)  # fmt: skip
THEMES = [
    "",
    "/boundaries",
    "/transport",
    "/nothing",
    "/..",
    "/%2e%2e",
    "/boundaries/",
    "/%00",
    "/boundaries%2Ftransport",
]
OF_WMS = {"text/xml", "application/xml", "application/vnd.ogc.se_xml", "application/vnd.ogc.wms_xml"}
DOCUMENTS = [
    "districts.json",
    "districts.mvt.json",
    "districts.style.json",
    "districts/night.style.json",
    "base.style.json",
]
DOORS = {
    "map": "/wms?" + "&".join(f"{name}={value}" for name, value in GET_MAP.items()),
    "info": "/wms?" + "&".join(f"{name}={value}" for name, value in WMS["info"].items()),
    "legend": "/wms?" + "&".join(f"{name}={value}" for name, value in WMS["legend"].items()),
    "capabilities": "/wms/boundaries?request=GetCapabilities",
    "tile": "/wmts?" + "&".join(f"{name}={value}" for name, value in GET_TILE.items()),
    "info of a tile": "/wmts?" + "&".join(f"{name}={value}" for name, value in WMTS["info"].items()),
    "rest capabilities": "/wmts/1.0.0/WMTSCapabilities.xml?",
    "rest tile": "/wmts/districts/default/WebMercatorQuad/10/440/855.png?",
    "xyz": "/tiles/districts/10/855/440.webp?",
    "vector tile": "/tiles/districts/10/855/440.mvt?",
    "tilejson": "/tiles/districts.json?",
    "tilejson of vector tiles": "/tiles/districts.mvt.json?",
    "style": "/tiles/districts.style.json?",
}
"""Everything that maps can be asked for, asked rightly."""

numbers = st.one_of(st.integers().map(str), st.floats().map(repr), st.integers(-(10**400), 10**400).map(str))
boxes = st.lists(numbers, min_size=3, max_size=5).map(",".join)
words = st.builds(
    lambda text, encoding: quote(text.encode(encoding, "replace")), st.text(max_size=30), st.sampled_from(ENCODINGS)
)
values = st.one_of(st.sampled_from([*NONSENSE, *TIMES, *NAMES]), numbers.map(quote), boxes.map(quote), words)


@st.composite
def queries(draw: st.DrawFn, right: dict[str, str]) -> str:
    """Return a query in which up to three parameters are wrong, missing, doubled or unheard of, and the rest right."""
    pairs = list(right.items())
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(pairs) - 1))
        name, value = pairs[place]
        match draw(st.sampled_from(("wrong", "wrong", "missing", "doubled", "extra"))):
            case "wrong":
                pairs[place] = (name, draw(values))
            case "missing":
                pairs[place] = ("x", value)
            case "doubled":
                pairs.insert(draw(st.integers(0, len(pairs))), (name.upper(), draw(values)))
            case _:
                pairs.append((draw(st.sampled_from(EXTRA)), draw(values)))
    return "&".join(f"{name}={value}" for name, value in pairs)


@pytest.fixture(scope="module")
def ask(city: City) -> Iterator[Ask]:
    """A client of the maps, after whom no file may be left but the tiles of layers that there are."""
    before = set(city.folder.rglob("*"))
    yield asking(city.services)
    new = set(city.folder.rglob("*")) - before
    known = {*city.snapshot.layers, *city.snapshot.basemaps}
    tiles = city.folder / "tiles"
    for file in new - {tiles, tiles / "locks"}:
        assert file.parent in {tiles, tiles / "locks"}, file
        assert file.parent.name == "locks" or file.name.partition(".")[0] in known, file


def in_version(parameters: dict[str, str], version: str) -> dict[str, str]:
    names = {"crs": "srs", "i": "x", "j": "y"} if version == "1.1.1" else {}
    return {"service": "WMS", "version": version} | {names.get(name, name): value for name, value in parameters.items()}


@pytest.mark.parametrize("version", ["1.1.1", "1.3.0"])
@pytest.mark.parametrize("operation", WMS)
def test_wms_answers_whatever_is_asked(ask: Ask, operation: str, version: str) -> None:
    @settings(PARTS, max_examples=150)
    @given(queries(in_version(WMS[operation], version)), st.sampled_from(THEMES))
    def check(query: str, theme: str) -> None:
        reply = ask(f"/wms{theme}?{query}")
        if reply.kind in OF_WMS:
            etree.fromstring(reply.body)
        assert reply.status in {200, 304} or reply.is_exception_of("ServiceExceptionReport")

    check()


@pytest.mark.parametrize("operation", WMTS)
def test_wmts_answers_whatever_is_asked(ask: Ask, operation: str) -> None:
    @settings(PARTS, max_examples=300)
    @given(queries({"service": "WMTS", **WMTS[operation]}))
    def check(query: str) -> None:
        reply = ask(f"/wmts?{query}")
        assert reply.status in {200, 304} or reply.is_exception_of("ExceptionReport")

    check()


parts = st.one_of(st.sampled_from(["districts", "default", "WebMercatorQuad", "GoogleMapsCompatible", *NAMES]), values)


@settings(PARTS, max_examples=300)
@given(st.lists(parts, min_size=1, max_size=8), st.sampled_from(["", ".png", ".webp", ".json", ".gif", "@2x.png"]))
def test_paths_of_tiles_answer_whatever_they_are(ask: Ask, path: list[str], ending: str) -> None:
    for root, report in (("/tiles", None), ("/wmts", "ExceptionReport")):
        reply = ask(f"{root}/{'/'.join(path)}{ending}")
        assert reply.status in {200, 404} or reply.status == 400
        assert reply.status == 200 or (reply.is_exception_of(report) if report else reply.is_problem())


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("dimension", [*DIMENSIONS, "DIM_TIME"])
def test_dimensions_that_nobody_published_change_nothing(ask: Ask, door: str, dimension: str) -> None:
    right = ask(DOORS[door])
    assert right.status == 200
    for value in TIMES:
        assert ask(f"{DOORS[door]}&{dimension}={value}").body == right.body


@settings(PARTS, max_examples=100)
@given(
    st.one_of(st.sampled_from(DOCUMENTS), st.lists(parts, min_size=1, max_size=3).map("/".join)),
    st.sampled_from(["", ".json", ".mvt.json", ".style.json", ".mvt", ".sprite", "@2x.json"]),
    queries({"language": "en", "key": "x", "f": "json", "v": "1"}),
)
def test_documents_of_tiles_answer_whatever_is_asked(ask: Ask, name: str, ending: str, query: str) -> None:
    reply = ask(f"/tiles/{name}{ending}?{query}")
    if reply.status == 200 and reply.kind == "application/json":
        assert json.loads(reply.body)
    else:
        assert reply.status in {200, 400, 404} and (reply.status == 200 or reply.is_problem())


@settings(PARTS, max_examples=100)
@given(
    st.sampled_from(["/sprites", "/fonts"]), st.lists(parts, max_size=4), st.sampled_from(["", ".png", ".json", ".pbf"])
)
def test_sprites_and_glyphs_answer_whatever_is_asked(ask: Ask, root: str, path: list[str], ending: str) -> None:
    reply = ask(f"{root}/{'/'.join(path)}{ending}")
    assert reply.status == 200 or (reply.status in {400, 404} and reply.is_problem())


@settings(PARTS, max_examples=100)
@given(
    st.lists(numbers.map(quote), min_size=3, max_size=3),
    st.sampled_from(["png", "webp", "mvt", "png@2x", "jpeg", "mvt@2x"]),
)
def test_tiles_beyond_their_grid_are_not_found(ask: Ask, place: list[str], format_: str) -> None:
    z, x, y = place
    reply = ask(f"/tiles/districts/{z}/{x}/{y}.{format_}")
    assert reply.status == 200 or (reply.status == 404 and reply.is_problem())


HEADERS = st.dictionaries(
    st.sampled_from([
        "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING",
        "HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED",
        "HTTP_X_API_KEY", "HTTP_RANGE", "HTTP_ORIGIN", "HTTP_COOKIE", "CONTENT_TYPE", "CONTENT_LENGTH",
    ]),
    st.one_of(
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60),
        st.sampled_from(["*", "W/", '"a", W/"b', "gzip;q=nan", "zh;q=-1,en;q=9", "evil.example", "a" * 3000]),
    ),
    max_size=4,
)  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_headers_never_break_an_answer(ask: Ask, door: str) -> None:
    @settings(PARTS, max_examples=25)
    @given(HEADERS)
    def check(headers: dict[str, str]) -> None:
        reply = ask(DOORS[door], **headers)
        assert reply.status in {200, 304}
        # Whatever a header says of hosts: a document that XML cannot hold would be one that nobody reads.
        if reply.body and reply.kind in OF_WMS:
            etree.fromstring(reply.body)
        if "HTTP_HOST" not in headers:
            assert b"evil.example" not in reply.body

    check()


@pytest.mark.parametrize("path", ["/wms", "/wms/boundaries", "/wmts", "/tiles/districts.json", "/wms/"])
def test_posted_forms_answer_whatever_they_hold(ask: Ask, path: str) -> None:
    right = WMTS["tile"] if path == "/wmts" else GET_MAP

    @settings(PARTS, max_examples=40)
    @given(
        st.one_of(queries(right).map(str.encode), st.binary(max_size=200)),
        st.sampled_from(["", "3", "-1", "9" * 20, "x"]),
    )
    def check(body: bytes, length: str) -> None:
        form = {
            "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": length or str(len(body)),
            "wsgi.input": BytesIO(body),
        }  # fmt: skip
        assert ask(path, "POST", **form).status in {200, 304, 400, 405}

    check()


# --- The parts that have an OpenAPI document --------------------------------------------------------


@pytest.fixture(scope="module")
def town_application(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("fuzz-town"))
    site = tmp_path_factory.mktemp("fuzz-site")
    (site / "index.html").write_text("<!doctype html>", encoding="utf-8")
    town.web = create_web(town.watch, Path(site), (town.ogc.blueprint, town.functions.blueprint))
    return town


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("document", ["/api/v1/openapi.json", "/ogc/api?f=json"])
def test_what_is_documented_answers_whatever_is_asked(
    town_application: Town, document: str, mode: GenerationMode
) -> None:
    """Right requests and wrong ones get statuses, types and bodies as the document has them."""
    schema = schemathesis.openapi.from_wsgi(document, town_application)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 4
    for operation in operations:

        @settings(PARTS, max_examples=30)
        @given(operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case) -> None:
            response = case.call(headers={"Accept-Encoding": "identity"})
            case.validate_response(response, checks=CHECKS)
            assert "Traceback" not in response.text and ".py" not in response.text

        check()
