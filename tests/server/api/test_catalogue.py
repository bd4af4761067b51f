"""The catalogue as the map site reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from layers.text import Text
from tests.server.ogc_fixtures import KEY, Town


def schema(town: Town, name: str) -> dict[str, Any]:
    """A schema of the API's own definition, as JSON Schema (OpenAPI 3.0 says ``nullable`` where that says null)."""
    definition = town.get("/api/v1/openapi.json").json

    def translated(value: Any) -> Any:
        if isinstance(value, list):
            return [translated(item) for item in value]
        if not isinstance(value, dict):
            return value
        parts = {key: translated(item) for key, item in value.items() if key != "nullable"}
        return {"anyOf": [parts, {"type": "null"}]} if value.get("nullable") is True else parts

    return {**translated({"components": definition["components"]}), "$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("/catalogue", {}, "Catalogue"),
        ("/search", {"q": "市政府"}, "SearchResult"),
        ("/search", {"q": "120.68,24.14"}, "SearchResult"),
        (
            "/identify",
            {"lon": 120.6752, "lat": 24.162, "zoom": 18, "layers": "stops,districts,heights"},
            "IdentifyResult",
        ),
        ("/legend/stops", {}, "Legend"),
        ("/identify", {"lon": 120.6752}, "Problem"),
    ],
)
def test_answers_are_as_the_definition_has_them(town: Town, path: str, query: dict[str, Any], name: str) -> None:
    jsonschema.validate(town.get(f"/api/v1{path}", **query).json, schema(town, name))


def test_the_catalogue_lists_what_exists_for_the_client(town: Town) -> None:
    public, granted = town.get("/api/v1/catalogue"), town.get("/api/v1/catalogue", key=KEY)
    assert [layer["id"] for layer in public.json["layers"]] == ["stops", "districts", "heights"]
    assert [basemap["id"] for basemap in public.json["basemaps"]] == ["base"]
    assert [theme["id"] for theme in public.json["themes"]] == ["transport", "boundaries"]
    assert [theme["id"] for theme in granted.json["themes"]] == ["transport", "boundaries", "secrets"]
    assert {"hydrants", "depots"} <= {layer["id"] for layer in granted.json["layers"]}
    assert [basemap["id"] for basemap in granted.json["basemaps"]] == ["base", "duty"]
    assert "消防" not in public.text


def test_the_catalogue_says_where_the_site_opens(town: Town) -> None:
    assert town.get("/api/v1/catalogue").json["home"] == {"centre": [120.665, 24.15], "zoom": 13}


def test_a_layer_says_all_that_the_site_shows(town: Town) -> None:
    layer = next(layer for layer in town.get("/api/v1/catalogue").json["layers"] if layer["id"] == "districts")
    assert layer["title"] == {"zh": "行政區", "en": "Districts"}
    assert layer["agency"] == {"id": "civil", "title": {"zh": "臺中市政府民政局", "en": "Civil Affairs Bureau"}}
    assert (layer["kind"], layer["geometry_type"], layer["feature_count"]) == ("vector", "POLYGON", 2)
    assert layer["extent"] == pytest.approx([120.6555, 24.1529, 120.6949, 24.1710], abs=1e-4)
    assert layer["tiles"] == "/tiles/districts/{z}/{x}/{y}.png"
    assert layer["demonstration"] is True
    assert layer["edition"] == town.held.layers["districts"].edition
    basemap = town.get("/api/v1/catalogue").json["basemaps"][0]
    assert basemap["tiles"] == "/wmts/base/default/WebMercatorQuad/{z}/{y}/{x}.png"


def test_the_catalogue_is_fetched_again_only_when_it_changed(changing_town: Town) -> None:
    town = changing_town
    etag = town.get("/api/v1/catalogue").headers["ETag"]
    assert town.get("/api/v1/catalogue", headers={"If-None-Match": etag}).status == 304
    assert town.get("/api/v1/catalogue", headers={"If-None-Match": etag}, key=KEY).status == 200
    renamed = replace(town.held.layers["stops"], title=Text("站位"))
    town.publish(layers={**town.held.layers, "stops": renamed})
    reply = town.get("/api/v1/catalogue", headers={"If-None-Match": etag})
    assert (reply.status, reply.json["revision"]) == (200, 2)
    assert reply.json["layers"][0]["title"] == {"zh": "站位", "en": None}


def test_any_page_may_read_it(town: Town) -> None:
    for path in ("/catalogue", "/search", "/openapi.json"):
        assert town.get(f"/api/v1{path}").headers["Access-Control-Allow-Origin"] == "*"
    assert town.get("/api/v1/catalogue", method="OPTIONS").status == 204


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/catalogue", {"q": "x"}, 400),
        ("/search", {}, 400),
        ("/search", {"q": "x" * 101}, 400),
        ("/search", {"q": "x", "limit": "0"}, 400),
        ("/search", {"q": "x", "limit": "nan"}, 400),
        ("/identify", {"lon": "200", "lat": "24", "layers": "stops"}, 400),
        ("/identify", {"lon": "120", "lat": "nan", "layers": "stops"}, 400),
        ("/identify", {"lon": "120", "lat": "24"}, 400),
        ("/identify", {"lon": "120", "lat": "24", "zoom": "99", "layers": "stops"}, 400),
        ("/identify", {"lon": "120", "lat": "24", "layers": ",".join(map(str, range(21)))}, 400),
        ("/legend/nothing", {}, 404),
        ("/legend/hydrants", {}, 404),
        ("/nothing", {}, 404),
    ],
)
def test_what_is_wrong_is_said_in_the_clients_language(
    town: Town, path: str, query: dict[str, str], status: int
) -> None:
    chinese, english = (town.get(f"/api/v1{path}", **query, lang=language) for language in ("zh-TW", "en"))
    for reply in (chinese, english):
        assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
    assert chinese.json["detail"] != english.json["detail"]
    assert town.get(f"/api/v1{path}", method="POST").status == 405


def test_a_legend_shows_a_picture_for_each_entry(town: Town) -> None:
    reply = town.get("/api/v1/legend/stops")
    assert [entry["title"] for entry in reply.json["entries"]] == [{"zh": "站", "en": "Stop"}]
    # The signature of PNG in base64.
    assert reply.json["entries"][0]["image"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert town.get("/api/v1/legend/stops", headers={"If-None-Match": reply.headers["ETag"]}).status == 304
    assert town.get("/api/v1/legend/hydrants", key=KEY).headers["Cache-Control"] == "private, no-cache"
    assert len(town.get("/api/v1/legend/heights").json["entries"]) == 2
