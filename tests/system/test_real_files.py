"""Real Taiwanese files through the front door and out of every service."""

from __future__ import annotations

import io
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.conftest import free_port, serving, tuzi, write_configuration

MANIFEST = Path(__file__).parent / "taiwan.yml"
ENTRIES: list[dict[str, Any]] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["layers"]

pytestmark = [pytest.mark.data, pytest.mark.slow]


@dataclass(frozen=True)
class Platform:
    url: str
    catalogue: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def platform(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("taiwan")
    document = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    for entry in document["layers"]:
        entry["file"] = str(real_data / entry["file"])
    manifest = folder / "manifest.yml"
    manifest.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    config = write_configuration(folder)
    done = tuzi(config, "onboard", str(manifest))
    assert done.returncode == 0, done.stdout + done.stderr
    with serving(config, free_port()) as url:
        layers = {layer["id"]: layer for layer in get_json(f"{url}/api/v1/catalogue")["layers"]}
        yield Platform(url, layers)


def get(url: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.headers["Content-Type"], response.read()


def get_json(url: str) -> Any:
    return json.loads(get(url)[1])


def is_drawn(body: bytes) -> bool:
    """Tell whether a picture shows anything: some pixel differs from another."""
    extrema = Image.open(io.BytesIO(body)).convert("RGBA").getextrema()
    return any(low != high for low, high in extrema)


def test_all_geographic_files_are_layers(platform: Platform) -> None:
    assert len(platform.catalogue) == len(ENTRIES) >= 35


COUNTS = {
    "counties": 22, "hsinchu-villages": 316, "taipei-villages": 456, "tainan-villages": 752, "taichung-villages": 625,
    "basecode-central": 119, "basecode-xitun": 993, "zoning-fengyuan": 1041, "zoning-wuri": 451, "zoning-lishan": 13,
    "industrial-areas": 88, "zoning-drawing": 13, "buildings": 1190, "roads-miaoli": 5152, "bus-routes": 238,
    "bus-stops": 1493, "accidents": 10813, "sugar-railway": 25, "landmarks": 3827, "schools": 4324,
    "convenience-stores": 11368, "shelters": 492, "scenic-spots": 94, "pharmacies": 5861, "weather-stations": 874,
    "youbike": 141, "ibike": 214, "flood-potential": 5, "debris-flow": 48, "rivers": 91, "typhoon": 20, "peaks": 100,
    "countries": 177, "populated-places": 1249,
}  # fmt: skip
"""Rows that the collection's own description states."""


def test_no_row_is_lost(platform: Platform) -> None:
    counts = {id_: layer["feature_count"] for id_, layer in platform.catalogue.items()}
    assert {id_: counts[id_] for id_ in COUNTS} == COUNTS


@pytest.mark.parametrize("id_", [entry["id"] for entry in ENTRIES])
def test_wms_draws_it(platform: Platform, id_: str) -> None:
    west, south, east, north = platform.catalogue[id_]["extent"]
    query = urllib.parse.urlencode(
        {
            "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": id_, "STYLES": "", "CRS": "EPSG:4326",
            "BBOX": f"{max(south, -85)},{west},{min(north, 85)},{east}", "WIDTH": 400, "HEIGHT": 400,
            "FORMAT": "image/png", "TRANSPARENT": "TRUE",
        }
    )  # fmt: skip
    kind, body = get(f"{platform.url}/wms?{query}")
    assert kind == "image/png", body[:500]
    assert is_drawn(body)


@pytest.mark.parametrize("id_", [entry["id"] for entry in ENTRIES])
def test_wmts_draws_it(platform: Platform, id_: str) -> None:
    kind, body = get(f"{platform.url}/wmts/{id_}/default/WorldCRS84Quad/0/0/{1 if id_ != 'countries' else 0}.png")
    assert kind == "image/png"
    assert Image.open(io.BytesIO(body)).size == (256, 256)


@pytest.mark.parametrize("id_", [entry["id"] for entry in ENTRIES if entry["id"] != "dem"])
def test_ogc_api_features_gives_it(platform: Platform, id_: str) -> None:
    page = get_json(f"{platform.url}/ogc/collections/{id_}/items?limit=5")
    assert page["numberMatched"] == platform.catalogue[id_]["feature_count"]
    assert page["numberReturned"] == len(page["features"]) == min(5, page["numberMatched"])
    west, south, east, north = platform.catalogue[id_]["extent"]
    box = f"{west},{south},{east},{north}"
    assert get_json(f"{platform.url}/ogc/collections/{id_}/items?limit=1&bbox={box}")["numberMatched"] > 0


@pytest.mark.parametrize(
    ("id_", "value"),
    [("tainan-villages", "安平區"), ("schools", "國小"), ("convenience-stores", "三重區"), ("counties", "臺中市")],
)
def test_chinese_names_are_readable(platform: Platform, id_: str, value: str) -> None:
    text = get(f"{platform.url}/ogc/collections/{id_}/items?limit=1000")[1].decode("utf-8")
    assert "\ufffd" not in text
    assert value in text


def test_weather_stations_stand_where_wgs84_says_and_not_twd67(platform: Platform) -> None:
    """臺中 station of the Central Weather Administration: 120.6839 E, 24.1457 N by its own register."""
    page = get_json(f"{platform.url}/ogc/collections/weather-stations/items?limit=1000")
    station = next(
        feature for feature in page["features"] if "臺中" in feature["properties"].values() and feature["geometry"]
    )
    x, y = station["geometry"]["coordinates"][:2]
    assert abs(x - 120.6839) < 0.002
    assert abs(y - 24.1457) < 0.002
