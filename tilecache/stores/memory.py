"""The hottest tiles in the process's own memory, in front of a store that keeps them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tilecache.identity import TileKey
from tilecache.stores import TileStore

OVERHEAD = 400
"""Bytes that a key and its place in the table cost beside the tile."""


class MemoryTileStore:
    """A ``TileStore`` that answers from memory what was asked for lately.

    Reading SQLite hands the interpreter's lock back and forth, which costs more than the read itself when
    several threads serve tiles; a look into a dictionary does not. A key holds the edition, so a tile in
    memory is never an old one.

    Tiles live in two generations: what is asked for is put into the young one, and when that has grown to
    half of the allowance it becomes the old one and the old one is forgotten. No lock is needed: each step
    is one operation on a dictionary, and what two threads undo of each other is only room, not truth.
    """

    def __init__(self, store: TileStore, allowance: int) -> None:
        self._store = store
        self._half = allowance // 2
        self._young: dict[TileKey, bytes] = {}
        self._old: dict[TileKey, bytes] = {}
        self._young_size = 0

    def get(self, key: TileKey) -> bytes | None:
        """Return the tile's bytes, or None where it is not kept."""
        body = self._young.get(key)
        if body is not None:
            return body
        body = self._old.get(key)
        if body is None:
            body = self._store.get(key)
        if body is not None:
            self._remember(key, body)
        return body

    def has(self, key: TileKey) -> bool:
        """Tell whether the tile is kept."""
        return key in self._young or key in self._old or self._store.has(key)

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Keep tiles of one layer; they enter memory only when they are asked for."""
        self._store.put(tiles)

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Forget tiles, here and in the store."""
        dropped = list(keys)
        for key in dropped:
            self._young.pop(key, None)
            self._old.pop(key, None)
        self._store.drop(dropped)

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Forget superseded tiles in the store; in memory they fade, since nobody asks for them any more."""
        return self._store.drop_editions(layer, keep)

    def layers(self) -> list[str]:
        """List the layers that the store has."""
        return self._store.layers()

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List a layer's tiles in the store."""
        return self._store.tiles(layer)

    def close(self) -> None:
        """Release what the store's calling thread holds open."""
        self._store.close()

    def _remember(self, key: TileKey, body: bytes) -> None:
        size = len(body) + OVERHEAD
        if size > self._half:
            return
        if self._young_size + size > self._half:
            self._old, self._young, self._young_size = self._young, {}, 0
        self._young[key] = body
        self._young_size += size
