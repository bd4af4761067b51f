"""SLD read: as QGIS and GeoServer write it, with everything told that is drawn otherwise or not at all."""

from __future__ import annotations

import base64
import copy
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InvalidStyle
from layers.render import Renderer
from layers.schema import FieldType
from layers.styles.document import parse_style, style_document
from layers.styles.model import (
    FieldColour,
    Fill,
    Hatch,
    Icon,
    Label,
    Line,
    Mark,
    Proportion,
    Raster,
    Rule,
    Stops,
    Symbol,
)
from layers.styles.sld import SldReading, read_sld, write_sld
from layers.text import Text
from tests.layers.pictures import FONTS, box, layer, request
from tests.layers.sld_documents import GEOSERVER_FLOOD, GEOSERVER_ROADS, QGIS_ZONING, sld


def read(text: str, types: dict[str, FieldType] | None = None) -> SldReading:
    return read_sld(text.encode(), "file.sld", types or {})


def rule(inside: str, **options: Any) -> Rule:
    (found,) = read(sld(f"<Rule>{inside}</Rule>"), **options).style.rules
    return found


def symbols(inside: str) -> tuple[Symbol, ...]:
    return rule(inside).symbols


def codes(inside: str) -> list[str]:
    return [finding.code for finding in read(sld(f"<Rule>{inside}</Rule>")).findings]


POLYGON = "<PolygonSymbolizer><Fill/></PolygonSymbolizer>"


def test_reads_what_qgis_writes() -> None:
    reading = read(QGIS_ZONING)
    living, public, other, names = reading.style.rules
    assert reading.style.title == Text("都市計畫使用分區")
    assert [found.title for found in reading.style.rules] == [Text("住宅區"), Text("公共設施用地"), Text("其他"), None]
    assert living.symbols == (Fill("#ffff7f", 0.7), Line("#232323", cap="butt", join="bevel"))
    # 1 : 25,000 lies between zoom 14 (1 : 34,123) and zoom 15 (1 : 17,061).
    assert (public.zoom, names.zoom) == ((15, None), (16, None))
    assert public.filter == "分區名稱 LIKE '%用地' OR 分區名稱 IS NULL"
    assert public.symbols[0] == Hatch("slash", "#ff55ff", 1.5, 7.0)
    assert public.symbols[1] == Line("#ff55ff", 2, dash=(4, 2), cap="square", join="round")
    assert (other.filter, other.otherwise) == (None, True)
    assert names.symbols == (Label("分區名稱", 13, "#323232", "#fafafa", 2, placement="interior", anchor="center"),)
    assert [(found.rule, found.code) for found in reading.findings] == [("Rule 4", "style_sld_font")]


def test_labels_that_may_be_moved_far_are_told() -> None:
    document = QGIS_ZONING.replace('"maxDisplacement">1<', '"maxDisplacement">50<')
    assert [found.code for found in read(document).findings] == ["style_sld_font", "style_sld_option"]


def test_reads_what_geoserver_writes() -> None:
    reading = read(GEOSERVER_ROADS)
    casing, railway = reading.style.rules
    assert (casing.level, railway.level) == (0, 1)
    assert casing.filter == "class IN ('freeway', 'expressway') AND lanes > 2"
    assert casing.symbols == (Line("#b06a20", 6, join="miter"),)
    assert railway.filter == "CASEI(class) <> CASEI('Road')"
    assert railway.symbols[0] == Mark("bar", 8, "#333333", placement="line", spacing=12)
    assert railway.symbols[1] == Label(
        "road_name",
        11,
        "#304f6f",
        "#ffffff99",
        2,
        weight="bold",
        placement="line",
        offset=(0, -5),
        spacing=150,
        priority=200,
        after=" 段",
        upright=False,
        max_angle=90,
    )
    assert [(found.rule, found.code, found.parameters) for found in reading.findings] == [
        ("railway", "style_sld_option", (("name", "group"), ("value", "yes")))
    ]


def test_reads_colour_maps_by_intervals() -> None:
    reading = read(GEOSERVER_FLOOD)
    (raster,) = reading.style.rules[0].symbols
    # In GeoServer an interval's quantity is where it ends; in the model a stop is where a class begins.
    assert raster == Raster(
        0.75,
        ((-1e9, "#ffffff00"), (0.3, "#c6dbef"), (0.5, "#6baed6"), (1.0, "#08519c")),
        "discrete",
        ("未達 0.3 公尺", "0.3–0.5 公尺", "0.5 – 1", "≥ 1"),
    )
    assert [(found.code, found.element) for found in reading.findings] == [
        ("style_sld_element", "RasterSymbolizer/ContrastEnhancement")
    ]


