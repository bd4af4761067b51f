"""Cached tiles while two clients pull cold label tiles."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path

from tests.benchmarks.data import AREA, LABEL_LAYER, POLYGON_LAYER
from tests.benchmarks.grid import Tile, metatiles, tuzi_path
from tests.benchmarks.load import Request, put_under_load, write_script
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import HOST, BenchmarkError, Server, get
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tiles import cached_tiles, warm_tiles
from tests.benchmarks.tuzi import Platform

CLIENTS = 2
ZOOMS = (15, 16)
"""Of the cold tiles: some 500 and some 120 labels in a metatile."""


class ColdTiles:
    """Tiles that nobody has drawn yet, each in a metatile of its own; handed out once."""

    def __init__(self) -> None:
        self._left = chain.from_iterable(metatiles(AREA, zoom) for zoom in ZOOMS)
        self._lock = threading.Lock()
        self.drawn = 0
        self.problem: str | None = None

    def take(self) -> Tile | None:
        """Return the next one, None when all are taken."""
        with self._lock:
            return next(self._left, None)


def measure_contention(folder: Path, platform: Platform, pace: Pace, samples: Samples, say: Say) -> Sequence[Row]:
    """Measure cached tiles alone and with two cold label renders under way all the time."""
    warm_tiles(platform, say)
    paths = [tuzi_path(POLYGON_LAYER, tile) for tile in cached_tiles()]
    script = write_script(folder / "contention.lua", [Request(path) for path in paths])
    for number in pace.each_round():
        for workers in (2, 1):
            say(f"cached tiles beside cold labels, round {number + 1}: {workers} workers")
            platform.forget_tiles(LABEL_LAYER)
            with platform.serve(workers)() as server:
                put_under_load(server, script, pace.warm_up)
                alone = put_under_load(server, script, pace.seconds)
                cold = ColdTiles()
                with _pulled(server, cold):
                    beside = put_under_load(server, script, pace.seconds * 1.5)
            _keep(samples, f"Tuzi {workers}w", alone.rate, alone.p99, beside.rate, beside.p99)
            samples.add(f"Tuzi {workers}w", "cold renders", cold.drawn / (pace.seconds * 1.5))
    return list(_rows(samples))


def _keep(
    samples: Samples, name: str, alone_rate: float, alone_p99: float, beside_rate: float, beside_p99: float
) -> None:
    samples.add(name, "alone rate", alone_rate)
    samples.add(name, "alone p99", alone_p99)
    samples.add(name, "beside rate", beside_rate)
    samples.add(name, "beside p99", beside_p99)


@contextmanager
def _pulled(server: Server, cold: ColdTiles) -> Iterator[None]:
    over = threading.Event()
    clients = [threading.Thread(target=_pull, args=(server, cold, over)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        exhausted = not any(client.is_alive() for client in clients)
        over.set()
        for client in clients:
            client.join(60)
    if cold.problem:
        raise BenchmarkError(cold.problem)
    if exhausted:
        raise BenchmarkError("the cold tiles did not last as long as the load")


def _pull(server: Server, cold: ColdTiles, over: threading.Event) -> None:
    connection = HTTPConnection(HOST, server.port, timeout=60)
    while not over.is_set() and (tile := cold.take()) is not None:
        reply = get(connection, tuzi_path(LABEL_LAYER, tile))
        if reply.status != 200 or reply.headers.get("x-tile-cache") != "miss":
            cold.problem = f"cold tile {tile}: {reply.status} {reply.headers.get('x-tile-cache')}"
            break
        cold.drawn += 1
    connection.close()


def _rows(samples: Samples) -> Iterator[Row]:
    subject = "cached tile beside 2 cold renders"
    for workers in (2, 1):
        name, several = f"Tuzi {workers}w", f"{workers} worker{'s' * (workers > 1)}"
        yield Row(subject, f"p99, {several}", "ms", samples.median(name, "beside p99"), aim=Aim("<", 6))
        yield Row(subject, f"p99 alone, {several}", "ms", samples.median(name, "alone p99"))
        yield Row(
            subject,
            f"throughput, {several}",
            "/s",
            samples.median(name, "beside rate"),
            "itself alone",
            samples.median(name, "alone rate"),
            Aim("≥", 0.4),
        )
        yield Row(subject, f"metatiles drawn, {several}", "/s", samples.median(name, "cold renders"))
