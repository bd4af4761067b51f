"""Tiles in Redis: one cache in memory for several servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from redis import Redis, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tilecache.errors import TileStoreSilent, TileStoreUnavailable
from tilecache.identity import TileKey

SIDE = 8
"""A hash holds the tiles of a square of so many on each side; they are kept and expire together."""
AT_ONCE = 500
"""Commands sent together when tiles are listed or dropped; others get their turn in between."""


class Square(NamedTuple):
    """The hash that holds a tile."""

    layer: str
    edition: str
    variant: str
    z: int
    column: int
    row: int


class RedisTileStore:
    """Keeps tiles in hashes of one Redis database, all keys under a prefix.

    A set for each layer names its hashes, so that listing or dropping a layer costs no more than its own tiles.
    With ``ttl`` a hash is forgotten so many seconds after the last tile was put into it. Redis should evict by
    ``volatile-lru`` or not at all: a set that is evicted leaves tiles that nobody finds to prune.
    """

    def __init__(self, url: str, prefix: str = "tuzi", ttl: int = 0, timeout: float = 2.0) -> None:
        """``url`` as ``redis://user:password@host:port/database``; connected on first use."""
        self._place = place_of(url)
        self._prefix = prefix
        self._ttl = ttl
        # One type for all answers: that of the client without asyncio is not told from the other one.
        self._client: Any = open_client(url, timeout)

    def get(self, key: TileKey) -> bytes | None:
        """Return the tile's bytes, or None where it is not kept."""
        try:
            body: bytes | None = self._client.hget(self._hash(_square(key)), _field(key))
        except RedisError as error:
            raise self._unavailable(error) from error
        return body

    def has(self, key: TileKey) -> bool:
        """Tell whether the tile is kept, without reading it."""
        try:
            return bool(self._client.hexists(self._hash(_square(key)), _field(key)))
        except RedisError as error:
            raise self._unavailable(error) from error

    def put(self, tiles: Iterable[tuple[TileKey, bytes]]) -> None:
        """Keep tiles, all of them or none."""
        kept = sorted(tiles, key=lambda tile: _square(tile[0]))
        if not kept:
            return
        try:
            with self._client.pipeline(transaction=True) as commands:
                for square, group in groupby(kept, key=lambda tile: _square(tile[0])):
                    name = self._hash(square)
                    commands.sadd(self._layers(), square.layer)
                    commands.sadd(self._squares(square.layer), name)
                    commands.hset(name, mapping={_field(key): body for key, body in group})
                    if self._ttl:
                        commands.expire(name, self._ttl)
                commands.execute()
        except RedisError as error:
            raise self._unavailable(error) from error

    def drop(self, keys: Iterable[TileKey]) -> None:
        """Forget tiles; nothing happens for those that are not kept."""
        try:
            with self._client.pipeline(transaction=False) as commands:
                for key in keys:
                    commands.hdel(self._hash(_square(key)), _field(key))
                commands.execute()
        except RedisError as error:
            raise self._unavailable(error) from error

    def drop_editions(self, layer: str, keep: frozenset[str]) -> int:
        """Forget every tile of a layer that is of no edition in ``keep``; return how many."""
        count = 0
        try:
            for names in self._names(layer):
                old = [name for name in names if self._parse(name).edition not in keep]
                with self._client.pipeline(transaction=True) as commands:
                    for name in old:
                        commands.hlen(name)
                        commands.unlink(name)
                        commands.srem(self._squares(layer), name)
                    count += sum(commands.execute()[::3])
        except RedisError as error:
            raise self._unavailable(error) from error
        return count

    def layers(self) -> list[str]:
        """List the layers that have, or had, tiles here."""
        try:
            return sorted(name.decode() for name in self._client.smembers(self._layers()))
        except RedisError as error:
            raise self._unavailable(error) from error

    def tiles(self, layer: str) -> Iterator[tuple[TileKey, int]]:
        """List a layer's tiles with their sizes in bytes."""
        try:
            for names in self._names(layer):
                for name, fields in zip(names, self._asked("hkeys", [(name,) for name in names]), strict=True):
                    square = self._parse(name)
                    sizes = self._asked("hstrlen", [(name, field) for field in fields])
                    for field, size in zip(fields, sizes, strict=True):
                        x, _, y = field.decode().partition(":")
                        style, grid, format_ = square.variant.split("/")
                        key = TileKey(layer, style, grid, format_, square.z, int(x), int(y), square.edition)
                        yield key, size
        except RedisError as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Give connections back; they are opened again where they are needed."""
        self._client.close()

    def _names(self, layer: str) -> Iterator[list[bytes]]:
        """Read the names of a layer's hashes, some at a time and each once."""
        # A scan may return a name twice; the names of one layer fit into memory, one for up to 64 tiles.
        names = iter(set(self._client.sscan_iter(self._squares(layer), count=AT_ONCE)))
        while some := list(islice(names, AT_ONCE)):
            yield some

    def _asked(self, command: str, arguments: list[tuple[bytes, ...]]) -> list[Any]:
        with self._client.pipeline(transaction=False) as commands:
            for argument in arguments:
                getattr(commands, command)(*argument)
            answers: list[Any] = commands.execute()
        return answers

    def _layers(self) -> str:
        return f"{self._prefix}:layers"

    def _squares(self, layer: str) -> str:
        return f"{self._prefix}:squares:{quote(layer, safe='')}"

    def _hash(self, square: Square) -> str:
        return ":".join((self._prefix, "tiles", *(quote(str(part), safe="/") for part in square)))

    def _parse(self, name: bytes) -> Square:
        layer, edition, variant, *numbers = name.decode()[len(self._prefix) + len(":tiles:") :].split(":")
        z, column, row = map(int, numbers)
        return Square(unquote(layer), unquote(edition), unquote(variant), z, column, row)

    def _unavailable(self, error: RedisError) -> TileStoreUnavailable:
        silent = isinstance(error, (RedisConnectionError, RedisTimeoutError))
        kind = TileStoreSilent if silent else TileStoreUnavailable
        return kind("tile_store_redis", server=self._place, reason=str(error))


def open_client(url: str, timeout: float) -> Redis:
    """Return a client of a server, connected on first use; it waits ``timeout`` seconds for each answer."""
    return Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, health_check_interval=30)


def place_of(url: str) -> str:
    """Return the server of a URL as people may see it, without the password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path


def _square(key: TileKey) -> Square:
    return Square(key.layer, key.edition, key.variant, key.z, key.x // SIDE, key.y // SIDE)


def _field(key: TileKey) -> str:
    return f"{key.x}:{key.y}"
