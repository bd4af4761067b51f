"""Comparing releases: exactly what was edited is reported, by key and by content, whatever store keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.changes import (
    ChangeKind,
    Changes,
    Matching,
    compare,
    count_changed_fields,
    read_changes,
)
from layers.changes.matching import match_equal, out_of_order
from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, transform_geometries
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, Release
from layers.stores.geopackage import GeoPackageStore
from tests.layers.releases import Row, stored, town_rows

SCHEMA = Schema(
    GeometryType.GEOMETRY,
    TWD97_TM2,
    (Field("code", FieldType.TEXT), Field("名稱", FieldType.TEXT), Field("floors", FieldType.INTEGER)),
    key="code",
)
KEYLESS = replace(SCHEMA, key=None)
ANY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def house(number: int, *, moved: float = 0.0, name: str = "房屋", floors: int | None = 2) -> Row:
    """A square whose place and name no other number has."""
    x, y = 217_000 + 40.0 * number + moved, 2_671_000.0
    return shapely.box(x, y, x + 10, y + 10), {"code": f"H{number:04}", "名稱": f"{name}{number}", "floors": floors}


def compared(
    store: FeatureStore, before: Sequence[Row], after: Sequence[Row], schemas: tuple[Schema, Schema] = (SCHEMA, SCHEMA)
) -> Changes:
    """Compare the next two releases of a layer."""
    number = max(store.numbers("houses"), default=0) + 1
    old = stored(store, schemas[0], before, layer="houses", number=number, size=7)
    new = stored(store, schemas[1], after, layer="houses", number=number + 1, size=5)
    return compare(old, new)


def counts(changes: Changes) -> dict[str, int]:
    return {kind.value: changes.count(kind) for kind in ChangeKind if changes.count(kind)}


def pairs_of(changes: Changes, kind: ChangeKind) -> set[tuple[int, int]]:
    pairs = changes.pairs(kind)
    return set(zip(pairs.before.tolist(), pairs.after.tolist(), strict=True))


Editing = tuple[list[str], int, list[int]]
"""What happens to each feature, how many are added, and in which order the later release holds them."""
EDITS = ("stay", "stay", "remove", "move", "tell", "both")


@st.composite
def editings(draw: st.DrawFn) -> Editing:
    edits = draw(st.lists(st.sampled_from(EDITS), max_size=40))
    added = draw(st.integers(0, 8))
    later = [number for number, edit in enumerate(edits) if edit != "remove"]
    later += range(len(edits), len(edits) + added)
    return edits, added, draw(st.permutations(later))


def edited(number: int, edits: Sequence[str]) -> Row:
    edit = edits[number] if number < len(edits) else "stay"
    return house(
        number,
        moved=3.0 if edit in {"move", "both"} else 0.0,
        name="大樓" if edit in {"tell", "both"} else "房屋",
    )


def expected_pairs(edits: Sequence[str], order: Sequence[int], wanted: str) -> set[tuple[int, int]]:
    return {
        (number + 1, order.index(number) + 1)
        for number, edit in enumerate(edits)
        if edit == wanted and edit != "remove"
    }


@ANY
@given(editing=editings())
def test_random_edits_are_reported_by_key(feature_store: FeatureStore, editing: Editing) -> None:
    edits, added, order = editing
    before = [house(number) for number in range(len(edits))]
    changes = compared(feature_store, before, [edited(number, edits) for number in order])
    assert changes.matching is Matching.KEY
    assert pairs_of(changes, ChangeKind.GEOMETRY) == expected_pairs(edits, order, "move")
    assert pairs_of(changes, ChangeKind.ATTRIBUTES) == expected_pairs(edits, order, "tell")
    assert pairs_of(changes, ChangeKind.BOTH) == expected_pairs(edits, order, "both")
    assert changes.removed.tolist() == [number + 1 for number, edit in enumerate(edits) if edit == "remove"]
    assert {order[fid - 1] for fid in changes.added.tolist()} == set(range(len(edits), len(edits) + added))
    assert changes.unchanged == edits.count("stay")
    assert bool(changes) == (changes.total > 0)


@ANY
@given(editing=editings())
def test_random_edits_are_reported_by_content(feature_store: FeatureStore, editing: Editing) -> None:
    edits, added, order = editing
    before = [house(number) for number in range(len(edits))]
    after = [edited(number, edits) for number in order]
    changes = compared(feature_store, before, after, (KEYLESS, KEYLESS))
    assert changes.matching is Matching.CONTENT
    assert pairs_of(changes, ChangeKind.GEOMETRY) == expected_pairs(edits, order, "move")
    assert pairs_of(changes, ChangeKind.ATTRIBUTES) == expected_pairs(edits, order, "tell")
    assert pairs_of(changes, ChangeKind.BOTH) == set()
    # What moved and was renamed at once has nothing left by which it could be known again.
    gone = {number for number, edit in enumerate(edits) if edit in {"remove", "both"}}
    come = {number for number, edit in enumerate(edits) if edit == "both"} | set(range(len(edits), len(edits) + added))
    assert {fid - 1 for fid in changes.removed.tolist()} == gone
    assert {order[fid - 1] for fid in changes.added.tolist()} == come


rows_of_digests = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30)


@given(before=rows_of_digests, after=rows_of_digests)
def test_equal_rows_are_paired_as_often_as_both_have_them(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    first, second = (np.array(rows, dtype=np.int64).reshape(-1, 2).T for rows in (before, after))
    one, other = match_equal(tuple(first), tuple(second))
    assert [before[place] for place in one] == [after[place] for place in other]
    assert len(set(one.tolist())) == len(one)
    assert len(set(other.tolist())) == len(other)
    assert Counter(before[place] for place in one) == Counter(before) & Counter(after)


@given(st.permutations(range(9)))
def test_what_is_out_of_order_has_a_greater_one_before_or_a_smaller_one_behind(places: list[int]) -> None:
    expected = [
        any(other > place for other in places[:index]) or any(other < place for other in places[index:])
        for index, place in enumerate(places)
    ]
    assert out_of_order(np.array(places)).tolist() == expected


def test_equal_releases_have_no_changes(feature_store: FeatureStore) -> None:
    changes = compared(feature_store, town(), town(), (TOWN_KEYLESS, TOWN_KEYLESS))
    assert not changes
    assert changes.unchanged == 60
    assert not len(changes.reordered)
    assert not len(changes.further_boxes())


TOWN_KEYLESS = Schema(
    GeometryType.GEOMETRY,
    TWD97_TM2,
    (
        Field("名稱", FieldType.TEXT),
        Field("height", FieldType.REAL),
        Field("listed", FieldType.BOOLEAN),
        Field("built", FieldType.DATE),
        Field("seen", FieldType.DATETIME),
    ),
)


def town() -> list[Row]:
    return town_rows()


def test_an_empty_release_loses_all(feature_store: FeatureStore) -> None:
    changes = compared(feature_store, [house(1), house(2)], [])
    assert counts(changes) == {"removed": 2}
    assert changes.share(ChangeKind.REMOVED) == 1.0
    assert changes.share(ChangeKind.ADDED) == 0.0


def test_several_equal_features_are_counted_not_confused(feature_store: FeatureStore) -> None:
    twin = (shapely.Point(217_000, 2_671_000), {"code": None, "名稱": "路燈", "floors": None})
    changes = compared(feature_store, [twin] * 5, [twin] * 3, (KEYLESS, KEYLESS))
    assert counts(changes) == {"removed": 2}


def test_a_name_that_others_have_too_is_no_sign_of_having_moved(feature_store: FeatureStore) -> None:
    lamps = [(shapely.Point(217_000 + x, 2_671_000), {"code": None, "名稱": "路燈", "floors": None}) for x in range(4)]
    changes = compared(feature_store, lamps[:3], [*lamps[:2], lamps[3]], (KEYLESS, KEYLESS))
    assert counts(changes) == {"added": 1, "removed": 1}


def test_features_without_geometry_are_not_taken_for_each_other(feature_store: FeatureStore) -> None:
    def nowhere(name: str) -> Row:
        return None, {"code": None, "名稱": name, "floors": None}

    changes = compared(feature_store, [nowhere("甲"), nowhere("乙")], [nowhere("甲"), nowhere("丙")], (KEYLESS,) * 2)
    assert counts(changes) == {"added": 1, "removed": 1}


def test_examples_say_what_was_and_what_is(feature_store: FeatureStore) -> None:
    changes = compared(
        feature_store,
        [house(1), house(2), house(3), house(4, floors=None)],
        [house(1, moved=25.0), house(2, floors=3), house(4, name="店面", floors=1, moved=4.0), house(5)],
    )
    (moved,) = read_changes(changes, ChangeKind.GEOMETRY)
    assert (moved.id, moved.fid_before, moved.fid_after) == ("H0001", 1, 1)
    assert moved.moved == pytest.approx(25.0)
    assert (moved.old, moved.new) == ({}, {})
    (told,) = read_changes(changes, ChangeKind.ATTRIBUTES)
    assert (told.old, told.new, told.moved) == ({"floors": 2}, {"floors": 3}, None)
    (both,) = read_changes(changes, ChangeKind.BOTH)
    assert both.old == {"名稱": "房屋4", "floors": None}
    assert both.new == {"名稱": "店面4", "floors": 1}
    assert both.moved == pytest.approx(4.0)
    (added,) = read_changes(changes, ChangeKind.ADDED)
    assert (added.id, added.fid_before, added.fid_after) == ("H0005", None, 4)
    assert added.new["名稱"] == "房屋5"
    (removed,) = read_changes(changes, ChangeKind.REMOVED)
    assert (removed.id, removed.fid_before, removed.fid_after) == ("H0003", 3, None)
    assert removed.geometry.equals(house(3)[0])
    assert count_changed_fields(changes) == {"floors": 2, "名稱": 1}


def test_no_more_examples_are_read_than_wanted(feature_store: FeatureStore) -> None:
    changes = compared(feature_store, [], [house(number) for number in range(9)])
    assert [change.id for change in read_changes(changes, ChangeKind.ADDED, 3)] == ["H0000", "H0001", "H0002"]


def test_what_is_touched_is_where_features_were_and_where_they_are(feature_store: FeatureStore) -> None:
    changes = compared(feature_store, [house(1), house(2)], [house(1), house(2, moved=500.0)])
    boxes = changes.drawn_boxes()
    drawn = [
        transform_geometries(np.array([row[0]], dtype=object), TWD97_TM2, CRS84)[0].centroid
        for row in (house(2), house(2, moved=500.0))
    ]
    centres = transform_geometries(
        shapely.points((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2), WEB_MERCATOR, CRS84
    )
    # A store may keep envelopes in 32 bits: rounded outwards to whole metres.
    assert [centre.distance(place) < 1.5e-5 for centre, place in zip(centres, drawn, strict=True)] == [True, True]


def test_another_order_changes_nothing_but_pictures(feature_store: FeatureStore) -> None:
    changes = compared(feature_store, [house(1), house(2), house(3)], [house(1), house(3), house(2)])
    assert not changes
    assert reordered_pairs(changes) == {(2, 3), (3, 2)}
    assert len(changes.drawn_boxes()) == 0
    assert len(changes.further_boxes()) == 4


def reordered_pairs(changes: Changes) -> set[tuple[int, int]]:
    pairs = changes.reordered
    return set(zip(pairs.before.tolist(), pairs.after.tolist(), strict=True))


def with_fields(schema: Schema, *fields: Field) -> Schema:
    return replace(schema, fields=fields)


@pytest.mark.parametrize("key", ["code", None])
def test_a_new_and_a_lost_field_leave_the_others_comparable(feature_store: FeatureStore, key: str | None) -> None:
    code, name, _ = SCHEMA.fields
    old = replace(SCHEMA, key=key)
    new = replace(with_fields(SCHEMA, name, code, Field("用途", FieldType.TEXT)), key=key)
    after = [house(1), house(2, name="大樓")]
    changes = compared(feature_store, [house(1), house(2)], after, (old, new))
    assert [field.name for field in changes.schema.added] == ["用途"]
    assert [field.name for field in changes.schema.removed] == ["floors"]
    assert changes.schema.reordered
    assert counts(changes) == {"changed_attributes": 1}
    assert count_changed_fields(changes) == {"名稱": 1}
    # A style may draw by any field, so all is drawn again.
    assert len(changes.further_boxes()) == 4


@pytest.mark.parametrize(
    ("types", "values", "other"),
    [
        ((FieldType.INTEGER, FieldType.TEXT), (7, "7"), "8"),
        ((FieldType.INTEGER, FieldType.REAL), (7, 7.0), 7.5),
        ((FieldType.REAL, FieldType.TEXT), (7.25, "7.25"), "7,25"),
        ((FieldType.DATE, FieldType.TEXT), (date(2021, 4, 21), "2021-04-21"), "110/4/21"),
        ((FieldType.BOOLEAN, FieldType.INTEGER), (True, 1), 0),
    ],
)
def test_a_retyped_field_is_compared_by_what_it_says(
    feature_store: FeatureStore, types: tuple[FieldType, FieldType], values: tuple[Any, Any], other: Any
) -> None:
    schemas = tuple(with_fields(SCHEMA, SCHEMA.fields[0], Field("value", type_)) for type_ in types)
    before = [(house(n)[0], {"code": f"H{n}", "value": values[0]}) for n in (1, 2)]
    after = [
        (house(1)[0], {"code": "H1", "value": values[1]}),
        (house(2)[0], {"code": "H2", "value": other}),
    ]
    changes = compared(feature_store, before, after, (schemas[0], schemas[1]))
    assert [(old.type, new.type) for old, new in changes.schema.retyped] == [types]
    assert counts(changes) == {"changed_attributes": 1}
    assert count_changed_fields(changes) == {"value": 1}


def test_a_key_of_another_type_is_still_the_key(feature_store: FeatureStore) -> None:
    schemas = tuple(with_fields(SCHEMA, Field("code", type_)) for type_ in (FieldType.INTEGER, FieldType.TEXT))
    before = [(house(n)[0], {"code": n}) for n in (1, 2)]
    after = [(house(n)[0], {"code": str(n)}) for n in (2, 3)]
    assert counts(compared(feature_store, before, after, (schemas[0], schemas[1]))) == {"added": 1, "removed": 1}


@pytest.mark.parametrize("key", ["code", None])
def test_another_crs_alone_moves_nothing(feature_store: FeatureStore, key: str | None) -> None:
    old, new = replace(SCHEMA, key=key), replace(SCHEMA, key=key, crs=CRS84)
    before = [house(1), house(2)]
    moved = transform_geometries(np.array([house(1)[0], house(2, moved=2.0)[0]], dtype=object), TWD97_TM2, CRS84)
    after = [(geometry, row[1]) for geometry, row in zip(moved, before, strict=True)]
    changes = compared(feature_store, before, after, (old, new))
    assert changes.schema.crs == (TWD97_TM2, CRS84)
    assert counts(changes) == {"changed_geometry": 1}
    (change,) = read_changes(changes, ChangeKind.GEOMETRY)
    assert change.moved == pytest.approx(2.0, abs=0.001)


def test_collections_of_one_are_what_they_hold(feature_store: FeatureStore) -> None:
    old = replace(SCHEMA, geometry_type=GeometryType.POLYGON)
    new = replace(SCHEMA, geometry_type=GeometryType.MULTIPOLYGON)
    changes = compared(feature_store, [house(1), house(2)], [house(1), house(2, moved=1.0)], (old, new))
    assert changes.schema.geometry_type == (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)
    assert counts(changes) == {"changed_geometry": 1}


def test_releases_of_another_store_are_compared_alike(feature_store: FeatureStore, tmp_path: Path) -> None:
    other = GeoPackageStore(tmp_path / "other")
    old: Release = stored(other, SCHEMA, [house(1), house(2), house(3)], layer="houses")
    new: Release = stored(feature_store, SCHEMA, [house(1), house(2, moved=1.0), house(4)], layer="elsewhere")
    assert counts(compare(old, new)) == {"added": 1, "removed": 1, "changed_geometry": 1}
