"""CQL2 in both notations, against what Python says of the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.crs import CRS84, TWD97_TM2, WGS84, Crs, transform_geometries
from layers.errors import InvalidFilter
from layers.features import FeatureQuery
from layers.filters import parse_filter
from layers.stores import FeatureStore, Release
from tests.layers.releases import TOWN, ids_of, stored, town_rows

ROWS = town_rows()
Properties = dict[str, Any]


@pytest.fixture(scope="module")
def town(module_store: FeatureStore) -> Release:
    return stored(module_store, TOWN, ROWS)


def matching(test: Callable[[Properties], bool | None]) -> list[str]:
    return [row[1]["code"] for row in ROWS if test(dict(row[1]))]


def known(*names: str) -> Callable[[Properties], bool]:
    return lambda p: all(p[name] is not None for name in names)


def answered(town: Release, text: str | dict[str, Any], crs: Crs = CRS84) -> list[Any]:
    if isinstance(text, dict):
        query = FeatureQuery(limit=100, filter=json.dumps(text), filter_language="cql2-json", filter_crs=crs)
    else:
        query = FeatureQuery(limit=100, filter=text, filter_crs=crs)
    return ids_of(town.read_page(query))


def both(p: Properties, first: str, second: str) -> bool:
    return p[first] is not None and p[second] is not None


TEXTS: list[tuple[str, Callable[[Properties], bool | None]]] = [
    ("floors = 4", lambda p: p["floors"] == 4),
    ("floors <> 4", lambda p: known("floors")(p) and p["floors"] != 4),
    ("4 < floors", lambda p: known("floors")(p) and p["floors"] > 4),
    ("floors>=4 and floors<=6", lambda p: known("floors")(p) and 4 <= p["floors"] <= 6),
    ("floors = 1 OR floors = 2 AND listed = TRUE", lambda p: p["floors"] == 1 or (p["floors"] == 2 and p["listed"])),
    ("(floors = 1 OR floors = 2) AND listed = true", lambda p: p["floors"] in (1, 2) and p["listed"]),
    ("NOT floors = 4", lambda p: known("floors")(p) and p["floors"] != 4),
    ("NOT (floors = 4 OR listed = TRUE)", lambda p: known("floors")(p) and p["floors"] != 4 and p["listed"] is False),
    ("NOT NOT floors = 4", lambda p: p["floors"] == 4),
    ("floors BETWEEN 3 AND 5 AND listed = FALSE", lambda p: p["floors"] in (3, 4, 5) and p["listed"] is False),
    ("floors NOT BETWEEN 3 AND 5", lambda p: known("floors")(p) and p["floors"] not in (3, 4, 5)),
    ("floors IN (1, 3, 5)", lambda p: p["floors"] in (1, 3, 5)),
    ("floors NOT IN (1, 3, 5)", lambda p: known("floors")(p) and p["floors"] not in (1, 3, 5)),
    ("floors IS NULL", lambda p: p["floors"] is None),
    ("floors IS NOT NULL", lambda p: p["floors"] is not None),
    ("height > -2.5e0", lambda p: known("height")(p) and p["height"] > -2.5),
    ("height * 2 + 1 > floors - 3", lambda p: both(p, "height", "floors") and p["height"] * 2 + 1 > p["floors"] - 3),
    ("(floors + 1) / 2 = 2.5", lambda p: p["floors"] == 4),
    ("floors % 4 = 1", lambda p: known("floors")(p) and p["floors"] % 4 == 1),
    ("floors DIV 4 = 1", lambda p: known("floors")(p) and p["floors"] // 4 == 1),
    ("-floors < -7", lambda p: known("floors")(p) and p["floors"] > 7),
    ("名稱 = '逢甲大學'", lambda p: p["名稱"] == "逢甲大學"),
    ("\"名稱\" LIKE '逢甲%'", lambda p: (p["名稱"] or "").startswith("逢甲")),
    ("名稱 LIKE '_中%'", lambda p: (p["名稱"] or " ")[1:2] == "中"),
    ("名稱 NOT LIKE '%中%'", lambda p: p["名稱"] is not None and "中" not in p["名稱"]),
    ("名稱 LIKE 'fengjia%'", lambda p: False),
    ("CASEI(名稱) LIKE casei('FENGJIA%')", lambda p: p["名稱"] == "Fengjia Café"),
    ("ACCENTI(名稱) = ACCENTI('Fengjia Cafe')", lambda p: p["名稱"] == "Fengjia Café"),
    ("名稱 = 'it''s'", lambda p: False),
    ("listed = TRUE", lambda p: p["listed"]),
    ("TRUE", lambda p: True),
    ("FALSE OR floors = 2", lambda p: p["floors"] == 2),
    ("built < DATE('1970-01-01')", lambda p: known("built")(p) and p["built"] < date(1970, 1, 1)),
    ("built < '1970-01-01'", lambda p: known("built")(p) and p["built"] < date(1970, 1, 1)),
    (
        "seen >= TIMESTAMP('2026-01-15T08:00:00+08:00')",
        lambda p: known("seen")(p) and p["seen"] >= datetime(2026, 1, 15, tzinfo=UTC),
    ),
    (
        "T_DURING(built, INTERVAL('1960-01-01', '1980-01-01'))",
        lambda p: known("built")(p) and date(1960, 1, 1) < p["built"] < date(1980, 1, 1),
    ),
    ("T_AFTER(built, DATE('1990-01-01'))", lambda p: known("built")(p) and p["built"] > date(1990, 1, 1)),
    (
        "T_BEFORE(INTERVAL('1990-01-01', '1999-01-01'), built)",
        lambda p: known("built")(p) and p["built"] > date(1999, 1, 1),
    ),
    (
        "T_INTERSECTS(built, INTERVAL('..', '1960-06-15'))",
        lambda p: known("built")(p) and p["built"] <= date(1960, 6, 15),
    ),
]


@pytest.mark.parametrize(("text", "test"), TEXTS, ids=[text for text, _ in TEXTS])
def test_text(town: Release, text: str, test: Callable[[Properties], bool | None]) -> None:
    assert answered(town, text) == matching(test)


FLOORS = {"property": "floors"}
DOCUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"op": "=", "args": [FLOORS, 4]}, "floors = 4"),
    (
        {"op": "and", "args": [{"op": ">=", "args": [FLOORS, 2]}, {"op": "<>", "args": [FLOORS, 3]}]},
        "floors >= 2 AND floors <> 3",
    ),
    (
        {"op": "or", "args": [{"op": "isNull", "args": [FLOORS]}, {"op": "<", "args": [FLOORS, 1]}]},
        "floors IS NULL OR floors < 1",
    ),
    ({"op": "not", "args": [{"op": "=", "args": [{"property": "listed"}, True]}]}, "NOT listed = TRUE"),
    ({"op": "in", "args": [FLOORS, [1, 2]]}, "floors IN (1, 2)"),
    ({"op": "between", "args": [FLOORS, 1, 3]}, "floors BETWEEN 1 AND 3"),
    ({"op": "like", "args": [{"property": "名稱"}, "%中%"]}, "名稱 LIKE '%中%'"),
    (
        {
            "op": "=",
            "args": [{"op": "casei", "args": [{"property": "名稱"}]}, {"op": "casei", "args": ["FENGJIA CAFÉ"]}],
        },
        "名稱 = 'Fengjia Café'",
    ),
    ({"op": ">", "args": [{"op": "+", "args": [FLOORS, 1]}, 5]}, "floors > 4"),
    ({"op": "<", "args": [{"property": "built"}, {"date": "1970-01-01"}]}, "built < DATE('1970-01-01')"),
    (
        {"op": "t_after", "args": [{"property": "seen"}, {"timestamp": "2026-01-15T00:00:00Z"}]},
        "seen > TIMESTAMP('2026-01-15T00:00:00Z')",
    ),
    (
        {"op": "t_during", "args": [{"property": "built"}, {"interval": ["1960-01-01", ".."]}]},
        "built > DATE('1960-01-01')",
    ),
    (
        {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [120.62, 24.12, 120.68, 24.16]}]},
        "S_INTERSECTS(geometry, BBOX(120.62, 24.12, 120.68, 24.16))",
    ),
]


@pytest.mark.parametrize(("document", "text"), DOCUMENTS, ids=[text for _, text in DOCUMENTS])
def test_json_means_the_same_as_text(town: Release, document: dict[str, Any], text: str) -> None:
    found = answered(town, document)
    assert found == answered(town, text)
    assert found


RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "S_INTERSECTS": shapely.intersects,
    "S_DISJOINT": shapely.disjoint,
    "S_WITHIN": shapely.within,
    "S_CONTAINS": shapely.contains,
    "S_CROSSES": shapely.crosses,
    "S_OVERLAPS": shapely.overlaps,
    "S_TOUCHES": shapely.touches,
    "S_EQUALS": shapely.equals,
}
SHAPES = {
    "polygon": shapely.Polygon([(212_000, 2_667_000), (221_000, 2_668_000), (216_000, 2_676_000)]),
    "box": shapely.box(213_000, 2_667_000, 219_000, 2_673_000),
    "line": shapely.LineString([(210_000, 2_666_000), (222_000, 2_678_000)]),
    "known point": ROWS[0][0],
    "known box": ROWS[2][0],
    "inside a known box": ROWS[2][0].centroid,
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("operator", RELATIONS)
def test_spatial_relations_in_the_stored_crs(town: Release, operator: str, shape: Any) -> None:
    expected = [row[1]["code"] for row in ROWS if row[0] is not None and RELATIONS[operator](row[0], shape)]
    wkt = shapely.to_wkt(shape, rounding_precision=-1)
    assert answered(town, f"{operator}(geometry, {wkt})", TWD97_TM2) == expected
    negated = [row[1]["code"] for row in ROWS if row[0] is not None and not RELATIONS[operator](row[0], shape)]
    assert answered(town, f"NOT {operator}(geometry, {wkt})", TWD97_TM2) == negated


@given(
    corners=st.lists(st.tuples(st.floats(120.6, 120.75), st.floats(24.1, 24.2)), min_size=3, max_size=3),
    latitude_first=st.booleans(),
)
@settings(deadline=None, max_examples=50)
def test_a_triangle_in_degrees(town: Release, corners: list[tuple[float, float]], latitude_first: bool) -> None:
    triangle = shapely.Polygon(corners)
    if triangle.area < 1e-6:
        return
    shapes = transform_geometries(np.array([row[0] for row in ROWS], dtype=object), TWD97_TM2, CRS84)
    unsure = {
        row[1]["code"]
        for row, shape in zip(ROWS, shapes, strict=True)
        if shape is not None and shape.distance(triangle.boundary) < 1e-5
    }
    expected = {
        row[1]["code"]
        for row, shape in zip(ROWS, shapes, strict=True)
        if shape is not None and shape.intersects(triangle)
    }
    written = shapely.Polygon([corner[::-1] for corner in corners]) if latitude_first else triangle
    text = f"S_INTERSECTS({shapely.to_wkt(written, rounding_precision=-1)}, geometry)"
    assert set(answered(town, text, WGS84 if latitude_first else CRS84)) ^ expected <= unsure


def test_geometry_is_null(town: Release) -> None:
    assert answered(town, "geometry IS NULL") == [row[1]["code"] for row in ROWS if row[0] is None] != []


def test_a_filter_joins_the_other_parameters(town: Release) -> None:
    query = FeatureQuery(limit=100, filter="floors > 3", equals=(("listed", "true"),))
    assert ids_of(town.read_page(query)) == matching(lambda p: (p["floors"] or 0) > 3 and p["listed"])


WRONG_TEXTS = [
    "",
    "floors",
    "floors =",
    "= 4",
    "floors = 4 AND",
    "floors == 4",
    "floors = 4)",
    "(floors = 4",
    "nothing = 4",
    "floors = 'four'",
    "名稱 = 4",
    "名稱 > TRUE",
    "listed = 1",
    "built = 'yesterday'",
    "built = DATE('2026-02-30')",
    "floors LIKE 'a%'",
    "(floors = 1) > 2",
    "floors + 1",
    "floors IN ()",
    "floors BETWEEN 1",
    "floors IS 4",
    "名稱 = 'open",
    "floors = 1; DROP TABLE features",
    'floors" = 1',
    "sleep(5) = 1",
    "load_extension('x') = 1",
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))",
    "S_INTERSECTS(geometry, POINT(nan 1))",
    "S_INTERSECTS(geometry, POINT EMPTY)",
    "S_INTERSECTS(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))",
    "S_INTERSECTS(geometry, POLYGON((((((",
    "S_INTERSECTS(floors, POINT(120 24))",
    "S_INTERSECTS(geometry, geometry)",
    "S_INTERSECTS(POINT(120 24))",
    "S_INTERSECTS(geometry, BBOX(1, 2, 3))",
    "S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(" * 5000 + "POINT(1 2)" + ")" * 5000 + ")",
    "T_MEETS(built, DATE('2026-01-01'))",
    "A_CONTAINS(floors, 1)",
    "NOT " * 5000 + "floors = 1",
    "(" * 5000 + "floors = 1" + ")" * 5000,
    "-" * 5000 + "1 = floors",
    "floors = 1" + " + 1" * 5000,
    " OR ".join(["floors = 1"] * 5000),
    f"floors IN ({', '.join(map(str, range(10_000)))})",
    "floors = " + "9" * 5000 + " + 'a'",
    "x" * 300_000,
    "'" * 99_999,
    '"' * 99_999,
]


@pytest.mark.parametrize("text", WRONG_TEXTS, ids=[text[:40] for text in WRONG_TEXTS])
def test_a_wrong_text_gets_one_clear_sentence(town: Release, text: str) -> None:
    if not text:
        with pytest.raises(InvalidFilter):
            parse_filter(text, TOWN)
        return
    with pytest.raises(InvalidFilter) as caught:
        town.read_page(FeatureQuery(filter=text))
    for language in ("zh-TW", "en"):
        sentence = caught.value.sentence(language)  # type: ignore[arg-type]
        assert len(sentence) < 700
        assert "\n" not in sentence


NESTED = '{"op":"not","args":[' * 300 + '{"op":"=","args":[{"property":"floors"},1]}' + "]}" * 300

WRONG_DOCUMENTS = [
    "nonsense",
    "{}",
    "[]",
    "null",
    "4",
    '"floors = 4"',
    '{"op": "="}',
    '{"op": "=", "args": [{"property": "floors"}]}',
    '{"op": "=", "args": [{"property": "nothing"}, 1]}',
    '{"op": "=", "args": [{"property": 5}, 1]}',
    '{"op": ["="], "args": []}',
    '{"op": "and", "args": []}',
    '{"op": "in", "args": [{"property": "floors"}, 1]}',
    '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": [[1, 2]]}]}',
    '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Nothing", "coordinates": []}]}',
    '{"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": ["a", 1, 2, 3]}]}',
    '{"op": "=", "args": [{"property": "built"}, {"date": "2026-13-01"}]}',
    '{"op": "=", "args": [{"property": "floors"}, 1e999]}',
    '{"op":"not","args":[' * 9_000,
    '{"op":"=","args":[{"a":' + "[" * 900 + "]" * 900 + "}]}",
    NESTED,
]


@pytest.mark.parametrize("text", WRONG_DOCUMENTS, ids=[text[:60] for text in WRONG_DOCUMENTS])
def test_a_wrong_document_gets_one_clear_sentence(town: Release, text: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        town.read_page(FeatureQuery(filter=text, filter_language="cql2-json"))
    assert caught.value.sentence("zh-TW")


@given(text=st.text(st.sampled_from("floors=<>'\"()andortrue 名稱%_\\-+*/.,0129"), max_size=60))
@settings(deadline=None, max_examples=300)
def test_no_text_breaks_the_parser(town: Release, text: str) -> None:
    try:
        town.read_page(FeatureQuery(filter=text))
    except InvalidFilter as error:
        assert error.sentence("en")


@given(
    document=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.fixed_dictionaries(
                {
                    "op": st.sampled_from(["and", "or", "not", "=", "in", "like", "+", "s_within", "casei"]),
                    "args": st.lists(inner, max_size=3),
                }
            )
            | st.fixed_dictionaries({"property": st.sampled_from(["floors", "名稱", "geometry", "x"])})
        ),
        max_leaves=12,
    )
)
@settings(deadline=None, max_examples=300)
def test_no_document_breaks_the_parser(town: Release, document: Any) -> None:
    try:
        town.read_page(FeatureQuery(filter=json.dumps(document), filter_language="cql2-json"))
    except InvalidFilter as error:
        assert error.sentence("en")
