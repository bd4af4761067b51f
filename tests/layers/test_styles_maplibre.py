"""MapLibre layers of a style, judged by the style specification's own validator and expressions."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from layers.errors import InvalidFilter
from layers.styles.document import parse_style
from layers.styles.expressions import compiled
from layers.styles.maplibre import MapLibreLayers, write_maplibre
from tests.layers.pictures import ROOT
from tests.layers.test_styles_filters import mapnik_says

SITE = ROOT / "server/site"


def specification(styles: list[Any], filters: list[dict[str, Any]]) -> dict[str, Any]:
    """Ask the specification's code."""
    script = Path(__file__).with_name("validate_style.mjs")
    asked = json.dumps({"styles": styles, "filters": filters})
    answer = subprocess.run(
        ["node", script, SITE], input=asked, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    found: dict[str, Any] = json.loads(answer)
    return found


def written(*rules: dict[str, Any]) -> MapLibreLayers:
    named = [{"name": f"r{index}", **rule} for index, rule in enumerate(rules)]
    return write_maplibre(parse_style({"rules": named}), "city", "roads")


EVERYTHING: list[dict[str, Any]] = [
    {"filter": "class = 'a' AND lanes > 2", "symbols": [{"fill": {"colour": "#ffeeaa", "outline": "#333333"}}]},
    {"symbols": [{"fill": {"colour": {"field": "COLOR1"}, "opacity": {8: 0.2, 14: 1}}}], "zoom": [3, 18]},
    {"symbols": [{"hatch": {"pattern": "slash"}}], "geometry": "polygon"},
    {"symbols": [{"line": {"colour": "#aabbcc80", "width": {8: 1, 14: 6}, "dash": [4, 2, 1], "offset": 3}}]},
    {"otherwise": True, "symbols": [{"line": {"colour": "#aabbcc", "cap": "butt", "join": "miter"}}]},
    {"symbols": [{"mark": {"outline": "#ffffff"}}, {"mark": {"shape": "star", "rotation": 30, "outline": "#fff"}}]},
    {
        "symbols": [
            {"mark": {"size": {"field": "people", "largest": 500}}},
            {"mark": {"shape": "bar", "placement": "line"}},
        ]
    },
    {"symbols": [{"mark": {"shape": "arrow", "placement": "last"}}]},
    {
        "symbols": [{"icon": {"name": "bus", "size": {10: 8, 16: 20}}}, {"text": {"field": "name"}}],
        "filter": "n IS NULL",
    },
    {"symbols": [{"text": {"field": "name", "before": "No. ", "halo": "#ffffff", "wrap": 90, "rotation": 20}}]},
    {"symbols": [{"text": {"field": "路名", "placement": "line", "spacing": 300, "offset": [0, 8], "upright": False}}]},
    {"symbols": [{"heat": {"weight": {"field": "people", "largest": 9}}}]},
]


def test_the_specification_accepts_everything() -> None:
    found = written(*EVERYTHING)
    style = {
        "version": 8,
        "glyphs": "https://example.org/{fontstack}/{range}.pbf",
        "sprite": "https://example.org/sprite",
        "sources": {"city": {"type": "vector", "url": "https://example.org/tiles.json"}},
        "layers": list(found.layers),
    }
    broken = {**style, "layers": [{**found.layers[0], "paint": {"fill-colour": "#ffffff"}}]}
    good, bad = specification([style, broken], [])["problems"]
    assert good == []
    assert "fill-colour" in bad[0]
    assert len({layer["id"] for layer in found.layers}) == len(found.layers)
    assert {layer["source-layer"] for layer in found.layers} == {"roads"}


def test_sprites_are_told_with_what_they_show() -> None:
    found = written(*EVERYTHING)
    assert set(found.sprites) == {
        "hatch-slash-8-1-555555",
        "mark-star-8-d03030-ffffff-1",
        "mark-bar-8-d03030",
        "mark-arrow-8-d03030",
        "icon-bus-20-555555",
    }
    assert not any(sprite.is_field for sprite in found.sprites.values())


def test_clients_colour_what_attributes_colour() -> None:
    coloured = {"colour": {"field": "COLOR1"}}
    found = written({"symbols": [{"mark": {"shape": "star", **coloured}}, {"icon": {"name": "bus", **coloured}}]})
    assert {name: sprite.is_field for name, sprite in found.sprites.items()} == {"mark-star": True, "icon-bus": True}
    assert all("icon-color" in layer["paint"] for layer in found.layers)


def test_circles_are_as_large_as_in_pictures_outline_included() -> None:
    (layer,) = written({"symbols": [{"mark": {"size": 10, "outline": "#ffffff", "outline_width": 2}}]}).layers
    assert layer["paint"]["circle-radius"] + layer["paint"]["circle-stroke-width"] == 10 / 2 + 2 / 2


def test_a_circle_stands_inside_of_an_area_and_not_on_its_corners() -> None:
    style = parse_style({"rules": [{"name": "r", "symbols": [{"mark": {}}]}]})
    (layer,) = write_maplibre(style, "city", "areas", dimension="polygon").layers
    assert layer["type"] == "symbol"


def test_what_clients_draw_otherwise_is_told() -> None:
    raster = {"symbols": [{"raster": {}}]}
    pattern = {"symbols": [{"line": {"colour": "#aabbcc"}}], "filter": "name LIKE 'a%b'"}
    found = written(*EVERYTHING, raster, pattern)
    assert {finding.code for finding in found.findings} == {
        "style_maplibre_ends",
        "style_maplibre_heat",
        "style_maplibre_raster",
        "style_maplibre_rule",
    }
    assert not any(layer["id"].startswith(("roads-r12", "roads-r13")) for layer in found.layers)


def test_zooms_are_one_less_as_tiles_are_twice_as_large() -> None:
    (layer,) = written({"symbols": [{"line": {"colour": "#aabbcc", "width": {10: 2, 12: 4}}}], "zoom": [10, 12]}).layers
    assert (layer["minzoom"], layer["maxzoom"]) == (8.5, 11.5)
    assert layer["paint"]["line-width"] == ["interpolate", ["exponential", 1.5], ["zoom"], 9, 2, 11, 4]


def test_dashes_are_as_long_at_each_zoom_as_in_pictures() -> None:
    (layer,) = written({"symbols": [{"line": {"colour": "#aabbcc", "width": {10: 2, 12: 8}, "dash": [8, 4]}}]}).layers
    # Counted in widths of the line: 2, 4.4 (a base of 1.5 between the stops), 8 pixels.
    assert layer["paint"]["line-dasharray"] == [
        "step", ["zoom"], ["literal", [4, 2]], 9.5, ["literal", [1.8182, 0.9091]], 10.5, ["literal", [1, 0.5]]
    ]  # fmt: skip


LABELLED = parse_style(
    {"rules": [{"name": "r", "symbols": [{"fill": {"colour": "#112233"}}, {"text": {"field": "a"}}]}]}
)


def test_what_stands_on_areas_stands_on_their_points() -> None:
    found = write_maplibre(LABELLED, "c", "a", dimension="polygon", points="a.labels")
    assert [(layer["type"], layer["source-layer"]) for layer in found.layers] == [("fill", "a"), ("symbol", "a.labels")]
    # What is asked of areas is not asked of points.
    assert "filter" not in found.layers[1]
    assert found.findings == ()


def test_of_several_kinds_of_features_the_areas_alone_have_points() -> None:
    style = parse_style({"rules": [{"name": "r", "symbols": [{"text": {"field": "a"}}], "filter": "a IS NOT NULL"}]})
    others, areas = write_maplibre(style, "c", "a", points="a.labels").layers
    assert (others["source-layer"], areas["source-layer"]) == ("a", "a.labels")
    assert ["!=", ["geometry-type"], "Polygon"] in others["filter"]
    assert "geometry-type" not in json.dumps(areas["filter"])
    alone = parse_style({"rules": [{"name": "r", "symbols": [{"text": {"field": "a"}}], "geometry": "polygon"}]})
    assert [layer["source-layer"] for layer in write_maplibre(alone, "c", "a", points="a.labels").layers] == [
        "a.labels"
    ]


def test_labels_of_areas_without_points_are_told_to_repeat() -> None:
    assert [finding.code for finding in write_maplibre(LABELLED, "c", "a", dimension="polygon").findings] == [
        "style_maplibre_areas"
    ]
    assert write_maplibre(LABELLED, "c", "a", dimension="point").findings == ()


def test_shapes_come_first_and_important_labels_last() -> None:
    found = written(
        {"symbols": [{"text": {"field": "a", "priority": 9}}, {"line": {"colour": "#000000"}}], "level": 1},
        {"symbols": [{"text": {"field": "b", "priority": 2}}, {"line": {"colour": "#ffffff"}}]},
    )
    assert [layer["id"] for layer in found.layers] == ["roads-r1-1", "roads-r0-1", "roads-r1-0", "roads-r0-0"]


ROWS: list[dict[str, Any]] = [
    {"class": "freeway", "lanes": 4, "name": "中山高速公路"},
    {"class": "Street", "lanes": 1, "name": "中山路"},
    {"class": None, "lanes": None, "name": None},
    {"class": "11", "lanes": 11, "name": ""},
]
FILTERS = [
    "class = 'freeway'",
    "class <> 'freeway'",
    "NOT (class = 'freeway' OR lanes > 9)",
    "lanes BETWEEN 1 AND 4",
    "lanes NOT BETWEEN 1 AND 4",
    "lanes NOT IN (1, 11)",
    "class = 11 OR class = '11'",
    "lanes * 2 + 1 >= 9",
    "name IS NULL",
    "name IS NOT NULL AND lanes < 4",
    "name LIKE '中山%'",
    "name LIKE '%路'",
    "name NOT LIKE '%高速%'",
    "CASEI(class) = 'STREET'",
    "CASEI(class) = CASEI('STREET')",
    "CASEI(class) LIKE CASEI('Str%')",
    "CASEI(class) LIKE 'str%'",
]


def test_filters_hold_in_clients_as_they_hold_in_pictures() -> None:
    pairs = [(filter_, row) for filter_ in FILTERS for row in ROWS]
    # Tiles leave out what has no value.
    asked = [
        {
            "filter": compiled(filter_),
            "properties": {name: value for name, value in row.items() if value is not None},
            "zoom": 10,
        }
        for filter_, row in pairs
    ]
    held = specification([], asked)["held"]
    assert held == [mapnik_says(filter_, row) for filter_, row in pairs]
    assert {True, False} == set(held)


def test_otherwise_is_what_no_other_rule_draws() -> None:
    found = written(
        {"filter": "class = 'freeway'", "symbols": [{"line": {"colour": "#000000"}}], "zoom": [12, None]},
        {"filter": "class = 'Street'", "symbols": [{"line": {"colour": "#000000"}}]},
        {"symbols": [{"text": {"field": "name"}}]},
        {"otherwise": True, "symbols": [{"line": {"colour": "#ffffff"}}]},
    )
    (filter_,) = [layer["filter"] for layer in found.layers if layer["id"] == "roads-r3-0"]
    asked = [{"filter": filter_, "properties": row, "zoom": zoom} for zoom in (9, 14) for row in ROWS]
    assert specification([], asked)["held"] == [True, False, True, True, False, False, True, True]


@pytest.mark.parametrize("filter_", ["name LIKE 'a%b'", "name LIKE '_a'", "ACCENTI(name) = 'a'", "lanes div 2 = 1"])
def test_refuses_what_clients_cannot_decide(filter_: str) -> None:
    with pytest.raises(InvalidFilter):
        compiled(filter_)
