"""Counts of requests in Redis, of all servers together."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from heapq import nlargest
from typing import Any
from urllib.parse import quote, unquote

from redis import RedisError

from tilecache.errors import RequestLogUnavailable
from tilecache.requests import Block, Popularity, weight
from tilecache.stores.redis import open_client, place_of

MOST = 50_000
"""Blocks of each layer that are kept; the ones asked for least are forgotten."""


class RedisRequestLog:
    """A ``RequestLog`` of one sorted set for each layer, and a set that names those."""

    def __init__(
        self,
        url: str,
        prefix: str = "tuzi",
        timeout: float = 2.0,
        most: int = MOST,
        now: Callable[[], float] = time.time,
    ) -> None:
        """``url`` as ``redis://user:password@host:port/database``; connected on first use."""
        self._client: Any = open_client(url, timeout)
        self._place = place_of(url)
        self._prefix = prefix
        self._most = most
        self._now = now

    def add(self, counts: Mapping[Block, int]) -> None:
        """Add what was asked for just now; raises RequestLogUnavailable."""
        each = weight(self._now())
        layers: dict[str, list[tuple[Block, int]]] = defaultdict(list)
        for block, count in counts.items():
            layers[block.layer].append((block, count))
        try:
            with self._client.pipeline(transaction=False) as commands:
                for layer, blocks in layers.items():
                    commands.sadd(f"{self._prefix}:requested", layer)
                    for block, count in blocks:
                        commands.zincrby(self._name(layer), each * count, _member(block))
                    commands.zremrangebyrank(self._name(layer), 0, -self._most - 1)
                commands.execute()
        except RedisError as error:
            raise self._unavailable(error) from error

    def requests(self, layer: str) -> dict[Block, float]:
        """Return the weighted requests of a layer's blocks; raises RequestLogUnavailable."""
        return dict(self._read(layer, -1))

    def most_requested(self, count: int) -> list[Popularity]:
        """List the blocks that are asked for most, of all layers; raises RequestLogUnavailable."""
        try:
            layers = sorted(name.decode() for name in self._client.smembers(f"{self._prefix}:requested"))
        except RedisError as error:
            raise self._unavailable(error) from error
        found = [one for layer in layers for one in self._read(layer, count - 1)]
        return nlargest(count, found, key=lambda one: one.requests)

    def _read(self, layer: str, last: int) -> list[Popularity]:
        each = weight(self._now())
        try:
            members = self._client.zrevrange(self._name(layer), 0, last, withscores=True)
        except RedisError as error:
            raise self._unavailable(error) from error
        return [Popularity(_block(layer, member), score / each) for member, score in members]

    def _name(self, layer: str) -> str:
        return f"{self._prefix}:requests:{quote(layer, safe='')}"

    def _unavailable(self, error: RedisError) -> RequestLogUnavailable:
        return RequestLogUnavailable(place=self._place, reason=str(error))


def _member(block: Block) -> str:
    return "/".join((quote(block.grid, safe=""), str(block.z), str(block.column), str(block.row)))


def _block(layer: str, member: bytes) -> Block:
    grid, *numbers = member.decode().split("/")
    z, column, row = map(int, numbers)
    return Block(layer, unquote(grid), z, column, row)
