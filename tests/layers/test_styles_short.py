"""The short form of styles, and where classes begin."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InvalidStyle
from layers.styles.classification import METHODS, breaks_of
from layers.styles.document import parse_style
from layers.styles.model import Fill, Heat, Line, Mark, Proportion
from layers.styles.palettes import PALETTES, RAMPS, spread
from layers.styles.short import completed, is_complete
from layers.text import Text

LABELS = [{"name": "names", "symbols": [{"text": {"field": "name"}}]}]


def test_single() -> None:
    style = parse_style({"single": {"symbols": [{"line": {"colour": "#ff0000"}}]}, "rules": LABELS})
    assert [rule.name for rule in style.rules] == ["all", "names"]
    assert style.rules[0].symbols == (Line("#ff0000"),)


def test_categories_have_colours_of_their_own_or_of_the_palette() -> None:
    style = parse_style(
        {
            "categorised": {
                "field": "使用分區",
                "symbol": {"fill": {"opacity": 0.5, "outline": "#666666"}},
                "categories": [
                    {"value": "住宅區", "colour": "#ffff00", "title": {"zh": "住宅", "en": "Living"}},
                    "O'B",
                    7,
                ],
                "otherwise": True,
                "zoom": [10, None],
            }
        }
    )
    living, second, third, other = style.rules
    assert living.title == Text("住宅", "Living")
    assert living.symbols == (Fill("#ffff00", 0.5, "#666666"),)
    assert [rule.filter for rule in style.rules] == ["使用分區 = '住宅區'", "使用分區 = 'O''B'", "使用分區 = 7", None]
    assert second.symbols == (Fill(PALETTES["okabe-ito"][1], 0.5, "#666666"),)
    assert (third.title, other.otherwise, other.zoom) == (Text("7"), True, (10, None))


def test_classes_are_open_at_both_ends() -> None:
    style = parse_style(
        {"graduated": {"field": "people", "symbol": "fill", "breaks": [1000, 25000.5], "ramp": "blues", "unit": "人"}}
    )
    assert [rule.filter for rule in style.rules] == [
        "people < 1000.0",
        "people >= 1000.0 AND people < 25000.5",
        "people >= 25000.5",
    ]
    assert [rule.title.zh if rule.title else "" for rule in style.rules] == [
        "< 1,000 人",
        "1,000 – 25,000.5 人",
        "≥ 25,000.5 人",
    ]
    assert [rule.symbols for rule in style.rules] == [(Fill(colour),) for colour in ("#eff3ff", "#6baed6", "#08519c")]


def test_proportional_and_heatmap() -> None:
    (sizes,) = parse_style({"proportional": {"field": "people", "largest": 500, "mark": {"colour": "#112233"}}}).rules
    assert sizes.symbols == (Mark(size=Proportion("people", 500), colour="#112233", outline="#ffffff", opacity=0.75),)
    (heat,) = parse_style({"heatmap": {"radius": 30}}).rules
    assert heat.symbols == (Heat(radius=30),)
    assert parse_style({"heatmap": None}).rules[0].symbols == (Heat(),)


@pytest.mark.parametrize(
    ("document", "code", "where"),
    [
        ({"cluster": {"until": 21}}, "style_number", "cluster.until"),
        ({"cluster": {"cell": 200}}, "style_number", "rules[0].symbols[0].cluster.cell"),
        ({"cluster": {"colour": "#123456"}}, "style_unknown_key", "cluster.colour"),
        ({"heatmap": {}, "single": {}}, "style_short_one", "heatmap"),
        ({"graduated": {"field": "a", "symbol": "fill"}}, "style_short_values", "graduated"),
        ({"categorised": {"field": "a", "symbol": "fill"}}, "style_short_values", "categorised"),
        ({"proportional": {"field": "a"}}, "style_short_values", "proportional"),
        ({"graduated": {"field": "a", "breaks": [1], "symbol": "text"}}, None, "rules[0].symbols[0].text"),
        ({"graduated": {"field": "a", "breaks": [1]}}, "style_mapping", "graduated.symbol"),
        (
            {"graduated": {"field": "a", "breaks": [1], "symbol": "raster"}},
            "style_unknown_key",
            "graduated.symbol.raster",
        ),
        ({"graduated": {"field": "a", "breaks": ["x"], "symbol": "fill"}}, "style_number", "graduated.breaks[0]"),
        ({"graduated": {"field": "a", "breaks": [1], "symbol": "fill", "ramp": "x"}}, "style_choice", "graduated.ramp"),
        ({"categorised": {"field": "a", "symbol": "fill", "categories": []}}, "style_list", "categorised.categories"),
        ({"single": {}, "colour": "red"}, "style_unknown_key", "colour"),
    ],
)
def test_names_the_wrong_part(document: dict[str, Any], code: str | None, where: str) -> None:
    with pytest.raises(InvalidStyle) as caught:
        parse_style(document)
    assert code in {None, caught.value.code}
    assert caught.value.parameters["where"] == where
    assert where in caught.value.sentence("zh-TW")


def test_what_depends_on_values_is_computed_once_and_kept() -> None:
    columns: dict[str, list[Any]] = {"people": [1, 2, 3, 100, 101, None, 102], "zone": ["b", "a", None, "b"]}
    column = columns.__getitem__
    graduated = {"graduated": {"field": "people", "symbol": "fill", "classes": 2}}
    assert not is_complete(graduated)
    done = completed(graduated, column)
    assert is_complete(done)
    assert done["graduated"]["breaks"] == [100]
    assert completed(done, column) == done
    done = completed({"categorised": {"field": "zone", "symbol": "fill"}}, column)
    assert done["categorised"]["categories"] == ["a", "b"]
    done = completed({"proportional": {"field": "people"}}, column)
    assert done["proportional"]["largest"] == 102


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"graduated": {"field": "a", "symbol": "fill"}}, "style_short_numbers"),
        ({"proportional": {"field": "a"}}, "style_short_numbers"),
        ({"categorised": {"field": "a", "symbol": "fill"}}, "style_short_categories"),
    ],
)
def test_says_where_values_make_no_classes(document: dict[str, Any], code: str) -> None:
    many = [f"value {number}" for number in range(100)]
    with pytest.raises(InvalidStyle) as caught:
        completed(document, lambda _: many)
    assert caught.value.code == code


def test_borders_of_each_method() -> None:
    values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 100]
    assert breaks_of(values, 4, "equal") == (25, 50, 75)
    assert breaks_of(values, 2, "quantile") == (4.5,)
    assert breaks_of(values, 2, "jenks") == (100,)
    # Mean 13.6, standard deviation 28.9.
    assert breaks_of(values, 3, "deviation") == pytest.approx((28.06,), abs=0.01)
    assert breaks_of([5, 5, None or float("nan")], 3, "jenks") == ()


def test_natural_breaks_are_those_of_the_textbook() -> None:
    # Slocum et al., Thematic Cartography and Geovisualization: the optimal classification has the least sum of
    # absolute or squared deviations; here found by trying every division.
    values = np.array([15.5, 15.6, 21.0, 22.1, 22.3, 23.4, 45.0, 46.2, 46.9, 80.1, 82.0, 99.0])
    best = min(
        itertools.combinations(range(1, len(values)), 3),
        key=lambda cuts: sum(((part - part.mean()) ** 2).sum() for part in np.split(values, cuts)),
    )
    assert breaks_of(values, 4, "jenks") == tuple(values[list(best)])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=60),
    st.integers(2, 9),
    st.sampled_from(METHODS),
)
def test_borders_divide_the_values(values: list[float], classes: int, method: Any) -> None:
    breaks = breaks_of(values, classes, method)
    assert len(breaks) < classes
    assert list(breaks) == sorted(set(breaks))
    assert all(min(values) < border <= max(values) + 1e-3 for border in breaks)


def test_two_hundred_thousand_values_are_divided() -> None:
    values = np.random.default_rng(4).lognormal(3, 1, 200_000)
    breaks = breaks_of(values, 5, "jenks")
    assert len(breaks) == 4


def lightness(colour: str) -> float:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", ["viridis", "cividis", "blues", "greens", "oranges", "purples"])
def test_ramps_are_read_without_hue(name: str) -> None:
    shades = [lightness(colour) for colour in spread(RAMPS[name], 7)]
    assert shades in (sorted(shades), sorted(shades, reverse=True))
    assert min(abs(first - second) for first, second in itertools.pairwise(shades)) > 8
