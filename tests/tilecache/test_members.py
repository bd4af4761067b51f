"""What new releases of members change in a basemap's pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from catalog.batch import layer_batch
from catalog.database import Catalogue
from catalog.holdings import Holdings
from catalog.locks import open_locks
from catalog.manifest import AgencyEntry, BasemapEntry, LayerEntry, ThemeEntry
from catalog.onboarding import Onboarding, OnboardingOptions
from catalog.publishing import introduce
from catalog.records import Snapshot
from catalog.snapshot import read_snapshot
from layers.config import LayersConfig
from layers.raster import RasterStore
from layers.stores import FeatureStore
from tests.catalog.conftest import entry
from tests.catalog.test_onboarding import city, write_points
from tilecache.footprint import Footprint
from tilecache.grids import TileMatrixSet, tile_matrix_sets
from tilecache.members import basemap_footprint, member_change
from tilecache.publication import publish_all

GRIDS = tile_matrix_sets(20)
METATILE = 4
RED = {"rules": [{"name": "all", "symbols": [{"mark": {"colour": "#ff0000"}}]}]}


def drawn_from(zoom: int) -> dict[str, Any]:
    return {"rules": [{"name": "all", "zoom": [zoom, None], "symbols": [{"mark": {"colour": "#000000"}}]}]}


@pytest.fixture
def onboarding(feature_store: FeatureStore, tmp_path: Path) -> Iterator[Onboarding]:
    """A basemap of two layers of ten points each, of which one is drawn from zoom 15 and one from zoom 18."""
    with closing(Catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")) as catalogue:
        catalogue.migrate()
        introduce(
            catalogue,
            (AgencyEntry(id="civil", title="民政局"),),  # type: ignore[arg-type]
            (ThemeEntry(id="boundaries", title="界線"),),  # type: ignore[arg-type]
        )
        onboarding = Onboarding(
            catalogue,
            Holdings(feature_store, RasterStore(tmp_path / "rasters")),
            open_locks(catalogue),
            LayersConfig(),
            lambda prepared: publish_all(catalogue, prepared, "tester"),
        )
        for id_ in ("stations", "plates"):
            onboarding.onboard(points(tmp_path, id_), lambda done, total: None)
        members = [{"layer": "stations", "style": drawn_from(15)}, {"layer": "plates", "style": drawn_from(18)}]
        publish_all(catalogue, (), "tester", (BasemapEntry(id="base", title="底圖", members=members),))  # type: ignore[arg-type]
        plain = [{"layer": "stations"}]
        publish_all(catalogue, (), "tester", (BasemapEntry(id="plain", title="素圖", members=plain),))  # type: ignore[arg-type]
        yield onboarding


def points(folder: Path, id_: str, names: dict[str, str] | None = None, **values: Any) -> LayerEntry:
    file = write_points(folder / f"{id_}.geojson", city(10) if names is None else names)
    return entry(id_, file=file, key="code", **values)


def footprint(
    onboarding: Onboarding,
    *entries: LayerEntry,
    grid: TileMatrixSet = GRIDS["WebMercatorQuad"],
    basemap: str = "base",
) -> tuple[Footprint, int]:
    """Return the footprint of what publishing the entries would change, and how many boxes were touched."""
    snapshot: Snapshot = read_snapshot(onboarding.catalogue)
    with layer_batch(onboarding) as batch:
        for one in entries:
            batch.prepare(one, OnboardingOptions(accept_loss=True), lambda entry, done, total: None)
        changes = [member_change(one, onboarding.holdings, snapshot) for one in batch.prepared]
        touched = sum(len(change.touched) for change in changes)
        return basemap_footprint(changes, snapshot.basemaps[basemap], grid, METATILE), touched


def levels(found: Footprint) -> set[int]:
    return {z for z, count in found.metatiles().items() if count}


def test_a_member_counts_at_the_levels_at_which_it_is_drawn(onboarding: Onboarding, tmp_path: Path) -> None:
    renamed = {**city(10), "A4": "改名"}
    stations, touched = footprint(onboarding, points(tmp_path, "stations", renamed))
    assert levels(stations) == set(range(15, 21))
    # The point as it was and as it is.
    assert touched == 2
    plates, _ = footprint(onboarding, points(tmp_path, "plates", renamed))
    assert levels(plates) == {18, 19, 20}
    both, _ = footprint(onboarding, points(tmp_path, "stations", renamed), points(tmp_path, "plates", renamed))
    assert both.metatiles() == stations.metatiles()


def test_other_grids_count_the_levels_of_the_same_scale(onboarding: Onboarding, tmp_path: Path) -> None:
    found, _ = footprint(onboarding, points(tmp_path, "plates", {**city(10), "A4": "改名"}), grid=GRIDS["TWD97TM2"])
    assert levels(found) == {12, 13, 14}


def test_what_did_not_change_is_not_drawn_again(onboarding: Onboarding, tmp_path: Path) -> None:
    found, touched = footprint(onboarding, points(tmp_path, "stations"), points(tmp_path, "plates", title="門牌號碼"))
    assert not found
    assert touched == 0


def test_a_layer_that_is_new_is_drawn_wherever_it_is(onboarding: Onboarding, tmp_path: Path) -> None:
    found, touched = footprint(onboarding, points(tmp_path, "trees"))
    assert levels(found) == set(range(21))
    assert touched == 10


def test_another_style_is_drawn_wherever_the_layer_is(onboarding: Onboarding, tmp_path: Path) -> None:
    found, touched = footprint(onboarding, points(tmp_path, "stations", style=RED), basemap="plain")
    assert touched == 0
    one_point, _ = footprint(onboarding, points(tmp_path, "stations", {**city(10), "A4": "改名"}), basemap="plain")
    # Ten points lie a kilometre from the first to the last; a metatile of level 20 has 140 m.
    assert found.metatiles()[20] > one_point.metatiles()[20]


def test_another_style_changes_nothing_where_another_is_worn(onboarding: Onboarding, tmp_path: Path) -> None:
    found, _ = footprint(onboarding, points(tmp_path, "stations", style=RED), basemap="base")
    assert not found
