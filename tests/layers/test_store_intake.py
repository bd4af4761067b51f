"""Deliveries taken into both stores: the same report, the same release, the same rows set aside."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from layers.crs import TWD97_TM2, parse_crs
from layers.features import FeatureQuery
from layers.stores import FeatureStore
from tests.layers.deliveries import Delivery, write_vector
from tests.layers.test_intake_data import FILES

BENT = shapely.Polygon([(217000, 2671000), (217100, 2671100), (217100, 2671000), (217000, 2671100), (217000, 2671000)])


def taken_in_alike(folder: Path, file: Path, stores: dict[str, FeatureStore], **plan: object) -> list[Delivery]:
    """Take a delivery into each store; what is held must be equal in all that can be asked."""
    deliveries = [Delivery(folder, file, store=store, **plan) for store in stores.values()]
    first, second = deliveries
    assert first.report == second.report
    assert first.numbers == second.numbers
    if not first.numbers:
        # An error stops a delivery before any store holds it.
        return deliveries
    one, other = (store.open("layer", 1) for store in stores.values())
    assert (one.schema, one.count, one.extent) == (other.schema, other.count, other.extent)
    for query in (FeatureQuery(limit=10_000), FeatureQuery(limit=300, offset=20, crs=TWD97_TM2)):
        assert one.read_page(query) == other.read_page(query)
    assert first.intake.summary is not None
    assert second.intake.summary is not None
    assert first.intake.summary.digest == second.intake.summary.digest
    aside = [
        [(row.row, row.reason, row.crs, row.properties) for row in release.quarantine()] for release in (one, other)
    ]
    assert aside[0] == aside[1]
    return deliveries


def test_a_delivery_with_every_trouble(tmp_path: Path, every_store: dict[str, FeatureStore]) -> None:
    shapes = [BENT, shapely.box(217000, 2671000, 217050, 2671050), None, shapely.Polygon(), shapely.box(0, 0, 1, 1)]
    names = ["彎", 'tab\t"\\N', "無", "空", "遠"]
    file = write_vector(
        tmp_path / "areas.gpkg", shapes, {"name": names, "n": [1, 2, 3, 4, 5]}, "GPKG", geometry_type="Polygon"
    )
    deliveries = taken_in_alike(tmp_path, file, every_store)
    assert deliveries[0].report.rows == 5


@pytest.mark.data
@pytest.mark.parametrize("name", [row[0] for row in FILES])
def test_real_files(tmp_path: Path, real_data: Path, every_store: dict[str, FeatureStore], name: str) -> None:
    crs = parse_crs("EPSG:3826") if name.endswith(".dxf") else None
    taken_in_alike(tmp_path, real_data / name, every_store, crs=crs)
