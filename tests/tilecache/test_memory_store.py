"""Tiles in memory: the same answers as the store behind, within an allowance."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from tilecache.identity import TileKey
from tilecache.stores.memory import OVERHEAD, MemoryTileStore


class Shelf:
    """A store in a dictionary that counts how often it is read."""

    def __init__(self) -> None:
        self.tiles: dict[TileKey, bytes] = {}
        self.reads = 0

    def get(self, key: TileKey) -> bytes | None:
        self.reads += 1
        return self.tiles.get(key)

    def has(self, key: TileKey) -> bool:
        return key in self.tiles

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        self.tiles.update(tiles)

    def drop(self, keys: Iterable[TileKey]) -> None:
        for key in keys:
            self.tiles.pop(key, None)

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        return 0

    def close(self) -> None: ...


def key(x: int, edition: str = "1") -> TileKey:
    return TileKey("roads", "default", "WebMercatorQuad", "png", 5, x, 0, edition)


def test_a_tile_asked_for_twice_is_read_once_and_an_unknown_one_every_time() -> None:
    shelf = Shelf()
    store = MemoryTileStore(shelf, 1_000_000)
    store.put([(key(1), b"picture"), (key(2), b"")])
    assert [store.get(key(1)), store.get(key(1)), store.get(key(2)), store.get(key(2))] == [b"picture"] * 2 + [b""] * 2
    assert shelf.reads == 2
    assert store.get(key(3)) is None
    assert store.get(key(3)) is None
    assert shelf.reads == 4


def test_another_edition_is_another_tile() -> None:
    store = MemoryTileStore(Shelf(), 1_000_000)
    store.put([(key(1, "1"), b"old")])
    assert store.get(key(1, "1")) == b"old"
    assert store.get(key(1, "2")) is None


def test_a_dropped_tile_is_gone_from_memory_too() -> None:
    store = MemoryTileStore(Shelf(), 1_000_000)
    store.put([(key(1), b"bad")])
    assert store.get(key(1)) == b"bad"
    store.drop([key(1)])
    assert store.get(key(1)) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=200), st.integers(1, 20_000))
def test_it_answers_as_the_store_does_and_keeps_to_its_allowance(steps: list[tuple[int, bool]], allowance: int) -> None:
    shelf = Shelf()
    store = MemoryTileStore(shelf, allowance)
    for x, writes in steps:
        if writes:
            store.put([(key(x), bytes([x]) * (x * 10))])
        assert store.get(key(x)) == shelf.tiles.get(key(x))
        kept = [*store._young.values(), *store._old.values()]
        assert sum(len(body) + OVERHEAD for body in kept) <= allowance
