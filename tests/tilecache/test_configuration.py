"""The MapProxy configuration against the golden file, and through MapProxy itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml
from lxml import etree

from layers.text import Text
from server.mapproxy import wms_capabilities
from tests.server.map_city import City
from tilecache.config import TilecacheConfig
from tilecache.configuration import Content, ServiceDescription, mapproxy_configuration

GOLDEN = Path(__file__).parent / "golden" / "mapproxy.yml"
SERVICE = ServiceDescription(
    Text("臺中市圖資平臺", "Taichung Map Data Platform"), Text("圖資服務", "Maps"), "gis@example.org"
)


def content(city: City) -> Content:
    layers = [city.snapshot.layers[name] for name in ("districts", "roads", "height")]
    return Content(layers, [*city.snapshot.basemaps.values()], SERVICE, base_url="http://maps.example")


def test_configuration_is_the_golden_one(city: City) -> None:
    document = mapproxy_configuration(content(city), TilecacheConfig(max_zoom=3), Path("/data/tiles"))
    assert document == yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))


def test_a_pure_function_gives_a_fresh_document_each_time(city: City) -> None:
    first = mapproxy_configuration(content(city), TilecacheConfig(), Path("/tiles"))
    first["layers"].clear()
    assert mapproxy_configuration(content(city), TilecacheConfig(), Path("/tiles"))["layers"]


def test_an_empty_catalogue_has_capabilities_without_layers(city: City) -> None:
    body = wms_capabilities(Content([], [], SERVICE), "/wms", city.options)
    document = etree.fromstring(body)
    assert not document.xpath("//*[local-name()='Layer']/*[local-name()='Name']")
    assert document.xpath("//*[local-name()='Layer']")


def test_text_that_would_break_the_document_stays_text(city: City) -> None:
    title = 'Rivers & <lakes> "2026"\x00\x0b'
    layer = replace(
        city.snapshot.layers["roads"],
        title=Text(title),
        abstract=Text("a ]]> b & c"),
        keywords=("<k>",),
        attribution=Text("A & B"),
        licence="L < M",
    )
    body = wms_capabilities(Content([layer], [], SERVICE), "/wms", city.options)
    document = etree.fromstring(body)
    titles = document.xpath("//*[local-name()='Layer']/*[local-name()='Title']/text()")
    assert 'Rivers & <lakes> "2026"' in titles
