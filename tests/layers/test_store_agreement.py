"""Both stores, given the same features, say the same: pages, filters, orders, searches, digests."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, WGS84, Crs
from layers.errors import InvalidParameter
from layers.extent import BoundingBox
from layers.features import FeatureQuery, SortKey
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, Release, ReleaseSummary
from tests.database import STORES, open_stores
from tests.layers.releases import Row, batch_of

FIELDS = (
    Field("name", FieldType.TEXT),
    Field("n", FieldType.INTEGER),
    Field("large", FieldType.INTEGER),
    Field("h", FieldType.REAL),
    Field("ok", FieldType.BOOLEAN),
    Field("day", FieldType.DATE),
    Field("seen", FieldType.DATETIME),
)
SEARCHED = Schema(GeometryType.GEOMETRY, TWD97_TM2, FIELDS, searchable=("name",))
KEYED = Schema(GeometryType.GEOMETRY, WGS84, (*FIELDS, Field("id", FieldType.TEXT)), key="id", searchable=("name",))

signs = st.sampled_from("aAbBßÉéİıſΣ臺台中市１1%_\\'\"\t\n \u0301\u3000𠮷\ue003\ue000")
names = st.text(signs, max_size=6) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
whole = st.integers(-5, 5)
large = st.sampled_from([-(1 << 63), (1 << 63) - 1, 1 << 53, (1 << 53) + 1])
"""Exact where they are compared; engines calculate with them to 15 digits."""
real = st.sampled_from([0.0, -0.0, 0.1, 0.2, 1e-7, 1e22, -2.5]) | st.floats(-1e6, 1e6)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)) | st.datetimes(
    datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
)


def shapes(west: float, south: float, size: float) -> st.SearchStrategy[Any]:
    """Points, lines, boxes and bow ties on a small grid, so that they touch, cross and cover each other."""
    place = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda p: (west + p[0] * size, south + p[1] * size))
    corners = st.lists(place, min_size=4, max_size=4, unique=True)
    return st.one_of(
        st.none(),
        place.map(shapely.Point),
        st.tuples(place, st.floats(-50, 3000)).map(lambda p: shapely.Point(*p[0], p[1])),
        st.lists(place, min_size=2, max_size=4, unique=True).map(shapely.LineString),
        st.tuples(place, st.integers(1, 3)).map(
            lambda p: shapely.box(*p[0], p[0][0] + p[1] * size, p[0][1] + p[1] * size)
        ),
        st.lists(place, min_size=1, max_size=3).map(shapely.MultiPoint),
        corners.map(lambda c: shapely.Polygon([*c, c[0]])).filter(lambda polygon: polygon.area > 0),
    )


def rows(shape: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    values = {
        "name": st.none() | names,
        "n": st.none() | whole,
        "large": st.none() | large,
        "h": st.none() | real,
        "ok": st.none() | st.booleans(),
        "day": st.none() | days,
        "seen": st.none() | times,
    }
    return st.lists(st.tuples(shape, st.fixed_dictionaries(values)), max_size=12)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


constants = st.integers(-6, 6).map(str) | st.sampled_from(["0", "0.1", "-2.5"])
numbers = st.recursive(
    st.sampled_from(["n", "h"]) | constants,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", " DIV "]), inner).map(
        lambda parts: f"({''.join(parts)})"
    ),
    max_leaves=4,
)
texts = st.just("name") | names.map(quoted)
texts |= st.tuples(st.sampled_from(["CASEI", "ACCENTI"]), texts).map(lambda p: f"{p[0]}({p[1]})")
compared = st.sampled_from([" = ", " <> ", " < ", " <= ", " > ", " >= "])
instants = st.one_of(
    days.map(lambda day: f"DATE('{day}')"),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda t: f"TIMESTAMP('{t:%Y-%m-%dT%H:%M:%S}Z')"),
)
boxes = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 4), st.integers(1, 4))


def spatial(west: float, south: float, size: float) -> st.SearchStrategy[str]:
    operators = ["INTERSECTS", "DISJOINT", "WITHIN", "CONTAINS", "CROSSES", "OVERLAPS", "TOUCHES", "EQUALS"]
    return st.tuples(st.sampled_from(operators), shapes(west, south, size).filter(_is_valid)).map(
        lambda p: f"S_{p[0]}(geometry, {shapely.to_wkt(shapely.force_2d(p[1]), rounding_precision=-1)})"
    )


def _is_valid(shape: Any) -> bool:
    return shape is not None and bool(shapely.is_valid(shape))


def filters(shape: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    simple = st.one_of(
        st.tuples(numbers, compared, numbers).map("".join),
        st.tuples(st.just("large"), compared, large.map(str)).map("".join),
        st.tuples(texts, compared, texts).map("".join),
        st.tuples(texts, names).map(lambda p: f"{p[0]} LIKE {quoted(p[1])}"),
        st.tuples(st.sampled_from(["day", "seen"]), compared, instants).map("".join),
        st.lists(constants, min_size=1, max_size=3).map(lambda values: f"n IN ({', '.join(values)})"),
        st.lists(names.map(quoted), min_size=1, max_size=3).map(lambda values: f"name IN ({', '.join(values)})"),
        st.tuples(numbers, numbers, numbers).map(lambda p: f"{p[0]} BETWEEN {p[1]} AND {p[2]}"),
        st.sampled_from(["ok = TRUE", "ok < TRUE", "name IS NULL", "geometry IS NULL", "h IS NOT NULL"]),
        shape,
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map(lambda p: f"({''.join(p)})"),
            inner.map(lambda text: f"NOT ({text})"),
        ),
        max_leaves=3,
    )


sorts = st.lists(st.builds(SortKey, st.sampled_from([field.name for field in FIELDS]), st.booleans()), max_size=3).map(
    tuple
)


@dataclass(frozen=True)
class Pair:
    """A store of each kind."""

    stores: dict[str, FeatureStore]

    def written(self, schema: Schema, features: list[Row]) -> tuple[list[Release], list[ReleaseSummary]]:
        releases, summaries = [], []
        for store in self.stores.values():
            with store.create("any", 1, schema) as writer:
                for start in range(0, len(features), 5):
                    writer.write(batch_of(schema, features[start : start + 5], start + 1))
                summaries.append(writer.commit())
            releases.append(store.open("any", 1))
        return releases, summaries


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    opened = {kind: open_stores(kind, request, tmp_path_factory.mktemp(kind)) for kind in STORES}
    yield Pair({kind: manager.__enter__().make() for kind, manager in opened.items()})
    for manager in opened.values():
        manager.__exit__(None, None, None)


def answer(release: Release, query: FeatureQuery) -> Any:
    try:
        return release.read_page(query)
    except InvalidParameter as error:
        return error.code


def agree(releases: list[Release], query: FeatureQuery) -> None:
    first, second = (answer(release, query) for release in releases)
    # Numbers that no engine can calculate with are told to the client by one and are infinite in the other.
    if "filter_number_range" not in (first, second):
        assert first == second, query


ordinary = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])


@given(data=st.data(), features=rows(shapes(210_000, 2_666_000, 1000)))
@ordinary
def test_any_features_are_answered_alike(pair: Pair, data: st.DataObject, features: list[Row]) -> None:
    releases, summaries = pair.written(SEARCHED, features)
    first, second = summaries
    assert replace(first, size=0) == replace(second, size=0)
    agree(releases, FeatureQuery(limit=5))
    for crs in (TWD97_TM2, WGS84, WEB_MERCATOR):
        agree(releases, FeatureQuery(limit=100, crs=crs, properties=("n", "name")))
    for _ in range(4):
        text = data.draw(filters(spatial(210_000, 2_666_000, 1000)))
        agree(releases, FeatureQuery(limit=100, filter=text, filter_crs=TWD97_TM2, sort=data.draw(sorts)))
    west, south, width, height = data.draw(boxes)
    corner = BoundingBox(210_000 + west * 1000, 2_666_000 + south * 1000, 0, 0)
    box = corner._replace(east=corner.west + width * 1000, north=corner.south + height * 1000)
    agree(releases, FeatureQuery(limit=100, bbox=box, bbox_crs=TWD97_TM2))
    wanted = data.draw(names)
    found = [[f.fid for f in release.search(wanted, ("name", "day"), 4)] for release in releases]
    assert found[0] == found[1]


@given(data=st.data(), features=rows(shapes(120.0, 24.0, 0.01)))
@ordinary
def test_keyed_features_in_degrees_are_answered_alike(pair: Pair, data: st.DataObject, features: list[Row]) -> None:
    keyed = [(shape, {**properties, "id": f"k{place}"}) for place, (shape, properties) in enumerate(features)]
    releases, _ = pair.written(KEYED, keyed)
    one, other = (release.digests() for release in releases)
    for name in ("fids", "keys", "geometry", "attributes"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name, value in data.draw(st.fixed_dictionaries({"n": whole.map(str), "name": names})).items():
        agree(releases, FeatureQuery(limit=100, equals=((name, value),)))
    text = data.draw(filters(spatial(120.0, 24.0, 0.01)))
    crs: Crs = data.draw(st.sampled_from([CRS84, WEB_MERCATOR]))
    agree(releases, FeatureQuery(limit=3, filter=text, filter_crs=CRS84, sort=data.draw(sorts), crs=crs))
    for place in range(len(keyed)):
        items = [release.read_item(f"k{place}", WGS84) for release in releases]
        assert items[0] == items[1]
    batches = [list(release.batches()) for release in releases]
    for left, right in zip(*batches, strict=True):
        assert {name: list(values) for name, values in left.columns.items()} == {
            name: list(values) for name, values in right.columns.items()
        }
        assert np.array_equal(shapely.to_wkb(left.geometry), shapely.to_wkb(right.geometry))


def test_the_database_folds_characters_as_python_does(pair: Pair, postgis_server: str) -> None:
    """Every character that either folding changes, and one in fifty of those that stay as they are."""
    known = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    changed = [sign for sign in known if sign.casefold() != sign or unicodedata.normalize("NFD", sign) != sign]
    signs = [*changed, *(sign for sign in known if unicodedata.combining(sign)), *known[::50]]
    pair.stores["postgis"].numbers("any")
    with psycopg.connect(postgis_server) as connection:
        (schema,) = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'store%' ORDER BY oid DESC LIMIT 1"
        ).fetchone() or ("",)
        rows = connection.execute(
            f'SELECT "{schema}".casei(sign), "{schema}".accenti(sign) FROM unnest(%s::text[]) AS sign', [signs]
        ).fetchall()
    for sign, (folded, bare) in zip(signs, rows, strict=True):
        assert folded == sign.casefold(), hex(ord(sign))
        expected = "".join(part for part in unicodedata.normalize("NFD", sign) if not unicodedata.combining(part))
        assert bare == expected, hex(ord(sign))
