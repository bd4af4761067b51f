"""Several processes or machines want the same cold tile: one draws it, and if that one dies another does."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
import uuid
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
from server.vector_tiles import KeptVectorTiles
from tests.server.map_city import FONTS, ROOT, SOUTH, WEST, City
from tests.server.test_tiles import tile_at
from tests.tilecache.redis_server import redis_server
from tilecache.config import RedisConfig, TilecacheConfig
from tilecache.configuration import ServiceDescription
from tilecache.drawing import Drawable, Drawing
from tilecache.grids import TileMatrixSet, find_grid, tile_matrix_sets
from tilecache.identity import TileKey
from tilecache.lineage import Lineages
from tilecache.locks.opening import open_locks
from tilecache.renders import Admission
from tilecache.stores.opening import open_tile_store
from tilecache.vector import MVT, VectorTiles

PATIENCE = 60
THREADS = 4
GRID = "WebMercatorQuad"
X, Y = tile_at(WEST + 700, SOUTH + 700, GRID, 18)
Child = subprocess.Popen[bytes]


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
def children(yard: Yard, count: int, settings: TilecacheConfig, format_: str = "png") -> Iterator[list[Child]]:
    """Start processes that ask for tiles; where they share Redis, each is a machine with a folder of its own."""
    document = settings.model_dump_json().replace("**********", settings.redis.url.get_secret_value())
    command = [sys.executable, "-m", __name__, str(yard.folder), document, format_]
    started = [
        subprocess.Popen([*command, str(number if settings.store == "redis" else 0)], cwd=ROOT, stdout=subprocess.PIPE)
        for number in range(count)
    ]
    try:
        yield started
    finally:
        for child in started:
            child.kill()
            child.communicate()


@pytest.fixture(params=["sqlite", "redis"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TilecacheConfig]:
    if request.param == "sqlite":
        yield TilecacheConfig()
        return
    with redis_server(tmp_path) as url:
        yield TilecacheConfig(store="redis", redis=RedisConfig(url=url, prefix=uuid.uuid4().hex))


@pytest.mark.parametrize("format_", ["png", MVT])
def test_of_all_threads_of_all_processes_one_draws(yard: Yard, settings: TilecacheConfig, format_: str) -> None:
    with children(yard, 2, settings, format_) as started:
        yard.until(lambda: yard.told("asking") == 2 * THREADS and yard.told("renders") > 0)
        yard.tell("proceed")
        answers = [child.communicate(timeout=PATIENCE)[0] for child in started]
    assert yard.told("renders") == yard.told("drawn") == 1
    assert len(set(answers)) == 1 and answers[0].count(b"\x1f\x8b" if format_ == MVT else b"\x89PNG") == THREADS


def test_the_lock_of_a_killed_process_is_free(yard: Yard) -> None:
    with children(yard, 1, TilecacheConfig()) as (first,):
        yard.until(lambda: yard.told("renders") == 1)
        with children(yard, 1, TilecacheConfig()) as (second,):
            yard.until(lambda: yard.told("asking") == 2 * THREADS)
            assert yard.told("renders") == 1
            first.send_signal(signal.SIGKILL)
            yard.until(lambda: yard.told("renders") == 2)
            yard.tell("proceed")
            assert second.communicate(timeout=PATIENCE)[0].count(b"\x89PNG") == THREADS
    assert yard.told("renders") == 2


def main() -> None:
    """Ask for the tile in all threads at once; a render waits until it may proceed."""
    yard, document, format_, machine = Yard(Path(sys.argv[1])), *sys.argv[2:]
    folder = yard.folder.parent
    snapshot = pickle.loads((yard.folder / "snapshot").read_bytes())
    settings, tiles = TilecacheConfig.model_validate_json(document), folder / f"tiles{machine}"

    def wait() -> None:
        yard.tell("renders")
        yard.until(lambda: yard.told("proceed") > 0)

    class Slow(Renderer):
        def draw(self, request: MapRequest) -> Image.Image:
            wait()
            return super().draw(request)

    class SlowVectors(VectorTiles):
        def tile(self, record: Drawable, grid: TileMatrixSet, z: int, x: int, y: int) -> bytes:
            wait()
            return super().tile(record, grid, z, x, y)

    holdings = Holdings(GeoPackageStore(folder / "layers"), RasterStore(folder / "layers"))
    made = MountOptions(
        Drawing(holdings, Slow(FONTS), PATIENCE),
        open_tile_store(settings, tiles),
        tiles,
        settings,
        ServiceDescription(Text(""), Text("")),
        Admission(THREADS),
        Lineages(lambda layer, grid, level: {}, 4),
        open_locks(settings, tiles),
    )
    mount = MapProxyMount(snapshot, TileEngines(made), made)
    vectors = KeptVectorTiles(SlowVectors(holdings), made.store, made.admission, made.locks)

    def ask(number: int) -> bytes:
        yard.tell("asking")
        if format_ == MVT:
            key = TileKey("districts", "default", GRID, MVT, 18, X, Y, "")
            body, found = vectors.packed(snapshot.layers["districts"], find_grid(tile_matrix_sets(20), GRID), key)
            drawn = found == "miss"
        else:
            # Neighbours in one metatile: each thread wants another tile of the same picture.
            x, y = X // 4 * 4 + number % 4, Y // 4 * 4
            tile = mount.find_tile(TileKey("districts", "default", GRID, "png", 18, x, y, ""))
            body, drawn = tile.body, tile.drawn
        if drawn:
            yard.tell("drawn")
        return body

    with ThreadPoolExecutor(THREADS) as threads:
        sys.stdout.buffer.write(b"".join(threads.map(ask, range(THREADS))))


if __name__ == "__main__":
    main()
