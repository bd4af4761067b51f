"""Cached tiles: Tuzi, nginx and MapProxy serve the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from tests.benchmarks.data import AREA, POLYGON_LAYER
from tests.benchmarks.grid import Tile, block, tuzi_path
from tests.benchmarks.load import Request, put_under_load, write_script
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import HOST, BenchmarkError, Server, Starter, get
from tests.benchmarks.static_peers import MapProxyPeer, nginx
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import Platform

ZOOM = 15
SIDE = 32
"""1024 tiles."""

PEERS = (("nginx", Aim("≥", 0.5)), ("MapProxy default", Aim("≥", 12)), ("MapProxy best", Aim("≥", 3)))


@dataclass(frozen=True)
class Contender:
    """A server of tiles."""

    name: str
    start: Starter
    prefix: str
    in_wmts_order: bool = False

    def path(self, tile: Tile) -> str:
        """Return the path by which it serves a tile."""
        return self.prefix + (tile.tuzi if self.in_wmts_order else tile.plain)


def cached_tiles() -> list[Tile]:
    """Return the tiles that are asked for."""
    return block(AREA, ZOOM, SIDE, SIDE)


def warm_tiles(platform: Platform, say: Say) -> Mapping[Tile, bytes]:
    """Let Tuzi draw all tiles; return their bytes."""
    say(f"Tuzi draws {SIDE * SIDE} tiles")
    tiles = cached_tiles()
    with platform.serve()() as server, ThreadPoolExecutor(4) as clients:
        bodies = clients.map(lambda tile: _picture(server, tuzi_path(POLYGON_LAYER, tile)), tiles)
        return dict(zip(tiles, bodies, strict=True))


def _picture(server: Server, path: str) -> bytes:
    reply = server.get(path)
    if reply.status != 200 or not reply.body.startswith(b"\x89PNG"):
        raise BenchmarkError(f"{path}: {reply.status} {reply.body[:200]!r}")
    return reply.body


def measure_tiles(
    folder: Path, environments: Path, platform: Platform, pace: Pace, samples: Samples, say: Say
) -> Sequence[Row]:
    """Measure cached tiles and their 304 answers."""
    pictures = warm_tiles(platform, say)
    tiles_folder = folder / "tiles"
    for tile, body in pictures.items():
        file = tiles_folder / tile.plain
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    contenders = list(_contenders(folder, environments, platform, tiles_folder, say))
    for number in pace.each_round():
        for contender in contenders:
            say(f"cached tiles, round {number + 1}: {contender.name}")
            with contender.start() as server:
                _measure(server, contender, pictures, folder, pace, samples)
    size = sum(map(len, pictures.values())) / len(pictures)
    say(f"a tile is {size:,.0f} bytes on average")
    return [*_rows(samples, "cached", "cached tile"), *_rows(samples, "304", "cached tile, If-None-Match (304)")]


def _contenders(folder: Path, environments: Path, platform: Platform, tiles: Path, say: Say) -> Iterator[Contender]:
    first = cached_tiles()[0]
    mapproxy = MapProxyPeer(folder, environments, tiles, say)
    for workers in (1, 2):
        prefix = f"/wmts/{POLYGON_LAYER}/default/WebMercatorQuad/"
        yield Contender(f"Tuzi {workers}w", platform.serve(workers), prefix, in_wmts_order=True)
        static = nginx(folder, tiles, workers, "/" + first.plain)
        if static is not None:
            yield Contender(f"nginx {workers}w", static, "/")
        prefix = "/wmts/bench/GLOBAL_WEBMERCATOR/"
        ready = prefix + first.plain
        yield Contender(f"MapProxy default {workers}w", mapproxy.serve(workers, None, ready), prefix)
        yield Contender(f"MapProxy best {workers}w", mapproxy.serve(workers, 1, ready), prefix)


def _measure(
    server: Server, contender: Contender, pictures: Mapping[Tile, bytes], folder: Path, pace: Pace, samples: Samples
) -> None:
    etags = _checked(server, contender, pictures)
    paths = [contender.path(tile) for tile in pictures]
    plain = write_script(folder / "cached.lua", [Request(path) for path in paths])
    conditional = write_script(folder / "conditional.lua", [Request(path, etags[path]) for path in paths])
    put_under_load(server, plain, pace.warm_up)
    for measure, script in (("cached", plain), ("304", conditional)):
        load = put_under_load(server, script, pace.seconds)
        samples.add(contender.name, f"{measure} rate", load.rate)
        samples.add(contender.name, f"{measure} p99", load.p99)


def _checked(server: Server, contender: Contender, pictures: Mapping[Tile, bytes]) -> Mapping[str, str]:
    """Ask for every tile once: all contenders must answer with the same bytes, and with 304 to their own ETag."""
    etags: dict[str, str] = {}
    connection = HTTPConnection(HOST, server.port, timeout=30)
    for tile, body in pictures.items():
        path = contender.path(tile)
        reply = get(connection, path)
        if reply.status != 200 or reply.body != body:
            raise BenchmarkError(f"{contender.name} answers {path} with other bytes ({reply.status})")
        etags[path] = reply.headers["etag"]
    path = contender.path(next(iter(pictures)))
    reply = get(connection, path, {"If-None-Match": etags[path]})
    connection.close()
    if reply.status != 304 or reply.body:
        raise BenchmarkError(f"{contender.name} answers If-None-Match with {reply.status}")
    return etags


def _rows(samples: Samples, measure: str, subject: str) -> Iterator[Row]:
    for workers in (1, 2):
        for peer, aim in PEERS:
            theirs = samples.median(f"{peer} {workers}w", f"{measure} rate")
            yield Row(
                subject,
                f"{workers} worker{'s' * (workers > 1)}",
                "/s",
                samples.median(f"Tuzi {workers}w", f"{measure} rate"),
                peer,
                theirs,
                aim,
                "" if theirs else f"not measured: {peer} missing",
            )
        yield Row(
            subject,
            f"p99, {workers} worker{'s' * (workers > 1)}",
            "ms",
            samples.median(f"Tuzi {workers}w", f"{measure} p99"),
        )
