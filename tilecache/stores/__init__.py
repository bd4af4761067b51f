"""Where tiles are kept: a plain key → bytes protocol, the same over files and servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from tilecache.identity import TileKey


class TileStore(Protocol):
    """Keeps encoded tiles; safe to use from any number of threads and processes.

    An empty body stands for a wholly transparent tile.
    """

    def get(self, key: TileKey) -> bytes | None:
        """Return the tile's bytes, or None where it is not kept."""

    def has(self, key: TileKey) -> bool:
        """Tell whether the tile is kept, without reading it."""

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Keep tiles of one layer; each becomes readable whole or not at all, whatever ends the process."""

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Forget tiles; nothing happens for those that are not kept."""

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Forget every tile of a layer that is of no edition in ``keep``; return how many."""

    def layers(self) -> list[str]:
        """List the layers that have, or had, tiles here."""

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List a layer's tiles with their sizes in bytes, in no particular order, while others go on writing."""

    def close(self) -> None:
        """Release what the calling thread holds open."""
