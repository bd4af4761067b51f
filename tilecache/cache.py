"""The MapProxy cache that keeps a layer's tiles in the tile store, under the edition they are made of."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from mapproxy.cache.base import TileCacheBase
from mapproxy.cache.tile import Tile
from mapproxy.image import ImageResult
from mapproxy.image.opts import ImageOptions
from PIL import Image, ImageColor

from layers.render.encoding import encode
from tilecache.errors import TileStoreUnavailable
from tilecache.identity import TileKey, picture_format
from tilecache.stores import TileStore

EditionAt = Callable[[int, int, int], str]
"""Returns the edition of a tile by level, column and row."""
MayBeBlank = Callable[[int, int, int], bool]
"""Tells by level, column and row whether a tile that shows nothing may be believed."""

logger = logging.getLogger(__name__)


class EncodedTile(ImageResult):  # type: ignore[misc]
    """A finished tile: the bytes as they are kept and sent; empty bytes are a wholly transparent one."""

    def __init__(
        self, body: bytes, drawn: bool, doubtful: bool = False, image_opts: ImageOptions | None = None
    ) -> None:
        """``drawn`` tells a tile that was just drawn from one that was kept, ``doubtful`` one that is not kept."""
        super().__init__(BytesIO(body), image_opts=image_opts)
        self.body = body
        self.drawn = drawn
        self.doubtful = doubtful


class CatalogueCache(TileCacheBase):  # type: ignore[misc]
    """One layer, grid and format in the tile store.

    The edition stands in every key, so a worker that still draws an older edition cannot overwrite
    a newer tile, and tiles that an update does not touch keep their keys. A store that fails costs speed,
    not answers: the tile is drawn and sent all the same.
    """

    supports_timestamp = False

    def __init__(
        self,
        store: TileStore,
        pattern: TileKey,
        edition_at: EditionAt,
        may_be_blank: MayBeBlank,
        ground: str | None = None,
    ) -> None:
        super().__init__()
        self._may_be_blank = may_be_blank
        self._ground = ground
        self._store = store
        self._pattern = pattern
        self._edition_at = edition_at
        # Without the edition: two of them may share tiles, and those are to be drawn once.
        name = "/".join((pattern.layer, pattern.variant))
        self.lock_cache_id = hashlib.sha256(name.encode()).hexdigest()[:20]

    def load_tile(self, tile: Tile, with_metadata: bool = False, dimensions: Any = None) -> bool:
        """Fill the tile from the store; tell whether it is there."""
        if tile.coord is None or tile.image_result is not None:
            return True
        body = self._read(tile)
        if body is None:
            return False
        tile.image_result = EncodedTile(body, drawn=False)
        return True

    def store_tile(self, tile: Tile, dimensions: Any = None) -> bool:
        """Encode and keep one tile."""
        return self.store_tiles([tile])

    def store_tiles(self, tiles: Iterable[Tile], dimensions: Any = None) -> bool:
        """Encode the tiles of a metatile and keep them in one transaction."""
        kept: list[tuple[TileKey, bytes]] = []
        drawn = [tile for tile in tiles if tile.coord is not None and not tile.stored]
        # One tile that should not be blank casts doubt on the whole picture.
        doubtful = any(self._is_doubtful(tile) for tile in drawn)
        for tile in drawn:
            body = self._encode(tile.image_result.as_image())
            tile.image_result = EncodedTile(body, drawn=True, doubtful=doubtful)
            tile.stored = True
            kept.append((self._key(tile), body))
        if doubtful:
            x, y, z = drawn[0].coord
            logger.error(
                "%s %s %s/%s/%s is not kept: tiles are blank where features are", self._pattern.layer,
                self._pattern.variant, z, x, y,
            )  # fmt: skip
            return False
        try:
            self._store.put(kept)
        except TileStoreUnavailable as error:
            logger.warning("tiles are not kept: %s", error)
            return False
        return True

    def _is_doubtful(self, tile: Tile) -> bool:
        x, y, z = tile.coord
        return self._shows_nothing(tile.image_result.as_image()) and not self._may_be_blank(z, x, y)

    def _shows_nothing(self, image: Image.Image) -> bool:
        # At most one colour is asked for; more are not counted.
        colours = image.convert("RGBA").getcolors(1)
        if not colours:
            return False
        _, colour = colours[0]
        ground = None if self._ground is None else (*ImageColor.getrgb(self._ground)[:3], 255)
        return colour == ground or (isinstance(colour, tuple) and colour[3] == 0)

    def remove_tile(self, tile: Tile, dimensions: Any = None) -> None:
        """Forget one tile."""
        if tile.coord is not None:
            self._store.drop([self._key(tile)])

    def is_cached(self, tile: Tile, dimensions: Any = None) -> bool:
        """Tell whether the store has the tile."""
        if tile.coord is None or tile.image_result is not None:
            return True
        try:
            return self._store.has(self._key(tile))
        except TileStoreUnavailable as error:
            logger.warning("tiles cannot be read: %s", error)
            return False

    def load_tile_metadata(self, tile: Tile, dimensions: Any = None) -> None:
        """Nothing to fill in: what a tile is made of stands in its key."""

    def _key(self, tile: Tile) -> TileKey:
        x, y, z = tile.coord
        return self._pattern._replace(z=z, x=x, y=y, edition=self._edition_at(z, x, y))

    def _read(self, tile: Tile) -> bytes | None:
        try:
            return self._store.get(self._key(tile))
        except TileStoreUnavailable as error:
            logger.warning("tiles cannot be read: %s", error)
            return None

    def _encode(self, image: Image.Image) -> bytes:
        if image.mode == "RGBA" and image.getchannel("A").getextrema()[1] == 0:
            return b""
        return encode(image, picture_format(self._pattern.format))
