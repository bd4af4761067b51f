"""Several processes want the same cold tile: one of them draws it, and if that one dies another does."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

from catalog.holdings import Holdings
from layers.drawing import MapRequest
from layers.raster import RasterStore
from layers.render import Renderer
from layers.stores.geopackage import GeoPackageStore
from layers.text import Text
from server.mapproxy import MapProxyMount, MountOptions, TileEngines
from tests.server.map_city import FONTS, ROOT, SOUTH, WEST, City
from tests.server.test_tiles import tile_at
from tilecache.config import TilecacheConfig
from tilecache.configuration import ServiceDescription
from tilecache.drawing import Drawing
from tilecache.identity import TileKey
from tilecache.lineage import Lineages
from tilecache.renders import Admission
from tilecache.stores.sqlite import SqliteTileStore

PATIENCE = 60
THREADS = 4
X, Y = tile_at(WEST + 700, SOUTH + 700, "WebMercatorQuad", 18)


@dataclass
class Yard:
    """The folder by which parent and children talk: files that appear, and one that grows by a byte per render."""

    folder: Path

    def told(self, name: str) -> int:
        file = self.folder / name
        return file.stat().st_size if file.exists() else 0

    def tell(self, name: str) -> None:
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, b".")
        os.close(descriptor)

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, sorted(self.folder.iterdir())
            time.sleep(0.005)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    city = City(tmp_path)
    (tmp_path / "yard").mkdir()
    yard = Yard(tmp_path / "yard")
    (tmp_path / "yard" / "snapshot").write_bytes(pickle.dumps(replace(city.snapshot, basemaps={})))
    return yard


@contextmanager
def children(yard: Yard, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", __name__, str(yard.folder)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(count)]
    try:
        yield started
    finally:
        for child in started:
            child.kill()
            child.communicate()


def test_of_all_threads_of_all_processes_one_draws(yard: Yard) -> None:
    with children(yard, 2) as started:
        yard.until(lambda: yard.told("asking") == 2 * THREADS and yard.told("renders") > 0)
        yard.tell("proceed")
        answers = [child.communicate(timeout=PATIENCE)[0] for child in started]
    assert yard.told("renders") == 1
    assert len(set(answers)) == 1 and answers[0].count(b"\x89PNG") == THREADS


def test_the_lock_of_a_killed_process_is_free(yard: Yard) -> None:
    with children(yard, 1) as (first,):
        yard.until(lambda: yard.told("renders") == 1)
        with children(yard, 1) as (second,):
            yard.until(lambda: yard.told("asking") == 2 * THREADS)
            assert yard.told("renders") == 1
            first.send_signal(signal.SIGKILL)
            yard.until(lambda: yard.told("renders") == 2)
            yard.tell("proceed")
            assert second.communicate(timeout=PATIENCE)[0].count(b"\x89PNG") == THREADS
    assert yard.told("renders") == 2


def main() -> None:
    """Ask for the tile in all threads at once; a render waits until it may proceed."""
    yard = Yard(Path(sys.argv[1]))
    folder = yard.folder.parent
    snapshot = pickle.loads((yard.folder / "snapshot").read_bytes())

    class Slow(Renderer):
        def draw(self, request: MapRequest) -> Image.Image:
            yard.tell("renders")
            yard.until(lambda: yard.told("proceed") > 0)
            return super().draw(request)

    holdings = Holdings(GeoPackageStore(folder / "layers"), RasterStore(folder / "layers"))
    drawing, admission = Drawing(holdings, Slow(FONTS), PATIENCE), Admission(THREADS)
    store = SqliteTileStore(folder / "tiles")
    made = MountOptions(
        drawing,
        store,
        folder / "tiles",
        TilecacheConfig(),
        ServiceDescription(Text(""), Text("")),
        admission,
        Lineages(lambda layer, grid, level: {}, 4),
    )
    mount = MapProxyMount(snapshot, TileEngines(made), admission)

    def ask(number: int) -> bytes:
        yard.tell("asking")
        # Neighbours in one metatile: each thread wants another tile of the same picture.
        x, y = X // 4 * 4 + number % 4, Y // 4 * 4
        return mount.draw_tile(TileKey("districts", "default", "WebMercatorQuad", "png", 18, x, y, ""))

    with ThreadPoolExecutor(THREADS) as threads:
        sys.stdout.buffer.write(b"".join(threads.map(ask, range(THREADS))))


if __name__ == "__main__":
    main()
