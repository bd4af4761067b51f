"""Scheduled updates: what is new comes in, what is not costs nothing, and every look is written down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from catalog import models
from catalog.config import RetrievalConfig
from catalog.database import Catalogue
from catalog.errors import UnknownLayer
from catalog.holdings import Holdings
from catalog.locks import open_locks
from catalog.onboarding import Onboarding, OnboardingOptions
from catalog.retrieval import Retrieval
from catalog.snapshot import read_snapshot
from catalog.updates import Run, UpdateOutcome, Updates
from layers.config import LayersConfig
from layers.raster import RasterStore
from layers.stores.geopackage import GeoPackageStore
from tests.catalog.conftest import entry
from tests.catalog.web import Site, download_site
from tilecache.publication import publish_all, rollback_layer

TAIPEI = ZoneInfo("Asia/Taipei")
STATIONS = "編號,名稱,經度,緯度\n1,西屯,120.64,24.16\n2,大里,120.68,24.10\n3,豐原,120.72,24.25\n"
MOVED = STATIONS.replace("120.68", "120.69")


@pytest.fixture
def site() -> Iterator[Site]:
    with download_site() as site:
        yield site


@pytest.fixture
def updates(catalogue: Catalogue, tmp_path: Path, site: Site) -> Updates:
    folder = tmp_path / "releases"
    onboarding = Onboarding(
        catalogue,
        Holdings(GeoPackageStore(folder), RasterStore(folder)),
        open_locks(catalogue),
        LayersConfig(),
        lambda prepared: publish_all(catalogue, prepared, "tester"),
    )
    retrieval = Retrieval(RetrievalConfig(hosts=(f"127.0.0.1:{site.port}",), timeout=5))
    return Updates(catalogue, onboarding, retrieval, tmp_path / "deliveries", TAIPEI)


def introduce_stations(updates: Updates, folder: Path, **update: object) -> None:
    file = folder / "stations.csv"
    file.write_text(STATIONS, encoding="utf-8")
    result = updates.onboarding.onboard(
        entry("stations", file=file, key="編號", update=update), lambda done, total: None
    )
    assert result.error is None


def look(updates: Updates, **options: bool) -> Run:
    return updates.run("stations", OnboardingOptions(**options), lambda done, total: None)


def test_what_is_new_on_the_web_becomes_a_release(updates: Updates, site: Site, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path, source=site.url("/stations.csv"))
    site.pages["/stations.csv"] = (200, {"ETag": '"1"'}, MOVED.encode())
    run = look(updates)
    assert (run.outcome, run.release, run.is_fine, run.reasons) == (UpdateOutcome.PUBLISHED, 2, True, {})
    assert run.changes is not None
    # The columns of the coordinates are attributes, too.
    assert (run.changes["changed_both"], run.changes["unchanged"]) == (1, 2)
    assert look(updates).outcome is UpdateOutcome.NOT_MODIFIED
    assert site.asked[-1][1]["If-None-Match"] == '"1"'
    # A third look still knows the version that the second one did not fetch.
    assert look(updates).outcome is UpdateOutcome.NOT_MODIFIED
    assert read_snapshot(updates.catalogue).layers["stations"].release.number == 2


def test_the_same_data_under_another_version_makes_no_release(updates: Updates, site: Site, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path, source=site.url("/stations.csv"))
    site.pages["/stations.csv"] = (200, {"ETag": '"2"'}, STATIONS.encode())
    assert look(updates).outcome is UpdateOutcome.UNCHANGED
    assert look(updates).outcome is UpdateOutcome.NOT_MODIFIED
    assert look(updates, force=True).outcome is UpdateOutcome.UNCHANGED


def test_a_bad_delivery_is_told_and_looked_at_again(updates: Updates, site: Site, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path, source=site.url("/stations.csv"))
    site.pages["/stations.csv"] = (200, {"ETag": '"3"'}, b"name\nnowhere\n")
    run = look(updates)
    assert run.outcome is UpdateOutcome.REFUSED
    assert "stations.csv" in run.reason("en")
    assert "stations.csv" in run.reason("zh-TW")
    assert read_snapshot(updates.catalogue).layers["stations"].release.number == 1
    assert look(updates).outcome is UpdateOutcome.REFUSED


def test_a_delivery_that_loses_most_features_waits_for_a_word(updates: Updates, site: Site, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path, source=site.url("/stations.csv"))
    site.pages["/stations.csv"] = (200, {}, "\n".join(STATIONS.splitlines()[:2]).encode())
    assert look(updates).outcome is UpdateOutcome.REFUSED
    assert look(updates, accept_loss=True).outcome is UpdateOutcome.PUBLISHED


def test_a_source_that_is_gone_changes_nothing(updates: Updates, site: Site, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path, source=site.url("/gone.csv"))
    run = look(updates)
    assert (run.outcome, run.is_fine) == (UpdateOutcome.FAILED, False)
    assert "404" in run.reason("en")
    assert read_snapshot(updates.catalogue).layers["stations"].release.number == 1


def test_a_file_is_read_again_when_it_changed(updates: Updates, tmp_path: Path) -> None:
    delivered = tmp_path / "delivered.csv"
    delivered.write_text(MOVED, encoding="utf-8")
    introduce_stations(updates, tmp_path, source=str(delivered))
    assert look(updates).outcome is UpdateOutcome.PUBLISHED
    assert look(updates).outcome is UpdateOutcome.NOT_MODIFIED
    delivered.write_text(MOVED.replace("大里", "霧峰"), encoding="utf-8")
    assert look(updates).outcome is UpdateOutcome.PUBLISHED


def test_a_layer_that_was_rolled_back_stays_so_until_something_new_comes(updates: Updates, tmp_path: Path) -> None:
    delivered = tmp_path / "delivered.csv"
    delivered.write_text(MOVED, encoding="utf-8")
    introduce_stations(updates, tmp_path, source=str(delivered))
    look(updates)
    rollback_layer(updates.catalogue, "stations", "tester")
    assert look(updates).outcome is UpdateOutcome.NOT_MODIFIED
    assert read_snapshot(updates.catalogue).layers["stations"].release.number == 1


def test_what_came_after_a_delivery_is_not_undone_by_it(updates: Updates, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path)
    added = tmp_path / "more.csv"
    added.write_text(STATIONS.splitlines()[0] + "\n4,后里,120.71,24.31\n", encoding="utf-8")
    appended = entry("stations", file=added, key="編號", update={"mode": "append"})
    assert updates.onboarding.onboard(appended, lambda done, total: None).error is None
    with updates.catalogue.change() as session:
        layer = session.get_one(models.Layer, "stations")
        layer.entry = {**(layer.entry or {}), "file": str(tmp_path / "stations.csv"), "update": {}}
    assert look(updates).outcome is UpdateOutcome.UNCHANGED
    assert read_snapshot(updates.catalogue).layers["stations"].release.count == 4


def test_a_source_that_goes_back_is_followed(updates: Updates, tmp_path: Path) -> None:
    delivered = tmp_path / "delivered.csv"
    delivered.write_text(MOVED, encoding="utf-8")
    introduce_stations(updates, tmp_path, source=str(delivered))
    look(updates)
    delivered.write_text(STATIONS, encoding="utf-8")
    run = look(updates)
    assert (run.outcome, run.release) == (UpdateOutcome.PUBLISHED, 3)


def test_layers_are_due_when_their_moment_has_come(updates: Updates, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path, schedule="*/10 * * * *")
    (scheduled,) = updates.scheduled()
    assert scheduled.layer == "stations"
    assert scheduled.next is not None
    assert updates.due(scheduled.next - timedelta(seconds=1)) == []
    assert updates.due(scheduled.next) == ["stations"]
    look(updates)
    (later,) = updates.scheduled()
    assert later.next is not None
    assert later.next > datetime.now(UTC)


def test_every_look_is_written_down(updates: Updates, tmp_path: Path) -> None:
    introduce_stations(updates, tmp_path)
    look(updates)
    look(updates)
    assert [run.layer for run in updates.history("stations")] == ["stations", "stations"]
    assert len(updates.history(limit=1)) == 1
    assert updates.history("districts") == []
    with pytest.raises(UnknownLayer):
        updates.run("nowhere", OnboardingOptions(), lambda done, total: None)
