"""Style documents: read, refused with the place that is wrong, written, and told apart by digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InvalidStyle
from layers.styles.document import parse_style, style_document
from layers.styles.icons import NAMES, icon_file
from layers.styles.model import (
    FieldColour,
    Fill,
    Hatch,
    Heat,
    Icon,
    Label,
    Line,
    Mark,
    Proportion,
    Raster,
    Rule,
    Stops,
    Style,
)
from layers.text import Text

ROADS = """
title: {zh: 道路, en: Roads}
rules:
  - name: freeway
    title: {zh: 國道, en: Freeway}
    filter: "class = 'freeway' AND lanes >= 4"
    zoom: [8, null]
    level: 1
    symbols:
      - line: {colour: "#FFF", width: {8: 1, 14: 6.5}, dash: [4, 2]}
      - text: {field: name, size: 12, halo: "#ffffff80", placement: line, offset: [0, 10]}
  - name: street
    symbols: [{line: {colour: "#c0b0a0"}}]
"""


def test_reads_what_people_write() -> None:
    style = parse_style(yaml.safe_load(ROADS))
    freeway, street = style.rules
    assert style.title == Text("道路", "Roads")
    assert (freeway.zoom, freeway.level, freeway.title) == ((8, None), 1, Text("國道", "Freeway"))
    assert freeway.symbols == (
        Line("#ffffff", width=Stops(((8, 1), (14, 6.5))), dash=(4, 2)),
        Label("name", halo="#ffffff80", placement="line", offset=(0, 10)),
    )
    assert street.symbols == (Line("#c0b0a0", width=1.0, opacity=1.0, cap="round", join="round"),)


def rules(*symbols: Any, **rule: Any) -> dict[str, Any]:
    return {"rules": [{"name": "a", "symbols": list(symbols), **rule}]}


LINE = {"line": {"colour": "#ffffff"}}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "rules"),
        ({}, "rules"),
        ({"rules": [LINE]}, "rules[0].line"),
        ({"rules": rules(LINE)["rules"], "sheet": 1}, "sheet"),
        (rules(), "rules[0].symbols"),
        (rules(LINE, name="Straße"), "rules[0].name"),
        ({"rules": rules(LINE)["rules"] * 2}, "rules[1].name"),
        (rules(LINE, {"line": {"colour": "red"}}), "rules[0].symbols[1].line.colour"),
        (rules({"line": {"width": 2}}), "rules[0].symbols[0].line"),
        (rules({"line": {"colour": "#fff", "width": "2"}}), "rules[0].symbols[0].line.width"),
        (rules({"line": {"colour": "#fff", "width": True}}), "rules[0].symbols[0].line.width"),
        (rules({"line": {"colour": "#fff", "width": float("nan")}}), "rules[0].symbols[0].line.width"),
        (rules({"line": {"colour": "#fff", "width": {8: 1, 14: -1}}}), "rules[0].symbols[0].line.width.14"),
        (rules({"line": {"colour": "#fff", "width": {99: 1}}}), "rules[0].symbols[0].line.width"),
        (rules({"line": {"colour": "#fff", "color": "#fff"}}), "rules[0].symbols[0].line.color"),
        (rules({"fill": {"colour": "#fff"}, "mark": {}}), "rules[0].symbols[0]"),
        (rules({"icon": {"name": "unicorn"}}), "rules[0].symbols[0].icon.name"),
        (rules({"text": {"field": "a]b"}}), "rules[0].symbols[0].text.field"),
        (rules({"text": {"field": "a", "offset": [1]}}), "rules[0].symbols[0].text.offset"),
        (rules({"raster": {"ramp": [[0, "#fff"], ["x", "#000"]]}}), "rules[0].symbols[0].raster.ramp[1][0]"),
        (rules({"fill": {"colour": {"field": "a]"}}}), "rules[0].symbols[0].fill.colour.field"),
        (rules({"fill": {"colour": {"column": "a"}}}), "rules[0].symbols[0].fill.colour.column"),
        (rules({"hatch": {}}), "rules[0].symbols[0].hatch"),
        (rules({"hatch": {"pattern": "zigzag"}}), "rules[0].symbols[0].hatch.pattern"),
        (rules({"mark": {"size": {"field": "a"}}}), "rules[0].symbols[0].mark.size.largest"),
        (rules({"heat": {"weight": 3}}), "rules[0].symbols[0].heat.weight"),
        (rules({"heat": {"ramp": ["#fff"]}}), "rules[0].symbols[0].heat.ramp"),
        (rules({"heat": {"radius": 100}}), "rules[0].symbols[0].heat.radius"),
        (rules({"raster": {"labels": [1]}}), "rules[0].symbols[0].raster.labels[0]"),
        (rules(LINE, zoom=[12, 8]), "rules[0].zoom"),
        (rules(LINE, zoom=8), "rules[0].zoom"),
        (rules(LINE, level=0.5), "rules[0].level"),
        (rules(LINE, filter="class ="), "rules[0].filter"),
        (rules(LINE, filter="S_INTERSECTS(geometry, POINT(0 0))"), "rules[0].filter"),
        (rules(LINE, title={"zh": 3}), "rules[0].title.zh"),
    ],
)
def test_names_the_wrong_part(document: Any, where: str) -> None:
    with pytest.raises(InvalidStyle) as caught:
        parse_style(document)
    assert caught.value.parameters["where"] == where
    for language in ("zh-TW", "en"):
        assert where in caught.value.sentence(language)  # type: ignore[arg-type]


def test_says_what_is_allowed() -> None:
    with pytest.raises(InvalidStyle, match="circle, square, triangle, diamond, star, cross"):
        parse_style(rules({"mark": {"shape": "heart"}}))


COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
SHARES = st.floats(0, 1)
LENGTHS = st.floats(0, 256)
ZOOMS = st.integers(0, 24)


def by_zoom(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    pairs = st.lists(st.tuples(ZOOMS.map(float), numbers), min_size=1, max_size=4, unique_by=lambda pair: pair[0])
    return numbers | pairs.map(lambda found: Stops(tuple(sorted(found))))


OFFSETS = st.floats(-128, 128)
DRAWN_COLOURS = COLOURS | st.builds(FieldColour, st.sampled_from(["COLOR1", "色"]), COLOURS)
PROPORTIONS = st.builds(Proportion, st.sampled_from(["people", "人口"]), st.floats(1, 1e6), st.floats(1, 200))
SYMBOLS = st.one_of(
    st.builds(Fill, DRAWN_COLOURS, by_zoom(SHARES), st.none() | COLOURS, by_zoom(LENGTHS)),
    st.builds(
        Line,
        DRAWN_COLOURS,
        by_zoom(LENGTHS),
        by_zoom(SHARES),
        st.lists(LENGTHS, max_size=4).map(tuple),
        st.sampled_from(["butt", "round", "square"]),
        st.sampled_from(["miter", "round", "bevel"]),
        OFFSETS,
    ),
    st.builds(
        Hatch,
        st.sampled_from(["horizontal", "slash", "dots"]),
        COLOURS,
        st.floats(0, 64),
        st.floats(2, 180),
        by_zoom(SHARES),
    ),
    st.builds(
        Mark,
        st.sampled_from(["circle", "star", "bar"]),
        by_zoom(LENGTHS) | PROPORTIONS,
        DRAWN_COLOURS,
        allow_overlap=st.booleans(),
        rotation=st.floats(-360, 360),
        placement=st.sampled_from(["interior", "line", "first", "last"]),
        spacing=st.floats(1, 4096),
    ),
    st.builds(
        Heat,
        st.lists(COLOURS, min_size=2, max_size=5).map(tuple),
        st.floats(1, 48),
        st.none() | PROPORTIONS,
        SHARES,
        by_zoom(SHARES),
    ),
    st.builds(Icon, st.sampled_from(NAMES), by_zoom(LENGTHS), COLOURS, by_zoom(SHARES), st.integers(-1000, 1000)),
    st.builds(
        Label,
        st.sampled_from(["name", "路名", "a b"]),
        by_zoom(st.floats(1, 128)),
        halo=st.none() | COLOURS,
        weight=st.sampled_from(["regular", "medium", "bold"]),
        placement=st.sampled_from(["point", "line", "interior"]),
        offset=st.tuples(OFFSETS, OFFSETS),
        spacing=st.none() | st.floats(0, 4096),
        wrap=st.none() | st.floats(8, 1024),
        before=st.text(max_size=5),
        after=st.text(max_size=5),
        anchor=st.sampled_from(["auto", "center", "left", "top-right"]),
        rotation=st.floats(-360, 360),
        upright=st.booleans(),
        max_angle=st.floats(0, 180),
    ),
    st.builds(
        Raster,
        by_zoom(SHARES),
        st.lists(st.tuples(st.floats(-1e6, 1e6), COLOURS), max_size=4, unique_by=lambda stop: stop[0]).map(
            lambda stops: tuple(sorted(stops))
        ),
        st.sampled_from(["linear", "discrete", "exact"]),
        st.lists(st.text(max_size=5), max_size=3).map(tuple),
        st.floats(0, 8),
    ),
)
TITLES = st.none() | st.builds(Text, st.text(min_size=1, max_size=9), st.none() | st.text(min_size=1, max_size=9))
RULES = st.builds(
    Rule,
    st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True),
    st.lists(SYMBOLS, min_size=1, max_size=3).map(tuple),
    TITLES,
    st.none() | st.just("路寬 > 8 AND NOT (name LIKE '中%' OR name IS NULL)"),
    st.tuples(st.none() | st.integers(0, 12), st.none() | st.integers(12, 24)),
    st.integers(-100, 100),
    st.none() | st.sampled_from(["point", "line", "polygon"]),
)
STYLES = st.builds(Style, st.lists(RULES, min_size=1, max_size=3, unique_by=lambda rule: rule.name).map(tuple), TITLES)


@settings(max_examples=60, deadline=None)
@given(STYLES)
def test_written_styles_are_read_back_equal(style: Style) -> None:
    document: Mapping[str, Any] = json.loads(json.dumps(style_document(style)))
    again = parse_style(document)
    assert again == style
    assert again.digest == style.digest
    assert hash(again) == hash(style)


def test_digest_does_not_change_with_the_version_of_the_programme() -> None:
    # Tile keys and ETags are made of it: another value here would make every cached tile of a city void.
    assert parse_style(rules({"line": {"colour": "#ffffff", "width": 2}})).digest == "d1a030455e"


def test_digest_stands_for_what_is_drawn() -> None:
    style = parse_style(rules({"line": {"colour": "#ffffff", "width": 2}}))
    assert parse_style(rules({"line": {"colour": "#FFF", "width": 2.0, "opacity": 1}})).digest == style.digest
    assert parse_style(rules({"line": {"colour": "#ffffff", "width": 2.5}})).digest != style.digest
    assert parse_style(rules({"line": {"colour": "#ffffff", "width": 2}}, level=1)).digest != style.digest


@pytest.mark.parametrize(
    ("zoom", "value"),
    # Between 10 and 12 with base 1.5: (1.5¹ - 1) / (1.5² - 1) = 0.4 of the way at 11.
    [(0, 2.0), (10, 2.0), (11, 2 + 0.4 * 5), (12, 7.0), (13, 7 - 0.4 * 7), (14, 0.0), (24, 0.0)],
)
def test_numbers_change_with_the_zoom(zoom: float, value: float) -> None:
    assert Stops(((10, 2), (12, 7), (14, 0))).at(zoom) == pytest.approx(value)


def test_every_icon_is_there_and_filled_shapes_only() -> None:
    files = sorted(path.stem for path in icon_file("dot").parent.glob("*.svg"))
    assert files == sorted(NAMES)
    for name in NAMES:
        root = ElementTree.parse(icon_file(name)).getroot()
        assert root.get("viewBox") == "0 0 16 16"
        assert {child.tag.rpartition("}")[2] for child in root} == {"path"}
