"""What every store promises of a release: whole or absent, its schema and values kept, its errors named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, WGS84, transform_geometries
from layers.errors import StoreError, UnknownRelease
from layers.features import FeatureQuery, QuarantinedRows
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore
from layers.text import Text
from tests.database import Stores
from tests.layers.releases import TOWN, batch_of, features_of, stored, town_rows


def test_a_release_knows_its_schema_count_and_extent(stores: Stores) -> None:
    fields = (Field("n", FieldType.INTEGER, Text("樓層", "Floors"), Text("地上層"), "層"),)
    schema = Schema(GeometryType.POINT, TWD97_TM2, fields, key="n")
    rows = [(shapely.Point(217_990, 2_670_210), {"n": 1}), (shapely.Point(220_000, 2_680_000), {"n": 2})]
    store = stores.make()
    stored(store, schema, rows)
    release = stores.again(store).open("town", 1)
    assert release.schema == schema
    assert release.count == 2
    expected = shapely.total_bounds(transform_geometries(np.array([row[0] for row in rows]), TWD97_TM2, CRS84))
    assert release.extent == pytest.approx(tuple(expected))


def test_an_empty_release_is_a_release(feature_store: FeatureStore) -> None:
    release = stored(feature_store, TOWN, [])
    assert (release.count, release.extent) == (0, None)
    page = release.read_page(FeatureQuery())
    assert (page.features, page.number_matched, page.has_more) == (b"", 0, False)
    assert release.search("逢甲", ("名稱",), 5) == []


def test_numbers_and_drop(feature_store: FeatureStore) -> None:
    for number in (1, 3, 2):
        stored(feature_store, TOWN, town_rows(3), number=number)
    assert feature_store.numbers("town") == [1, 2, 3]
    feature_store.drop("town", 2)
    feature_store.drop("town", 9)
    assert feature_store.numbers("town") == [1, 3]
    with pytest.raises(UnknownRelease):
        feature_store.open("town", 2)
    assert feature_store.numbers("other") == []


@pytest.mark.parametrize("layer", ["../town", "town/../../etc", "", "Town", "a" * 64])
def test_a_name_that_is_no_layers_is_none(feature_store: FeatureStore, layer: str) -> None:
    with pytest.raises(UnknownRelease):
        feature_store.open(layer, 1)


def test_a_repeated_key_is_named(feature_store: FeatureStore) -> None:
    rows = town_rows(4)
    rows[3] = (rows[3][0], {**rows[3][1], "code": "T001"})
    with pytest.raises(StoreError, match="T001"):
        stored(feature_store, TOWN, rows)
    assert feature_store.numbers("town") == []


def test_a_missing_key_is_named(feature_store: FeatureStore) -> None:
    with pytest.raises(StoreError, match="code"):
        stored(feature_store, TOWN, [(None, {"code": None})])


@pytest.mark.parametrize("name", ["fid", "GEOM", "select", 'a"b', "a b", "名;稱", "rowid", "x]y", "Fid"])
def test_fields_may_have_any_name(feature_store: FeatureStore, name: str) -> None:
    schema = Schema(GeometryType.POINT, WGS84, (Field(name, FieldType.TEXT),), searchable=(name,))
    release = stored(feature_store, schema, [(shapely.Point(121, 24), {name: "大坑步道"})])
    assert features_of(release.read_page(FeatureQuery()))[0]["properties"] == {name: "大坑步道"}
    assert release.read_page(FeatureQuery(equals=((name, "大坑步道"),))).number_matched == 1
    assert release.read_features(FeatureQuery())[0].properties == {name: "大坑步道"}
    assert len(release.search("坑步", (name,), 3)) == 1


def test_single_parts_become_collections_where_the_type_says_so(feature_store: FeatureStore) -> None:
    schema = Schema(GeometryType.MULTIPOLYGON, WGS84, ())
    release = stored(feature_store, schema, [(shapely.box(120, 23, 121, 24), {})])
    (feature,) = features_of(release.read_page(FeatureQuery()))
    assert feature["geometry"]["type"] == "MultiPolygon"


def test_the_poles_can_be_stored_and_found(feature_store: FeatureStore) -> None:
    schema = Schema(GeometryType.POLYGON, WGS84, ())
    release = stored(
        feature_store, schema, [(shapely.box(-180, -90, 180, -60), {}), (shapely.box(100, 20, 130, 30), {})]
    )
    (antarctica, _) = features_of(release.read_page(FeatureQuery()))
    assert min(y for _, y in antarctica["geometry"]["coordinates"][0]) == -90
    assert np.isfinite(release.drawing_source().extent).all()


def test_two_writers_of_one_release_never_mix(feature_store: FeatureStore) -> None:
    with feature_store.create("town", 1, TOWN) as first:
        first.write(batch_of(TOWN, town_rows(3)))
        with feature_store.create("town", 1, TOWN) as second:
            second.write(batch_of(TOWN, town_rows(2)))
            with pytest.raises(StoreError):
                first.commit()
            second.commit()
    assert feature_store.open("town", 1).count == 2


@pytest.mark.parametrize(("name", "value"), [("floors", 1 << 70), ("名稱", "\ud800")])
def test_a_value_that_no_file_can_hold_is_refused(feature_store: FeatureStore, name: str, value: object) -> None:
    with pytest.raises(StoreError, match="town"):
        stored(feature_store, TOWN, [(None, {"code": "a", name: value})])


def town_of(store: FeatureStore, rows: list[Any] | None = None) -> Any:
    return stored(store, TOWN, town_rows() if rows is None else rows)


def test_without_commit_nothing_is_left(feature_store: FeatureStore) -> None:
    with pytest.raises(RuntimeError), feature_store.create("town", 1, TOWN) as writer:
        writer.write(batch_of(TOWN, town_rows()))
        raise RuntimeError
    assert feature_store.numbers("town") == []
    with pytest.raises(UnknownRelease):
        feature_store.open("town", 1)


def test_a_half_written_release_is_invisible_and_dropped(stores: Stores) -> None:
    store = stores.make()
    with store.create("town", 1, TOWN) as writer:
        writer.write(batch_of(TOWN, town_rows()))
        other = stores.again(store)
        assert other.numbers("town") == []
        other.drop("town", 1)
        with pytest.raises(StoreError, match="town"):
            writer.commit()
    assert store.numbers("town") == []


def test_a_release_is_written_over_whole(stores: Stores) -> None:
    store = stores.make()
    town_of(store)
    assert store.open("town", 1).count == 60
    with store.create("town", 1, TOWN) as writer:
        writer.write(batch_of(TOWN, town_rows(5)))
        assert stores.again(store).open("town", 1).count == 60
        summary = writer.commit()
    assert (summary.count, store.open("town", 1).count, store.numbers("town")) == (5, 5, [1])
    assert len(features_of(store.open("town", 1).read_page(FeatureQuery(limit=100)))) == 5


def test_a_dropped_release_is_unknown_to_who_opens_it(stores: Stores) -> None:
    store = stores.make()
    town_of(store)
    stores.again(store).drop("town", 1)
    with pytest.raises(UnknownRelease):
        stores.again(store).open("town", 1)


def test_batches_are_what_was_written(feature_store: FeatureStore) -> None:
    release = town_of(feature_store)
    read = list(release.batches())
    rows = [row for batch in read for row in zip(batch.geometry, *batch.columns.values(), strict=True)]
    expected = town_rows()
    assert [fid for batch in read for fid in batch.rows.tolist()] == list(range(1, len(expected) + 1))
    for (geometry, *values), (shape, properties) in zip(rows, expected, strict=True):
        assert values == [properties[name] for name in TOWN.names]
        assert (geometry is None) == (shape is None)
        assert shape is None or shapely.equals_exact(geometry, shape)


def test_features_are_read_in_the_order_asked_for(feature_store: FeatureStore) -> None:
    release = town_of(feature_store)
    batch = release.features_of(np.array([7, 2, 60, 6]))
    assert batch.rows.tolist() == [7, 2, 60, 6]
    assert batch.columns["code"].tolist() == ["T006", "T001", "T059", "T005"]
    assert len(release.features_of(np.array([], dtype=np.int64))) == 0


def test_envelopes_hold_what_is_drawn(feature_store: FeatureStore) -> None:
    release = town_of(feature_store)
    rows = town_rows()
    asked = np.array([3, 6, 1, 2])
    shapes = transform_geometries(np.array([row[0] for row in rows], dtype=object), TWD97_TM2, WEB_MERCATOR)
    expected = shapely.bounds(shapes[asked - 1])
    found = release.drawn_boxes(asked)
    assert np.isnan(found[1]).all()
    assert np.isnan(expected[1]).all()
    located = [0, 2, 3]
    assert (found[located, :2] <= expected[located, :2] + 1e-6).all()
    assert (found[located, 2:] >= expected[located, 2:] - 1e-6).all()
    # A store may round outwards: by less than two metres.
    assert np.abs(found[located] - expected[located]).max() < 2


def test_rows_set_aside_come_back_as_delivered(stores: Stores) -> None:
    store = stores.make()
    schema = Schema(GeometryType.POINT, TWD97_TM2, (Field("n", FieldType.INTEGER), Field("t", FieldType.TEXT)))
    bent = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)])
    rows = [(bent, {"n": 1, "t": 'tab\t"quote" \\N 臺\n'}), (None, {"n": None, "t": None})]
    with store.create("town", 1, schema) as writer:
        writer.write(batch_of(schema, [(shapely.Point(2e5, 2.6e6), {"n": 7, "t": "kept"})]))
        writer.set_aside(QuarantinedRows(batch_of(schema, rows, 41), ("geometry_invalid", "key_missing")), WGS84)
        writer.commit()
    first, second = stores.again(store).open("town", 1).quarantine()
    assert (first.row, first.reason, first.crs, dict(first.properties)) == (41, "geometry_invalid", WGS84, rows[0][1])
    assert shapely.equals_exact(first.geometry, bent)
    assert (second.row, second.reason, second.geometry) == (42, "key_missing", None)


@pytest.mark.parametrize(
    "text", ["a\tb", "a\nb", "a\rb", "\\N", "\\.", "\\", "'quoted'", '"quoted"', "%s", "$1", "𠮷", "\ue003", " ", ""]
)
def test_every_text_comes_back(feature_store: FeatureStore, text: str) -> None:
    schema = Schema(GeometryType.POINT, WGS84, (Field("t", FieldType.TEXT),), searchable=("t",))
    release = stored(feature_store, schema, [(None, {"t": text}), (None, {"t": None})])
    assert features_of(release.read_page(FeatureQuery()))[0]["properties"] == {"t": text}
    assert [feature.properties["t"] for feature in release.read_features(FeatureQuery())] == [text, None]
    # What clients write as a parameter has no white space around it.
    assert release.read_page(FeatureQuery(equals=(("t", text),))).number_matched == (text.strip() == text)
    quoted = text.replace("'", "''")
    assert release.read_page(FeatureQuery(filter=f"t = '{quoted}'")).number_matched == 1


def test_names_longer_than_an_identifier_and_nearly_the_same(feature_store: FeatureStore) -> None:
    names = [
        "是否為臺中市政府都市發展局列管之違章建築物件編號",
        "是否為臺中市政府都市發展局列管之違章建築物件編號二",
        "ctid",
    ]
    fields = tuple(Field(name, FieldType.TEXT) for name in names)
    schema = Schema(GeometryType.POINT, WGS84, fields, key=names[0], searchable=(names[1],))
    properties = {name: f"v{place}" for place, name in enumerate(names)}
    release = stored(feature_store, schema, [(shapely.Point(120, 24), properties)])
    assert features_of(release.read_page(FeatureQuery()))[0]["properties"] == properties
    assert release.read_item("v0") == release.read_page(FeatureQuery()).features
    assert release.read_page(FeatureQuery(filter=f"\"{names[1]}\" = 'v1' AND ctid = 'v2'")).number_matched == 1
    assert len(release.search("v1", (names[1],), 3)) == 1


def test_layer_ids_of_the_greatest_length(feature_store: FeatureStore) -> None:
    ids = ["a" * 62 + end for end in "bc"]
    for layer in ids:
        for number in (1, 2):
            stored(feature_store, TOWN, town_rows(3), layer=layer, number=number)
    assert [feature_store.numbers(layer) for layer in ids] == [[1, 2], [1, 2]]
    feature_store.drop(ids[0], 1)
    assert [feature_store.numbers(layer) for layer in ids] == [[2], [1, 2]]
