"""What the symbols of the style model look like, pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from layers.drawing import DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.render import Renderer
from tests.layers.pictures import FONTS, box, layer, line, point, request


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


def drawn(renderer: Renderer, *layers: DrawnLayer, **options: Any) -> np.ndarray[Any, Any]:
    return np.asarray(renderer.draw(request(*layers, background="#ffffff", **options)))[..., :3].astype(int)


def colour_at(picture: np.ndarray[Any, Any], x: int, y: int) -> tuple[int, ...]:
    """Return the colour of a pixel counted from the lower left."""
    return tuple(map(int, picture[picture.shape[0] - 1 - y, x]))


COLOURS = [
    ("255,0,0", (255, 0, 0)),
    (" 0, 128 ,255 ", (0, 128, 255)),
    ("#00fF10", (0, 255, 16)),
    ("red", (0x88, 0x88, 0x88)),
    ("1,2", (0x88, 0x88, 0x88)),
    ("", (0x88, 0x88, 0x88)),
    (None, (0x88, 0x88, 0x88)),
    (77, (0x88, 0x88, 0x88)),
]


def test_each_feature_brings_its_colour(renderer: Renderer) -> None:
    boxes = [box(10 * place, 0, 10 * place + 10, 100, COLOR1=given) for place, (given, _) in enumerate(COLOURS)]
    picture = drawn(renderer, layer(boxes, {"symbols": [{"fill": {"colour": {"field": "COLOR1"}}}]}))
    assert [colour_at(picture, 10 * place + 5, 50) for place in range(len(COLOURS))] == [seen for _, seen in COLOURS]


def test_a_colour_whose_field_is_missing_is_the_other_one(renderer: Renderer) -> None:
    fill = {"fill": {"colour": {"field": "COLOR1", "otherwise": "#0000ff"}}}
    picture = drawn(renderer, layer([box(0, 0, 100, 100, name="x")], {"symbols": [fill]}))
    assert colour_at(picture, 50, 50) == (0, 0, 255)


def widths(picture: np.ndarray[Any, Any], row: int) -> int:
    return int((picture[picture.shape[0] - 1 - row] != 255).any(axis=1).sum())


@pytest.mark.parametrize(
    ("value", "width"), [(64, 40), (16, 20), (4, 10), (640, 40), (0, 0), (-16, 0), (None, 0), ("many", 0)]
)
def test_areas_are_in_proportion_to_values(renderer: Renderer, value: Any, width: int) -> None:
    mark = {"mark": {"size": {"field": "people", "largest": 64, "size": 40}, "colour": "#000000"}}
    picture = drawn(renderer, layer([point(50, 50, people=value)], {"symbols": [mark]}))
    assert widths(picture, 50) == pytest.approx(width, abs=2)


@pytest.mark.parametrize(
    ("pattern", "across", "up"),
    # Lines 8 apart are 8 × √2 = 11.3 apart along the axes where they lean.
    [("horizontal", None, 8), ("vertical", 8, None), ("slash", 11, 11), ("backslash", 11, 11)],
)
def test_hatches_have_lines_as_far_apart_as_told(
    renderer: Renderer, pattern: str, across: int | None, up: int | None
) -> None:
    hatch = {"hatch": {"pattern": pattern, "colour": "#000000", "width": 1, "spacing": 8}}
    ink = 255 - drawn(renderer, layer([box(0, 0, 96, 96)], {"symbols": [hatch]}), size=(96, 96))[..., 0]

    def distances(strips: np.ndarray[Any, Any]) -> set[int | None]:
        starts = [np.flatnonzero(np.diff((strip > 100).astype(int)) == 1) for strip in strips]
        return {int(distance) for places in starts for distance in np.diff(places)} or {None}

    assert (distances(ink), distances(ink.T)) == ({across}, {up})


def test_slash_leans_like_its_sign(renderer: Renderer) -> None:
    hatch = {"hatch": {"pattern": "slash", "colour": "#000000", "width": 2, "spacing": 20}}
    ink = 255 - drawn(renderer, layer([box(0, 0, 100, 100)], {"symbols": [hatch]}))[..., 0]
    # Going up by one pixel, the same pattern is found one to the right.
    assert np.array_equal(ink[40, 10:60] > 100, ink[39, 11:61] > 100)


@pytest.mark.parametrize(
    "symbol",
    [
        *({"hatch": {"pattern": name, "spacing": 9}} for name in ("horizontal", "slash", "diagonal_cross", "dots")),
        {"heat": {"radius": 40}},
        {"heat": {"radius": 48, "weight": {"field": "people", "largest": 10}}},
        {"mark": {"size": {"field": "people", "largest": 10, "size": 200}, "opacity": 0.5}},
    ],
)
@pytest.mark.parametrize("scale_factor", [1, 2])
def test_two_halves_make_the_whole(renderer: Renderer, symbol: dict[str, Any], scale_factor: float) -> None:
    if "hatch" in symbol:
        features = [box(13, 17, 391, 180, people=3)]
    else:
        features = [point(17 + 41 * place % 370, 30 + 37 * place % 140, people=place) for place in range(20)]
    whole = request(layer(features, {"symbols": [symbol]}), size=(512, 256), scale_factor=scale_factor)
    middle = (whole.bbox.west + whole.bbox.east) / 2
    halves = (
        BoundingBox(whole.bbox.west, whole.bbox.south, middle, whole.bbox.north),
        BoundingBox(middle, whole.bbox.south, whole.bbox.east, whole.bbox.north),
    )
    parts = [
        renderer.draw(
            MapRequest(whole.layers, half, whole.crs, whole.width // 2, whole.height, scale_factor=scale_factor)
        )
        for half in halves
    ]
    together = Image.new("RGBA", (whole.width, whole.height))
    for place, part in enumerate(parts):
        together.paste(part, (place * whole.width // 2, 0))
    assert np.asarray(together).any()
    difference = np.asarray(together).astype(int) - np.asarray(renderer.draw(whole))
    # Shapes lie on 256ths of a pixel, counted from the edge of the picture.
    assert np.abs(difference).max() <= 3
    assert (difference != 0).mean() < 0.001


def test_heat_glows_where_many_are(renderer: Renderer) -> None:
    crowd = [point(30 + place % 3, 50 + place // 3) for place in range(9)]
    heat = {"heat": {"radius": 12, "ramp": ["#0000ff", "#ff0000"], "opacity": 1}}
    picture = drawn(renderer, layer([*crowd, point(80, 50)], {"symbols": [heat]}))
    red, _, blue = colour_at(picture, 31, 51)
    assert red > 200 > 60 > blue
    red, _, blue = colour_at(picture, 80, 50)
    assert blue > 150
    assert colour_at(picture, 55, 10) == (255, 255, 255)


def test_marks_stand_along_a_line_and_at_its_ends(renderer: Renderer) -> None:
    def columns(**options: Any) -> list[int]:
        mark = {"mark": {"shape": "bar", "size": 10, "colour": "#000000", **options}}
        picture = drawn(renderer, layer([line((10, 50), (90, 50))], {"symbols": [mark]}))
        dark = (picture[45:55, :, 0] < 128).any(axis=0).astype(int)
        return [int(place) for place in np.flatnonzero(np.diff(dark) == 1) + 1]

    assert len(columns(placement="line", spacing=20)) == 4
    (first,) = columns(placement="first")
    (last,) = columns(placement="last")
    assert (first, last) == (pytest.approx(9, abs=2), pytest.approx(89, abs=2))


def test_rotation_is_clockwise(renderer: Renderer) -> None:
    def middle(rotation: float) -> tuple[float, float]:
        mark = {"mark": {"shape": "triangle", "size": 40, "colour": "#000000", "rotation": rotation}}
        picture = drawn(renderer, layer([point(50, 50)], {"symbols": [mark]}))
        rows, columns = np.nonzero(picture[..., 0] < 128)
        return float(columns.mean()), float(rows.mean())

    # A triangle's weight lies at its base: below, and after a quarter of a turn to the left.
    assert middle(0)[1] > 51
    assert middle(90)[0] < 49


def ink_of(renderer: Renderer, features: list[dict[str, Any]], **text: Any) -> tuple[int, int, int, int]:
    """Return left, lower, right and upper end of what a label draws, in pixels from the lower left."""
    symbol = {"text": {"field": "name", "size": 14, "colour": "#000000", **text}}
    dark = drawn(renderer, layer(features, {"symbols": [symbol]}), size=(200, 100))[..., 0] < 128
    if not dark.any():
        return (0, 0, 0, 0)
    rows, columns = np.nonzero(dark)
    return int(columns.min()), 99 - int(rows.max()), int(columns.max()), 99 - int(rows.min())


@pytest.mark.parametrize(
    ("anchor", "right_of", "above"),
    [("left", True, None), ("right", False, None), ("bottom", None, True), ("top-right", False, False)],
)
def test_anchors_say_which_part_stands_on_the_point(
    renderer: Renderer, anchor: str, right_of: bool | None, above: bool | None
) -> None:
    left, lower, right, upper = ink_of(renderer, [point(100, 50, name="中正路")], anchor=anchor)
    if right_of is not None:
        assert (left >= 98) if right_of else (right <= 102)
    else:
        assert (left + right) / 2 == pytest.approx(100, abs=3)
    if above is not None:
        assert (lower >= 48) if above else (upper <= 52)
    else:
        assert (lower + upper) / 2 == pytest.approx(50, abs=4)


def test_text_stands_around_a_value_but_not_around_nothing(renderer: Renderer) -> None:
    around = {"before": "'$1' (", "after": ") 公尺"}
    plain = ink_of(renderer, [point(100, 50, name="12")])
    longer = ink_of(renderer, [point(100, 50, name="12")], **around)
    whole = ink_of(renderer, [point(100, 50, name="'$1' (12) 公尺")])
    assert longer[2] - longer[0] > plain[2] - plain[0] + 30
    assert longer == whole
    assert ink_of(renderer, [point(100, 50, name=None)], **around) == (0, 0, 0, 0)


def test_labels_along_a_line_are_turned_upright_unless_told(renderer: Renderer) -> None:
    backwards = [line((180, 50), (20, 50), name="7")]
    symbol = {"text": {"field": "name", "size": 30, "colour": "#000000", "placement": "line"}}

    def weight_of_the_upper_half(**options: Any) -> float:
        rules = {"symbols": [{"text": {**symbol["text"], **options}}]}
        dark = drawn(renderer, layer(backwards, rules), size=(200, 100))[..., 0] < 128
        rows, _ = np.nonzero(dark)
        middle = (rows.min() + rows.max()) / 2
        return float((rows < middle).mean())

    # The stroke of a 7 lies at its upper end.
    assert weight_of_the_upper_half() > 0.55
    assert weight_of_the_upper_half(upright=False) < 0.45
