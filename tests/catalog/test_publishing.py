"""Releases: staged, published, rolled back, retired; what readers see and when."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from catalog.applications import connect_application, disconnect_application
from catalog.database import Catalogue
from catalog.errors import CatalogueError, LayerTaken, UnknownLayer, UnpublishedRelease
from catalog.manifest import BasemapEntry
from catalog.models import Event
from catalog.publishing import discard, publish, publish_all, retire, rollback, stage
from catalog.records import Access
from catalog.snapshot import read_snapshot
from tests.catalog.conftest import entry, publish_stored, stored


def publish_new(catalogue: Catalogue, id_: str = "districts", **values: object) -> int:
    number = stage(catalogue, entry(id_, **values))
    publish_stored(catalogue, entry(id_, **values), number, stored(), "tester")
    return number


def test_a_staged_release_changes_nothing_for_readers(catalogue: Catalogue) -> None:
    before = catalogue.revision()
    stage(catalogue, entry())
    assert catalogue.revision() == before
    assert not read_snapshot(catalogue).layers


def test_publishing_shows_the_layer_at_a_new_revision(catalogue: Catalogue) -> None:
    before = catalogue.revision()
    assert publish_new(catalogue) == 1
    snapshot = read_snapshot(catalogue)
    assert snapshot.revision > before
    layer = snapshot.layers["districts"]
    assert (layer.title.zh, layer.agency.title.zh, layer.release.number, layer.release.count) == (
        "行政區",
        "民政局",
        1,
        29,
    )


def test_rollback_goes_back_and_forward_again(catalogue: Catalogue) -> None:
    publish_new(catalogue)
    publish_new(catalogue, title="行政區界")
    editions = [read_snapshot(catalogue).layers["districts"].edition]
    assert rollback(catalogue, "districts", "tester") == 1
    editions.append(read_snapshot(catalogue).layers["districts"].edition)
    assert editions[0] != editions[1]
    with pytest.raises(CatalogueError, match="no release before"):
        rollback(catalogue, "districts", "tester")
    publish(catalogue, "districts", 2, "tester")
    assert read_snapshot(catalogue).layers["districts"].edition == editions[0]


def test_retired_layers_disappear_and_publishing_brings_them_back(catalogue: Catalogue) -> None:
    publish_new(catalogue)
    retire(catalogue, "districts", "tester")
    assert "districts" not in read_snapshot(catalogue).layers
    publish(catalogue, "districts", 1, "tester")
    assert "districts" in read_snapshot(catalogue).layers


def test_discarding_leaves_no_trace_of_a_new_layer_and_keeps_an_old_one(catalogue: Catalogue) -> None:
    number = stage(catalogue, entry())
    discard(catalogue, "districts", number)
    with pytest.raises(UnknownLayer):
        retire(catalogue, "districts", "tester")
    publish_new(catalogue)
    discard(catalogue, "districts", stage(catalogue, entry()))
    assert read_snapshot(catalogue).layers["districts"].release.number == 1


def test_unfinished_and_unknown_releases_cannot_be_published(catalogue: Catalogue) -> None:
    number = stage(catalogue, entry())
    with pytest.raises(UnpublishedRelease):
        publish(catalogue, "districts", number, "tester")
    with pytest.raises(UnpublishedRelease):
        publish(catalogue, "districts", 99, "tester")
    with pytest.raises(UnknownLayer):
        publish(catalogue, "nothing", 1, "tester")


def test_an_id_belongs_to_its_agency(catalogue: Catalogue) -> None:
    publish_new(catalogue)
    with pytest.raises(LayerTaken, match="民政局"):
        stage(catalogue, entry(agency="fire"))


def test_unknown_agencies_and_themes_are_said(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="agency ghost"):
        stage(catalogue, entry(agency="ghost"))
    with pytest.raises(CatalogueError, match="theme ghost"):
        stage(catalogue, entry(theme="ghost"))


def test_two_people_never_get_the_same_number(catalogue: Catalogue, catalogue_url: str) -> None:
    publish_new(catalogue)
    numbers: list[int] = []

    def work() -> None:
        other = Catalogue(catalogue_url)
        numbers.extend(stage(other, entry()) for _ in range(5))
        other.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(2, 22))


def test_layers_come_by_theme_then_topmost_first(catalogue: Catalogue) -> None:
    publish_new(catalogue, "low", position=1)
    publish_new(catalogue, "alarm", theme="safety")
    publish_new(catalogue, "high", position=9)
    assert list(read_snapshot(catalogue).layers) == ["high", "low", "alarm"]


def test_keys_and_grants_reach_the_snapshot(catalogue: Catalogue) -> None:
    publish_new(catalogue, access=Access.RESTRICTED)
    key = connect_application(catalogue, "police", "警政系統", ["districts"], "tester")
    snapshot = read_snapshot(catalogue)
    assert snapshot.grants["police"] == {"districts"}
    assert key not in str(snapshot.keys)
    assert list(snapshot.keys.values()) == ["police"]
    disconnect_application(catalogue, "police", "tester")
    assert not read_snapshot(catalogue).keys
    with pytest.raises(UnknownLayer):
        connect_application(catalogue, "police", "警政系統", ["ghost"], "tester")


def test_a_basemap_that_is_as_it_was_moves_nothing(catalogue: Catalogue) -> None:
    publish_new(catalogue)
    basemap = BasemapEntry(id="base", title="底圖", members=[{"layer": "districts"}, {"layer": "ghost"}])  # type: ignore[arg-type]
    assert publish_all(catalogue, (), "tester", (basemap,)) == {"base": ("ghost",)}
    revision = catalogue.revision()
    assert publish_all(catalogue, (), "tester", (basemap,)) == {"base": ("ghost",)}
    assert catalogue.revision() == revision
    publish_all(catalogue, (), "tester", (basemap.model_copy(update={"background": "#ffffff"}),))
    assert catalogue.revision() == revision + 1
    with catalogue.read() as session:
        events = session.scalars(select(Event).where(Event.action == "basemap")).all()
    assert [(event.actor, event.subject) for event in events] == [("tester", "base")] * 2


def test_a_default_style_follows_density_and_stays_through_small_updates(catalogue: Catalogue) -> None:
    def styled_after(count: int) -> str:
        number = stage(catalogue, entry())
        publish_stored(catalogue, entry(), number, stored(count), "tester")
        return read_snapshot(catalogue).layers["districts"].style.digest

    sparse = styled_after(29)
    # Within the inertia of the class, which ends at 292 for what counts of 5,055 square kilometres.
    assert styled_after(310) == sparse
    dense = styled_after(1_000_000)
    assert dense != sparse
    assert styled_after(999_000) == dense
    # A rollback moves the pointer alone.
    rollback(catalogue, "districts", "tester")
    assert read_snapshot(catalogue).layers["districts"].style.digest == dense
