"""The MapProxy configuration against the golden file."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.server.map_city import City
from tilecache.config import TilecacheConfig
from tilecache.configuration import mapproxy_configuration
from tilecache.drawing import Drawable

GOLDEN = Path(__file__).parent / "golden" / "mapproxy.yml"


def records(city: City) -> list[Drawable]:
    return [*(city.snapshot.layers[name] for name in ("districts", "roads", "height")), city.snapshot.basemaps["base"]]


def test_configuration_is_the_golden_one(city: City) -> None:
    document = mapproxy_configuration(records(city), TilecacheConfig(max_zoom=3), Path("/data/tiles"))
    assert document == yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))


def test_a_pure_function_gives_a_fresh_document_each_time(city: City) -> None:
    first = mapproxy_configuration(records(city), TilecacheConfig(), Path("/tiles"))
    first["sources"].clear()
    assert mapproxy_configuration(records(city), TilecacheConfig(), Path("/tiles"))["sources"]
