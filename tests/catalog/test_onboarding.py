"""Onboarding: what is published, recognised, compared, refused, and what is left when something goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog import models
from catalog.database import Catalogue
from catalog.errors import CatalogueError, LayerBusy, RefusedLoss
from catalog.holdings import Holdings
from catalog.locks import open_locks
from catalog.manifest import LayerEntry, UpdateMode
from catalog.onboarding import OnboardedLayer, Onboarding, OnboardingOptions, Outcome, Prepared
from catalog.publishing import publish, stage
from catalog.snapshot import read_snapshot
from catalog.sweeping import find_leftovers, sweep_all
from layers.config import LayersConfig
from layers.raster import RasterStore
from tests.catalog.conftest import entry
from tests.database import open_stores
from tilecache.publication import publish_all

HERE = OnboardingOptions(wait=0)


@pytest.fixture
def onboarding(catalogue: Catalogue, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Onboarding]:
    """The embedded pair, SQLite and GeoPackage, and the scaled-out one, PostgreSQL and PostGIS."""
    kind = "geopackage" if catalogue.is_sqlite else "postgis"
    with open_stores(kind, request, tmp_path / "stores") as stores:
        yield Onboarding(
            catalogue,
            Holdings(stores.make(), RasterStore(tmp_path / "rasters")),
            open_locks(catalogue),
            LayersConfig(),
            lambda prepared: publish_all(catalogue, prepared, "tester"),
        )


def write_points(file: Path, names: Mapping[str, str], shift: float = 0.0) -> Path:
    """Write points of Taichung, by code, as GeoJSON (RFC 7946)."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {"type": "Point", "coordinates": [120.6 + int(code[1:]) / 1000 + shift, 24.1]},
        }
        for code, name in names.items()
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


def city(count: int) -> dict[str, str]:
    return {f"A{at}": f"地點{at}" for at in range(1, count + 1)}


def given(file: Path, **values: Any) -> LayerEntry:
    return entry(file=file, key="code", **values)


def onboard(onboarding: Onboarding, entry: LayerEntry, **options: Any) -> OnboardedLayer:
    return onboarding.onboard(entry, lambda done, total: None, OnboardingOptions(wait=0, **options))


def releases(catalogue: Catalogue, layer: str = "districts") -> list[models.Release]:
    with catalogue.read() as session:
        return list(session.query(models.Release).filter_by(layer_id=layer).order_by(models.Release.number))


def events(catalogue: Catalogue) -> list[tuple[str, dict[str, Any]]]:
    with catalogue.read() as session:
        return [(event.action, event.detail) for event in session.query(models.Event).order_by(models.Event.id)]


def test_the_catalogue_keeps_how_a_release_came_to_be(onboarding: Onboarding, tmp_path: Path) -> None:
    result = onboard(onboarding, given(write_points(tmp_path / "a.geojson", city(3)), reference="code"))
    assert result.outcome is Outcome.PUBLISHED, result.sentence("en")
    (release,) = releases(onboarding.catalogue)
    assert (release.mode, release.base, release.changes, release.actor) == ("replace", None, None, "tester")
    assert len(release.digest) == len(release.plan) == 64
    with onboarding.catalogue.read() as session:
        kept = session.get_one(models.Layer, "districts").entry
    assert kept == {
        "id": "districts",
        "file": str(tmp_path / "a.geojson"),
        "title": {"zh": "行政區"},
        "agency": "civil",
        "theme": "boundaries",
        "key": "code",
        "reference": "code",
    }


