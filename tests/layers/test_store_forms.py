"""Large releases are prepared in a second process: what is stored is the same, and its end costs nothing but itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
import shapely

from layers.crs import TWD97_TM2
from layers.errors import StoreError
from layers.extent import BoundingBox
from layers.features import FeatureBatch, FeatureQuery, Geometries, column_of
from layers.overviews.building import MANY_FEATURES
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, ReleaseSummary
from layers.stores.geopackage import GeoPackageStore

BATCH = 8_000
COUNT = MANY_FEATURES + BATCH
"""The second process takes what comes after the first 20,000."""
PATIENCE = 30.0
MIXED = Schema(
    GeometryType.GEOMETRY,
    TWD97_TM2,
    (
        Field("code", FieldType.TEXT),
        Field("名稱", FieldType.TEXT),
        Field("height", FieldType.REAL),
        Field("listed", FieldType.BOOLEAN),
    ),
    key="code",
    searchable=("名稱",),
)
ORPHANS = """
import os, sys, time, multiprocessing
import numpy as np, shapely
from layers.crs import TWD97_TM2
from layers.stores.form_queue import FormQueue
from layers.stores.forms import Portion
from layers.stores.shapes import stored_wkb

if __name__ == "__main__":
    points = shapely.points(np.full(20_000, 217000.0), np.full(20_000, 2671000.0))
    queue = FormQueue("layer", TWD97_TM2, processes=2)
    for first in (1, 20_001):
        queue.put(Portion(first, stored_wkb(points), range(first, first + 20_000), (), ()), points)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    time.sleep(600)