def test_reads_the_functions_of_colour_maps() -> None:
    steps = (
        "<Value>#000000</Value><Threshold>10</Threshold><Value>#ff0000</Value><Threshold>20</Threshold>"
        "<Value>#ffffff</Value>"
    )
    colours = f"<ColorMap><Categorize><LookupValue>Rasterdata</LookupValue>{steps}</Categorize></ColorMap>"
    (raster,) = symbols(f"<RasterSymbolizer>{colours}</RasterSymbolizer>")
    assert raster == Raster(1, ((-1e9, "#000000"), (10, "#ff0000"), (20, "#ffffff")), "discrete")
    points = "".join(
        f"<InterpolationPoint><Data>{value}</Data><Value>{colour}</Value></InterpolationPoint>"
        for value, colour in ((0, "#000000"), (9.5, "#ffffff"))
    )
    colours = f"<ColorMap><Interpolate><LookupValue>Rasterdata</LookupValue>{points}</Interpolate></ColorMap>"
    (raster,) = symbols(f"<RasterSymbolizer>{colours}</RasterSymbolizer>")
    assert raster == Raster(1, ((0, "#000000"), (9.5, "#ffffff")))


def test_a_number_in_a_filter_may_be_a_text() -> None:
    filter_ = (
        "<ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>code</ogc:PropertyName>"
        "<ogc:Literal>11</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter>"
    )
    document = sld(f"<Rule>{filter_}{POLYGON}</Rule>")
    assert read(document).style.rules[0].filter == "code = 11 OR code = '11'"
    assert read(document, {"code": FieldType.TEXT}).style.rules[0].filter == "code = '11'"
    assert read(document, {"code": FieldType.INTEGER}).style.rules[0].filter == "code = 11"
    with_zero = document.replace(">11<", ">011<")
    assert read(with_zero).style.rules[0].filter == "code = '011'"


NAME = "<ogc:PropertyName>n</ogc:PropertyName>"


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (f"<ogc:PropertyIsLessThan>{NAME}<ogc:Literal>5</ogc:Literal></ogc:PropertyIsLessThan>", "n < 5"),
        (f"<ogc:PropertyIsLessThan><ogc:Literal>5</ogc:Literal>{NAME}</ogc:PropertyIsLessThan>", "n > 5"),
        (
            f"<ogc:PropertyIsBetween>{NAME}<ogc:LowerBoundary><ogc:Literal>1</ogc:Literal></ogc:LowerBoundary>"
            "<ogc:UpperBoundary><ogc:Literal>2.5</ogc:Literal></ogc:UpperBoundary></ogc:PropertyIsBetween>",
            "n BETWEEN 1 AND 2.5",
        ),
        (
            f'<ogc:PropertyIsLike wildCard="*" singleChar="." escape="!">{NAME}<ogc:Literal>a*.!.%_</ogc:Literal>'
            "</ogc:PropertyIsLike>",
            "n LIKE 'a%_.\\%\\_'",
        ),
        (
            f'<ogc:PropertyIsLike matchCase="false" wildCard="%" singleChar="_" escapeChar="\\">{NAME}'
            "<ogc:Literal>A%</ogc:Literal></ogc:PropertyIsLike>",
            "CASEI(n) LIKE CASEI('A%')",
        ),
        (f"<ogc:Not><ogc:PropertyIsNull>{NAME}</ogc:PropertyIsNull></ogc:Not>", "NOT (n IS NULL)"),
        (
            f"<ogc:PropertyIsEqualTo><ogc:Mul>{NAME}<ogc:Literal>2</ogc:Literal></ogc:Mul><ogc:Literal>6</ogc:Literal>"
            "</ogc:PropertyIsEqualTo>",
            "(n * 2) = 6",
        ),
        (
            '<ogc:PropertyIsEqualTo><ogc:Function name="strToLowerCase"><ogc:PropertyName>app:n</ogc:PropertyName>'
            "</ogc:Function><ogc:Literal>o'b</ogc:Literal></ogc:PropertyIsEqualTo>",
            "CASEI(n) = CASEI('o''b')",
        ),
    ],
)
def test_reads_filters(filter_: str, expected: str) -> None:
    assert rule(f"<ogc:Filter>{filter_}</ogc:Filter>{POLYGON}").filter == expected


