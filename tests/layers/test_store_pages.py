"""Pages of features: complete, without repetition, exact at the edges, in the axis order of their CRS."""

from __future__ import annotations

import math
from dataclasses import replace
from threading import Thread
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.crs import (
    CRS84,
    SERVED,
    TWD97,
    TWD97_TM2,
    WEB_MERCATOR,
    WGS84,
    Crs,
    transform_geometries,
    transform_points,
)
from layers.errors import InvalidParameter, UnknownFeature
from layers.extent import BoundingBox
from layers.features import FeatureQuery, SortKey
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, Release
from tests.layers.releases import TOWN, features_of, ids_of, stored, town_rows

ROWS = town_rows()
STATION = (120.6850, 24.1369)
"""臺中火車站."""


@pytest.fixture(scope="module")
def town(module_store: FeatureStore) -> Release:
    return stored(module_store, TOWN, ROWS)


def pages(release: Release, query: FeatureQuery, *, keyset: bool) -> list[Any]:
    """Follow a query to its end and return the ids of all pages."""
    found: list[Any] = []
    while True:
        page = release.read_page(query)
        found += ids_of(page)
        assert page.has_more == (len(found) < page.number_matched)
        if not page.has_more:
            assert page.next_after is None
            return found
        query = replace(query, after=page.next_after) if keyset else replace(query, offset=len(found))


def codes(rows: list[Any]) -> list[str]:
    return [row[1]["code"] for row in rows]


def geometries(crs: Crs) -> Any:
    return transform_geometries(np.array([row[0] for row in ROWS], dtype=object), TWD97_TM2, crs)


