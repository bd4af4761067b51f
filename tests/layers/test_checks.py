"""Checks and repairs: nothing is lost without a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon

from layers.checks import Finding, FindingLog, QualityReport, Severity
from layers.crs import TWD97_TM2
from layers.repair import Target, mend
from layers.schema import GeometryType
from layers.sources.names import safe_names
from tests.layers.deliveries import TAICHUNG_TM2, Delivery, write_vector
from tests.layers.shapes import batch_of

X, Y = TAICHUNG_TM2
BOW_TIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
POLYGONS = Target(GeometryType.MULTIPOLYGON, keep_z=False, is_table=False)


def test_a_bow_tie_keeps_its_area() -> None:
    log = FindingLog()
    mended = mend(batch_of([BOW_TIE]), POLYGONS, TWD97_TM2, log)
    (shape,) = mended.batch.geometry
    # Two triangles of 25 square metres each.
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == pytest.approx(50)
    assert log.findings()[0].code == "finding_self_intersection"


def test_what_cannot_be_mended_is_set_aside() -> None:
    collapsed = Polygon([(0, 0), (5, 5), (0, 0), (0, 0)])
    infinite = Polygon([(0, 0), (float("inf"), 5), (3, 3)])
    log = FindingLog()
    mended = mend(batch_of([collapsed, BOW_TIE, infinite]), POLYGONS, TWD97_TM2, log)
    assert mended.quarantined == 2
    assert mended.batch.rows.tolist() == [2]
    assert mended.batch.columns["n"].tolist() == [1]


def test_empty_geometry_is_kept_as_none_and_counted() -> None:
    log = FindingLog()
    mended = mend(batch_of([Polygon(), None, Polygon([(0, 0), (1, 0), (1, 1)])]), POLYGONS, TWD97_TM2, log)
    assert [shape is None for shape in mended.batch.geometry] == [True, True, False]
    assert {(finding.code, finding.count) for finding in log.findings()} == {
        ("finding_geometry_missing", 1),
        ("finding_geometry_empty", 1),
    }


def test_another_kind_of_geometry_is_set_aside() -> None:
    log = FindingLog()
    assert mend(batch_of([Point(1, 1), LineString([(0, 0), (1, 1)])]), POLYGONS, TWD97_TM2, log).quarantined == 2
    mixed = Target(GeometryType.GEOMETRY, keep_z=False, is_table=False)
    assert (
        mend(batch_of([Point(1, 1), GeometryCollection([Point(1, 1)])]), mixed, TWD97_TM2, FindingLog()).quarantined
        == 0
    )


corners = st.tuples(st.integers(0, 20), st.integers(0, 20))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(corners, min_size=3, max_size=9).map(Polygon), min_size=1, max_size=8))
def test_every_row_is_kept_or_set_aside_and_what_is_kept_is_valid(polygons: list[Polygon]) -> None:
    mended = mend(batch_of(polygons), POLYGONS, TWD97_TM2, FindingLog())
    assert len(mended.batch) + mended.quarantined == len(polygons)
    assert shapely.is_valid(mended.batch.geometry).all()
    assert all(isinstance(shape, MultiPolygon) for shape in mended.batch.geometry)


def test_repeated_and_missing_keys_keep_a_release_from_being_made(tmp_path: Path) -> None:
    points = [Point(X + at, Y) for at in range(4)]
    file = write_vector(tmp_path / "a.gpkg", points, {"code": ["a", "b", "a", None]}, driver="GPKG")
    delivery = Delivery(tmp_path, file, key="code")
    assert delivery.finding("finding_key_duplicate").examples == ((3, "a"),)
    assert delivery.finding("finding_key_missing").examples == ((4, ""),)
    assert delivery.intake.summary is None
    assert delivery.numbers == []


def test_mixed_geometry_is_told(tmp_path: Path) -> None:
    shapes = [Point(X, Y), LineString([(X, Y), (X + 5, Y)]), None]
    file = write_vector(tmp_path / "a.gpkg", shapes, {"n": [1, 2, 3]}, driver="GPKG", geometry_type="Unknown")
    delivery = Delivery(tmp_path, file)
    assert delivery.intake.schema.geometry_type == "GEOMETRY"  # type: ignore[union-attr]
    assert {"finding_geometry_mixed", "finding_geometry_missing"} <= delivery.codes
    assert delivery.report.rows == delivery.report.kept == 3


def test_reports_are_documents_both_ways() -> None:
    log = FindingLog()
    log.add("finding_outside_taiwan", 2, [(1, "(0, 0)"), (7, "(1, 1)")])
    log.add("finding_outside_taiwan", 1, [(9, "(2, 2)")])
    log.add("finding_encoding", encoding="cp950")
    log.add("finding_key_missing", 3, key="code")
    log.add("finding_z_dropped", 0)
    report = QualityReport(log.findings(), 10, 9, 1)
    assert [finding.severity.value for finding in report.findings] == ["error", "warning", "info"]
    assert report.findings[1].count == 3
    assert QualityReport.from_document(json.loads(json.dumps(report.to_document()))) == report
    for language in ("zh-TW", "en"):
        assert all(finding.sentence(language) for finding in report.findings)  # type: ignore[arg-type]
    assert "1, 7, 9" in report.findings[1].sentence("en")


def test_a_finding_without_rows_still_reads_well() -> None:
    assert Finding("finding_z_dropped", Severity.INFO, 1).sentence("en") == "All heights were zero and were left out."


@given(st.lists(st.text(max_size=8), max_size=12))
def test_names_are_unique_and_never_blank(names: list[str]) -> None:
    safe = safe_names(names)
    assert len({name.lower() for name in safe}) == len(names)
    assert all(name.strip() == name and name and '"' not in name for name in safe)


def test_names_that_the_store_needs_are_changed() -> None:
    assert safe_names(["FID", "geom", "名稱", "名稱", ""]) == ["FID_source", "geom_source", "名稱", "名稱_2", "field_5"]