def test_reads_the_kind_of_geometry_from_filters() -> None:
    kinds = "<ogc:Literal>Polygon</ogc:Literal><ogc:Literal>MultiPolygon</ogc:Literal>"
    geometry = '<ogc:Function name="geometryType"><ogc:PropertyName>geom</ogc:PropertyName></ogc:Function>'
    asked = (
        f'<ogc:PropertyIsEqualTo><ogc:Function name="in2">{geometry}{kinds}</ogc:Function>'
        "<ogc:Literal>true</ogc:Literal></ogc:PropertyIsEqualTo>"
    )
    other = f"<ogc:PropertyIsEqualTo>{NAME}<ogc:Literal>x</ogc:Literal></ogc:PropertyIsEqualTo>"
    found = rule(f"<ogc:Filter><ogc:And>{asked}{other}</ogc:And></ogc:Filter>{POLYGON}")
    assert (found.geometry, found.filter) == ("polygon", "n = 'x'")


def graphic(inside: str) -> Symbol:
    (symbol,) = symbols(f"<PointSymbolizer><Graphic>{inside}</Graphic></PointSymbolizer>")
    return symbol


def external(address: str) -> str:
    resource = f'<OnlineResource xlink:type="simple" xlink:href="{address}"/><Format>image/svg+xml</Format>'
    return f"<ExternalGraphic>{resource}</ExternalGraphic><Size>20</Size>"


def test_reads_marks_and_our_icons() -> None:
    mark = "<Mark><WellKnownName>star</WellKnownName><Fill/><Stroke/></Mark><Size>9</Size><Rotation>45</Rotation>"
    assert graphic(mark) == Mark("star", 9, "#808080", outline="#000000", rotation=45)
    assert graphic(external("bus.svg?fill=%23112233")) == Icon("bus", 20, "#112233", allow_overlap=True)
    by_size = (
        "<Mark><WellKnownName>circle</WellKnownName><Fill/></Mark><Size><ogc:Mul><ogc:Literal>40</ogc:Literal>"
        '<ogc:Function name="sqrt"><ogc:Div><ogc:PropertyName>people</ogc:PropertyName><ogc:Literal>500</ogc:Literal>'
        "</ogc:Div></ogc:Function></ogc:Mul></Size>"
    )
    assert graphic(by_size) == Mark("circle", Proportion("people", 500, 40), "#808080")


def test_a_colour_may_come_from_an_attribute() -> None:
    colour = '<Fill><CssParameter name="fill"><ogc:PropertyName>COLOR1</ogc:PropertyName></CssParameter></Fill>'
    fill = Fill(FieldColour("COLOR1"))
    assert symbols(f"<PolygonSymbolizer>{colour}</PolygonSymbolizer>") == (fill,)


FILL = '<PolygonSymbolizer><Fill><CssParameter name="fill">{}</CssParameter></Fill></PolygonSymbolizer>'


def test_colours_by_value_are_a_rule_for_each() -> None:
    words = "".join(f"<ogc:Literal>{word}</ogc:Literal>" for word in ("住宅區", "#ffff00", "商業區", "#ff0000"))
    recode = f'<ogc:Function name="Recode">{NAME}{words}</ogc:Function>'
    reading = read(sld(f"<Rule><Name>zone</Name><Title>分區</Title>{FILL.format(recode)}</Rule>"))
    assert [(found.title, found.filter, found.symbols) for found in reading.style.rules] == [
        (Text("住宅區"), "n = '住宅區'", (Fill("#ffff00"),)),
        (Text("商業區"), "n = '商業區'", (Fill("#ff0000"),)),
    ]
    assert reading.findings == ()


def test_colours_by_class_are_a_rule_for_each() -> None:
    steps = (
        "<Value>#111111</Value><Threshold>10</Threshold><Value>#222222</Value><Threshold>20</Threshold>"
        "<Value>#333333</Value>"
    )
    categorize = f"<Categorize><LookupValue>{NAME}</LookupValue>{steps}</Categorize>"
    asked = f"<ogc:Filter><ogc:PropertyIsNull>{NAME.replace('>n<', '>m<')}</ogc:PropertyIsNull></ogc:Filter>"
    reading = read(sld(f"<Rule>{asked}{FILL.format(categorize)}</Rule>"))
    assert [(found.title, found.filter) for found in reading.style.rules] == [
        (Text("< 10"), "m IS NULL AND n < 10"),
        (Text("10 – 20"), "m IS NULL AND n >= 10 AND n < 20"),
        (Text("≥ 20"), "m IS NULL AND n >= 20"),
    ]
    assert [found.symbols for found in reading.style.rules] == [(Fill(f"#{digit * 6}"),) for digit in "123"]


