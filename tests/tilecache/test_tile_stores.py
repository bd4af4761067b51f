"""What every tile store does, whichever it is: one set of tests over SQLite, files, real Redis and real S3."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from redis import Redis

from tests.tilecache.redis_server import redis_server
from tests.tilecache.s3_server import s3_server
from tilecache.config import FilesystemConfig, RedisConfig, S3Config, TilecacheConfig
from tilecache.errors import TileStoreUnavailable
from tilecache.identity import TileKey
from tilecache.stores import TileStore
from tilecache.stores.filesystem import FilesystemTileStore
from tilecache.stores.opening import open_tile_store
from tilecache.stores.redis import RedisTileStore
from tilecache.stores.s3 import Bucket

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Config]:
    with s3_server(tmp_path_factory.mktemp("s3")) as settings:
        yield settings


@pytest.fixture(params=["sqlite", "filesystem", "redis", "s3"])
def settings_of_store(request: pytest.FixtureRequest) -> TilecacheConfig:
    """The configuration of a store; of Redis and S3 with a prefix that no other test has."""
    if request.param == "s3":
        return TilecacheConfig(store="s3", s3=elsewhere(request.getfixturevalue("s3")))
    if request.param != "redis":
        # Syncing to the disk changes nothing of what is asked here and costs the time of many disks' turns.
        return TilecacheConfig(store=request.param, filesystem=FilesystemConfig(durable=False))
    redis = RedisConfig(url=request.getfixturevalue("redis_url"), prefix=uuid.uuid4().hex)
    return TilecacheConfig(store="redis", redis=redis)


def elsewhere(s3: S3Config) -> S3Config:
    return s3.model_copy(update={"prefix": f"a/{uuid.uuid4().hex}"})


@pytest.fixture
def store(settings_of_store: TilecacheConfig, tmp_path: Path) -> Iterator[TileStore]:
    store = open_tile_store(settings_of_store, tmp_path / "tiles")
    yield store
    store.close()


def test_a_tile_is_kept_until_dropped(store: TileStore) -> None:
    assert store.get(KEY) is None and not store.has(KEY)
    assert store.layers() == [] or not list(store.tiles("roads"))
    store.put([(KEY, b"png")])
    assert store.get(KEY) == b"png" and store.has(KEY)
    store.put([(KEY, b"new")])
    assert store.get(KEY) == b"new"
    store.drop([KEY, KEY._replace(x=1)])
    assert store.get(KEY) is None and not store.has(KEY)
    assert list(store.tiles("roads")) == []


def test_an_empty_tile_is_a_tile(store: TileStore) -> None:
    store.put([(KEY, b"")])
    assert store.get(KEY) == b"" and store.has(KEY)
    assert list(store.tiles("roads")) == [(KEY, 0)]


def test_nothing_put_is_nothing_kept(store: TileStore) -> None:
    store.put([])
    store.drop([])
    assert store.drop_editions("roads", frozenset()) == 0


@pytest.mark.parametrize("other", OTHERS, ids=lambda key: "/".join(map(str, key)))
def test_every_part_of_the_key_counts(store: TileStore, other: TileKey) -> None:
    store.put([(KEY, b"one")])
    assert store.get(other) is None and not store.has(other)
    store.put([(other, b"two")])
    assert (store.get(KEY), store.get(other)) == (b"one", b"two")
    assert {*store.tiles(KEY.layer), *store.tiles(other.layer)} == {(KEY, 3), (other, 3)}
    assert store.layers() == sorted({KEY.layer, other.layer})


small_keys = st.builds(
    KEY._replace,
    layer=st.sampled_from(["roads", "road", "a-b_c"]),
    style=st.sampled_from(["default", "..", "夜 間", "a:b"]),
    format=st.sampled_from(["png", "webp@2x"]),
    z=st.integers(0, 20),
    x=st.integers(0, 70),
    y=st.integers(0, 2**20),
    edition=st.sampled_from(["1-1.abc", "1-2.abc", "1-11.abc", ".", "%2E", "[1]*?"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.dictionaries(small_keys, st.binary(max_size=50), max_size=12)),
            st.tuples(st.just("drop"), st.lists(small_keys, max_size=5)),
            st.tuples(st.just("editions"), st.sets(st.sampled_from(["1-1.abc", "1-2.abc", ".", "%2E", "[1]*?"]))),
        ),
        max_size=12,
    )
)
def test_it_answers_as_a_dictionary_does(
    settings_of_store: TilecacheConfig, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]]
) -> None:
    prefix = settings_of_store.redis.model_copy(update={"prefix": uuid.uuid4().hex})
    fresh = settings_of_store.model_copy(update={"redis": prefix, "s3": elsewhere(settings_of_store.s3)})
    store = open_tile_store(fresh, tmp_path_factory.mktemp("tiles"))
    shelf: dict[TileKey, bytes] = {}
    for what, argument in steps:
        if what == "put":
            for layer in {key.layer for key in argument}:
                store.put([(key, body) for key, body in argument.items() if key.layer == layer])
            shelf |= argument
        elif what == "drop":
            for key in argument:
                store.drop([key])
                shelf.pop(key, None)
        else:
            dropped = [key for key in shelf if key.layer == "roads" and key.edition not in argument]
            assert store.drop_editions("roads", frozenset(argument)) == len(dropped)
            for key in dropped:
                del shelf[key]
    assert {key: store.get(key) for key in shelf} == shelf
    listed = [tile for layer in ("roads", "road", "a-b_c") for tile in store.tiles(layer)]
    assert sorted(listed) == sorted((key, len(body)) for key, body in shelf.items())
    assert set(store.layers()) >= {key.layer for key in shelf}
    store.close()


def test_threads_write_and_read_at_once(store: TileStore) -> None:
    def work(number: int) -> bool:
        keys = [KEY._replace(layer=f"layer{number % 3}", x=number, y=y) for y in range(16)]
        store.put([(key, f"{number}/{key.y}".encode()) for key in keys])
        return all(store.get(key) == f"{number}/{key.y}".encode() for key in keys)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(20)))


WRITER = """
import sys
from pathlib import Path
from urllib.parse import urlsplit
from tilecache.config import TilecacheConfig
from tilecache.identity import TileKey
from tilecache.stores.opening import open_tile_store
settings = TilecacheConfig.model_validate_json(sys.argv[1])
store = open_tile_store(settings, Path(sys.argv[2]))
me = int(sys.argv[3])
for x in range(int(sys.argv[4])):
    for edition in ("shared", str(me)):
        store.put([(TileKey("roads", "default", "g", "png", 5, x, y, edition), b"x" * 2000) for y in range(16)])
    if me == 0 and x % 4 == 0:
        store.drop_editions("roads", frozenset({"shared", "0", "1", "2"}))
