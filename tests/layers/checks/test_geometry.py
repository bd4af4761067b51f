"""Geometry: kinds of invalidity, duplicates, spikes, slivers, outlines, coverages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from layers.checks import Finding, FindingLog, Severity
from layers.checks.duplicates import DuplicateCheck
from layers.checks.overlaps import CoverageCheck
from layers.checks.shapes import has_spike, is_sliver
from layers.crs import TWD97_TM2, WGS84
from layers.repair import Target, mend
from layers.schema import GeometryType
from tests.layers.checks.places import GEOMETRY, X, Y, gapped, moved, shapes
from tests.layers.deliveries import Delivery
from tests.layers.shapes import batch_of


def array(*geometries: Any) -> Any:
    return batch_of(list(geometries)).geometry


def test_each_kind_of_invalidity_is_a_finding_of_its_own(tmp_path: Path) -> None:
    bow_tie = moved(Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]))
    hole = moved(shapely.from_wkt("POLYGON((0 0,10 0,10 10,0 10,0 0),(20 20,21 20,21 21,20 20))"))
    delivery = Delivery(tmp_path, shapes(tmp_path, [bow_tie, hole, bow_tie.buffer(0), moved(bow_tie, 50, 50)]))
    assert delivery.finding("finding_self_intersection").count == 2
    assert delivery.finding("finding_hole_outside").examples == ((2, ""),)
    assert len(delivery.finding("finding_hole_outside").places) == 1
    assert delivery.report.kept == 4


def test_the_part_that_is_no_area_is_left_out() -> None:
    shape = shapely.from_wkt("MULTIPOLYGON(((0 0,10 0,10 10,0 10,0 0)),((20 20,25 25,20 20,20 20)))")
    log = FindingLog()
    target = Target(GeometryType.MULTIPOLYGON, keep_z=False, is_table=False)
    (mended,) = mend(batch_of([shape]), target, TWD97_TM2, log).batch.geometry
    assert mended.equals(box(0, 0, 10, 10))
    assert [finding.code for finding in log.findings()] == ["finding_points_too_few"]


def duplicates(numbers: list[int], borders: list[int]) -> Finding | None:
    log = FindingLog()
    check = DuplicateCheck(TWD97_TM2, log)
    whole = batch_of([Point(X + number, Y).buffer(1, 2) for number in numbers])
    for part in np.split(np.arange(len(numbers)), sorted(borders)):
        check.watch(whole.chosen(part))
    check.finish()
    return next(iter(log.findings()), None)


@given(st.lists(st.integers(0, 6), max_size=30), st.lists(st.integers(0, 30), max_size=5))
def test_duplicates_are_found_whatever_the_borders_of_batches(numbers: list[int], borders: list[int]) -> None:
    finding = duplicates(numbers, [min(border, len(numbers)) for border in borders])
    repeated = [at for at, number in enumerate(numbers) if number in numbers[:at]]
    assert (finding.count if finding else 0) == len(repeated)
    expected = [(at + 1, f"= {numbers.index(numbers[at]) + 1}") for at in repeated[:5]]
    assert list(finding.examples if finding else ()) == expected
    for (longitude, latitude), _ in zip(finding.places if finding else (), repeated, strict=True):
        # Where a repetition lies is kept to some hundred metres.
        assert (longitude, latitude) == pytest.approx((120.6748, 24.1494), abs=0.002)


def test_points_in_one_place_are_hardly_worth_a_word() -> None:
    log = FindingLog()
    check = DuplicateCheck(TWD97_TM2, log)
    check.watch(batch_of([Point(X, Y), Point(X, Y), None, None, Polygon(), Polygon()]))
    check.finish()
    assert [(finding.count, finding.severity) for finding in log.findings()] == [(1, Severity.INFO)]


SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


@given(st.integers(0, 3), st.floats(40, 5000), st.booleans(), st.integers(0, 5))
def test_a_spike_is_found_wherever_its_ring_starts(side: int, length: float, inward: bool, start: int) -> None:
    (x0, y0), (x1, y1) = SQUARE[side], SQUARE[(side + 1) % 4]
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    along, outward = np.array([x1 - x0, y1 - y0]) / 10, np.array([y1 - y0, x0 - x1]) / 10
    tip = [tuple(middle - along * 0.05), tuple(middle + outward * length), tuple(middle + along * 0.05)]
    ring = [*SQUARE[: side + 1], *tip, *SQUARE[side + 1 :]]
    ring = ring[start:] + ring[:start]
    spiked, plain = Polygon(ring), Polygon(SQUARE)
    multi = MultiPolygon([box(9000, 9000, 9001, 9001), Polygon(ring[::-1] if inward else ring)])
    holed = Polygon(box(-9000, -9000, 9000, 9000).exterior, [ring])
    cases = array(plain, spiked, None, multi, Point(1, 1), holed, Polygon(), plain)
    assert has_spike(cases, is_geographic=False).tolist() == [False, True, False, True, False, True, False, False]


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (100, 0), (0, 1)],  # a thin triangle is pointed by nature
        [(0, 0), (50, 0.2), (100, 0), (50, -0.2)],  # and so is a kite
        [(0, 0), (10, 0), (10, 10), (5, 30), (0, 10)],  # a house with a steep roof
        [(np.cos(a), np.sin(a)) for a in np.linspace(0, 6.2, 500)],
    ],
)
def test_what_is_pointed_by_nature_is_no_spike(ring: list[tuple[float, float]]) -> None:
    assert not has_spike(array(Polygon(ring)), is_geographic=False).any()


@pytest.mark.parametrize(
    ("width", "length", "expected"), [(0.1, 80, True), (0.1, 2, False), (2.0, 500, False), (0.29, 60, True)]
)
@pytest.mark.parametrize("is_geographic", [False, True])
def test_slivers_are_narrow_and_long(width: float, length: float, expected: bool, is_geographic: bool) -> None:
    # One second of latitude is 30.87 m, whatever the software.
    unit = 1 / 3600 / 30.87 if is_geographic else 1.0
    shape = box(0, 0, length * unit / (0.9135 if is_geographic else 1), width * unit)
    assert is_sliver(array(shape, None, Point(1, 1)), is_geographic).tolist() == [expected, False, False]


def test_few_closed_lines_among_streets_are_roundabouts(tmp_path: Path) -> None:
    ring = LineString(box(X, Y, X + 9, Y + 9).exterior)
    streets = [LineString([(X, Y + at), (X + 90, Y + at)]) for at in range(3)]
    codes = Delivery(tmp_path, shapes(tmp_path, [ring, *streets], kind="LineString")).codes
    assert "finding_lines_closed" not in codes


def test_an_open_ring_is_closed_and_kept(tmp_path: Path) -> None:
    delivery = GEOMETRY["finding_ring_open"](tmp_path)
    (feature,) = delivery.features()
    assert feature.geometry.area == pytest.approx(0.005)
    assert "finding_geometry_missing" not in delivery.codes


def drawing(folder: Path, *entities: str) -> Path:
    """Write a drawing of nothing but entities, in the pairs of lines that CAD programs write."""
    body = "\n".join(entities)
    file = folder / "a.dxf"
    file.write_text(f"0\nSECTION\n2\nENTITIES\n{body}\n0\nENDSEC\n0\nEOF\n")
    return file


def polyline(*places: tuple[float, float], closed: bool = False) -> str:
    vertices = "\n".join(f"10\n{X + x}\n20\n{Y + y}" for x, y in places)
    head = f"0\nLWPOLYLINE\n5\n2A\n100\nAcDbEntity\n8\nLAND\n100\nAcDbPolyline\n90\n{len(places)}"
    return f"{head}\n70\n{int(closed)}\n{vertices}"


def test_outlines_of_a_drawing(tmp_path: Path) -> None:
    square = [(0, 0), (90, 0), (90, 90), (0, 90)]
    file = drawing(tmp_path, polyline(*square, closed=True), polyline(*square, (0, 0)), polyline(*square, (0, 0.4)))
    delivery = Delivery(tmp_path, file, crs=TWD97_TM2)
    assert [row for row, _ in delivery.finding("finding_lines_closed").examples] == [1, 2]
    assert delivery.finding("finding_lines_unclosed").examples == ((3, "0.4"),)


def test_arcs_of_a_drawing_are_told(tmp_path: Path) -> None:
    circle = f"0\nCIRCLE\n5\n2B\n100\nAcDbEntity\n8\nLAND\n100\nAcDbCircle\n10\n{X}\n20\n{Y}\n40\n25.0"
    arc = f"0\nARC\n5\n2C\n100\nAcDbEntity\n8\nLAND\n100\nAcDbCircle\n10\n{X}\n20\n{Y}\n40\n9.0\n100\nAcDbArc"
    file = drawing(tmp_path, circle, f"{arc}\n50\n0\n51\n90", polyline((0, 0), (9, 9)))
    assert Delivery(tmp_path, file, crs=TWD97_TM2).finding("finding_curves").count == 2


def covered(crs: Any, *geometries: Any, size: int = 2) -> dict[str, Finding]:
    log = FindingLog()
    check = CoverageCheck(crs, log)
    whole = batch_of(list(geometries))
    for start in range(0, len(whole), size):
        check.watch(whole.chosen(np.arange(start, min(start + size, len(whole)))))
    check.finish()
    return {finding.code: finding for finding in log.findings()}


def test_overlaps_are_measured_pair_by_pair() -> None:
    tiles = [box(X + 10 * at, Y, X + 10 * at + 10, Y + 10) for at in range(4)]
    assert covered(TWD97_TM2, *tiles) == {}
    overlap = covered(TWD97_TM2, *tiles, box(X + 5, Y + 2, X + 15, Y + 4))["finding_coverage_overlap"]
    # The fifth lies with 5 × 2 m over the first and as much over the second.
    assert overlap.count == 2
    assert overlap.parameters["area"] == "20 m²"
    assert {value for _, value in overlap.examples} == {"1×5: 10 m²", "2×5: 10 m²"}
    assert len(overlap.places) == 2


@pytest.mark.parametrize(
    ("other", "area"), [(box(X, Y, X + 10, Y + 10), "100 m²"), (box(X + 2, Y + 2, X + 8, Y + 8), "36 m²")]
)
def test_areas_that_are_equal_or_within_another_overlap(other: Polygon, area: str) -> None:
    assert covered(TWD97_TM2, box(X, Y, X + 10, Y + 10), other)["finding_coverage_overlap"].parameters["area"] == area


def test_gaps_are_measured() -> None:
    found = covered(TWD97_TM2, *gapped())
    # Two metres by three, between four areas of a square of 100 m.
    assert found["finding_coverage_gap"].parameters["area"] == "6.00 m²"
    assert set(found) == {"finding_coverage_gap"}
    holed = box(X, Y, X + 100, Y + 100).difference(box(X + 20, Y + 20, X + 80, Y + 80))
    assert covered(TWD97_TM2, holed, box(X + 100, Y, X + 110, Y + 100)) == {}


def test_coverages_in_degrees_are_measured_in_metres() -> None:
    squares = [box(120.60, 24.1, 120.62, 24.12), box(120.61, 24.1, 120.63, 24.12)]
    area = covered(WGS84, *squares)["finding_coverage_overlap"].parameters["area"]
    # 0.01° by 0.02° at 24.1° N: 1016 m by 2215 m, after the tables of the ellipsoid.
    assert float(area.removesuffix(" m²").replace(",", "")) == pytest.approx(1016 * 2215, rel=0.01)


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "code", "count"),
    [
        # 80 invalid, 73 of them self-intersections, by what is known of the file.
        ("buildings/taipei_buildings_4362_height.geojson", "finding_self_intersection", 73),
        ("buildings/taipei_buildings_4362_height.geojson", "finding_ring_self_intersection", 7),
        ("hazard/taichung_flood_potential.geojson", "finding_ring_self_intersection", 3),
        ("stats/taichung_basecode_66000060.geojson", "finding_z_dropped", 1),
        ("hazard/ncdr_typhoon_2025_danas.kmz", "finding_geometry_mixed", 1),
        ("transport/taichung_road_construction_redacted.json", "finding_coordinates_missing", 107),
        ("derived/taichung_zoning_L0308_twd97.dxf", "finding_lines_closed", 13),
    ],
)
def test_real_files(real_data: Path, tmp_path: Path, file: str, code: str, count: int) -> None:
    assert Delivery(tmp_path, real_data / file, public=False).finding(code).count == count


@pytest.mark.data
def test_real_villages_as_a_coverage(real_data: Path, tmp_path: Path) -> None:
    file = real_data / "admin/taipei_village_epsg3826_utf8.shp.zip"
    delivery = Delivery(tmp_path, file, public=False, coverage=True)
    assert "finding_coverage_overlap" not in delivery.codes or delivery.finding("finding_coverage_overlap").places
