"""OGC API – Styles: lists, sheets in several forms, what is told of them, and who may see what."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from lxml import etree

from catalog.records import NamedStyle
from layers.styles.document import parse_style
from layers.styles.sld import read_sld
from tests.layers.test_styles_maplibre import specification
from tests.server.ogc_fixtures import KEY, Town, call

NIGHT = parse_style(
    {
        "title": {"zh": "夜間", "en": "Night"},
        "rules": [
            {
                "name": "star",
                "filter": "routes > 3",
                "zoom": [12, None],
                "symbols": [{"mark": {"shape": "star", "colour": "#ffee00"}}, {"text": {"field": "name"}}],
            },
            {"name": "half", "filter": "name LIKE 'a%b'", "symbols": [{"mark": {"size": 4}}]},
        ],
    }
)


@pytest.fixture
def town(changing_town: Town) -> Town:
    held = changing_town.held
    stops = replace(held.layers["stops"], styles=(NamedStyle("night", NIGHT),))
    changing_town.held = replace(held, revision=held.revision + 1, layers={**held.layers, "stops": stops})
    changing_town.watch.poll()
    return changing_town


def ids(document: dict) -> list[str]:
    return [style["id"] for style in document["styles"]]


def test_every_style_of_layers_and_basemaps_is_listed(town: Town) -> None:
    document = town.get("/ogc/styles").json
    assert {"stops.default", "stops.night"} <= set(ids(document))
    assert {f"{basemap}.default" for basemap in town.held.basemaps} & set(ids(document))
    night = next(style for style in document["styles"] if style["id"] == "stops.night")
    assert "夜間" in night["title"]
    relations = {link["rel"] for link in night["links"]}
    assert relations == {"stylesheet", "describedby"}
    for link in night["links"]:
        parts = urlsplit(link["href"])
        reply = call(town, town.environ(parts.path, "GET", {}, parts.query))
        assert (reply.status, reply.headers["Content-Type"]) == (200, link["type"])


def test_a_collection_names_its_styles_and_the_default(town: Town) -> None:
    collection = town.get("/ogc/collections/stops").json
    assert collection["defaultStyle"] == "stops.default"
    relation = "http://www.opengis.net/def/rel/ogc/1.0/styles"
    (href,) = [link["href"] for link in collection["links"] if link["rel"] == relation]
    document = town.get(urlsplit(href).path).json
    assert (ids(document), document["defaultStyle"]) == (["stops.default", "stops.night"], "stops.default")
    assert relation in {link["rel"] for link in town.get("/ogc/").json["links"]}


def test_a_style_comes_in_the_form_that_is_asked_for(town: Town) -> None:
    path = "/ogc/styles/stops.night"
    maplibre = town.get(path)
    assert maplibre.headers["Content-Type"] == "application/vnd.mapbox.style+json"
    assert specification([maplibre.json], [])["problems"] == [[]]
    by_accept = town.get(path, headers={"Accept": "application/vnd.ogc.sld+xml;version=1.1"})
    by_parameter = town.get(path, f="sld")
    assert by_accept.body == by_parameter.body
    assert etree.fromstring(by_parameter.body).get("version") == "1.1.0"
    assert read_sld(by_parameter.body).style.rules[0].filter == "routes > 3"
    assert parse_style(yaml.safe_load(town.get(path, f="yaml").text)) == NIGHT
    page = town.get(path, headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "夜間" in page.text
    assert "Night" in town.get(path, f="html", lang="en").text


def test_metadata_tell_what_a_form_cannot_say(town: Town) -> None:
    document = town.get("/ogc/styles/stops.night/metadata").json
    sheets = {sheet["title"]: sheet for sheet in document["stylesheets"]}
    assert [limit["rule"] for limit in sheets["MapLibre"]["limitations"]] == ["half"]
    assert sheets["Tuzi"]["native"]
    (layer,) = document["layers"]
    assert (layer["id"], layer["type"]) == ("stops", "point")
    assert {"id": "name", "type": "text"} in layer["attributes"]
    legends = [link for link in document["links"] if link["rel"].endswith("/legend")]
    assert {link["type"] for link in legends} == {"image/png", "application/json"}
    assert all("style=night" in link["href"] for link in legends)


def test_validators(town: Town) -> None:
    for path in ("/ogc/styles", "/ogc/styles/stops.default", "/ogc/styles/stops.default/metadata"):
        etag = town.get(path).headers["ETag"]
        assert town.get(path, headers={"If-None-Match": etag}).status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/styles/stops",
        "/ogc/styles/stops.",
        "/ogc/styles/stops.none",
        "/ogc/styles/.default",
        "/ogc/styles/none.default/metadata",
        "/ogc/styles/..%2f..%2fetc",
        "/ogc/collections/none/styles",
    ],
)
def test_what_there_is_not_is_not_found(town: Town, path: str) -> None:
    reply = town.get(path)
    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(("path", "form"), [("/ogc/styles", "sld"), ("/ogc/styles/stops.default", "pdf")])
def test_other_forms_are_refused_in_a_sentence(town: Town, path: str, form: str) -> None:
    reply = town.get(path, f=form, lang="en")
    assert reply.status == 400
    assert "html" in reply.json["detail"]


def test_styles_of_layers_that_a_client_may_not_see_do_not_exist(town: Town) -> None:
    hidden = set(town.held.layers) - set(ids_of_layers(town, {}))
    assert hidden
    for layer in hidden:
        assert town.get(f"/ogc/styles/{layer}.default").status == 404
        assert town.get(f"/ogc/styles/{layer}.default/metadata").status == 404
        assert town.get(f"/ogc/collections/{layer}/styles").status == 404
    with_key = ids_of_layers(town, {"X-Api-Key": KEY})
    assert hidden & set(with_key)
    shown = (hidden & set(with_key)).pop()
    reply = town.get(f"/ogc/styles/{shown}.default", headers={"X-Api-Key": KEY})
    assert reply.status == 200
    assert "private" in reply.headers["Cache-Control"]


def ids_of_layers(town: Town, headers: dict[str, str]) -> list[str]:
    return [name.partition(".")[0] for name in ids(town.get("/ogc/styles", headers=headers).json)]


def test_nothing_of_the_style_is_lost_on_the_way(town: Town, tmp_path: Path) -> None:
    reply = town.get("/ogc/styles/stops.night")
    (star,) = [layer for layer in reply.json["layers"] if layer["type"] == "symbol" and "icon-image" in layer["layout"]]
    assert star["layout"]["icon-image"].startswith("mark-star-8-ffee00")
    assert reply.json["sprite"].startswith("http://maps.example/sprites/stops/night/")
    assert json.dumps(star["filter"]).count("routes")
