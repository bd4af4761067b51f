"""Layers published together: all in one step or none, and no trace of what was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import models
from catalog.batch import LayerBatch, RefusedBatch, layer_batch
from catalog.database import Catalogue
from catalog.holdings import Holdings
from catalog.locks import open_locks
from catalog.manifest import LayerEntry
from catalog.onboarding import Onboarding, OnboardingOptions, Prepared
from layers.config import LayersConfig
from layers.raster import RasterStore
from layers.stores import FeatureStore
from tests.catalog.conftest import entry
from tests.catalog.test_onboarding import city, write_points
from tilecache.publication import publish_all

HERE = OnboardingOptions(wait=0)
LAYERS = ("schools", "shelters", "stations")


@pytest.fixture
def onboarding(catalogue: Catalogue, feature_store: FeatureStore, tmp_path: Path) -> Iterator[Onboarding]:
    yield Onboarding(
        catalogue,
        Holdings(feature_store, RasterStore(tmp_path / "rasters")),
        open_locks(catalogue),
        LayersConfig(),
        lambda prepared: publish_all(catalogue, prepared, "tester"),
    )


def entries(folder: Path, count: int = 3) -> list[LayerEntry]:
    return [entry(id_, file=write_points(folder / f"{id_}.geojson", city(count)), key="code") for id_ in LAYERS]


def prepare(batch: LayerBatch, given: Sequence[LayerEntry]) -> None:
    for one in given:
        batch.prepare(one, HERE, lambda entry, done, total: None)


def state(onboarding: Onboarding) -> dict[str, tuple[int | None, list[int]]]:
    """Each layer's current release and what the store keeps of it."""
    with onboarding.catalogue.read() as session:
        current = {layer.id: layer.current_release for layer in session.query(models.Layer)}
    return {id_: (current.get(id_), onboarding.holdings.features.numbers(id_)) for id_ in LAYERS}


def test_all_become_current_with_one_revision(onboarding: Onboarding, tmp_path: Path) -> None:
    before = onboarding.catalogue.revision()
    with layer_batch(onboarding) as batch:
        prepare(batch, entries(tmp_path))
        assert state(onboarding) == {id_: (None, [1]) for id_ in LAYERS}
        batch.publish()
    assert state(onboarding) == {id_: (1, [1]) for id_ in LAYERS}
    assert onboarding.catalogue.revision() == before + 1
    onboarding.locks.hold("schools", 0).release()


def test_a_layer_that_is_refused_takes_all_others_back(onboarding: Onboarding, tmp_path: Path) -> None:
    given = entries(tmp_path)
    given[2].file.write_text("no GeoJSON", encoding="utf-8")
    with pytest.raises(RefusedBatch) as refused, layer_batch(onboarding) as batch:
        prepare(batch, given)
    assert "stations" in refused.value.sentence("en")
    assert "stations.geojson" in refused.value.result.sentence("en")
    assert state(onboarding) == {id_: (None, []) for id_ in LAYERS}
    for id_ in LAYERS:
        onboarding.locks.hold(id_, 0).release()


def test_what_is_not_published_is_gone(onboarding: Onboarding, tmp_path: Path) -> None:
    with layer_batch(onboarding) as batch:
        prepare(batch, entries(tmp_path))
    assert state(onboarding) == {id_: (None, []) for id_ in LAYERS}


def test_a_step_that_fails_leaves_what_was_published_before(onboarding: Onboarding, tmp_path: Path) -> None:
    with layer_batch(onboarding) as batch:
        prepare(batch, entries(tmp_path))
        batch.publish()

    def fail(prepared: Sequence[Prepared]) -> None:
        # The last of them disappears before its turn comes, so that the transaction has begun already.
        last = replace(prepared[-1].publication, number=99)
        publish_all(onboarding.catalogue, [*prepared[:-1], replace(prepared[-1], publication=last)], "tester")

    failing = replace(onboarding, publish=fail)
    with pytest.raises(Exception, match="99"), layer_batch(failing) as batch:
        prepare(batch, entries(tmp_path, 4))
        batch.publish()
    assert state(onboarding) == {id_: (1, [1]) for id_ in LAYERS}


def test_an_interruption_after_the_step_takes_nothing_back(onboarding: Onboarding, tmp_path: Path) -> None:
    def publish_and_be_interrupted(prepared: Sequence[Prepared]) -> None:
        publish_all(onboarding.catalogue, prepared, "tester")
        raise KeyboardInterrupt

    interrupted = replace(onboarding, publish=publish_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt), layer_batch(interrupted) as batch:
        prepare(batch, entries(tmp_path))
        batch.publish()
    assert state(onboarding) == {id_: (1, [1]) for id_ in LAYERS}
