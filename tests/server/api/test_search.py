"""The search box: layers, places, typed coordinates."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.ogc_fixtures import FIRST_STOP_DEGREES, KEY, Town


def search(town: Town, text: str, **query: object) -> dict:
    reply = town.get("/api/v1/search", q=text, **query)
    assert reply.status == 200, reply.text
    return reply.json


def layers(town: Town, text: str, **query: object) -> list[str]:
    return [layer["id"] for layer in search(town, text, **query)["layers"]]


def places(town: Town, text: str, **query: object) -> list[str]:
    return [place["title"] for place in search(town, text, **query)["places"]]


def test_layers_are_found_by_all_that_is_said_about_them(town: Town) -> None:
    assert layers(town, "公車站牌") == ["stops"]
    assert layers(town, "bus") == ["stops"]
    assert layers(town, "ＢＵＳ　Stops") == ["stops"]
    assert layers(town, "里鄰") == ["districts"]
    assert layers(town, "Civil Affairs") == ["districts"]
    assert layers(town, "heights") == ["heights"]
    assert layers(town, "公車 民政局") == []


def test_layers_with_a_fitting_title_come_first(town: Town) -> None:
    # 行政區 is the title of one layer; the agencies of all of them hold 政.
    assert layers(town, "政")[0] == "districts"
    assert set(layers(town, "政")) == {"stops", "districts", "heights"}


def test_the_two_ways_to_write_tai_are_one(town: Town) -> None:
    assert layers(town, "台中市的行政區界") == ["districts"]
    assert places(town, "台中車站") == places(town, "臺中車站") == ["臺中車站"]


def test_places_come_best_first(town: Town) -> None:
    assert places(town, "市政府") == ["市政府", "市政府站"]
    assert places(town, "市政") == ["市政府", "市政府站", "新市政"]
    assert places(town, "市政", limit=2) == ["市政府", "市政府站"]


def test_a_place_says_where_it_is(town: Town) -> None:
    stop = search(town, "市政府")["places"][0]
    assert stop["layer"] == "stops"
    assert stop["layer_title"] == {"zh": "公車站牌", "en": "Bus stops"}
    assert stop["id"] == "S00"
    assert stop["point"] == pytest.approx(FIRST_STOP_DEGREES, abs=1e-7)
    assert stop["bbox"] is None
    district = search(town, "中區")["places"][0]
    west, south, east, north = district["bbox"]
    lon, lat = district["point"]
    assert west < lon < east
    assert south < lat < north


def test_what_may_not_be_seen_is_not_found(town: Town) -> None:
    assert layers(town, "消防栓") == []
    assert layers(town, "消防栓", key=KEY) == ["hydrants"]
    assert {place["layer"] for place in search(town, "市政府")["places"]} == {"stops"}
    assert {place["layer"] for place in search(town, "市政府", key=KEY)["places"]} == {"stops", "depots", "hydrants"}


def test_a_release_that_is_gone_spoils_no_search(changing_town: Town) -> None:
    changing_town.features.drop("stops", 1)
    assert places(changing_town, "中區") == ["中區"]
    assert places(changing_town, "市政府") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120.68,24.14", (120.68, 24.14)),
        ("24.14, 120.68", (120.68, 24.14)),
        ("120.68 24.14", (120.68, 24.14)),
        ("（120.68，24.14）".replace("（", "(").replace("）", ")"), (120.68, 24.14)),
        # cs2cs EPSG:3826 EPSG:4326 of the first stop.
        ("217000,2673000", FIRST_STOP_DEGREES),
        ("2673000 217000", FIRST_STOP_DEGREES),
    ],
)
def test_typed_coordinates_are_a_place(town: Town, text: str, expected: tuple[float, float]) -> None:
    found = search(town, text)["places"]
    assert len(found) == 1
    assert found[0]["point"] == pytest.approx(expected, abs=1e-7)
    assert found[0]["layer"] is None


@pytest.mark.parametrize("text", ["1234567,1", "200,100", "120.68", "1,2,3", "a,b", "99999999999,1"])
def test_other_numbers_are_no_coordinates(town: Town, text: str) -> None:
    assert search(town, text)["places"] == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=100))
def test_no_text_breaks_the_search(town: Town, text: str) -> None:
    reply = town.get("/api/v1/search", q=text.encode("utf-8", "ignore").decode())
    assert reply.status == 200
