"""A silent server is waited for once; one that answers, even with a refusal, is asked every time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis

from tests.tilecache.redis_server import redis_server
from tilecache.config import RedisConfig, S3Config, TilecacheConfig
from tilecache.errors import TileStoreSilent, TileStoreUnavailable
from tilecache.identity import TileKey
from tilecache.stores import TileStore
from tilecache.stores.opening import open_tile_store
from tilecache.stores.redis import RedisTileStore
from tilecache.stores.resting import REST, RestingTileStore

KEY = TileKey("roads", "default", "WebMercatorQuad", "png", 13, 6841, 3529, "1-1.abc")


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def connections(server: socket.socket) -> int:
    """Count those who came since the last time."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


@pytest.mark.parametrize("kind", ["redis", "s3"])
def test_a_silent_server_is_waited_for_once(silent: socket.socket, kind: str) -> None:
    place = "{}:{}".format(*silent.getsockname())
    redis = RedisConfig.model_validate({"url": f"redis://{place}/0", "timeout": 0.2})
    s3 = S3Config.model_validate({"endpoint": f"http://{place}", "timeout": 0.2, "access_key": "a", "secret_key": "b"})
    store = open_tile_store(TilecacheConfig.model_validate({"store": kind, "redis": redis, "s3": s3}), Path())
    with pytest.raises(TileStoreSilent):
        store.get(KEY)
    assert connections(silent) > 0
    for _ in range(50):
        with pytest.raises(TileStoreUnavailable):
            store.has(KEY)
        with pytest.raises(TileStoreUnavailable):
            store.put([(KEY, b"x")])
    assert connections(silent) == 0


class Flaky:
    """A real store whose server comes and goes."""

    def __init__(self, store: TileStore) -> None:
        self._store = store
        self.silent = False
        self.asked = 0

    def get(self, key: TileKey) -> bytes | None:
        self.asked += 1
        if self.silent:
            raise TileStoreSilent("tile_store_redis", server="x", reason="timeout")
        return self._store.get(key)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_it_is_asked_again_after_a_moment(tmp_path: Path) -> None:
    now = [100.0]
    flaky = Flaky(open_tile_store(TilecacheConfig(), tmp_path))
    store = RestingTileStore(flaky, lambda: now[0])
    store.put([(KEY, b"kept")])
    flaky.silent = True
    for _ in range(5):
        with pytest.raises(TileStoreSilent):
            store.get(KEY)
    assert flaky.asked == 1
    flaky.silent = False
    now[0] += REST - 0.1
    with pytest.raises(TileStoreSilent):
        store.get(KEY)
    now[0] += 0.2
    assert store.get(KEY) == b"kept" and store.has(KEY)
    assert list(store.tiles("roads")) == [(KEY, 4)] and store.layers() == ["roads"]


def test_a_server_without_room_still_gives_what_it_has(tmp_path: Path) -> None:
    with redis_server(tmp_path) as url, Redis.from_url(url) as client:
        store = RestingTileStore(RedisTileStore(url, tmp_path.name))
        store.put([(KEY, b"kept")])
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1mb")
        try:
            with pytest.raises(TileStoreUnavailable):
                for number in range(3):
                    store.put([(KEY._replace(x=number), bytes(2_000_000))])
            assert store.get(KEY) == b"kept"
        finally:
            client.config_set("maxmemory", "256mb")
