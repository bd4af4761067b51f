"""Tiles that were asked for before, by path: everything but their bytes is known then.

A cached tile costs some dozen steps from its path to its key, each of them short; together they took longer than
finding the bytes. What they found is true for as long as the snapshot is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from server.answers import StartResponse, matches
from tilecache.blank import blank_tile
from tilecache.errors import TileStoreUnavailable
from tilecache.identity import TileKey
from tilecache.requests import Tally
from tilecache.stores import TileStore

Headers = list[tuple[str, str]]

MOST = 20_000
"""Paths; each takes less than a kilobyte."""
_KEPT = ("X-Tile-Cache", "hit")


class KnownTile(NamedTuple):
    """What is known of a public tile."""

    key: TileKey
    etag: str
    headers: Headers
    """Of every answer."""
    content_type: tuple[str, str]
    tally: Tally


class KnownTiles:
    """The public tiles of one snapshot that were asked for by path; shared by all threads."""

    def __init__(self, store: TileStore) -> None:
        self._store = store
        self._known: dict[str, KnownTile] = {}

    def note(self, path: str, tile: KnownTile) -> None:
        """Remember what a path stands for."""
        if len(self._known) >= MOST:
            self._known = {}
        self._known[path] = tile

    def answer(self, path: str, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes] | None:
        """Answer a GET request with a tile that is known and kept, or that the client has; None for all others."""
        tile = self._known.get(path)
        if tile is None:
            return None
        tile.tally.requests += 1
        condition = environ.get("HTTP_IF_NONE_MATCH")
        if condition is not None and matches(condition, tile.etag):
            start_response("304 Not Modified", tile.headers[:])
            return (b"",)
        try:
            body = self._store.get(tile.key)
        except TileStoreUnavailable:
            return None
        if body is None:
            return None
        if not body:
            body = blank_tile(tile.key.format, None)
        start_response("200 OK", [tile.content_type, ("Content-Length", str(len(body))), _KEPT, *tile.headers])
        return (body,)
