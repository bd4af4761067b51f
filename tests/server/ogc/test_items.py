"""Features over HTTP: pages, selections, coordinates, validators."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.ogc_fixtures import FIRST_STOP, FIRST_STOP_DEGREES, KEY, STOP_COUNT, Town, call

ITEMS = "/ogc/collections/stops/items"
CRS = "http://www.opengis.net/def/crs"


def codes(document: dict) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def links(document: dict) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def follow(town: Town, url: str):
    parts = urlsplit(url)
    return call(town, town.environ(parts.path, "GET", {}, parts.query))


def test_a_page_is_a_feature_collection(town: Town) -> None:
    reply = town.get(ITEMS)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/geo+json")
    document = reply.json
    assert document["type"] == "FeatureCollection"
    assert (document["numberMatched"], document["numberReturned"]) == (STOP_COUNT, 10)
    assert document["timeStamp"].endswith("Z")
    assert document["features"][0] == {
        "type": "Feature",
        "id": "S00",
        "geometry": {"type": "Point", "coordinates": list(FIRST_STOP_DEGREES)},
        "properties": {
            "code": "S00",
            "name": "市政府",
            "routes": 0,
            "height": 10.5,
            "sheltered": True,
            "opened": "2020-01-01",
        },
    }
    assert links(document)["self"] == f"http://maps.example{ITEMS}"
    assert links(document)["collection"] == "http://maps.example/ogc/collections/stops"
    assert "prev" not in links(document)
    assert reply.headers["Content-Crs"] == f"<{CRS}/OGC/1.3/CRS84>"


def test_fast_path_and_flask_say_the_same(town: Town) -> None:
    for path, query in ((ITEMS, {"limit": 3, "sortby": "-routes,name"}), (f"{ITEMS}/S03", {"crs": "EPSG:3826"})):
        fast, slow = town.get(path, **query), town.get(path, fast=False, **query)
        fast_document, slow_document = fast.json, slow.json
        for document in (fast_document, slow_document):
            document.pop("timeStamp", None)
        assert fast_document == slow_document
        assert fast.headers.items() >= {(k, v) for k, v in slow.headers.items() if k != "Content-Length"}


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        ("OGC/1.3/CRS84", FIRST_STOP_DEGREES),
        # EPSG:4326 and 3824 put latitude first, EPSG:3826 easting first (EPSG register).
        ("EPSG/0/4326", FIRST_STOP_DEGREES[::-1]),
        ("EPSG/0/3824", FIRST_STOP_DEGREES[::-1]),
        ("EPSG/0/3826", FIRST_STOP),
        # The formula of OGC 17-083r4: R lon, R ln tan(45° + lat/2)
        ("EPSG/0/3857", (13433506.52, 2773158.08)),
    ],
)
def test_coordinates_follow_the_axis_order_of_the_crs(town: Town, crs: str, expected: tuple[float, float]) -> None:
    for path, pick in ((ITEMS, lambda document: document["features"][0]), (f"{ITEMS}/S00", lambda document: document)):
        reply = town.get(path, crs=f"{CRS}/{crs}")
        assert reply.headers["Content-Crs"] == f"<{CRS}/{crs}>"
        assert pick(reply.json)["geometry"]["coordinates"] == pytest.approx(expected, rel=0, abs=0.02)


@pytest.mark.parametrize(
    ("bbox", "crs"),
    [
        ("120.6750,24.1610,120.6755,24.1630", None),
        ("24.1610,120.6750,24.1630,120.6755", "EPSG/0/4326"),
        ("216990,2672990,217010,2673010", "EPSG/0/3826"),
        ("120.6750,24.1610,0,120.6755,24.1630,100", None),
    ],
)
def test_bbox_is_read_in_the_axis_order_of_its_crs(town: Town, bbox: str, crs: str | None) -> None:
    query = {"bbox": bbox} | ({"bbox-crs": f"{CRS}/{crs}"} if crs else {})
    assert codes(town.get(ITEMS, **query).json) == ["S00"]


def test_bbox_may_cross_the_date_line(town: Town) -> None:
    assert town.get(ITEMS, bbox="170,0,121,30", limit=20).json["numberMatched"] == STOP_COUNT
    assert town.get(ITEMS, bbox="170,0,-170,30").json["numberMatched"] == 0


def test_following_next_shows_every_feature_once(town: Town) -> None:
    for query in ({"limit": 7}, {"limit": 4, "sortby": "-name"}, {"limit": 3, "sheltered": "true"}):
        seen, url, pages = [], f"{ITEMS}?{urlencode(query)}", 0
        while url:
            document = follow(town, url).json
            seen += codes(document)
            url, pages = links(document).get("next"), pages + 1
        assert len(seen) == len(set(seen)) == document["numberMatched"]
        assert pages == -(-len(seen) // query["limit"])


def test_previous_leads_back(town: Town) -> None:
    first = town.get(ITEMS, limit=5).json
    second = follow(town, links(first)["next"]).json
    assert codes(follow(town, links(second)["prev"]).json) == codes(first)


@settings(max_examples=40, deadline=None)
@given(limit=st.integers(1, 30), offset=st.integers(0, 40))
def test_any_page_is_a_slice_of_the_whole(town: Town, limit: int, offset: int) -> None:
    document = town.get(ITEMS, limit=limit, offset=offset).json
    whole = [f"S{number:02}" for number in range(STOP_COUNT)]
    assert codes(document) == whole[offset : offset + min(limit, 20)]
    assert document["numberReturned"] == len(document["features"])
    assert ("next" in links(document)) == (offset + min(limit, 20) < STOP_COUNT)


def test_a_limit_above_the_maximum_means_the_maximum(town: Town) -> None:
    assert town.get(ITEMS, limit=10_000_000).json["numberReturned"] == 20


def test_a_token_of_a_replaced_release_is_gone(changing_town: Town) -> None:
    town = changing_town
    url = links(town.get(ITEMS, limit=5).json)["next"]
    stops = town.held.layers["stops"]
    (town.folder / "layers/stops/2.gpkg").write_bytes((town.folder / "layers/stops/1.gpkg").read_bytes())
    newer = replace(stops, release=replace(stops.release, number=2))
    town.publish(layers={**town.held.layers, "stops": newer})
    reply = follow(town, url)
    assert (reply.status, reply.json["code"]) == (410, "ogc_release_replaced")
    assert town.get(ITEMS).status == 200


def test_queryables_select(town: Town) -> None:
    assert codes(town.get(ITEMS, name="臺中車站").json) == ["S01"]
    assert codes(town.get(ITEMS, routes=1, sheltered="false").json) == ["S01", "S11", "S21"]
    assert codes(town.get(ITEMS, opened="2020-01-03").json) == ["S02"]


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "name LIKE '市政府%' AND height > 11"},
        {"filter": "name LIKE '市政府%' AND height > 11", "filter-lang": "cql2-text"},
        {"filter": "S_INTERSECTS(geometry, POINT(217200 2673000))", "filter-crs": f"{CRS}/EPSG/0/3826"},
        {
            "filter": json.dumps({"op": "=", "args": [{"property": "code"}, "S02"]}),
            "filter-lang": "cql2-json",
        },
    ],
)
def test_filters_select(town: Town, query: dict[str, str]) -> None:
    assert codes(town.get(ITEMS, **query).json) == ["S02"]


def test_sorting(town: Town) -> None:
    assert codes(town.get(ITEMS, sortby="-height", limit=2).json) == ["S24", "S23"]
    reply = call(town, town.environ(ITEMS, "GET", {}, "sortby=+routes,-code&limit=2"))
    assert codes(reply.json) == ["S20", "S15"]


def test_parts_of_features_can_be_left_out(town: Town) -> None:
    feature = town.get(ITEMS, properties="name,routes", skipGeometry="true", limit=1).json["features"][0]
    assert feature["properties"] == {"name": "市政府", "routes": 0}
    assert feature["geometry"] is None


@pytest.mark.parametrize("value", ["2026-01-31T00:00:00Z", "2026-01-31", "../2026-01-31T00:00:00Z", "2026-01-01/.."])
def test_datetime_is_accepted_and_selects_nothing_away(town: Town, value: str) -> None:
    assert town.get(ITEMS, datetime=value).json["numberMatched"] == STOP_COUNT


@pytest.mark.parametrize(
    "query_string",
    [
        "limit=0", "limit=-1", "limit=ten", "limit=1.5", "limit=", "offset=-1", "offset=99999999999999999999",
        "bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,9,3,4", "bbox=nan,1,2,3", "bbox=inf,1,2,3",
        "bbox=217100,2672000,217000,2673000&bbox-crs=EPSG:3826",
        "bbox=1,2,3,4&bbox-crs=EPSG:1", "crs=EPSG:32651", "crs=nonsense", "filter-crs=x",
        "datetime=yesterday", "datetime=2026-13-01", "datetime=2026-02-01/2026-01-01", "datetime=a/b/c", "datetime=",
        "filter=name+LIKE", "filter=nobody=1", "filter-lang=sql", "filter-lang=cql2-json&filter=name=1",
        "sortby=nothing", "sortby=--name", "properties=nothing", "skipGeometry=yes",
        "routes=many", "sheltered=perhaps", "opened=soon",
        "unknown=1", "Limit=1", "f=xml", "limit=1&limit=2", "token=zzz",
        "token=1-5-5&sortby=name", "token=1-5-5&offset=3",
        "token=%D9%A1-1-1",
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(town: Town, query_string: str) -> None:
    for application in (town, town.web):
        reply = call(application, town.environ(ITEMS, "GET", {}, query_string))
        assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json"), reply.text
        assert reply.json["detail"]
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(
    ["limit", "offset", "bbox", "bbox-crs", "crs", "filter", "filter-lang", "sortby", "properties", "datetime",
     "token", "name", "routes", "opened", "height", "key", "lang"]), st.text(max_size=40), max_size=4))  # fmt: skip
def test_no_query_string_breaks_the_server(town: Town, query: dict[str, str]) -> None:
    reply = call(town, town.environ(ITEMS, "GET", {}, urlencode(query, errors="surrogatepass")))
    assert reply.status in {200, 400}, reply.text


def test_one_feature(town: Town) -> None:
    reply = town.get(f"{ITEMS}/S01")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/geo+json")
    assert reply.json["properties"]["name"] == "臺中車站"
    assert links(reply.json)["self"] == f"http://maps.example{ITEMS}/S01"
    assert links(reply.json)["collection"] == "http://maps.example/ogc/collections/stops"


@pytest.mark.parametrize("feature", ["S99", "1", "%00", "S01/more", "市政府"])
def test_an_unknown_feature_is_not_found(town: Town, feature: str) -> None:
    reply = town.get(f"{ITEMS}/{feature}")
    assert (reply.status, reply.json["code"]) == (404, "unknown_feature")


@pytest.mark.parametrize("layer", ["nothing", "hydrants", "depots", "heights", "base", "..", "STOPS"])
def test_what_may_not_be_seen_is_unknown(town: Town, layer: str) -> None:
    for rest in ("", "/S01"):
        reply = town.get(f"/ogc/collections/{layer}/items{rest}")
        assert (reply.status, reply.json["code"]) == (404, "ogc_unknown_collection")


def test_a_key_opens_what_was_granted(town: Town) -> None:
    for query, headers in (({"key": KEY}, {}), ({}, {"X-Api-Key": KEY})):
        for layer in ("hydrants", "depots"):
            reply = town.get(f"/ogc/collections/{layer}/items", headers=headers, **query)
            assert reply.status == 200
            assert reply.headers["Cache-Control"] == "private, no-cache"
    assert town.get("/ogc/collections/hydrants/items", key="wrong").status == 404


def test_a_client_that_has_the_page_gets_304(changing_town: Town) -> None:
    town = changing_town
    etag = town.get(ITEMS).headers["ETag"]
    again = town.get(ITEMS, headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == etag
    stops = town.held.layers["stops"]
    (town.folder / "layers/stops/2.gpkg").write_bytes((town.folder / "layers/stops/1.gpkg").read_bytes())
    town.publish(layers={**town.held.layers, "stops": replace(stops, release=replace(stops.release, number=2))})
    assert town.get(ITEMS, headers={"If-None-Match": etag}).status == 200


def test_head_has_the_headers_of_get(town: Town) -> None:
    for path in (ITEMS, f"{ITEMS}/S01"):
        got, head = town.get(path), town.get(path, method="HEAD")
        assert head.body == b""
        assert (head.status, head.headers) == (200, got.headers)


def test_nothing_can_be_written(town: Town) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        reply = town.get(ITEMS, method=method)
        assert (reply.status, reply.headers["Content-Type"]) == (405, "application/problem+json")
    preflight = town.get(ITEMS, method="OPTIONS")
    assert preflight.status == 204
    assert "X-Api-Key" in preflight.headers["Access-Control-Allow-Headers"]


def test_polygons_are_valid_and_wound_as_rfc_7946_wants(town: Town) -> None:
    features = town.get("/ogc/collections/districts/items").json["features"]
    for feature in features:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.is_valid
        assert shape.exterior.is_ccw
        assert not any(ring.is_ccw for ring in shape.interiors)
    assert features[1]["properties"]["area"] is None


def test_a_table_for_people(town: Town) -> None:
    reply = town.get("/ogc/collections/districts/items", headers={"Accept": "text/html,application/json;q=0.9"})
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "西區 &lt;b&gt;&amp;" in reply.text
    assert "<b>" not in reply.text
    assert "示範資料" in reply.text
    english = town.get(ITEMS, f="html", lang="en", limit=5)
    assert "1 to 5 of 25" in english.text
    assert "token=1-5-5" in english.text
    assert town.get(ITEMS, headers={"Accept": "text/html"}, f="json").headers["Content-Type"] == "application/geo+json"