"""


def with_secrets(settings: TilecacheConfig) -> str:
    """Return the configuration as JSON, the secrets shown."""

    def written(value: object) -> str:
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)

    return json.dumps(settings.model_dump(), default=written)


def test_processes_write_and_read_at_once(store: TileStore, settings_of_store: TilecacheConfig, tmp_path: Path) -> None:
    """Some tiles are each one's own, some all of them write; one removes superseded ones meanwhile."""
    store.put([(TileKey("roads", "default", "g", "png", 5, 0, 0, "old"), b"old")])
    document = with_secrets(settings_of_store)
    command = [sys.executable, "-c", WRITER, document, str(tmp_path / "tiles")]
    columns = 2 if settings_of_store.store == "s3" else 40
    workers = [
        subprocess.Popen([*command, str(number), str(columns)], cwd=ROOT, stderr=subprocess.PIPE) for number in range(3)
    ]
    errors = [worker.communicate(timeout=60)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], errors
    places = [(x, y) for x in range(columns) for y in range(16)]
    expected = {TileKey("roads", "default", "g", "png", 5, x, y, e) for x, y in places for e in ("shared", *"012")}
    assert dict(store.tiles("roads")) == dict.fromkeys(expected, 2000)
    assert all(store.get(key) == b"x" * 2000 for key in expected)


def test_tiles_of_an_edition_that_is_dropped_may_be_put_again(store: TileStore) -> None:
    """As a slow worker does that still draws an old edition."""
    store.put([(KEY, b"one")])
    assert store.drop_editions("roads", frozenset({"other"})) == 1
    store.put([(KEY, b"two")])
    assert store.get(KEY) == b"two"
    assert store.drop_editions("roads", frozenset({KEY.edition})) == 0


def test_files_that_a_dead_process_left_are_no_tiles_and_are_swept(tmp_path: Path) -> None:
    store = FilesystemTileStore(tmp_path)
    store.put([(KEY, b"whole")])
    old, young = tmp_path / ".partial" / "old", tmp_path / ".partial" / "young"
    for file in (old, young):
        file.write_bytes(b"ha")
    os.utime(old, (0, 0))
    (tmp_path / ".dropped" / "half").mkdir(parents=True)
    assert list(store.tiles("roads")) == [(KEY, 5)] and store.layers() == ["roads"]
    store.drop_editions("roads", frozenset({KEY.edition}))
    assert not old.exists() and young.exists() and not (tmp_path / ".dropped" / "half").exists()


def test_a_file_that_cannot_be_written_leaves_no_tile_at_all(tmp_path: Path) -> None:
    store = FilesystemTileStore(tmp_path)

    def tiles() -> Iterator[tuple[TileKey, bytes]]:
        yield KEY, b"one"
        raise OSError(28, "No space left on device", "tiles")

    with pytest.raises(TileStoreUnavailable, match="No space left on device"):
        store.put(tiles())
    assert store.get(KEY) is None and list((tmp_path / ".partial").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TileStoreUnavailable, match="file/tiles"):
        FilesystemTileStore(tmp_path / "file" / "tiles").put([(KEY, b"x")])


