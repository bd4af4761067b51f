"""Raster layers of several dates: onboarded together, and one by one without handing the older ones over again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pydantic import ValidationError
from rasterio.transform import from_origin

from catalog.database import Catalogue
from catalog.errors import InvalidManifest
from catalog.export import export_manifest
from catalog.holdings import Holdings
from catalog.locks import open_locks
from catalog.manifest import UpdateMode, read_manifest
from catalog.onboarding import OnboardedLayer, Onboarding, OnboardingOptions, Outcome
from catalog.records import LayerRecord
from catalog.snapshot import read_snapshot
from layers.config import LayersConfig
from layers.crs import TWD97_TM2
from layers.raster import RasterStore
from layers.stores.geopackage import GeoPackageStore
from tests.catalog.conftest import entry
from tilecache.publication import publish_all

ALONE = OnboardingOptions(wait=0)
ADDED = OnboardingOptions(mode=UpdateMode.APPEND, wait=0)


@pytest.fixture
def onboarding(catalogue: Catalogue, tmp_path: Path) -> Iterator[Onboarding]:
    holdings = Holdings(GeoPackageStore(tmp_path / "stores"), RasterStore(tmp_path / "stores"))
    yield Onboarding(
        catalogue, holdings, open_locks(catalogue), LayersConfig(), lambda ready: publish_all(catalogue, ready, "t")
    )


def year(folder: Path, value: int) -> Path:
    """Write an elevation model of one slope, so high that its middle tells which one it is."""
    file = folder / f"dem-{value}.tif"
    heights = np.add.outer(np.arange(20), np.arange(20)).astype(np.float32) + value
    options = {"driver": "GTiff", "width": 20, "height": 20, "count": 1, "dtype": "float32", "crs": "EPSG:3826"}
    with rasterio.open(file, "w", transform=from_origin(217_000, 2_674_000, 20, 20), **options) as dataset:
        dataset.write(heights, 1)
    return file


def take(onboarding: Onboarding, options: OnboardingOptions = ALONE, **values: Any) -> Any:
    return onboarding.onboard(entry("dem", theme="safety", **values), lambda done, total: None, options)


def current(onboarding: Onboarding) -> LayerRecord:
    return read_snapshot(onboarding.catalogue).layers["dem"]


def times(onboarding: Onboarding) -> list[str]:
    return [step.time for step in current(onboarding).release.steps]


def lowest(onboarding: Onboarding, time: str) -> float:
    shown = current(onboarding).at(time)
    assert shown is not None
    return onboarding.holdings.raster(shown).sample(217_010, 2_673_990, TWD97_TM2)[0] or 0


def three(onboarding: Onboarding, folder: Path) -> OnboardedLayer:
    older = [{"time": 2019, "file": year(folder, 100)}, {"time": "2021-07", "file": year(folder, 200)}]
    result: OnboardedLayer = take(onboarding, file=year(folder, 300), time=date(2024, 5, 1), times=older)
    return result


def test_several_dates_are_one_release(onboarding: Onboarding, tmp_path: Path) -> None:
    assert three(onboarding, tmp_path).outcome is Outcome.PUBLISHED
    assert times(onboarding) == ["2019", "2021-07", "2024-05-01"]
    assert [lowest(onboarding, time) for time in ("2019", "2021-07", "2024-05-01", "")] == [100, 200, 300, 300]


def test_a_year_is_added_without_the_older_ones(onboarding: Onboarding, tmp_path: Path) -> None:
    three(onboarding, tmp_path)
    before = current(onboarding)
    added = take(onboarding, ADDED, file=year(tmp_path, 400), time=2026)
    assert (added.outcome, added.number) == (Outcome.PUBLISHED, 2)
    assert times(onboarding) == ["2019", "2021-07", "2024-05-01", "2026"]
    assert [lowest(onboarding, time) for time in ("2019", "2026", "")] == [100, 400, 400]
    editions = [[record.at(step.time) for step in before.release.steps] for record in (before, current(onboarding))]
    old, new = ([record.edition for record in records if record is not None] for records in editions)
    assert len(old) == 3
    assert old == new


def test_a_date_that_comes_again_is_replaced(onboarding: Onboarding, tmp_path: Path) -> None:
    three(onboarding, tmp_path)
    take(onboarding, ADDED, file=year(tmp_path, 250), time="2021-07-01")
    assert times(onboarding) == ["2019", "2021-07-01", "2024-05-01"]
    assert lowest(onboarding, "2021-07") == 250


def test_the_same_again_makes_no_release(onboarding: Onboarding, tmp_path: Path) -> None:
    three(onboarding, tmp_path)
    assert three(onboarding, tmp_path).outcome is Outcome.UNCHANGED
    take(onboarding, ADDED, file=year(tmp_path, 400), time=2026)
    assert take(onboarding, ADDED, file=year(tmp_path, 400), time=2026).outcome is Outcome.UNCHANGED


def test_a_whole_delivery_replaces_all_dates_and_old_releases_go_with_their_files(
    onboarding: Onboarding, tmp_path: Path
) -> None:
    three(onboarding, tmp_path)
    refused = take(onboarding, file=year(tmp_path, 400), time=2026)
    assert refused.outcome is Outcome.REFUSED
    assert "2019, 2021-07, 2024-05-01" in refused.sentence("en")
    assert len(times(onboarding)) == 3
    take(onboarding, OnboardingOptions(accept_loss=True, wait=0), file=year(tmp_path, 400), time=2026)
    assert times(onboarding) == ["2026"]
    onboarding.holdings.rasters.drop("dem", 1)
    folder = tmp_path / "stores" / "dem"
    assert {file.name for file in folder.iterdir()} == {"2.tif", "2.relief.tif", "2@2026.tif", "2@2026.relief.tif"}
    assert lowest(onboarding, "2026") == 400


def test_a_broken_date_loses_nothing(onboarding: Onboarding, tmp_path: Path) -> None:
    three(onboarding, tmp_path)
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"II*\0 no raster at all")
    result = take(onboarding, ADDED, file=year(tmp_path, 400), time=2026, times=[{"time": 2027, "file": broken}])
    assert result.outcome is Outcome.REFUSED
    assert times(onboarding) == ["2019", "2021-07", "2024-05-01"]
    assert not list((tmp_path / "stores" / "dem").glob("2*"))


def test_only_rasters_have_dates(onboarding: Onboarding, tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    table.write_text("name,lon,lat\nA,120.6,24.1\n", encoding="utf-8")
    result = take(onboarding, file=table, time=2024)
    assert result.outcome is Outcome.REFUSED
    assert "time" in result.sentence("en")


@pytest.mark.parametrize(
    "values",
    [
        {"time": "113年"},
        {"time": "2024-13"},
        {"times": [{"time": 2020, "file": "a.tif"}]},
        {"time": 2020, "times": [{"time": "2020-01", "file": "a.tif"}]},
    ],
)
def test_dates_are_checked(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        entry("dem", **values)


def test_manifests_name_the_files_of_dates(onboarding: Onboarding, tmp_path: Path) -> None:
    for value in (1, 2):
        year(tmp_path, value)
    manifest = tmp_path / "manifest.yml"
    layer = "{id: dem, title: 高程, agency: civil, theme: safety, file: dem-2.tif, time: 2024-05-01,\n"
    layer += "     times: [{time: 2019, file: dem-1.tif}]}"
    manifest.write_text(f"layers:\n  - {layer}\n", encoding="utf-8")
    (read,) = read_manifest(manifest).layers
    assert (read.time, read.times[0].file) == ("2024-05-01", tmp_path / "dem-1.tif")
    assert onboarding.onboard(read, lambda done, total: None).outcome is Outcome.PUBLISHED
    exported = tmp_path / "exported.yml"
    exported.write_text(export_manifest(onboarding.catalogue, ["dem"], tmp_path), encoding="utf-8")
    (again,) = read_manifest(exported).layers
    assert (again.time, again.times) == (read.time, read.times)
    manifest.write_text(f"layers:\n  - {layer.replace('2019', '去年')}\n", encoding="utf-8")
    with pytest.raises(InvalidManifest, match="2024-07"):
        read_manifest(manifest)
