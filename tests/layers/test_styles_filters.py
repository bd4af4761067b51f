"""Rule filters mean in Mapnik what CQL2 means; SQLite's WHERE, of the same three truth values, says what that is."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InvalidStyle
from layers.render.engine import mapnik
from layers.styles.filters import parse_filter

ROW = {"class": "freeway", "lanes": 4, "width": 3.5, "路名": "中山路", "note": None, "open": 1}


def mapnik_says(filter_: str, row: dict[str, Any], absent: frozenset[str] = frozenset()) -> bool:
    context = mapnik.Context()
    for name in row:
        context.push(name)
    feature = mapnik.Feature(context, 1)
    for name, value in row.items():
        feature[name] = value
    return bool(mapnik.Expression(parse_filter(filter_, absent=absent).expression).evaluate(feature))


@pytest.mark.parametrize(
    ("filter_", "holds"),
    [
        ("class = 'freeway' AND lanes >= 4", True),
        ("class = 'street' OR lanes = 4 AND width > 9", False),
        ("class <> 'street'", True),
        ("NOT class = 'freeway'", False),
        ("lanes IN (1, 2, 4)", True),
        ("lanes NOT IN (1, 2)", True),
        ("width BETWEEN 3 AND 3.5", True),
        ("width NOT BETWEEN 3 AND 3.5", False),
        ("路名 LIKE '中山%'", True),
        ("路名 LIKE '中_路'", True),
        ("路名 LIKE '中山'", False),
        ("\"路名\" NOT LIKE '%街'", True),
        ("CASEI(class) = CASEI('FreeWay')", True),
        ("CASEI(class) = 'freeway'", True),
        ("CASEI(class) = 'FreeWay'", False),
        ("CASEI(class) <> 'FreeWay'", True),
        ("CASEI(class) = CASEI('FreeWays')", False),
        ("CASEI(class) <> CASEI('FREEWAY')", False),
        ("CASEI(class) LIKE CASEI('FREE%')", True),
        ("CASEI(note) <> 'x'", False),
        ("note IS NULL", True),
        ("note IS NOT NULL", False),
        ("note = 'x'", False),
        ("note <> 'x'", False),
        ("NOT (note = 'x')", False),
        ("NOT (note <> 'x' OR lanes > 9)", False),
        ("note LIKE '%'", False),
        ("open = TRUE", True),
        ("lanes * 2 + 1 = 9", True),
        ("-lanes < -3", True),
        ("missing IS NULL", True),
        ("missing <> 'x'", False),
    ],
)
def test_filters_hold_as_cql2_has_it(filter_: str, holds: bool) -> None:
    assert mapnik_says(filter_, ROW, absent=frozenset({"missing"})) is holds


@pytest.mark.parametrize("value", ["O'Brien", "back\\slash", '"', "]", "[a]", "'; DROP", "a.c", "(", "100%", "\\'"])
def test_texts_are_only_texts(value: str) -> None:
    quoted = value.replace("'", "''")
    assert mapnik_says(f"name = '{quoted}'", {"name": value})
    assert not mapnik_says(f"name = '{quoted}'", {"name": value + "x"})
    pattern = quoted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    assert mapnik_says(f"name LIKE '{pattern}'", {"name": value})
    assert not mapnik_says(f"name LIKE '{pattern}'", {"name": "abc"})


VALUES = st.none() | st.integers(-2, 2)
NAMES = st.sampled_from(["aa", "bb", "cc"])
CONSTANTS = st.integers(0, 2).map(str)
OPERANDS = NAMES | CONSTANTS
COMPARISONS = st.builds("{} {} {}".format, OPERANDS, st.sampled_from(["=", "<>", "<", ">", "<=", ">="]), OPERANDS)
LISTS = st.builds("{} {} ({}, {})".format, NAMES, st.sampled_from(["IN", "NOT IN"]), CONSTANTS, CONSTANTS)
RANGES = st.builds("{} {} {} AND {}".format, NAMES, st.sampled_from(["BETWEEN", "NOT BETWEEN"]), OPERANDS, OPERANDS)
NULLS = st.builds("{} {}".format, NAMES, st.sampled_from(["IS NULL", "IS NOT NULL"]))
CONDITIONS = st.recursive(
    COMPARISONS | LISTS | RANGES | NULLS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner)
        | st.builds("NOT ({})".format, inner)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, VALUES, VALUES, VALUES)
def test_filters_hold_where_sql_has_them_hold(filter_: str, aa: int | None, bb: int | None, cc: int | None) -> None:
    row = {"aa": aa, "bb": bb, "cc": cc}
    with sqlite3.connect(":memory:") as database:
        query = f"SELECT coalesce(({filter_}), 0) FROM (SELECT ? AS aa, ? AS bb, ? AS cc)"
        (expected,) = database.execute(query, (aa, bb, cc)).fetchone()
    assert mapnik_says(filter_, row) == bool(expected)


def test_knows_the_fields_it_reads() -> None:
    assert parse_filter("class = 'a' AND NOT (路名 LIKE 'b%' OR lanes + width > 2)").fields == {
        "class",
        "路名",
        "lanes",
        "width",
    }


@pytest.mark.parametrize("filter_", ["", "class", "class = ", "ACCENTI(class) = 'a'", "a ~ 1", "(" * 500 + "a = 1"])
def test_refuses_what_mapnik_cannot_evaluate(filter_: str) -> None:
    with pytest.raises(InvalidStyle) as caught:
        parse_filter(filter_, "rules[3].filter")
    assert caught.value.parameters["where"] == "rules[3].filter"
    assert "rules[3].filter" in caught.value.sentence("zh-TW")