def test_names_stay_within_their_folder(tmp_path: Path) -> None:
    store = FilesystemTileStore(tmp_path / "tiles")
    for layer in ("..", "../..", "/etc", ".partial", "a/b"):
        key = KEY._replace(layer=layer, style="../../x")
        store.put([(key, b"x")])
        assert list(store.tiles(layer)) == [(key, 1)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["tiles"]
    assert store.layers() == sorted(("..", "../..", "/etc", ".partial", "a/b"))


def test_tiles_in_redis_expire_where_that_is_wanted(redis_url: str) -> None:
    prefix = uuid.uuid4().hex
    store = RedisTileStore(redis_url, prefix, ttl=1000)
    store.put([(KEY, b"x")])
    with Redis.from_url(redis_url) as client:
        name = next(client.scan_iter(f"{prefix}:tiles:*"))
        assert 900 < client.ttl(name) <= 1000
        client.delete(name)
    assert store.get(KEY) is None and list(store.tiles("roads")) == []
    assert store.drop_editions("roads", frozenset()) == 0


def test_two_prefixes_share_a_server_and_no_tile(redis_url: str) -> None:
    one, other = (RedisTileStore(redis_url, uuid.uuid4().hex) for _ in range(2))
    one.put([(KEY, b"x")])
    assert other.get(KEY) is None and other.layers() == []


def attempts(store: TileStore) -> list[Callable[[], object]]:
    """Return everything that a store can be asked."""
    return [
        lambda: store.get(KEY),
        lambda: store.has(KEY),
        lambda: store.put([(KEY, b"")]),
        lambda: store.drop([KEY]),
        lambda: store.drop_editions("roads", frozenset()),
        lambda: store.layers(),
        lambda: list(store.tiles("roads")),
    ]


def test_a_server_that_is_down_is_named_without_its_password() -> None:
    store = RedisTileStore("redis://tuzi:secret@127.0.0.1:1/0")
    for attempt in attempts(store):
        with pytest.raises(TileStoreUnavailable) as caught:
            attempt()
        assert "127.0.0.1:1" in str(caught.value) and "secret" not in str(caught.value)


def test_superseded_tiles_give_their_room_back_to_the_disk(tmp_path: Path) -> None:
    store = open_tile_store(TilecacheConfig(), tmp_path)
    for x in range(20):
        store.put([(KEY._replace(x=x, y=y), bytes(10_000)) for y in range(16)])
    store.put([(KEY._replace(edition="new"), b"new")])
    assert store.drop_editions("roads", frozenset({"new"})) == 320
    store.close()
    assert (tmp_path / "roads.sqlite").stat().st_size < 200_000
    assert store.get(KEY._replace(edition="new")) == b"new"


def test_a_bucket_that_fails_is_named_without_its_keys(s3: S3Config) -> None:
    wrong = s3.model_copy(update={"secret_key": SecretStr("wrong-secret")})
    absent = s3.model_copy(update={"bucket": "nothing-there"})
    down = s3.model_copy(update={"endpoint": "http://127.0.0.1:1", "timeout": 1.0})
    for failing in (wrong, absent, down):
        store = open_tile_store(TilecacheConfig(store="s3", s3=failing), Path())
        # Of a bucket that is not there HEAD says no more than of a tile that is not.
        for attempt in attempts(store)[: 1 if failing is absent else None]:
            with pytest.raises(TileStoreUnavailable) as caught:
                attempt()
            said = str(caught.value)
            assert urlsplit(failing.endpoint).netloc in said and failing.bucket in said
            assert s3.secret_key.get_secret_value() not in said and "wrong-secret" not in said


def test_a_bucket_that_does_not_answer_costs_its_time_once() -> None:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = "http://{}:{}".format(*silent.getsockname())
        keys = {"access_key": "a", "secret_key": "b"}
        s3 = S3Config.model_validate({"endpoint": endpoint, "timeout": 0.2, **keys})
        store = open_tile_store(TilecacheConfig(store="s3", s3=s3), Path())
        with pytest.raises(TileStoreUnavailable, match="ReadTimeoutError"):
            store.get(KEY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "localhost:9000"},
        {"endpoint": "http://localhost:9000/bucket"},
        {"bucket": "../x"},
        {"prefix": "a/../b"},
        {"prefix": "/a"},
        {"access_key": "a"},
    ],
)
def test_a_bucket_that_cannot_be_is_refused_when_it_is_configured(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        S3Config.model_validate(wrong)


def test_keys_of_a_bucket_are_shown_to_nobody(s3: S3Config) -> None:
    assert s3.secret_key.get_secret_value() not in repr(s3)
    assert "topsecret" not in repr(Bucket("http://localhost", "b", secret_key="topsecret"))