def test_named_styles_reach_readers_and_their_changes_are_seen(onboarding: Onboarding, tmp_path: Path) -> None:
    def named(colour: str) -> dict[str, object]:
        return {"night": {"rules": [{"name": "all", "symbols": [{"mark": {"colour": colour}}]}]}}

    file = write_points(tmp_path / "a.geojson", city(3))
    onboard(onboarding, given(file, styles=named("#102030")))
    record = read_snapshot(onboarding.catalogue).layers["districts"]
    assert [one.name for one in record.styles] == ["night"]
    night = record.in_style("night")
    assert night is not None and night.edition != record.edition and night.release == record.release
    assert record.in_style("day") is None and record.in_style("") is record.in_style("default") is record
    for styles in (named("#405060"), {}):
        revision = onboarding.catalogue.revision()
        result = onboard(onboarding, given(file, styles=styles))
        # The data are those that are there: only the look is new.
        assert (result.number, onboarding.catalogue.revision()) == (1, revision + 1)
        changed = read_snapshot(onboarding.catalogue).layers["districts"]
        assert changed.styles != record.styles and changed.edition == record.edition
    assert changed.styles == ()


def test_the_next_release_counts_what_changed(onboarding: Onboarding, tmp_path: Path) -> None:
    onboard(onboarding, given(write_points(tmp_path / "a.geojson", city(10))))
    names = {**city(9), "A2": "改名", "A11": "新的"}
    result = onboard(onboarding, given(write_points(tmp_path / "b.geojson", names)))
    expected = {"added": 1, "removed": 1, "changed_attributes": 1, "changed_geometry": 0, "changed_both": 0}
    assert result.changes == {**expected, "unchanged": 8}
    assert releases(onboarding.catalogue)[1].base == 1
    assert events(onboarding.catalogue)[-1][1] == {
        "release": 2,
        "mode": "replace",
        "source": "b.geojson",
        "changes": result.changes,
    }


def test_the_same_files_read_in_the_same_way_are_not_read_again(onboarding: Onboarding, tmp_path: Path) -> None:
    delivered = given(write_points(tmp_path / "a.geojson", city(3)))
    onboard(onboarding, delivered)
    revision = onboarding.catalogue.revision()
    seen: list[int] = []
    result = onboarding.onboard(delivered, lambda done, total: seen.append(done), HERE)
    assert (result.outcome, result.number, result.count, seen) == (Outcome.UNCHANGED, 1, 3, [])
    assert onboarding.catalogue.revision() == revision
    assert onboarding.holdings.features.numbers("districts") == [1]
    result = onboarding.onboard(delivered, lambda done, total: seen.append(done), OnboardingOptions(force=True))
    assert (result.outcome, result.number, seen[-1]) == (Outcome.UNCHANGED, 1, 3)


def test_equal_data_in_another_file_makes_no_release(onboarding: Onboarding, tmp_path: Path) -> None:
    onboard(onboarding, given(write_points(tmp_path / "a.geojson", city(3))))
    again = write_points(tmp_path / "b.geojson", city(3))
    again.write_text(again.read_text() + "\n\n")
    result = onboard(onboarding, given(again))
    assert (result.outcome, result.number) == (Outcome.UNCHANGED, 1)
    assert [release.number for release in releases(onboarding.catalogue)] == [1]
    assert onboarding.holdings.features.numbers("districts") == [1]
    # From now on that file is known as well.
    seen: list[int] = []
    onboarding.onboard(given(again), lambda done, total: seen.append(done), HERE)
    assert not seen


@pytest.mark.parametrize(
    "described", [{"title": "新名稱"}, {"access": "internal"}, {"licence": "CC-BY"}, {"style": {"rules": []}}]
)
def test_a_new_description_is_published_without_a_new_release(
    onboarding: Onboarding, tmp_path: Path, described: dict[str, Any]
) -> None:
    file = write_points(tmp_path / "a.geojson", city(3))
    onboard(onboarding, given(file))
    revision = onboarding.catalogue.revision()
    if "style" in described:
        described = {"style": {"rules": [{"name": "all", "symbols": [{"mark": {"size": 9}}]}]}}
    result = onboard(onboarding, given(file, **described))
    assert result.outcome is Outcome.UNCHANGED, result.sentence("en")
    assert onboarding.catalogue.revision() == revision + 1
    layer = read_snapshot(onboarding.catalogue).layers["districts"]
    assert layer.release.number == 1
    (name, value) = next(iter(described.items()))
    assert {"title": layer.title.zh, "access": layer.access, "licence": layer.licence}.get(name, value) == value
    action, detail = events(onboarding.catalogue)[-1]
    assert action == "describe"
    assert {f"{name}_zh" if name == "title" else name, "entry"} == set(detail["changed"])


