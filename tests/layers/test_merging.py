"""Appended and changed releases: the same as a delivery of the whole layer would have made, on every store."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.config import LayersConfig
from layers.crs import TWD97_TM2
from layers.errors import MergeError
from layers.features import Feature, FeatureQuery
from layers.intake import Intake, take_in
from layers.plan import IntakePlan, Merge, Update
from layers.raster import RasterStore
from layers.schema import FieldType
from layers.stores import FeatureStore, Release
from tests.layers.deliveries import write_vector

NUMBERS = itertools.count()
HEADER = ("code", "name", "floors", "height", "built", "x", "y")
Row = tuple[Any, ...]


class Layer:
    """A layer of one store and its releases, each from one file."""

    def __init__(self, store: FeatureStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._name = f"layer-{next(NUMBERS)}"
        self._number = 0

    def take(self, rows: Sequence[Row], header: Sequence[str] = HEADER, **plan: Any) -> Intake:
        file = self._folder / f"{self._name}-{self._number}.csv"
        with file.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([header, *rows])
        return self.take_file(file, **plan)

    def take_file(self, file: Path, **plan: Any) -> Intake:
        self._number += 1
        given = {"key": "code", "crs": TWD97_TM2, "public": False, **plan}
        rasters = RasterStore(self._folder / "rasters")
        options = IntakePlan(file, **given)
        return take_in(
            options, self._name, self._number, self._store, rasters, LayersConfig(), lambda done, total: None
        )

    def update(self, mode: Merge, rows: Sequence[Row], header: Sequence[str] = HEADER, **values: Any) -> Intake:
        return self.take(rows, header, update=self.change(mode, values.pop("deleted", None)), **values)

    def change(self, mode: Merge, deleted: str | None = None) -> Update:
        return Update(mode, self.release(), deleted)

    def release(self) -> Release:
        return self._store.open(self._name, self._store.numbers(self._name)[-1])

    def features(self) -> list[Feature]:
        return self.release().read_features(FeatureQuery(limit=1000, crs=TWD97_TM2))

    def values(self, name: str) -> list[Any]:
        return [feature.properties[name] for feature in self.features()]

    def reasons(self) -> list[tuple[int, str]]:
        return [(row.row, row.reason) for row in self.release().quarantine()]

    def type_of(self, name: str) -> FieldType:
        field = self.release().schema.field(name)
        assert field is not None
        return field.type


@pytest.fixture
def layer(module_store: FeatureStore, tmp_path: Path) -> Layer:
    return Layer(module_store, tmp_path)


def row(code: str, name: str = "名", floors: object = 3, height: object = 9.5, built: str = "2020-01-31") -> Row:
    at = sum(map(ord, code))
    return (code, name, floors, height, built, 217000 + at, 2671500 + at)


KEYS = st.text("ABC0123", min_size=1, max_size=3)
ROWS = st.builds(
    row,
    KEYS,
    st.sampled_from(["甲", "乙,丙", "0012", "", "7", "2020-01-01"]),
    st.sampled_from([1, 2, 30, ""]),
    st.sampled_from([0.5, 2.25, ""]),
    st.sampled_from(["1999-12-31", "2024-02-29"]),
)
TABLES = st.lists(ROWS, min_size=1, max_size=12, unique_by=lambda row: row[0])
# The kinds of columns must show in the first delivery, as they would in the whole one.
TYPICAL = (row("ZZZ", "典型", 1, 0.5, "1999-12-31"),)


@given(base=TABLES, delta=TABLES, removed=st.sets(KEYS, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_delta_makes_what_the_whole_file_would(
    module_store: FeatureStore,
    tmp_path_factory: pytest.TempPathFactory,
    base: list[Row],
    delta: list[Row],
    removed: set[str],
) -> None:
    folder = tmp_path_factory.mktemp("delta")
    changed = {row[0]: row for row in delta}
    gone = removed - changed.keys()
    whole = [changed.get(row[0], row) for row in (*TYPICAL, *base) if row[0] not in gone]
    known = {row[0] for row in base}
    whole += [row for row in delta if row[0] not in known]
    updated, replaced = Layer(module_store, folder), Layer(module_store, folder)
    updated.take([*TYPICAL, *base])
    marks = [(*row, "") for row in delta] + [(key, "", "", "", "", "", "", "Y") for key in sorted(removed)]
    one = updated.update(Merge.DELTA, marks, (*HEADER, "gone"), deleted="gone")
    other = replaced.take(whole)
    assert one.summary is not None, one.report
    assert other.summary is not None
    assert [(f.id, f.properties, f.geometry) for f in updated.features()] == [
        (f.id, f.properties, f.geometry) for f in replaced.features()
    ]
    assert one.summary.digest == other.summary.digest  # type: ignore[union-attr]


@given(base=TABLES, more=TABLES)
@settings(max_examples=25, deadline=None)
def test_an_append_makes_what_the_whole_file_would(
    module_store: FeatureStore, tmp_path_factory: pytest.TempPathFactory, base: list[Row], more: list[Row]
) -> None:
    folder = tmp_path_factory.mktemp("append")
    updated, replaced = Layer(module_store, folder), Layer(module_store, folder)
    updated.take([*TYPICAL, *base], key=None)
    one = updated.update(Merge.APPEND, more, key=None)
    other = replaced.take([*TYPICAL, *base, *more], key=None)
    assert one.summary is not None, one.report
    assert one.summary.digest == other.summary.digest  # type: ignore[union-attr]
    assert updated.values("code") == replaced.values("code")


def test_known_keys_are_refused_by_an_append(layer: Layer) -> None:
    layer.take([row("A"), row("B")])
    with pytest.raises(MergeError, match=r"2 rows .* A, B"):
        layer.update(Merge.APPEND, [row("A"), row("B"), row("C")])


def test_keys_that_are_not_there_to_be_removed_are_said(layer: Layer) -> None:
    layer.take([row("A"), row("B")])
    marks = [("A", "", "", "", "", "", "", "刪"), ("X", "", "", "", "", "", "", 1), ("B", *row("B")[1:], "n")]
    result = layer.update(Merge.DELTA, marks, (*HEADER, "gone"), deleted="gone")
    (finding,) = [finding for finding in result.report.findings if finding.code == "finding_removal_unknown"]
    assert (finding.count, finding.examples) == (1, ((0, "X"),))
    assert layer.values("code") == ["B"]
    assert (result.report.rows, result.report.kept, result.report.quarantined) == (3, 3, 0)
    assert "gone" not in layer.features()[0].properties


def test_new_columns_come_and_missing_ones_keep_their_values(layer: Layer) -> None:
    layer.take([row("A", "甲"), row("B", "乙")])
    layer.update(Merge.DELTA, [("B", "丁", 217001, 2671501)], ("code", "owner", "x", "y"))
    assert layer.values("name") == ["甲", "乙"]
    assert layer.values("owner") == [None, "丁"]


def test_whole_numbers_widen_and_text_stays_text(layer: Layer) -> None:
    layer.take([row("A", "一號", floors=3)])
    layer.update(Merge.DELTA, [row("B", "007", floors=2.5)])
    assert (layer.values("floors"), layer.type_of("floors")) == ([3.0, 2.5], FieldType.REAL)
    assert layer.values("name") == ["一號", "007"]


def test_values_of_another_kind_are_refused_with_an_example(layer: Layer) -> None:
    layer.take([row("A", floors=3)])
    with pytest.raises(MergeError, match=r"floors.*integer.*text.*row 2.*三樓"):
        layer.update(Merge.APPEND, [row("B", floors=""), row("C", floors="三樓")])


def test_a_delta_needs_a_key(layer: Layer) -> None:
    layer.take([row("A")], key=None)
    with pytest.raises(MergeError, match="needs a key"):
        layer.update(Merge.DELTA, [row("B")], key=None)
    with pytest.raises(MergeError, match="gone"):
        layer.update(Merge.DELTA, [row("B")], deleted="gone")


def test_shapes_of_another_kind_are_refused(layer: Layer, tmp_path: Path) -> None:
    layer.take([row("A")])
    lines = write_vector(
        tmp_path / "lines.shp", [shapely.from_wkt("LINESTRING (217000 2671500, 217010 2671510)")], {"code": ["B"]},
        geometry_type="LineString",
    )  # fmt: skip
    with pytest.raises(MergeError, match="POINT"):
        layer.take_file(lines, update=layer.change(Merge.APPEND))


def test_quarantined_rows_stay_until_their_key_is_delivered(layer: Layer) -> None:
    nowhere = ("B", "乙", 1, 1.5, "2020-01-01", "", "")
    layer.take([row("A"), nowhere])
    assert layer.reasons() == [(2, "finding_coordinates_missing")]
    layer.update(Merge.APPEND, [row("C"), ("D", "丁", 1, 1.5, "2020-01-01", "", "")])
    assert layer.reasons() == [(2, "finding_coordinates_missing")] * 2
    layer.update(Merge.DELTA, [row("B")])
    assert layer.reasons() == [(2, "finding_coordinates_missing")]
    assert layer.values("code") == ["A", "C", "B"]
