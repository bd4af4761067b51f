"""A rehearsal says what onboarding would say, keeps nothing, and shows nobody's personal data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.checks import Severity
from layers.config import LayersConfig
from layers.crs import CRS84, parse_crs
from layers.errors import SourceError, TuziError
from layers.features import FeatureBatch
from layers.plan import IntakePlan, PersonalRule, Privacy
from layers.rehearsal import Outlook, Rehearsal, rehearse
from layers.rehearsal.sketch import Sketcher
from tests.layers.deliveries import TAICHUNG, TAICHUNG_TM2, Delivery, write_vector

PEOPLE = "代碼,姓名,電話,身分證字號,X,Y\n" + "".join(
    f"{number},{name},0912{number:06d},{identity},{TAICHUNG_TM2[0] + number * 40},{TAICHUNG_TM2[1] + number * 30}\n"
    for number, (name, identity) in enumerate(
        [
            ("王大明", "A123456789"), ("陳美玲", "B123456780"), ("林志豪", "F131104093"), ("張淑芬", "N125485295"),
            ("李建宏", "A142925650"), ("黃雅婷", "S132141111"), ("吳俊傑", "E124816234"), ("劉怡君", "D121579639"),
        ],
        101,
    )
)  # fmt: skip


def rehearsed(file: Path, **plan: Any) -> Rehearsal:
    return rehearse(IntakePlan(file, **plan), LayersConfig(), lambda done, total: None)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def points(folder: Path, count: int = 12, crs: str | None = "EPSG:3826") -> Path:
    places = [shapely.Point(TAICHUNG_TM2[0] + 100 * at, TAICHUNG_TM2[1] + 50 * at) for at in range(count)]
    fields = {"CODE": [f"T{at:03d}" for at in range(count)], "KIND": ["a", "b"] * (count // 2)}
    return write_vector(folder / "points.shp", places, fields, crs=crs)


def test_what_a_shapefile_is(tmp_path: Path) -> None:
    result = rehearsed(points(tmp_path))
    assert (result.format, result.kind, result.rows, result.kept) == ("Shapefile", "vector", 12, 12)
    assert result.geometries == {"POINT": 12}
    assert (str(result.crs), result.crs_presumed) == ("EPSG:3826", False)
    assert result.extent is not None
    assert result.extent.west == pytest.approx(TAICHUNG[0], abs=0.01)
    assert result.extent_tm2 == pytest.approx((217000, 2671500, 218100, 2672050), abs=1)
    assert result.outlook is Outlook.PUBLISHED
    assert [(summary.field.name, summary.filled, summary.is_unique) for summary in result.fields] == [
        ("CODE", 12, True),
        ("KIND", 12, False),
    ]
    assert result.fields[1].samples == ("a", "b")
    assert result.key_candidates == ("CODE",)


def test_a_layer_of_the_outer_islands_is_told_in_their_zone(tmp_path: Path) -> None:
    file = write_vector(
        tmp_path / "penghu.geojson", [shapely.Point(119.58, 23.57)], {"n": ["馬公"]}, "GeoJSON", crs="EPSG:4326"
    )
    result = rehearsed(file)
    assert str(result.tm2) == "EPSG:3825"
    # Magong lies some 59 km east of the central meridian 119° E, whose false easting is 250 km.
    assert result.extent_tm2 is not None
    assert result.extent_tm2.west == pytest.approx(250_000 + 59_200, abs=300)


def test_without_a_crs_all_else_is_found_as_well(tmp_path: Path) -> None:
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    shapes = [shapely.transform(bowtie, lambda at: at + TAICHUNG_TM2), shapely.box(*TAICHUNG_TM2, 217050, 2671550)]
    file = write_vector(tmp_path / "plots.shp", shapes, {"CODE": ["a", "a"]}, geometry_type="Polygon", crs=None)
    result = rehearsed(file, key="CODE")
    codes = {finding.code: finding for finding in result.findings}
    assert {"finding_crs_missing", "finding_key_duplicate"} <= codes.keys()
    assert any(code.endswith("self_intersection") for code in codes)
    assert result.crs_presumed
    assert result.outlook is Outlook.REFUSED
    assert result.rows == 2
    assert result.extent is not None
    assert result.extent.west == pytest.approx(TAICHUNG[0], abs=0.01)


def test_a_file_that_cannot_be_read_is_an_answer(tmp_path: Path) -> None:
    result = rehearsed(write(tmp_path, "broken.geojson", '{"type": "FeatureCollection", "features": ['))
    assert isinstance(result.error, SourceError)
    assert (result.outlook, result.kind, result.rows) == (Outlook.REFUSED, None, 0)
    missing = rehearsed(tmp_path / "ghost.shp")
    assert "ghost.shp" in str(missing.error)
    assert missing.format is None


def test_personal_values_are_never_shown(tmp_path: Path) -> None:
    result = rehearsed(write(tmp_path, "people.csv", PEOPLE), crs=parse_crs("EPSG:3826"), key="身分證字號")
    shown = repr((result.fields, result.findings))
    for line in PEOPLE.splitlines()[1:]:
        for value in line.split(",")[1:4]:
            assert value not in shown
    personal = {summary.field.name for summary in result.fields if summary.is_personal}
    assert personal == {"姓名", "電話", "身分證字號"}
    assert result.outlook is Outlook.REFUSED


def test_what_the_manifest_lets_be_shown_is_shown(tmp_path: Path) -> None:
    file = write(tmp_path, "people.csv", PEOPLE)
    rules = {"姓名": PersonalRule.KEEP, "電話": PersonalRule.DROP, "身分證字號": PersonalRule.MASK}
    result = rehearsed(file, crs=parse_crs("EPSG:3826"), privacy=Privacy(columns=rules))
    samples = {summary.field.name: summary.samples for summary in result.fields}
    assert "王大明" in samples["姓名"]
    assert not any(value.startswith("0912000") for value in samples["電話"])
    assert "A123456789" not in samples["身分證字號"]
    assert result.outlook is not Outlook.REFUSED


def test_a_number_that_no_store_holds_is_refused_as_onboarding_does(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"n": value}, "geometry": {"type": "Point", "coordinates": TAICHUNG}}
        for value in (1, 2**63 - 1)
    ]
    file = write(tmp_path, "big.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    assert rehearsed(file).outlook is Outlook.PUBLISHED
    assert Delivery(tmp_path, file).intake.summary is not None


def test_a_raster_is_rehearsed_and_not_kept(tmp_path: Path, real_data: Path) -> None:
    result = rehearsed(real_data / "terrain/dem5m_nantou_renai_TM2TWD97_f64.tif")
    assert (result.kind, str(result.crs), result.outlook) == ("raster", "EPSG:3826", Outlook.PUBLISHED)
    assert result.extent is not None
    assert result.extent.west == pytest.approx(121.145, abs=0.001)


def test_the_encoding_is_told(tmp_path: Path) -> None:
    text = "名稱,經度,緯度\n臺中車站,120.685,24.137\n"
    big5 = tmp_path / "big5.csv"
    big5.write_bytes(text.encode("cp950"))
    assert rehearsed(big5).encoding == "cp950"
    assert rehearsed(write(tmp_path, "utf8.csv", text)).encoding == "utf-8"
    assert rehearsed(write(tmp_path, "plain.csv", "name,lon,lat\nstation,120.685,24.137\n")).encoding is None


def real_files(folder: Path) -> list[Path]:
    skipped = {"README.md", "dengue_cunli_2015.json"}
    return sorted(file for file in folder.rglob("*.*") if file.is_file() and file.name not in skipped)


@pytest.mark.data
@pytest.mark.slow
def test_rehearsal_and_onboarding_never_disagree(real_data: Path, tmp_path: Path) -> None:
    """Every real file, taken in by the embedded store and rehearsed: the same findings, counts, schema, refusals."""
    files = real_files(real_data)
    assert len(files) > 35
    for number, file in enumerate(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = rehearsed(file)
        try:
            delivery = Delivery(folder, file)
        except TuziError as error:
            assert str(result.error) == str(error), file
            continue
        report = delivery.report
        assert result.error is None, file
        assert result.findings == report.findings, file
        assert (result.rows, result.kept, result.quarantined) == (report.rows, report.kept, report.quarantined), file
        assert result.schema == delivery.intake.schema, file
        refused = any(finding.severity is Severity.ERROR for finding in report.findings)
        assert (result.outlook is Outlook.REFUSED) == refused == (delivery.intake.summary is None), file
        if delivery.intake.summary is not None:
            # A box is moved by its edges, features are moved one by one: the two differ by some metres.
            assert result.extent == pytest.approx(delivery.intake.summary.extent, abs=0.02), file


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(119, 122), st.floats(21.5, 25.5), st.floats(0.0001, 0.2)), min_size=1, max_size=60),
    st.integers(1, 7),
)
def test_a_sketch_lies_where_the_features_lie(boxes: list[tuple[float, float, float]], size: int) -> None:
    shapes = np.array([shapely.box(x, y, x + width, y + width) for x, y, width in boxes], dtype=object)
    sketcher = Sketcher()
    for start in range(0, len(shapes), size):
        part = shapes[start : start + size]
        sketcher.watch(FeatureBatch(part, {}, np.arange(len(part)) + start + 1))
    sketch = sketcher.draw(CRS84)
    drawn = [place for line in (*sketch.areas, *sketch.lines, sketch.points) for place in line]
    west, south, east, north = shapely.total_bounds(shapes)
    assert drawn
    for x, y in drawn:
        assert west - 1e-5 <= x <= east + 1e-5
        assert south - 1e-5 <= y <= north + 1e-5


def test_a_sketch_of_very_many_features_stays_small() -> None:
    sketcher = Sketcher()
    rng = np.random.default_rng(7)
    for _ in range(20):
        places = rng.uniform((120, 23), (121, 25), (2000, 2))
        geometry = shapely.points(places)
        sketcher.watch(FeatureBatch(geometry, {}, np.arange(2000)))
    sketch = sketcher.draw(CRS84)
    assert 1_000 < len(sketch.points) <= 3_000