def test_options_that_change_what_is_read_are_another_delivery(onboarding: Onboarding, tmp_path: Path) -> None:
    file = write_points(tmp_path / "a.geojson", city(3))
    onboard(onboarding, given(file))
    result = onboard(onboarding, given(file, fields={"name": "名稱"}))
    assert (result.outcome, result.number) == (Outcome.PUBLISHED, 2)
    result = onboard(onboarding, given(file, fields={"name": "名稱"}, search=["name"]))
    assert (result.outcome, result.number) == (Outcome.PUBLISHED, 3)


def test_an_update_that_loses_too_much_is_refused_with_numbers(onboarding: Onboarding, tmp_path: Path) -> None:
    onboard(onboarding, given(write_points(tmp_path / "a.geojson", city(10))))
    less = given(write_points(tmp_path / "b.geojson", city(7)))
    result = onboard(onboarding, less)
    assert result.outcome is Outcome.REFUSED
    assert isinstance(result.error, RefusedLoss)
    assert "3 of 10 features" in result.sentence("en")
    assert "30.0%" in result.sentence("en")
    assert [release.number for release in releases(onboarding.catalogue)] == [1]
    assert onboarding.holdings.features.numbers("districts") == [1]
    assert onboard(onboarding, less, accept_loss=True).outcome is Outcome.PUBLISHED
    assert events(onboarding.catalogue)[-1][1]["loss_accepted"] is True
    few = given(write_points(tmp_path / "c.geojson", city(6)), update={"max_loss": 0.5})
    assert onboard(onboarding, few).outcome is Outcome.PUBLISHED


def test_other_keys_count_as_a_loss(onboarding: Onboarding, tmp_path: Path) -> None:
    onboard(onboarding, given(write_points(tmp_path / "a.geojson", city(10))))
    renumbered = {f"B{at}": name for at, name in enumerate(city(10).values(), 1)}
    result = onboard(onboarding, given(write_points(tmp_path / "b.geojson", renumbered)))
    assert isinstance(result.error, RefusedLoss)


def test_two_prepared_layers_are_published_in_one_step_or_discarded(onboarding: Onboarding, tmp_path: Path) -> None:
    catalogue = onboarding.catalogue
    prepared = [
        onboarding.prepare(given(write_points(tmp_path / f"{id_}.geojson", city(3)), id_=id_), HERE, lambda *_: None)
        for id_ in ("north", "south")
    ]
    ready = [one for one in prepared if isinstance(one, Prepared)]
    assert len(ready) == 2
    revision = catalogue.revision()
    assert not read_snapshot(catalogue).layers
    publish_all(catalogue, ready, "tester")
    assert catalogue.revision() == revision + 1
    assert set(read_snapshot(catalogue).layers) == {"north", "south"}
    other = onboarding.prepare(given(write_points(tmp_path / "n.geojson", city(4)), id_="north"), HERE, lambda *_: None)
    assert isinstance(other, Prepared)
    onboarding.discard((other,))
    assert onboarding.holdings.features.numbers("north") == [1]
    assert [release.number for release in releases(catalogue, "north")] == [1]
    open_locks(catalogue).hold("north", 0).release()


