"""The SQLite tile store through its protocol: keys, threads, processes, broken files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilecache.errors import TileStoreUnavailable
from tilecache.identity import TileKey
from tilecache.stores.sqlite import SqliteTileStore

KEY = TileKey("roads", "default", "WebMercatorQuad", "png", 13, 6841, 3529, "1-1.abc")
OTHERS = [
    KEY._replace(layer="rivers"),
    KEY._replace(style="night"),
    KEY._replace(grid="TWD97TM2"),
    KEY._replace(format="webp"),
    KEY._replace(format="png@2x"),
    KEY._replace(z=12),
    KEY._replace(x=6842),
    KEY._replace(y=3530),
    KEY._replace(edition="1-2.abc"),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteTileStore]:
    store = SqliteTileStore(tmp_path / "tiles", open_files=2)
    yield store
    store.close()


def test_a_tile_is_kept_until_dropped(store: SqliteTileStore) -> None:
    assert store.get(KEY) is None and not store.has(KEY)
    store.put([(KEY, b"png")])
    assert store.get(KEY) == b"png" and store.has(KEY)
    store.put([(KEY, b"new")])
    assert store.get(KEY) == b"new"
    store.drop([KEY])
    assert store.get(KEY) is None


def test_an_empty_tile_is_a_tile(store: SqliteTileStore) -> None:
    store.put([(KEY, b"")])
    assert store.get(KEY) == b"" and store.has(KEY)


@pytest.mark.parametrize("other", OTHERS, ids=lambda key: "/".join(map(str, key)))
def test_every_part_of_the_key_counts(store: SqliteTileStore, other: TileKey) -> None:
    store.put([(KEY, b"one")])
    assert store.get(other) is None
    store.put([(other, b"two")])
    assert (store.get(KEY), store.get(other)) == (b"one", b"two")


def test_only_editions_to_keep_survive(store: SqliteTileStore) -> None:
    old = [KEY._replace(edition="1-1.abc", x=x) for x in range(5)]
    new = KEY._replace(edition="1-2.abc")
    store.put([(key, b"x") for key in [*old, new]])
    assert store.drop_editions("roads", frozenset({"1-2.abc"})) == 5
    assert store.has(new) and not any(store.has(key) for key in old)
    assert store.drop_editions("roads", frozenset()) == 1


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 20), st.integers(0, 9), st.integers(0, 9)), st.binary(), max_size=30))
def test_what_was_put_comes_back(
    tmp_path_factory: pytest.TempPathFactory, bodies: dict[tuple[int, ...], bytes]
) -> None:
    store = SqliteTileStore(tmp_path_factory.mktemp("tiles"))
    tiles = {KEY._replace(z=z, x=x, y=y): body for (z, x, y), body in bodies.items()}
    store.put(tiles.items())
    assert {key: store.get(key) for key in tiles} == tiles
    store.close()


def test_threads_write_and_read_at_once(store: SqliteTileStore) -> None:
    def work(number: int) -> bool:
        keys = [KEY._replace(layer=f"layer{number % 3}", x=number, y=y) for y in range(16)]
        store.put([(key, f"{number}/{key.y}".encode()) for key in keys])
        return all(store.get(key) == f"{number}/{key.y}".encode() for key in keys)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(60)))


def test_processes_write_and_read_at_once(store: SqliteTileStore, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tilecache.stores.sqlite import SqliteTileStore; from tilecache.identity import TileKey\n"
        "store = SqliteTileStore(Path(sys.argv[1])); me = int(sys.argv[2])\n"
        "for x in range(40):\n"
        "    store.put([(TileKey('roads', 'default', 'g', 'png', 5, x, y, str(me)), b'x' * 2000) for y in range(16)])\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "tiles")]
    root = Path(__file__).parents[2]
    workers = [subprocess.Popen([*command, str(number)], cwd=root, stderr=subprocess.PIPE) for number in range(3)]
    errors = [worker.communicate(timeout=60)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], errors
    keys = [TileKey("roads", "default", "g", "png", 5, x, 3, str(n)) for n in range(3) for x in range(40)]
    assert all(store.get(key) == b"x" * 2000 for key in keys)


def test_a_reader_is_not_held_up_by_a_writer(store: SqliteTileStore, tmp_path: Path) -> None:
    store.put([(KEY, b"old")])
    writer = sqlite3.connect(tmp_path / "tiles" / "roads.sqlite", isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("update tile set body = x'00'")
    assert store.get(KEY) == b"old"
    writer.execute("rollback")
    writer.close()


def test_least_recently_used_files_are_closed_first(store: SqliteTileStore) -> None:
    for layer in ("a", "b", "a", "c", "a"):
        store.put([(KEY._replace(layer=layer), layer.encode())])
    assert [store.get(KEY._replace(layer=layer)) for layer in "abc"] == [b"a", b"b", b"c"]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "roads.sqlite").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(TileStoreUnavailable) as caught:
        SqliteTileStore(tmp_path).get(KEY)
    assert "roads.sqlite" in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TileStoreUnavailable) as caught:
        SqliteTileStore(tmp_path / "file" / "tiles").put([(KEY, b"x")])
    assert "file/tiles" in str(caught.value)
