"""Legends, by their entries and the colours in their pictures."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from layers.render import Renderer
from layers.render.legend import legend_entries, legend_image
from layers.schema import GeometryType
from layers.styles.document import parse_style
from layers.styles.icons import NAMES
from layers.text import Text
from tests.layers.pictures import FONTS


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


def pixels(content: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(BytesIO(content)).convert("RGBA"))


def share(content: bytes, colour: tuple[int, int, int]) -> float:
    return float((pixels(content)[..., :3] == np.array(colour)).all(axis=2).mean())


ROADS = parse_style(
    {
        "rules": [
            {"name": "casing", "filter": "class = 'main'", "symbols": [{"line": {"colour": "#ff0000", "width": 30}}]},
            {
                "name": "main",
                "title": {"zh": "主要道路", "en": "Main road"},
                "filter": "class = 'main'",
                "zoom": [3, 9],
                "level": 1,
                "symbols": [{"line": {"colour": "#0000ff", "width": {5: 1, 9: 20}}}],
            },
            {"name": "street", "title": "街道", "symbols": [{"line": {"colour": "#00ff00", "width": 2}}]},
            {"name": "names", "symbols": [{"text": {"field": "name"}}]},
        ]
    }
)


def test_has_an_entry_for_each_titled_rule(renderer: Renderer) -> None:
    main, street = legend_entries(renderer, ROADS, GeometryType.MULTILINESTRING, "en")
    assert (main.name, main.title) == ("main", Text("主要道路", "Main road"))
    assert (street.name, street.title) == ("street", Text("街道"))
    assert pixels(main.image).shape == (36, 56, 4)
    # The casing belongs to the main road although it has no title, and shows although both lines are too wide.
    assert share(main.image, (0, 0, 255)) > 0.15
    assert share(main.image, (255, 0, 0)) > 0.05
    assert share(street.image, (0, 255, 0)) > 0.05
    assert share(street.image, (255, 0, 0)) == 0


def test_a_style_without_titles_has_one_entry(renderer: Renderer) -> None:
    style = parse_style({"rules": [{"name": "a", "symbols": [{"fill": {"colour": "#0000ff"}}]}]})
    (entry,) = legend_entries(renderer, style, GeometryType.POLYGON, "zh-TW")
    assert entry.title.in_language("en") == "All features"
    assert share(entry.image, (0, 0, 255)) == pytest.approx(24 * 14 / (28 * 18), abs=0.05)


@pytest.mark.parametrize("geometry_type", [GeometryType.POLYGON, GeometryType.LINESTRING, GeometryType.POINT])
def test_lines_are_shown_on_the_geometry_of_the_layer(renderer: Renderer, geometry_type: GeometryType) -> None:
    style = parse_style({"rules": [{"name": "a", "symbols": [{"line": {"colour": "#0000ff", "width": 2}}]}]})
    (entry,) = legend_entries(renderer, style, geometry_type, "en")
    blue = (pixels(entry.image)[..., 2] == 255) & (pixels(entry.image)[..., 3] > 200)
    rows = int(blue.any(axis=1).sum())
    # Around a polygon, along a line; a point has no line.
    assert {GeometryType.POLYGON: rows > 20, GeometryType.LINESTRING: 3 <= rows <= 6, GeometryType.POINT: rows == 0}[
        geometry_type
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_shows(renderer: Renderer, name: str) -> None:
    symbols = [{"icon": {"name": name, "size": 40, "colour": "#0000ff"}}, {"text": {"field": "name"}}]
    (entry,) = legend_entries(renderer, parse_style({"rules": [{"name": "a", "symbols": symbols}]}), None, "en")
    assert share(entry.image, (0, 0, 255)) > 0.1
    # Nothing is cut off at the edge.
    alpha = pixels(entry.image)[..., 3]
    assert not alpha[:, [0, -1]].any()


def test_labels_are_shown_by_a_sample(renderer: Renderer) -> None:
    style = parse_style({"rules": [{"name": "a", "symbols": [{"text": {"field": "名稱", "colour": "#0000ff"}}]}]})
    (entry,) = legend_entries(renderer, style, GeometryType.POLYGON, "en")
    assert share(entry.image, (0, 0, 255)) > 0.01


def test_a_ramp_has_an_entry_for_each_stop_of_not_too_many(renderer: Renderer) -> None:
    def ramp(count: int) -> Any:
        stops = [[100 * index, f"#{index:02x}00ff"] for index in range(count)]
        return parse_style({"rules": [{"name": "height", "symbols": [{"raster": {"ramp": stops}}]}]})

    few = legend_entries(renderer, ramp(3), None, "en")
    assert [(entry.name, entry.title.zh) for entry in few] == [
        ("height-0", "0"),
        ("height-100", "100"),
        ("height-200", "200"),
    ]
    assert share(few[2].image, (2, 0, 255)) > 0.5
    many = legend_entries(renderer, ramp(40), None, "en")
    assert (len(many), many[0].title.zh, many[-1].title.zh) == (7, "0", "3900")


@pytest.mark.parametrize("scale", [1, 2])
def test_a_ramp_is_one_bar_with_its_numbers_beside(renderer: Renderer, scale: int) -> None:
    def drawn(mode: str) -> np.ndarray[Any, Any]:
        raster = {"ramp": [[0, "#ff0000"], [10, "#00ff00"], [1000, "#0000ff"]], "mode": mode}
        style = parse_style({"rules": [{"name": "height", "symbols": [{"raster": raster}]}]})
        return pixels(legend_image(renderer, style, None, Text("高程"), "zh-TW", scale))[..., :3].astype(int)

    flowing, classes = drawn("linear"), drawn("discrete")
    # The size that capabilities tell is the same.
    assert flowing.shape == classes.shape
    # Swatches begin 8 pixels from the left, 24 apart from another; the heading stands in the first line.
    middles = [round((8 + 24 * row + 9) * scale) for row in (1, 2, 3)]
    column = flowing[:, 22 * scale]
    for middle, colour in zip(middles, ((255, 0, 0), (0, 255, 0), (0, 0, 255)), strict=True):
        assert np.abs(column[middle] - colour).max() <= 12
        # A tick, between the bar and its number.
        assert flowing[middle - scale : middle + scale, 36 * scale].min() < 80
    # Half-way between two lines stands the colour of the value between them.
    assert np.abs(column[(middles[0] + middles[1]) // 2] - (127, 127, 0)).max() <= 12
    assert np.abs(classes[(middles[0] + middles[1]) // 2, 22 * scale] - 255).max() == 0


def test_a_bar_passes_through_stops_that_have_no_number(renderer: Renderer) -> None:
    stops = [[100 * index, "#ff0000" if index == 3 else "#ffffff"] for index in range(40)]
    style = parse_style({"rules": [{"name": "height", "symbols": [{"raster": {"ramp": stops}}]}]})
    column = pixels(legend_image(renderer, style, None, None, "en", 4))[:, 22 * 4, :3]
    assert column[:, 1].min() < 80


def test_a_relief_without_colours_is_shown_by_hills_lit_from_the_north_west(renderer: Renderer) -> None:
    def hills(relief: float) -> np.ndarray[Any, Any]:
        style = parse_style({"rules": [{"name": "h", "symbols": [{"raster": {"relief": relief}}]}]})
        (entry,) = legend_entries(renderer, style, None, "en")
        shown = pixels(entry.image)
        assert shown.shape == (36, 56, 4)
        inner = shown[6:-6, 6:-6, :3].astype(int)
        assert (np.ptp(inner, axis=2) == 0).all()
        return inner[..., 0]

    strong, soft = hills(1), hills(0.5)
    # The larger hill stands 20 pixels from the left and 18 from the top; 6 of both are cut off here.
    assert strong[6:9, 8:11].min() > strong[15:18, 16:18].max() + 60
    assert np.ptp(soft) == pytest.approx(np.ptp(strong) / 2, abs=3)
    coloured = {"relief": 0.5, "ramp": [[0, "#ff0000"], [9, "#0000ff"]]}
    style = parse_style({"rules": [{"name": "h", "symbols": [{"raster": coloured}]}]})
    assert share(legend_entries(renderer, style, None, "en")[0].image, (255, 0, 0)) > 0.5


def test_a_ramp_is_worded_as_its_classes_are(renderer: Renderer) -> None:
    raster = {"ramp": [[0, "#ccccff"], [0.5, "#0000ff"]], "mode": "discrete", "labels": ["淺於 0.5 公尺"]}
    style = parse_style({"rules": [{"name": "flood", "symbols": [{"raster": raster}]}]})
    shallow, deep = legend_entries(renderer, style, None, "zh-TW")
    assert (shallow.title.zh, deep.title.zh) == ("淺於 0.5 公尺", "0.5")


def test_sizes_by_value_are_shown_at_three_values(renderer: Renderer) -> None:
    mark = {"mark": {"size": {"field": "people", "largest": 48000, "size": 60}, "colour": "#0000ff"}}
    style = parse_style({"rules": [{"name": "a", "title": {"zh": "人口", "en": "People"}, "symbols": [mark]}]})
    entries = legend_entries(renderer, style, GeometryType.POLYGON, "en")
    assert [entry.title.in_language("en") for entry in entries] == ["People 48,000", "People 12,000", "People 3,000"]
    areas = [share(entry.image, (0, 0, 255)) for entry in entries]
    assert areas[0] / areas[1] == pytest.approx(4, rel=0.2)
    assert areas[1] / areas[2] == pytest.approx(4, rel=0.4)


def test_heat_goes_from_few_to_many(renderer: Renderer) -> None:
    heat = {"heat": {"ramp": ["#0000ff", "#00ff00", "#ff0000"], "opacity": 1}}
    style = parse_style({"rules": [{"name": "a", "symbols": [heat]}]})
    few, some, many = legend_entries(renderer, style, GeometryType.POINT, "en")
    assert [entry.title.in_language("en") for entry in (few, some, many)] == ["few", "some", "many"]
    assert [entry.title.zh for entry in (few, some, many)] == ["少", "中", "多"]
    assert share(few.image, (0, 0, 255)) > 0.5
    assert share(many.image, (255, 0, 0)) > 0.5


@pytest.mark.parametrize(
    "symbol",
    [
        {"hatch": {"pattern": "slash", "colour": "#0000ff", "width": 3, "spacing": 6}},
        {"fill": {"colour": {"field": "COLOR1", "otherwise": "#0000ff"}}},
        {"mark": {"shape": "bar", "placement": "line", "spacing": 100, "size": 12, "colour": "#0000ff"}},
    ],
)
def test_hatches_colours_of_features_and_marks_along_lines_show(renderer: Renderer, symbol: Any) -> None:
    style = parse_style({"rules": [{"name": "a", "symbols": [symbol]}]})
    (entry,) = legend_entries(renderer, style, GeometryType.POLYGON, "en")
    assert share(entry.image, (0, 0, 255)) > 0.02


def test_the_image_grows_with_entries_titles_and_scale(renderer: Renderer) -> None:
    def drawn(title: Text | None, scale_factor: float = 1) -> tuple[int, int]:
        image = legend_image(renderer, ROADS, GeometryType.LINESTRING, title, "en", scale_factor)
        assert share(image, (0, 0, 255)) > 0
        assert share(image, (255, 255, 255)) > 0.4
        return Image.open(BytesIO(image)).size

    plain, titled, double = drawn(None), drawn(Text("道路", "Roads of all classes and kinds")), drawn(None, 2)
    assert titled[1] > plain[1]
    assert titled[0] > plain[0]
    assert double == pytest.approx((plain[0] * 2, plain[1] * 2), abs=4)
    assert legend_image(renderer, ROADS, GeometryType.LINESTRING, None, "en") == legend_image(
        renderer, ROADS, GeometryType.LINESTRING, None, "en"
    )