lon = st.floats(120.5, 120.9)
lat = st.floats(24.0, 24.4)
degree_boxes = st.tuples(lon, lat, lon, lat).map(
    lambda v: BoundingBox(min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
)


@given(limit=st.integers(1, 70), keyset=st.booleans(), bbox=st.none() | degree_boxes)
@settings(deadline=None, max_examples=60)
def test_all_pages_together_are_all_features_once(
    town: Release, limit: int, keyset: bool, bbox: BoundingBox | None
) -> None:
    box = shapely.box(*bbox) if bbox else None
    expected = [
        row[1]["code"]
        for row, shape in zip(ROWS, geometries(CRS84), strict=True)
        if box is None or (shape is not None and shape.intersects(box))
    ]
    assert pages(town, FeatureQuery(limit=limit, bbox=bbox), keyset=keyset) == expected


@given(bbox=degree_boxes, crs=st.sampled_from(SERVED))
@settings(deadline=None, max_examples=80)
def test_a_box_in_any_crs_holds_what_it_holds(town: Release, bbox: BoundingBox, crs: Crs) -> None:
    xs, ys = transform_points([bbox.west, bbox.east], [bbox.south, bbox.north], CRS84, crs)
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    box = shapely.box(west, south, east, north)
    expected: set[str] = set()
    unsure: set[str] = set()
    for row, shape in zip(ROWS, geometries(crs), strict=True):
        if shape is not None:
            (expected if shape.intersects(box) else set()).add(row[1]["code"])
            # What touches the edge within a decimetre may fall either way: edges are curves in another CRS.
            if shape.distance(box.boundary) < (1e-6 if crs.is_geographic else 0.1):
                unsure.add(row[1]["code"])
    query = FeatureQuery(limit=100, bbox=BoundingBox(west, south, east, north), bbox_crs=crs)
    assert set(ids_of(town.read_page(query))) ^ expected <= unsure


def test_a_box_around_everything_leaves_out_what_lies_nowhere(town: Release) -> None:
    page = town.read_page(FeatureQuery(limit=100, bbox=BoundingBox(-180, -90, 180, 90)))
    assert page.number_matched == sum(row[0] is not None for row in ROWS) < len(ROWS)


@pytest.mark.parametrize("bbox", [(120, 25, 121, 24), (float("nan"), 24, 121, 25), (120, 24, float("inf"), 25)])
def test_a_wrong_box_is_refused(town: Release, bbox: tuple[float, float, float, float]) -> None:
    with pytest.raises(InvalidParameter):
        town.read_page(FeatureQuery(bbox=BoundingBox(*bbox)))


def test_a_box_across_the_180th_meridian(feature_store: FeatureStore) -> None:
    schema = Schema(GeometryType.POINT, WGS84, ())
    rows = [(shapely.Point(x, -17), {}) for x in (179, -179, 0)]
    release = stored(feature_store, schema, rows)
    assert ids_of(release.read_page(FeatureQuery(bbox=BoundingBox(178, -20, -178, -10)))) == [1, 2]


def point_release(store: FeatureStore, crs: Crs, x: float, y: float) -> Release:
    return stored(store, Schema(GeometryType.POINT, crs, ()), [(shapely.Point(x, y), {})])


@pytest.mark.parametrize("crs", SERVED, ids=str)
def test_coordinates_follow_the_axis_order_of_the_crs(feature_store: FeatureStore, crs: Crs) -> None:
    """Degrees: EPSG:4326 and 3824 put latitude first, CRS84 longitude; projected ones easting (OGC 18-058r1, 7)."""
    release = point_release(feature_store, WGS84, *STATION)
    (feature,) = features_of(release.read_page(FeatureQuery(crs=crs)))
    latitude = math.radians(STATION[1])
    expected: dict[Crs, tuple[float, float]] = {
        CRS84: STATION,
        WGS84: STATION[::-1],
        TWD97: STATION[::-1],
        WEB_MERCATOR: (
            6_378_137 * math.radians(STATION[0]),
            6_378_137 * math.log(math.tan(math.pi / 4 + latitude / 2)),
        ),
        TWD97_TM2: pyproj.Proj("+proj=tmerc +lon_0=121 +k=0.9999 +x_0=250000 +ellps=GRS80")(*STATION),
    }
    if crs in expected:
        tolerance = 1e-7 if crs.is_geographic else 0.001
        assert feature["geometry"]["coordinates"] == pytest.approx(expected[crs], abs=tolerance)
    item = release.read_item("1", crs)
    assert item == release.read_page(FeatureQuery(crs=crs)).features
    (read,) = release.read_features(FeatureQuery(crs=crs))
    x, y = transform_points(*STATION, CRS84, crs)
    assert (read.geometry.x, read.geometry.y) == pytest.approx((x, y), rel=1e-9)


def test_known_coordinates_of_twd97(feature_store: FeatureStore) -> None:
    """The central meridian of zone 121 has easting 250000 by definition."""
    release = point_release(feature_store, TWD97, 121.0, 24.0)
    (feature,) = features_of(release.read_page(FeatureQuery(crs=TWD97_TM2)))
    assert feature["geometry"]["coordinates"][0] == 250_000


def test_coordinates_are_rounded_and_no_vertex_is_lost(feature_store: FeatureStore) -> None:
    tiny = shapely.Polygon([(120, 24), (120.000000001, 24), (120.000000001, 24.000000001), (120, 24)])
    release = stored(feature_store, Schema(GeometryType.POLYGON, WGS84, ()), [(tiny, {})])
    (feature,) = features_of(release.read_page(FeatureQuery()))
    assert feature["geometry"]["coordinates"] == [[[120, 24]] * 4]


def test_outer_rings_run_counter_clockwise(town: Release) -> None:
    for feature in features_of(town.read_page(FeatureQuery(limit=100))):
        if feature["geometry"] and feature["geometry"]["type"] == "Polygon":
            outer, *holes = feature["geometry"]["coordinates"]
            assert shapely.LinearRing(outer).is_ccw
            assert not any(shapely.LinearRing(hole).is_ccw for hole in holes)


def test_values_are_what_was_written(town: Release) -> None:
    (feature,) = features_of(town.read_page(FeatureQuery(limit=1)))
    assert feature["type"] == "Feature"
    assert feature["id"] == "T000"
    assert feature["properties"] == {
        "名稱": "逢甲大學",
        "floors": 0,
        "height": -20.0,
        "listed": True,
        "built": "1950-01-01",
        "seen": "2026-01-01T00:30:00.000Z",
        "code": "T000",
    }


def test_objects_have_python_values(town: Release) -> None:
    features = town.read_features(FeatureQuery(limit=100))
    assert [feature.properties for feature in features] == [dict(row[1]) for row in ROWS]
    assert [feature.fid for feature in features] == list(range(1, len(ROWS) + 1))


def test_other_forms_say_the_same_as_the_stored_text(town: Release) -> None:
    names = TOWN.names
    whole = features_of(town.read_page(FeatureQuery(limit=100)))
    assert features_of(town.read_page(FeatureQuery(limit=100, properties=names))) == whole
    some = features_of(town.read_page(FeatureQuery(limit=100, properties=("code", "floors"), skip_geometry=True)))
    assert some == [
        {**feature, "geometry": None, "properties": {name: feature["properties"][name] for name in ("floors", "code")}}
        for feature in whole
    ]


def test_equal_values_and_order(town: Release) -> None:
    expected = [row for row in ROWS if row[1]["floors"] == 4 and row[1]["listed"]]
    query = FeatureQuery(limit=50, equals=(("floors", "4"), ("listed", "true")))
    assert ids_of(town.read_page(query)) == codes(expected)
    query = FeatureQuery(limit=100, sort=(SortKey("floors", descending=True), SortKey("height")))
    known = [row for row in ROWS if row[1]["floors"] is not None]
    found = [feature["properties"] for feature in features_of(town.read_page(query))]
    assert [f["floors"] for f in found[: len(known)]] == sorted((row[1]["floors"] for row in known), reverse=True)
    assert all(f["floors"] is None for f in found[len(known) :])
    assert pages(town, replace(query, limit=7), keyset=False) == [f["code"] for f in found]


@pytest.mark.parametrize(
    "query",
    [
        FeatureQuery(equals=(("nothing", "1"),)),
        FeatureQuery(equals=(("floors", "many"),)),
        FeatureQuery(equals=(("built", "2026-02-30"),)),
        FeatureQuery(equals=(("listed", "maybe"),)),
        FeatureQuery(sort=(SortKey('floors" --'),)),
        FeatureQuery(properties=("nothing",)),
        FeatureQuery(sort=(SortKey("floors"),), after=3),
    ],
)
def test_wrong_parameters_are_refused(town: Release, query: FeatureQuery) -> None:
    with pytest.raises(InvalidParameter) as caught:
        town.read_page(query)
    assert "{" not in caught.value.sentence("zh-TW") + caught.value.sentence("en")


def test_items_by_key(town: Release) -> None:
    whole = town.read_page(FeatureQuery(limit=1, offset=6)).features
    assert town.read_item("T006") == whole
    for wrong in ("T999", "7", "", "' OR 1=1 --", "T006 "):
        with pytest.raises(UnknownFeature):
            town.read_item(wrong)


@pytest.mark.parametrize("key", [None, "n"])
def test_items_by_number(feature_store: FeatureStore, key: str | None) -> None:
    schema = Schema(GeometryType.POINT, WGS84, (Field("n", FieldType.INTEGER),), key=key)
    rows = [(shapely.Point(120 + n / 10, 24), {"n": n * 10}) for n in (1, 2, 3)]
    release = stored(feature_store, schema, rows)
    ids = [10, 20, 30] if key else [1, 2, 3]
    assert ids_of(release.read_page(FeatureQuery())) == ids
    assert release.read_item(str(ids[1])) == release.read_page(FeatureQuery(offset=1, limit=1)).features
    for wrong in (f"0{ids[0]}", f"{ids[0]}.0", "x", "99", "9" * 30):
        with pytest.raises(UnknownFeature):
            release.read_item(wrong)


def test_many_threads_read_the_same(town: Release) -> None:
    query = FeatureQuery(limit=20, filter="floors > 2", crs=TWD97_TM2)
    expected = town.read_page(query).features
    answers: list[bytes] = []
    threads = [
        Thread(target=lambda: answers.extend(town.read_page(query).features for _ in range(20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 80


@pytest.mark.parametrize("text", [None, "floors > 2"])
def test_absurd_numbers_are_harmless(town: Release, text: str | None) -> None:
    huge = 10**30
    assert town.read_page(FeatureQuery(offset=huge, filter=text)).number_returned == 0
    assert town.read_page(FeatureQuery(after=huge, filter=text)).number_returned == 0
    assert town.read_page(FeatureQuery(limit=-1, offset=-5, filter=text)).number_returned == 0
    everything = town.read_page(FeatureQuery(limit=huge, filter=text))
    assert everything.number_returned == everything.number_matched