def test_one_bad_layer_keeps_all_of_a_step_from_being_published(onboarding: Onboarding, tmp_path: Path) -> None:
    catalogue = onboarding.catalogue
    file = write_points(tmp_path / "a.geojson", city(3))
    ready = [onboarding.prepare(given(file, id_=id_), HERE, lambda *_: None) for id_ in ("north", "south")]
    prepared = [one for one in ready if isinstance(one, Prepared)]
    with catalogue.write() as session:
        session.delete(session.get_one(models.Release, ("south", 1)))
    with pytest.raises(Exception, match="no release 1"):
        publish_all(catalogue, prepared, "tester")
    assert not read_snapshot(catalogue).layers
    onboarding.discard(prepared)
    assert not releases(catalogue, "north")


def test_the_second_at_the_same_layer_is_told_who_is_first(onboarding: Onboarding, tmp_path: Path) -> None:
    file = write_points(tmp_path / "a.geojson", city(3))
    lock = open_locks(onboarding.catalogue).hold("districts", 0)
    result = onboard(onboarding, given(file))
    assert isinstance(result.error, LayerBusy)
    assert "pid" in result.sentence("en")
    assert onboard(onboarding, given(file, id_="others")).outcome is Outcome.PUBLISHED
    lock.release()
    assert onboard(onboarding, given(file)).outcome is Outcome.PUBLISHED


def test_the_next_run_sweeps_what_a_dead_one_left(onboarding: Onboarding, tmp_path: Path) -> None:
    delivered = given(write_points(tmp_path / "a.geojson", city(3)))
    onboard(onboarding, delivered)
    features = onboarding.holdings.features
    schema = features.open("districts", 1).schema
    assert stage(onboarding.catalogue, delivered) == 2
    for number in (2, 9):
        with features.create("districts", number, schema) as writer:
            writer.commit()
    found = find_leftovers(onboarding.catalogue, onboarding.holdings, "districts")
    assert (found.staged, found.orphans) == ((2,), (9,))
    assert onboard(onboarding, delivered).outcome is Outcome.UNCHANGED
    assert not find_leftovers(onboarding.catalogue, onboarding.holdings, "districts")
    assert features.numbers("districts") == [1]


def test_all_layers_are_swept_but_those_at_work(onboarding: Onboarding, tmp_path: Path) -> None:
    for id_ in ("north", "south"):
        stage(onboarding.catalogue, given(tmp_path / "a.geojson", id_=id_))
    held = open_locks(onboarding.catalogue).hold("south", 0)
    swept: list[str] = []
    sweep_all(onboarding.catalogue, onboarding.holdings, onboarding.locks, lambda found: swept.append(found.layer))
    assert swept == ["north"]
    assert [release.number for release in releases(onboarding.catalogue, "south")] == [1]
    held.release()


@pytest.mark.parametrize("mode", list(UpdateMode))
def test_all_modes_reach_the_catalogue(onboarding: Onboarding, tmp_path: Path, mode: UpdateMode) -> None:
    onboard(onboarding, given(write_points(tmp_path / "a.geojson", city(3))))
    more = given(write_points(tmp_path / "b.geojson", {"A9": "新的"}))
    result = onboard(onboarding, more, mode=mode, accept_loss=True)
    assert result.count == (1 if mode is UpdateMode.REPLACE else 4)
    release = releases(onboarding.catalogue)[1]
    assert (release.mode, release.base, release.count) == (mode, 1, result.count)
    with onboarding.catalogue.read() as session:
        file = session.get_one(models.Layer, "districts").entry["file"]
    # A single delivery in another mode than the layer's is not where the whole layer's data is.
    assert Path(file).name == ("b.geojson" if mode is UpdateMode.REPLACE else "a.geojson")


def test_a_merged_release_is_refused_once_another_one_is_current(onboarding: Onboarding, tmp_path: Path) -> None:
    onboard(onboarding, given(write_points(tmp_path / "a.geojson", city(3))))
    onboard(onboarding, given(write_points(tmp_path / "b.geojson", city(4))))
    more = given(write_points(tmp_path / "c.geojson", {"A9": "新的"}))
    options = OnboardingOptions(mode=UpdateMode.APPEND, wait=0)
    prepared = onboarding.prepare(more, options, lambda *_: None)
    assert isinstance(prepared, Prepared)
    publish(onboarding.catalogue, "districts", 1, "somebody else")
    with pytest.raises(CatalogueError, match="release 2 ceased"):
        publish_all(onboarding.catalogue, [prepared], "tester")
    onboarding.discard([prepared])
    assert read_snapshot(onboarding.catalogue).layers["districts"].release.number == 1


