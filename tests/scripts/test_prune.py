"""``tuzi prune``: old releases go, the current one and those after it stay, whatever happens on the way."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from catalog import models, pruning
from catalog.pruning import Pruning
from scripts.workshop import Workshop
from tests.scripts.commands import CommandLine, run, write_table

__all__ = ["run"]


@pytest.fixture
def layer(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> str:
    """A layer of five releases; nobody else reads it, so that nothing need be waited for."""
    monkeypatch.setattr(Pruning.prune, "__defaults__", (0.0,))
    for codes in ("AB", "ABC", "ABCD", "ABCDE", "ABCDEF"):
        run("onboard", write_table(run.folder / f"{codes}.csv", codes), "--id", "plates", "--agency", "fire:消防局")
    return "plates"


def kept(run: CommandLine, layer: str, suffix: str = "gpkg") -> list[str]:
    return sorted(file.stem for file in (run.folder / "data" / "layers" / layer).glob(f"*.{suffix}"))


def numbers(run: CommandLine, layer: str) -> list[int]:
    with Workshop(run.config).catalogue.read() as session:
        return [release.number for release in session.get_one(models.Layer, layer).releases]


def test_all_but_the_newest_before_the_current_one_go(run: CommandLine, layer: str) -> None:
    assert "1, 2" in run("prune", layer, "--keep", 2, "--dry-run")
    assert numbers(run, layer) == [1, 2, 3, 4, 5]
    assert "1, 2" in run("prune", layer, "--keep", 2)
    assert numbers(run, layer) == [3, 4, 5]
    assert kept(run, layer) == ["3", "4", "5"]
    assert "0 releases" in run("prune", "--keep", 2)
    assert "3, 4" in run("prune", "--keep", 0)
    assert kept(run, layer) == ["5"]
    assert "old releases removed" in run("show", layer)


def test_going_back_after_pruning_ends_where_releases_end(run: CommandLine, layer: str) -> None:
    run("prune", layer, "--keep", 1)
    run("rollback", layer)
    assert "no release before" in run("rollback", layer, code=1)
    # What came after the current release is not older than it.
    run("prune", layer, "--keep", 0)
    assert kept(run, layer) == ["4", "5"]
    run("publish", layer, 5)


def test_a_release_whose_data_is_lost_is_not_published(run: CommandLine, layer: str) -> None:
    (run.folder / "data" / "layers" / layer / "4.gpkg").unlink()
    assert "no release 4" in run("publish", layer, 4, code=1)
    assert "no release 9" in run("publish", layer, 9, code=1)
    assert "no layer ghost" in run("publish", "ghost", 1, code=1)
    run("publish", layer, 3)


def test_unknown_layers_are_said(run: CommandLine) -> None:
    assert "no layer ghost" in run("prune", "ghost", "--keep", 1, code=1)


def test_files_that_a_dying_process_left_are_swept_by_the_next_run(run: CommandLine, layer: str) -> None:
    workshop = Workshop(run.config)
    work = Pruning(workshop.catalogue, workshop.holdings, workshop.locks, "tester")
    assert work._forget(layer, 1) == (1, 2, 3)
    assert kept(run, layer) == ["1", "2", "3", "4", "5"]
    run("onboard", run.folder / "ABCDEF.csv", "--id", layer)
    assert kept(run, layer) == ["4", "5"]


def test_readers_are_given_the_time_to_move_on(run: CommandLine, layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(Pruning.prune, "__defaults__", (pruning.AGREEMENT,))
    monkeypatch.setattr(pruning.time, "sleep", waited.append)
    run("rollback", layer)
    run("publish", layer, 5)
    run("prune", layer, "--keep", 0)
    assert 0 < waited[0] <= pruning.AGREEMENT


def test_rasters_are_pruned_too(run: CommandLine, layer: str) -> None:
    for value in (1, 2):
        file = run.folder / f"height{value}.tif"
        with rasterio.open(
            file, "w", driver="GTiff", width=8, height=8, count=1, dtype="float32", crs="EPSG:3826",
            transform=from_origin(217000, 2671500, 20, 20),
        ) as dataset:  # fmt: skip
            dataset.write(np.full((1, 8, 8), value, dtype="float32"))
        run("onboard", file, "--id", "height", "--agency", "fire:消防局")
        assert "unchanged" in run("onboard", file, "--id", "height")
        assert "unchanged" in run("onboard", file, "--id", "height", "--force")
    assert kept(run, "height", "tif") == ["1", "1.relief", "2", "2.relief"]
    run("prune", "height", "--keep", 0)
    assert kept(run, "height", "tif") == ["2", "2.relief"]