def test_values_that_are_not_listed_have_the_fallback() -> None:
    items = "<MapItem><Data>7</Data><Value>#111111</Value></MapItem>"
    recode = f'<Recode fallbackValue="#999999"><LookupValue>{NAME}</LookupValue>{items}</Recode>'
    reading = read(sld(f"<Rule>{FILL.format(recode)}</Rule>"), {"n": FieldType.INTEGER})
    assert [(found.filter, found.symbols) for found in reading.style.rules] == [
        ("n = 7", (Fill("#111111"),)),
        ("NOT (n = 7)", (Fill("#999999"),)),
    ]


def test_lengths_on_the_ground_grow_with_the_zoom() -> None:
    line = (
        '<LineSymbolizer uom="http://www.opengeospatial.org/se/units/metre"><Stroke>'
        '<CssParameter name="stroke-width">10</CssParameter></Stroke></LineSymbolizer>'
    )
    (found,) = symbols(line)
    assert isinstance(found, Line)
    assert isinstance(found.width, Stops)
    # A pixel of zoom 17 shows 1.194 m (OGC 17-083r4, annex D).
    assert found.width.at(17) == pytest.approx(10 / 1.194328566955879)
    assert found.width.at(16) == pytest.approx(5 / 1.194328566955879)
    assert codes(line) == ["style_sld_unit"]


DOT = "<Graphic><Mark><WellKnownName>circle</WellKnownName><Fill/></Mark></Graphic>"
DATA = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (
            "<PointSymbolizer><Graphic><Mark><WellKnownName>ttf://Wingdings#0x64</WellKnownName><Fill/></Mark>"
            "</Graphic></PointSymbolizer>",
            "style_sld_shape",
        ),
        (
            f"<PointSymbolizer><Graphic>{external('http://example.org/a.png')}</Graphic></PointSymbolizer>",
            "style_sld_picture",
        ),
        (
            f"<PointSymbolizer><Graphic>{external('file:///etc/passwd')}</Graphic></PointSymbolizer>",
            "style_sld_picture",
        ),
        (f"<PointSymbolizer><Graphic>{external(DATA)}</Graphic></PointSymbolizer>", "style_sld_picture"),
        (
            '<PolygonSymbolizer><Geometry><ogc:Function name="buffer"/></Geometry><Fill/></PolygonSymbolizer>'
            + POLYGON,
            "style_sld_geometry",
        ),
        (
            '<PolygonSymbolizer><Fill><CssParameter name="fill"><ogc:Function name="Recode"/></CssParameter></Fill>'
            "</PolygonSymbolizer>",
            "style_sld_value",
        ),
        (POLYGON + "<LegendGraphic/>", "style_sld_legend"),
        (POLYGON + "<Nonsense/>", "style_sld_element"),
        (
            "<LineSymbolizer><Stroke><CssParameter name='stroke-dashoffset'>4</CssParameter></Stroke></LineSymbolizer>",
            "style_sld_element",
        ),
        (
            "<PolygonSymbolizer><Fill/><VendorOption name='graphic-margin'>4</VendorOption></PolygonSymbolizer>",
            "style_sld_option",
        ),
        (
            "<PolygonSymbolizer><Fill><CssParameter name='shine'>4</CssParameter></Fill></PolygonSymbolizer>",
            "style_sld_element",
        ),
        (
            "<TextSymbolizer><Label><ogc:PropertyName>a</ogc:PropertyName><ogc:PropertyName>b</ogc:PropertyName></Label>"
            "</TextSymbolizer>",
            "style_sld_label_parts",
        ),
        (POLYGON + "<TextSymbolizer><Label><ogc:Function name='now'/></Label></TextSymbolizer>", "style_sld_label"),
        (f"<PointSymbolizer>{DOT}<Displacement/></PointSymbolizer>", "style_sld_element"),
    ],
)
def test_nothing_is_dropped_silently(inside: str, code: str) -> None:
    assert code in codes(inside)
    for finding in read(sld(f"<Rule>{inside}</Rule>")).findings:
        for language in ("zh-TW", "en"):
            sentence = finding.sentence(language)  # type: ignore[arg-type]
            assert finding.element in sentence
            assert "{" not in sentence


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<ogc:Filter><ogc:BBOX/></ogc:Filter>" + POLYGON, "style_sld_filter"),
        (
            '<ogc:Filter><ogc:PropertyIsEqualTo><ogc:Function name="env"/><ogc:Literal>1</ogc:Literal>'
            "</ogc:PropertyIsEqualTo></ogc:Filter>" + POLYGON,
            "style_sld_filter",
        ),
        (
            "<MinScaleDenominator>8000</MinScaleDenominator><MaxScaleDenominator>8100</MaxScaleDenominator>" + POLYGON,
            "style_sld_scale",
        ),
        ("", "style_sld_rule_empty"),
    ],
)
def test_a_rule_that_cannot_be_drawn_is_left_out_and_told(inside: str, code: str) -> None:
    reading = read(sld(f"<Rule><Name>good</Name>{POLYGON}</Rule><Rule><Name>bad</Name>{inside}</Rule>"))
    assert [found.name for found in reading.style.rules] == ["good"]
    assert [(found.rule, found.code) for found in reading.findings] == [("bad", code)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "style_sld_unreadable"),
        (b"<a", "style_sld_unreadable"),
        (b"<a>" * 5000, "style_sld_unreadable"),
        (b"<kml/>", "style_sld_root"),
        (b"<StyledLayerDescriptor/>", "style_sld_root"),
        (sld("<Rule/>").encode(), "style_sld_empty"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "style_sld_doctype"),
        (b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>', "style_sld_doctype"),
    ],
)
def test_refuses_what_is_no_style(content: bytes, code: str) -> None:
    with pytest.raises(InvalidStyle) as caught:
        read_sld(content, "file.sld")
    assert caught.value.code == code
    assert "file.sld" in caught.value.sentence("zh-TW")


