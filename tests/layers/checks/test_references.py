"""Deliveries beside layers of the catalogue: the shift between the datums, other shifts, and none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from shapely import box

from layers.checks import Severity
from layers.checks.references import normalised
from layers.crs import TWD67_TM2, TWD97_TM2, WGS84, transform_points
from layers.plan import Reference
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores.geopackage import GeoPackageStore
from tests.layers.checks.places import X, Y, compared, old_villages, shifted_villages, village_names, villages
from tests.layers.deliveries import Delivery, write_vector
from tests.layers.releases import stored


def test_twd67_called_twd97_is_refused_with_the_right_code(tmp_path: Path) -> None:
    finding = compared(tmp_path, old_villages(tmp_path)).finding("finding_datum_mistaken")
    assert finding.severity is Severity.ERROR
    assert finding.count == 12
    # What every textbook says of the two datums: 828 m and 207 m.
    assert float(finding.parameters["east"]) == pytest.approx(-828, abs=5)
    assert float(finding.parameters["north"]) == pytest.approx(207, abs=5)
    assert finding.parameters["right"] == "EPSG:3828"


def test_what_it_says_to_write_puts_things_right(tmp_path: Path) -> None:
    references = (Reference("villages", "VILLCODE", villages(tmp_path)),)
    delivery = Delivery(tmp_path, old_villages(tmp_path), crs=TWD67_TM2, references=references)
    assert not {"finding_datum_mistaken", "finding_displaced"} & delivery.codes
    assert delivery.numbers == [1]


def test_twd97_called_twd67(tmp_path: Path) -> None:
    finding = compared(tmp_path, shifted_villages(tmp_path, 0, 0, "EPSG:3828")).finding("finding_datum_mistaken")
    assert float(finding.parameters["east"]) == pytest.approx(828, abs=5)
    assert float(finding.parameters["north"]) == pytest.approx(-207, abs=5)
    assert finding.parameters["right"] == "EPSG:3826"


def test_twd67_in_degrees_called_wgs84(tmp_path: Path) -> None:
    """Numbers of TWD67 read as WGS84, in a layer of squares."""
    corners = [(X + 2000 * (at % 6), Y + 2000 * (at // 6)) for at in range(12)]
    squares = []
    for x, y in corners:
        east, north = transform_points(np.array([x, x + 2000]), np.array([y, y + 2000]), TWD97_TM2, TWD67_TM2)
        # The same numbers taken as TWD97 give what a careless conversion gives.
        longitude, latitude = transform_points(east, north, TWD97_TM2, WGS84)
        squares.append(box(longitude[0], latitude[0], longitude[1], latitude[1]))
    file = write_vector(
        tmp_path / "v.gpkg", squares, {"v": village_names()}, driver="GPKG", geometry_type="Polygon", crs="EPSG:4326"
    )
    assert compared(tmp_path, file).finding("finding_datum_mistaken").parameters["right"] == "EPSG:3821"


def test_another_shift_is_reported_with_its_numbers(tmp_path: Path) -> None:
    finding = compared(tmp_path, shifted_villages(tmp_path, 150, -90)).finding("finding_displaced")
    assert finding.severity is Severity.WARNING
    assert (finding.parameters["east"], finding.parameters["north"]) == ("+150", "-90")


@pytest.mark.parametrize("shift", [0.0, 8.0])
def test_what_lies_right_is_not_spoken_of(tmp_path: Path, shift: float) -> None:
    codes = compared(tmp_path, shifted_villages(tmp_path, shift, 0)).codes
    assert not {"finding_datum_mistaken", "finding_displaced"} & codes


def test_places_that_are_not_the_same_say_nothing(tmp_path: Path) -> None:
    # Offices lie anywhere in their villages; the spread tells that no shift is meant.
    random = np.random.default_rng(3)
    squares = [box(x, y, x + 1, y + 1) for x, y in np.add(random.uniform(0, 8000, (12, 2)), (X, Y))]
    file = write_vector(tmp_path / "o.gpkg", squares, {"v": village_names()}, driver="GPKG", geometry_type="Polygon")
    assert not {"finding_datum_mistaken", "finding_displaced"} & compared(tmp_path, file).codes


def test_many_rows_of_one_place_say_nothing(tmp_path: Path) -> None:
    # Door plates carry their village's code; all of them lie in one corner of it.
    names = [name for name in village_names() for _ in range(5)]
    places = [(X + 2000 * (at // 5 % 6), Y + 2000 * (at // 30)) for at in range(60)]
    squares = [box(x, y, x + 1, y + 1) for x, y in places]
    file = write_vector(tmp_path / "d.gpkg", squares, {"v": names}, driver="GPKG", geometry_type="Polygon")
    assert not {"finding_datum_mistaken", "finding_displaced"} & compared(tmp_path, file).codes


def test_without_a_reference_nothing_is_said(tmp_path: Path) -> None:
    codes = Delivery(tmp_path, old_villages(tmp_path)).codes
    assert not {"finding_datum_mistaken", "finding_displaced"} & codes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("65000010-001", "65000010001"),
        ("台中市", "臺中市"),
        ("６６０００", "66000"),
        (" 西屯區　何安里", "西屯區何安里"),
        ("a-1", "A1"),
    ],
)
def test_what_people_write_differently_is_the_same(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.data
def test_real_villages_in_numbers_of_twd67(real_data: Path, tmp_path: Path) -> None:
    """Taipei's villages as the catalogue has them, and as an agency sends them that kept its old numbers."""
    right = Delivery(tmp_path / "right", real_data / "admin/taipei_village_epsg3826_utf8.shp.zip", public=False)
    rows = [(feature.geometry, {"code": feature.properties["VILLCODE"]}) for feature in right.features(1000)]
    assert len(rows) == 456
    schema = Schema(GeometryType.MULTIPOLYGON, WGS84, (Field("code", FieldType.TEXT),))
    release = stored(GeoPackageStore(tmp_path / "store"), schema, rows, size=200)
    delivery = Delivery(
        tmp_path / "wrong",
        real_data / "admin/taipei_village_epsg3826_utf8.shp.zip",
        public=False,
        crs=TWD67_TM2,
        references=(Reference("villages", "code", release),),
    )
    finding = delivery.finding("finding_datum_mistaken")
    assert finding.count == 456
    assert finding.parameters["right"] == "EPSG:3826"
