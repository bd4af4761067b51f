"""SLD written from the model: read back as the same style, and drawn as the same picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.drawing import DrawnLayer
from layers.render import Renderer
from layers.schema import FieldType
from layers.styles.document import parse_style
from layers.styles.icons import NAMES
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
    Style,
)
from layers.styles.sld import read_sld, write_sld
from layers.text import Text
from tests.layers.pictures import FONTS, box, layer, line, point, request

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
DRAWN = COLOURS | st.builds(FieldColour, st.sampled_from(["COLOR1", "色號"]))
SHARES = st.integers(1, 100).map(lambda number: number / 100)
LENGTHS = st.integers(1, 400).map(lambda number: number / 10)
TURNS = st.integers(-360, 360).map(float)
TEXTS = st.text("ab 路段$'\"<&>：()", min_size=1, max_size=6)
PROPORTIONS = st.builds(Proportion, st.just("lanes"), st.integers(1, 900).map(float), st.integers(1, 200).map(float))
OFFSETS = st.integers(-64, 64).map(float)
SHAPES = ["circle", "square", "triangle", "diamond", "star", "cross", "x", "arrow", "pentagon", "hexagon"]


@st.composite
def fills(draw: st.DrawFn) -> Fill:
    outline = draw(st.none() | COLOURS)
    width = draw(LENGTHS) if outline else 0.5
    return Fill(draw(DRAWN), draw(SHARES), outline, width)


@st.composite
def marks(draw: st.DrawFn) -> Mark:
    placement = draw(st.sampled_from(["interior", "line", "first", "last"]))
    common: dict[str, Any] = {
        "size": draw(LENGTHS | PROPORTIONS),
        "colour": draw(DRAWN),
        "opacity": draw(SHARES),
        "rotation": draw(TURNS),
        "placement": placement,
        "allow_overlap": placement == "line" or draw(st.booleans()),
    }
    if placement == "line":
        common["spacing"] = draw(st.integers(2, 900)) / 2
    if draw(st.booleans()):
        return Mark("bar", **common)
    outline = draw(st.none() | COLOURS)
    width = draw(LENGTHS) if outline else 1.0
    return Mark(draw(st.sampled_from(SHAPES)), outline=outline, outline_width=width, **common)


@st.composite
def labels(draw: st.DrawFn) -> Label:
    halo = draw(st.none() | COLOURS | st.from_regex(r"#[0-9a-f]{7}[0-9a-e]", fullmatch=True))
    label = Label(
        draw(st.sampled_from(["name", "路名", "人/戶"])),
        draw(st.integers(1, 128).map(float)),
        draw(DRAWN),
        halo,
        draw(st.integers(0, 160).map(lambda number: number / 10)) if halo else 1.5,
        draw(SHARES),
        draw(st.sampled_from(["regular", "medium", "bold"])),
        spacing=draw(st.none() | LENGTHS),
        wrap=draw(st.none() | st.integers(8, 1024).map(float)),
        priority=draw(st.integers(-1000, 1000)),
        allow_overlap=draw(st.booleans()),
        before=draw(st.just("") | TEXTS),
        after=draw(st.just("") | TEXTS),
    )
    if draw(st.booleans()):
        angle, upright = draw(st.integers(0, 180).map(float)), draw(st.booleans())
        return replace(label, placement="line", offset=(0.0, draw(OFFSETS)), max_angle=angle, upright=upright)
    return replace(
        label,
        placement=draw(st.sampled_from(["point", "interior"])),
        offset=(draw(OFFSETS), draw(OFFSETS)),
        anchor=draw(st.sampled_from(["auto", "center", "left", "right", "top", "bottom-left", "top-right"])),
        rotation=draw(TURNS),
    )


@st.composite
def rasters(draw: st.DrawFn) -> Raster:
    mode = draw(st.sampled_from(["linear", "discrete", "exact"]))
    values = sorted(draw(st.sets(st.integers(-500, 500).map(float), max_size=5)))
    if mode == "discrete" and values:
        values[0] = -1e9
    ramp = tuple((value, draw(COLOURS)) for value in values)
    texts = tuple(draw(TEXTS) for _ in ramp) if mode == "discrete" or draw(st.booleans()) else ()
    contrast = draw(st.integers(0, 80).map(lambda number: number / 10))
    return Raster(draw(SHARES), ramp, mode if ramp else "linear", texts, contrast)


SYMBOLS = st.one_of(
    fills(),
    st.builds(
        Line,
        DRAWN,
        LENGTHS,
        SHARES,
        st.lists(LENGTHS, min_size=1, max_size=4).map(tuple) | st.just(()),
        st.sampled_from(["butt", "round", "square"]),
        st.sampled_from(["miter", "round", "bevel"]),
        OFFSETS,
    ),
    st.builds(
        Hatch,
        st.sampled_from(["horizontal", "vertical", "slash", "backslash", "cross", "diagonal_cross", "dots"]),
        COLOURS,
        LENGTHS,
        st.integers(4, 300).map(lambda number: number / 2),
        SHARES,
    ),
    marks(),
    st.builds(
        Icon,
        st.sampled_from(NAMES),
        LENGTHS,
        COLOURS,
        SHARES,
        st.integers(-1000, 1000),
        st.booleans(),
        TURNS,
    ),
    labels(),
    rasters(),
)
TITLES = st.none() | st.builds(Text, st.sampled_from(["道路", "A & B"]), st.none() | st.just("Roads <all>"))
FILTERS = st.none() | st.sampled_from(
    [
        "class = 'freeway' AND lanes >= 4",
        "NOT (class = '11')",
        "class = 'a' OR class = 'b' OR lanes = 3",
        "name LIKE '中\\%_路%'",
        "CASEI(class) = CASEI('Road')",
        'lanes BETWEEN -2 AND 3.5 AND (name IS NULL OR "人/戶" > 2.5)',
        "(lanes * 2) < (width + 1)",
    ]
)
TYPES = {
    "class": FieldType.TEXT,
    "name": FieldType.TEXT,
    "lanes": FieldType.INTEGER,
    "width": FieldType.REAL,
    "人/戶": FieldType.REAL,
}


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    otherwise = draw(st.integers(0, 4)) == 0
    return Rule(
        draw(st.from_regex(r"[a-z0-9][a-z0-9]{0,8}", fullmatch=True)),
        tuple(draw(st.lists(SYMBOLS, min_size=1, max_size=3))),
        draw(TITLES),
        None if otherwise else draw(FILTERS),
        draw(st.tuples(st.none() | st.integers(1, 12), st.none() | st.integers(12, 23))),
        0,
        None if otherwise else draw(st.none() | st.sampled_from(["point", "line", "polygon"])),
        otherwise,
    )


@st.composite
def styles(draw: st.DrawFn) -> Style:
    found = draw(st.lists(rules(), min_size=1, max_size=3, unique_by=lambda rule: rule.name))
    # Levels without gaps, as FeatureTypeStyles have them.
    levels = [0]
    for _ in found[1:]:
        levels.append(levels[-1] + draw(st.integers(0, 1)))
    return Style(tuple(replace(rule, level=at) for rule, at in zip(found, levels, strict=True)), draw(TITLES))


@settings(max_examples=100, deadline=None)
@given(styles())
def test_written_styles_are_read_back_equal(style: Style) -> None:
    written = write_sld(style, "roads")
    assert written.findings == ()
    again = read_sld(written.text.encode(), "roads.sld", TYPES)
    assert again.findings == ()
    assert again.style == style
    assert again.style.digest == style.digest


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


FEATURES = [
    box(10, 10, 120, 90, kind=2, name="鄰里公園", people=40, COLOR1="200,30,60"),
    line((5, 110), (100, 140), (195, 100), kind=1, name="中山路", people=5, COLOR1="#2255aa"),
    point(160, 50, kind=0, name="市場", people=90, COLOR1="none"),
]
POLYGON, LINE, POINT = ({"geometry": kind} for kind in ("polygon", "line", "point"))
STYLES: dict[str, list[dict[str, Any]]] = {
    "fill and outline": [
        {**POLYGON, "symbols": [{"fill": {"colour": "#ffeeaa", "opacity": 0.6, "outline": "#333333"}}]}
    ],
    "colour of features": [{**POLYGON, "symbols": [{"fill": {"colour": {"field": "COLOR1"}}}]}],
    "hatch": [{**POLYGON, "symbols": [{"hatch": {"pattern": "slash", "spacing": 7, "colour": "#aa0000"}}]}],
    "casing": [
        {**LINE, "symbols": [{"line": {"colour": "#222222", "width": {10: 2, 17: 12}}}]},
        {**LINE, "level": 1, "symbols": [{"line": {"colour": "#ffcc00", "width": {10: 1, 18: 16}, "dash": [6, 4]}}]},
    ],
    "marks": [
        {**POINT, "symbols": [{"mark": {"shape": "star", "size": {"field": "people", "largest": 90, "size": 50}}}]},
        {**LINE, "symbols": [{"mark": {"shape": "bar", "placement": "line", "spacing": 9, "size": 8}}]},
    ],
    "icon and text": [{**POINT, "symbols": [{"icon": {"name": "market", "size": 20}}, {"text": {"field": "name"}}]}],
    "labels": [
        {**LINE, "symbols": [{"text": {"field": "name", "placement": "line", "halo": "#ffffffc0", "spacing": 90}}]},
        {**POLYGON, "symbols": [{"text": {"field": "name", "placement": "interior", "offset": [0, 9], "after": "！"}}]},
    ],
    "otherwise": [
        {"filter": "kind = 2", "symbols": [{"fill": {"colour": "#00aa00"}}]},
        {"otherwise": True, "symbols": [{"line": {"colour": "#aa00aa", "width": 3}}]},
    ],
}


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("zoom", [12, 15, 17])
def test_pictures_are_equal_pixel_for_pixel(renderer: Renderer, name: str, zoom: float) -> None:
    drawn = layer(FEATURES, *STYLES[name])
    written = write_sld(drawn.style)
    assert written.findings == ()
    again = read_sld(written.text.encode(), types={"kind": FieldType.INTEGER}).style

    def picture(style: Style) -> np.ndarray[Any, Any]:
        return np.asarray(renderer.draw(request(DrawnLayer(drawn.source, style), size=(200, 160), zoom=zoom)))

    assert picture(drawn.style).any() or zoom == 12
    assert np.array_equal(picture(drawn.style), picture(again))


def test_what_sld_cannot_say_is_told() -> None:
    style = Style(
        (
            Rule("heat", (Heat(), Fill("#ffffff"))),
            Rule("own", (Fill(FieldColour("c", "#123456")),)),
            Rule("rest", (Fill("#ffffff"),), filter="a % 2 = 1"),
        )
    )
    written = write_sld(style)
    assert [(found.rule, found.code) for found in written.findings] == [
        ("heat", "style_write_heat"),
        ("own", "style_write_value"),
        ("rest", "style_write_rule"),
    ]
    assert [rule.name for rule in read_sld(written.text.encode()).style.rules] == ["heat", "own"]
    for finding in written.findings:
        assert "SLD" in finding.sentence("zh-TW")


def test_is_what_the_standard_asks_for() -> None:
    style = parse_style({"rules": [{"name": "a", "zoom": [12, 14], "symbols": [{"line": {"colour": "#ff0000"}}]}]})
    root = ElementTree.fromstring(write_sld(style, "roads").text)
    names = {"sld": "http://www.opengis.net/sld", "se": "http://www.opengis.net/se"}
    assert (root.tag, root.get("version")) == ("{http://www.opengis.net/sld}StyledLayerDescriptor", "1.1.0")
    rule = root.find("sld:NamedLayer/sld:UserStyle/se:FeatureTypeStyle/se:Rule", names)
    assert rule is not None
    assert [child.tag.rpartition("}")[2] for child in rule] == [
        "Name",
        "Description",
        "MinScaleDenominator",
        "MaxScaleDenominator",
        "LineSymbolizer",
    ]
    least, most = (float(rule.findtext(f"se:{end}ScaleDenominator", "", names)) for end in ("Min", "Max"))
    # Of zoom 14 and 12 (OGC 17-083r4, annex D), and not of those beside them.
    assert 17061.8 < least <= 34123.6
    assert 136494.7 < most <= 272989.4