PIECES = ["", "0", "-1", "1e400", "nan", "#12", "x]y", "11", "true", "-99999", "0.00001", "shape://times", "圖", "a:b"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([QGIS_ZONING, GEOSERVER_ROADS, GEOSERVER_FLOOD]), st.data())
def test_any_document_is_read_or_refused_and_what_is_read_can_be_kept(document: str, data: st.DataObject) -> None:
    root = ElementTree.fromstring(document)
    for _ in range(data.draw(st.integers(1, 6))):
        elements = list(root.iter())
        element = elements[data.draw(st.integers(0, len(elements) - 1))]
        match data.draw(st.sampled_from(["text", "attribute", "remove", "copy", "move"])):
            case "text":
                element.text = data.draw(st.sampled_from(PIECES))
            case "attribute" if element.attrib:
                name = data.draw(st.sampled_from(sorted(element.attrib)))
                element.set(name, data.draw(st.sampled_from(PIECES)))
            case "remove" if len(element):
                element.remove(element[data.draw(st.integers(0, len(element) - 1))])
            case "copy" if len(element):
                element.append(copy.deepcopy(element[data.draw(st.integers(0, len(element) - 1))]))
            case "move":
                element.tag = elements[data.draw(st.integers(0, len(elements) - 1))].tag
    try:
        reading = read_sld(ElementTree.tostring(root))
    except InvalidStyle as error:
        assert error.sentence("zh-TW")
        return
    for finding in reading.findings:
        assert finding.sentence("zh-TW")
    assert parse_style(style_document(reading.style)) == reading.style
    write_sld(reading.style)


def test_reads_big5_that_does_not_say_so() -> None:
    document = sld(f"<Rule><Name>住宅區與商業區</Name>{POLYGON}</Rule>")
    assert read_sld(document.encode("big5")).style.rules[0].title == Text("住宅區與商業區")


def test_a_style_is_drawn_as_it_was_read() -> None:
    picture = Renderer(FONTS)
    boxes = [box(0, 0, 50, 100, 分區代碼="11"), box(50, 0, 100, 100, 分區代碼="99")]
    drawn_layer = layer(boxes, {"symbols": [{"fill": {"colour": "#000000"}}]})
    style = read(QGIS_ZONING.replace('fill-opacity">0.7', 'fill-opacity">1')).style
    drawn = picture.draw(request(type(drawn_layer)(drawn_layer.source, style)))
    # The second box fits no filter but has no name either; with one it would be drawn otherwise.
    assert drawn.getpixel((25, 50))[:3] == (255, 255, 127)
    named = [boxes[0], box(50, 0, 100, 100, 分區代碼="99", 分區名稱="農業區")]
    drawn_layer = layer(named, {"symbols": [{"fill": {"colour": "#000000"}}]})
    drawn = picture.draw(request(type(drawn_layer)(drawn_layer.source, style)))
    assert drawn.getpixel((70, 20))[:3] == (204, 204, 204)
