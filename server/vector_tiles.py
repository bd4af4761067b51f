"""Vector tiles over HTTP: kept compressed in the tile store, made once, sent as the client reads them."""

from __future__ import annotations

import gzip
import logging
from typing import Any

from server.negotiation import accepts_gzip
from tilecache.drawing import Drawable
from tilecache.errors import TileStoreUnavailable
from tilecache.grids import TileMatrixSet
from tilecache.identity import TileKey
from tilecache.locks import RenderLocks
from tilecache.renders import Admission
from tilecache.stores import TileStore
from tilecache.vector import CONTENT_TYPE, VectorTiles

Headers = list[tuple[str, str]]

logger = logging.getLogger(__name__)

_LEVEL = 6
"""Of gzip: a tile of 500 kB takes some 20 ms, once."""


class KeptVectorTiles:
    """Vector tiles by key, as gzip; an empty tile is no bytes at all."""

    def __init__(self, tiles: VectorTiles, store: TileStore, admission: Admission, locks: RenderLocks) -> None:
        self._tiles = tiles
        self._store = store
        self._admission = admission
        self._locks = locks

    def packed(self, record: Drawable, grid: TileMatrixSet, key: TileKey) -> tuple[bytes, str]:
        """Return a tile's bytes and whether they were kept (``hit``) or made (``miss``).

        Of all processes and machines that want it one makes it. Raises RenderUnavailable where too many others wait.
        """
        body = self._read(key)
        if body is not None:
            return body, "hit"
        with self._admission.admitted(), self._locks.held("/".join(map(str, key))):
            body = self._read(key)
            if body is not None:
                return body, "hit"
            tile = self._tiles.tile(record, grid, key.z, key.x, key.y)
            body = gzip.compress(tile, _LEVEL, mtime=0) if tile else b""
            self._keep(key, body)
        return body, "miss"

    def _read(self, key: TileKey) -> bytes | None:
        try:
            return self._store.get(key)
        except TileStoreUnavailable as error:
            logger.warning("tiles cannot be read: %s", error)
            return None

    def _keep(self, key: TileKey, body: bytes) -> None:
        try:
            self._store.put([(key, body)])
        except TileStoreUnavailable as error:
            logger.warning("tiles are not kept: %s", error)


def for_client(packed: bytes, environ: dict[str, Any]) -> tuple[bytes, Headers]:
    """Return a tile as the client reads it, and the headers that say so."""
    headers = [("Content-Type", CONTENT_TYPE)]
    if not packed or accepts_gzip(environ):
        encoded = [("Content-Encoding", "gzip")] if packed else []
        return packed, headers + encoded
    return gzip.decompress(packed), headers
