"""A click on the map."""

from __future__ import annotations

import json
import math

import pytest
import shapely

from tests.server.ogc_fixtures import FIRST_STOP_DEGREES, KEY, Town

LON, LAT = FIRST_STOP_DEGREES
HOLE = (120.6880, 24.1647)
"""In the hole of the eastern district: cs2cs EPSG:3826 EPSG:4326 of 218300 2673300."""


def identify(town: Town, lon: float, lat: float, zoom: float, layers: str, **query: object) -> dict[str, list[dict]]:
    reply = town.get("/api/v1/identify", lon=lon, lat=lat, zoom=zoom, layers=layers, **query)
    assert reply.status == 200, reply.text
    return {result["layer"]: result["features"] for result in reply.json["results"]}


def test_a_point_is_found_where_its_sign_is(town: Town) -> None:
    # The ground size of a pixel of WebMercatorQuad at zoom 18, at this latitude.
    pixel = 156543.03392804097 / 2**18 * math.cos(math.radians(LAT))
    for pixels, hit in ((0, True), (11.5, True), (12.5, False)):
        east = LON + pixels * pixel / (111_319.49 * math.cos(math.radians(LAT)))
        assert ("stops" in identify(town, east, LAT, 18, "stops")) is hit, pixels


def test_the_nearest_comes_first_and_no_more_than_ten(town: Town) -> None:
    ids = [feature["id"] for feature in identify(town, LON, LAT, 8, "stops")["stops"]]
    assert ids == [f"S{number:02}" for number in range(10)]


def test_areas_are_found_inside_and_not_in_their_holes(town: Town) -> None:
    assert [feature["title"] for feature in identify(town, LON + 0.005, LAT, 18, "districts")["districts"]] == ["中區"]
    assert identify(town, *HOLE, 20, "districts") == {}


def test_a_feature_says_what_the_site_shows(town: Town) -> None:
    (feature,) = identify(town, LON, LAT, 18, "stops")["stops"]
    assert (feature["type"], feature["id"], feature["title"]) == ("Feature", "S00", "市政府")
    assert feature["geometry"] == {"type": "Point", "coordinates": [LON, LAT]}
    assert feature["properties"]["sheltered"] is True
    assert feature["fields"][2] == {
        "name": "routes",
        "alias": {"zh": "路線數", "en": "Routes"},
        "value": 0,
        "unit": "條",
    }
    assert feature["fields"][5]["value"] == "2020-01-01"


def test_outlines_are_true_to_a_pixel(town: Town) -> None:
    (feature,) = identify(town, LON - 0.005, LAT, 12, "districts")["districts"]
    shown = shapely.from_geojson(json.dumps(feature["geometry"]))
    items = town.get("/ogc/collections/districts/items/1").json
    exact = shapely.from_geojson(json.dumps(items["geometry"]))
    degrees_per_pixel = 360 / 256 / 2**12
    assert shapely.hausdorff_distance(shown, exact) < degrees_per_pixel


def test_several_layers_answer_in_the_order_asked(town: Town) -> None:
    found = identify(town, LON, LAT, 18, "heights,stops,districts")
    assert list(found) == ["heights", "stops", "districts"]
    # Where two districts meet, both are here.
    assert {feature["title"] for feature in found["districts"]} == {"西區 <b>&", "中區"}


@pytest.mark.parametrize(("place", "value"), [((120.2, 24.2), 10.0), ((120.7, 24.2), 20.0), ((120.2, 23.7), 30.0)])
def test_a_raster_answers_with_its_value(town: Town, place: tuple[float, float], value: float) -> None:
    (feature,) = identify(town, *place, 12, "heights")["heights"]
    assert feature["fields"] == [
        {"name": "band_1", "alias": {"zh": "波段 1", "en": "Band 1"}, "value": value, "unit": None}
    ]


def test_a_raster_without_a_value_here_is_left_out(town: Town) -> None:
    assert identify(town, 120.7, 23.7, 12, "heights") == {}
    assert identify(town, 10, 10, 12, "heights,stops") == {}


def test_what_may_not_be_seen_is_not_here(town: Town) -> None:
    assert identify(town, LON, LAT, 18, "hydrants,depots,nothing") == {}
    assert set(identify(town, LON, LAT, 18, "hydrants,depots,nothing", key=KEY)) == {"hydrants", "depots"}


def test_a_click_inside_an_area_does_not_mean_its_neighbour(town: Town) -> None:
    # The two districts meet at easting 217 000; some 2 pixels east of it at zoom 14: cs2cs EPSG:3826 EPSG:4326.
    (feature,) = identify(town, 120.67544, 24.16198, 14, "districts")["districts"]
    assert feature["title"] == "中區"
