"""A store on another machine that does not answer is left alone for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tilecache.errors import TileStoreSilent
from tilecache.identity import TileKey
from tilecache.stores import TileStore

REST = 5.0
"""Seconds for which a server that was silent is not asked for tiles again."""

Answer = TypeVar("Answer")


class RestingTileStore:
    """A ``TileStore`` that waits for a silent server once, and not for every tile that is asked for meanwhile.

    A tile that is not kept costs several questions. Were each of them to wait for its time limit, drawing without
    the store would take many times as long as drawing.
    """

    def __init__(self, store: TileStore, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._now = now
        self._silent: tuple[float, TileStoreSilent] | None = None

    def get(self, key: TileKey) -> bytes | None:
        """Return the tile's bytes, or None where it is not kept."""
        return self._asked(lambda: self._store.get(key))

    def has(self, key: TileKey) -> bool:
        """Tell whether the tile is kept, without reading it."""
        return self._asked(lambda: self._store.has(key))

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Keep tiles of one layer."""
        self._asked(lambda: self._store.put(tiles))

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Forget tiles; whoever does that waits for it."""
        self._store.drop(keys)

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Forget every tile of a layer that is of no edition in ``keep``; return how many."""
        return self._store.drop_editions(layer, keep)

    def layers(self) -> list[str]:
        """List the layers that have, or had, tiles here."""
        return self._store.layers()

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List a layer's tiles with their sizes in bytes."""
        return self._store.tiles(layer)

    def close(self) -> None:
        """Release what the calling thread holds open."""
        self._store.close()

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        silent = self._silent
        if silent is not None and self._now() < silent[0] + REST:
            raise silent[1]
        try:
            answer = ask()
        except TileStoreSilent as error:
            self._silent = self._now(), error
            raise
        self._silent = None
        return answer