def test_after_going_back_the_same_file_is_a_new_release(onboarding: Onboarding, tmp_path: Path) -> None:
    first = given(write_points(tmp_path / "a.geojson", city(3)))
    second = given(write_points(tmp_path / "b.geojson", city(4)))
    onboard(onboarding, first)
    onboard(onboarding, second)
    publish(onboarding.catalogue, "districts", 1, "tester")
    assert onboard(onboarding, first).outcome is Outcome.UNCHANGED
    assert onboard(onboarding, second).number == 3


def test_a_retired_layer_comes_back_with_the_same_data(onboarding: Onboarding, tmp_path: Path) -> None:
    delivered = given(write_points(tmp_path / "a.geojson", city(3)))
    onboard(onboarding, delivered)
    with onboarding.catalogue.change() as session:
        session.get_one(models.Layer, "districts").retired = True
    assert onboard(onboarding, delivered).outcome is Outcome.UNCHANGED
    assert "districts" in read_snapshot(onboarding.catalogue).layers


def test_what_fails_after_a_publication_takes_no_data_away(onboarding: Onboarding, tmp_path: Path) -> None:
    def publish_and_fail(prepared: Sequence[Prepared]) -> None:
        publish_all(onboarding.catalogue, prepared, "tester")
        raise ConnectionError("the answer was lost")

    failing = replace(onboarding, publish=publish_and_fail)
    result = onboard(failing, given(write_points(tmp_path / "a.geojson", city(3))))
    assert result.outcome is Outcome.FAILED
    assert read_snapshot(onboarding.catalogue).layers["districts"].release.number == 1
    assert onboarding.holdings.features.open("districts", 1).count == 3


def test_data_that_a_store_lost_can_be_delivered_again(onboarding: Onboarding, tmp_path: Path) -> None:
    delivered = given(write_points(tmp_path / "a.geojson", city(3)))
    onboard(onboarding, delivered)
    onboarding.holdings.features.drop("districts", 1)
    result = onboard(onboarding, delivered)
    assert (result.outcome, result.number) == (Outcome.PUBLISHED, 2), result.sentence("en")
    assert onboarding.holdings.features.open("districts", 2).count == 3


def test_what_was_added_before_is_not_added_again(onboarding: Onboarding, tmp_path: Path) -> None:
    def append(name: str, codes: dict[str, str]) -> OnboardedLayer:
        return onboard(onboarding, entry(file=write_points(tmp_path / name, codes)), mode=UpdateMode.APPEND)

    onboard(onboarding, entry(file=write_points(tmp_path / "a.geojson", city(3))))
    may, june = {"A7": "五月"}, {"A8": "六月"}
    assert [append("may.geojson", may).count, append("june.geojson", june).count] == [4, 5]
    assert append("may.geojson", may).outcome is Outcome.UNCHANGED
    assert append("june.geojson", june).outcome is Outcome.UNCHANGED
    assert append("may.geojson", {"A7": "五月", "A9": "補"}).count == 7


def test_a_file_that_changes_while_it_is_read_is_read_again(onboarding: Onboarding, tmp_path: Path) -> None:
    file = write_points(tmp_path / "a.geojson", city(3))
    before = file.read_bytes()
    onboarding.onboard(given(file), lambda done, total: file.write_bytes(before + b"\n"), HERE)
    file.write_bytes(before)
    seen: list[int] = []
    result = onboarding.onboard(given(file), lambda done, total: seen.append(done), HERE)
    assert (result.outcome, seen[-1]) == (Outcome.UNCHANGED, 3)