"""


@cache
def shapes(count: int = COUNT) -> Geometries:
    """Small and large polygons, some with holes or several parts, heights, lines, points, and nothing at all."""
    random = np.random.default_rng(11)
    x, y = 210_000 + random.uniform(0, 9_000, count), 2_666_000 + random.uniform(0, 9_000, count)
    width, height = random.uniform(3, 60, count), random.uniform(3, 60, count)
    result = shapely.box(x, y, x + width, y + height)
    kinds = random.integers(0, 12, count)
    result[kinds == 1] = shapely.points(x, y)[kinds == 1]
    result[kinds == 2] = shapely.linestrings(
        np.stack([x, y, x + width, y - height, x, y - 2 * height], 1).reshape(-1, 3, 2)
    )[kinds == 2]
    holed = np.flatnonzero(kinds == 3)
    result[holed] = shapely.difference(result[holed], shapely.buffer(shapely.centroid(result[holed]), 1.0))
    several = np.flatnonzero(kinds == 4)
    moved = shapely.transform(result[several], lambda at: at + 100.0)
    result[several] = shapely.multipolygons(np.stack([result[several], moved], 1))
    result[kinds == 5] = shapely.force_3d(result[kinds == 5], 12.5)
    result[kinds == 6] = None
    return result


def batches(count: int = COUNT) -> Iterator[FeatureBatch]:
    every = shapes(count)
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        columns = {
            "code": column_of([f"K{number:07}" for number in numbers]),
            "名稱": column_of([None if number % 9 == 0 else f"測試{number % 50}號\t\\N" for number in numbers]),
            "height": column_of([None if number % 7 == 0 else number / 8 for number in numbers]),
            "listed": column_of([(True, False, None)[number % 3] for number in numbers]),
        }
        yield FeatureBatch(every[numbers.start : numbers.stop], columns, np.arange(numbers.start, numbers.stop) + 1)


def written(store: FeatureStore, number: int, count: int = COUNT) -> ReleaseSummary:
    with store.create("layer", number, MIXED) as writer:
        for batch in batches(count):
            writer.write(batch)
        return writer.commit()


def processors(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let this process see so many processors, whatever the machine has."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(count)))


def tables(file: Path) -> list[tuple[str, str | None]]:
    with sqlite3.connect(file) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def rows_of(file: Path, table: str) -> Iterator[tuple[object, ...]]:
    with sqlite3.connect(file) as connection:
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")') if row[1] != "last_change"]
        # Where numbers and texts are equal, their types are, too.
        wanted = ", ".join(f'"{name}", typeof("{name}")' for name in columns)
        yield from connection.execute(f'SELECT {wanted} FROM "{table}" ORDER BY 1')


def test_one_process_and_two_store_the_same(feature_store: FeatureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    processors(monkeypatch, 1)
    alone = written(feature_store, 1)
    processors(monkeypatch, 2)
    together = written(feature_store, 2)
    assert (together.digest, together.count, together.extent) == (alone.digest, alone.count, alone.extent)
    one, two = feature_store.open("layer", 1), feature_store.open("layer", 2)
    everything = FeatureQuery(limit=COUNT)
    assert one.read_page(everything) == two.read_page(everything)
    assert one.overviews == two.overviews
    assert one.overviews.zooms
    fids = np.arange(1, COUNT + 1)
    assert np.array_equal(one.drawn_boxes(fids), two.drawn_boxes(fids), equal_nan=True)
    world = BoundingBox(-2e7, -2e7, 2e7, 2e7)
    for zoom in (None, *one.overviews.zooms):
        first, second = one.drawn_features(world, zoom), two.drawn_features(world, zoom)
        assert np.array_equal(first.fids, second.fids)
        assert shapely.to_wkb(first.geometry).tolist() == shapely.to_wkb(second.geometry).tolist()


def test_files_are_equal_row_for_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for count in (1, 2):
        processors(monkeypatch, count)
        written(GeoPackageStore(tmp_path / str(count)), 1)
        files.append(tmp_path / str(count) / "layer" / "1.gpkg")
    one, two = files
    assert tables(one) == tables(two)
    for name, statement in tables(one):
        if statement and statement.startswith("CREATE TABLE"):
            assert all(first == second for first, second in zip_longest(rows_of(one, name), rows_of(two, name))), name


def test_the_second_process_is_there_for_large_releases_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processors(monkeypatch, 2)
    before = set(multiprocessing.active_children())
    with GeoPackageStore(tmp_path).create("layer", 1, MIXED) as writer:
        seen = []
        for batch in batches():
            writer.write(batch)
            seen.append(len(set(multiprocessing.active_children()) - before))
        writer.commit()
    # 8,000, 16,000 and 24,000 rows are written by one process; who brings the next ones has a large layer.
    assert seen == [0, 0, 0, 1]
    assert set(multiprocessing.active_children()) <= before


def test_a_killed_second_process_is_one_clear_error(
    feature_store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    processors(monkeypatch, 2)
    published = written(feature_store, 1, 100)
    before = set(multiprocessing.active_children())

    def write_on() -> None:
        with feature_store.create("layer", 2, MIXED) as writer:
            for batch in batches():
                writer.write(batch)
                for child in set(multiprocessing.active_children()) - before:
                    os.kill(child.pid or 0, signal.SIGKILL)
            writer.commit()

    with pytest.raises(StoreError, match="Nothing was published") as caught:
        write_on()
    assert caught.value.code == "store_process_ended"
    assert feature_store.numbers("layer") == [1]
    assert feature_store.open("layer", 1).count == published.count
    # And nothing hinders the next attempt.
    assert written(feature_store, 2, 100).digest == published.digest


def test_a_killed_second_process_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processors(monkeypatch, 2)
    before = set(multiprocessing.active_children())
    with pytest.raises(StoreError), GeoPackageStore(tmp_path).create("layer", 1, MIXED) as writer:
        for batch in batches():
            writer.write(batch)
        for child in set(multiprocessing.active_children()) - before:
            os.kill(child.pid or 0, signal.SIGKILL)
        writer.commit()
    assert list((tmp_path / "layer").iterdir()) == []


def test_a_value_that_no_store_takes_is_refused_from_either_process(
    feature_store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    processors(monkeypatch, 2)
    for at in (0, 3):

        def write_on(wrong: int = at) -> None:
            with feature_store.create("layer", 1, MIXED) as writer:
                for number, batch in enumerate(batches()):
                    if number == wrong:
                        batch.columns["名稱"][1] = "\udc80"
                    writer.write(batch)
                writer.commit()

        with pytest.raises(StoreError) as caught:
            write_on()
        assert caught.value.code == "store_value_refused"
        assert feature_store.numbers("layer") == []


def test_the_second_process_ends_with_the_first(tmp_path: Path) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS, encoding="utf-8")
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as first:
        assert first.stdout is not None
        second = int(first.stdout.readline())
        assert Path(f"/proc/{second}").exists()
        first.kill()
    ends = time.monotonic() + PATIENCE
    while Path(f"/proc/{second}/stat").exists() and _state(second) != "Z":
        assert time.monotonic() < ends, "the second process outlives the first"
        time.sleep(0.02)


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"
