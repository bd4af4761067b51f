"""OGC API items: the same polygons from Tuzi and from stock pygeoapi."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks.data import AREA, POLYGON_LAYER, SEED, Data
from tests.benchmarks.feature_peers import PygeoapiPeer, geopackage_provider, postgresql_provider
from tests.benchmarks.load import Request, put_under_load, write_script
from tests.benchmarks.machine import Say, postgres_folder
from tests.benchmarks.pace import Pace
from tests.benchmarks.postgres import private_cluster
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import BenchmarkError, Server, Starter
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import Platform

CONNECTIONS = 8
WORKERS = 2
SETTINGS = ((2, 1), (2, 4), (1, 1))
"""Granian's workers and threads that pygeoapi is tried with; the best of them runs."""
BOXES = 64
BOX_SIZE = 0.02
"""Degrees; some 250 features in each."""
TOLERANCE = 0.2
"""Share of errors granted to a peer: the SQLiteGPKG provider fails now and then when two processes open one file."""
AIM = Aim("≥", 10)


@dataclass(frozen=True)
class Contender:
    """A server of features."""

    name: str
    start: Starter
    items: str
    tolerance: float = TOLERANCE


def measure_items(
    folder: Path, environments: Path, data: Data, platform: Platform, pace: Pace, samples: Samples, say: Say
) -> Sequence[Row]:
    """Measure pages of 10, 100 and 1000 features, and pages of 100 inside small boxes."""
    queries = _queries()
    with ExitStack() as stack:
        contenders = [Contender("Tuzi", platform.serve(WORKERS), f"/ogc/collections/{POLYGON_LAYER}/items", 0.0)]
        contenders += _peers(stack, folder, environments, data, say)
        for number in pace.each_round():
            for contender in contenders:
                say(f"items, round {number + 1}: {contender.name}")
                with contender.start() as server:
                    _measure(server, contender, queries, folder, pace, samples)
    return list(_rows(samples, queries, [contender.name for contender in contenders[1:]]))


def _queries() -> Mapping[str, Sequence[str]]:
    random = np.random.default_rng(SEED)
    west, south, east, north = AREA
    corners = np.column_stack(
        (random.uniform(west, east - BOX_SIZE, BOXES), random.uniform(south, north - BOX_SIZE, BOXES))
    ).round(5)
    boxes = [f"bbox={x},{y},{x + BOX_SIZE:.5f},{y + BOX_SIZE:.5f}&limit=100&f=json" for x, y in corners.tolist()]
    return {f"limit={limit}": [f"limit={limit}&f=json"] for limit in (10, 100, 1000)} | {"bbox, limit=100": boxes}


def _peers(stack: ExitStack, folder: Path, environments: Path, data: Data, say: Say) -> Iterator[Contender]:
    providers = {}
    if (geopackage := geopackage_provider(_copy_in_memory(stack, data.geopackage))) is not None:
        providers["SQLiteGPKG"] = geopackage
    if (programs := postgres_folder()) is not None:
        say("filling a private PostgreSQL")
        providers["PostgreSQL"] = postgresql_provider(stack.enter_context(private_cluster(programs, data.geopackage)))
    for name, provider in providers.items():
        peer = PygeoapiPeer(folder, environments, name, provider, say)
        start = peer.serve(*_best_setting(peer, name, folder, say))
        yield Contender(f"pygeoapi {name}", start, "/collections/polygons/items")


def _copy_in_memory(stack: ExitStack, geopackage: Path) -> Path:
    """Copy the file to where no disk is waited for: the SQLiteGPKG provider writes to it at every request."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tuzi-bench-", dir=place))
    return Path(shutil.copy(geopackage, folder))


def _best_setting(peer: PygeoapiPeer, name: str, folder: Path, say: Say) -> tuple[int, int]:
    script = write_script(folder / "settings.lua", [Request("/collections/polygons/items?limit=100&f=json")])
    rates = {}
    for workers, threads in SETTINGS:
        with peer.serve(workers, threads)() as server:
            try:
                # A setting in which requests fail is none that anybody would run.
                put_under_load(server, script, 1, CONNECTIONS)
                rates[workers, threads] = put_under_load(server, script, 2, CONNECTIONS).rate
            except BenchmarkError as error:
                say(f"pygeoapi {name} fails with {workers} workers of {threads} threads: {error}")
    if not rates:
        raise BenchmarkError(f"pygeoapi {name} fails in every setting")
    best = max(rates, key=rates.__getitem__)
    tried = ", ".join(f"{workers} × {threads}: {rate:.0f}/s" for (workers, threads), rate in rates.items())
    say(f"pygeoapi {name} is best with {best[0]} workers × {best[1]} threads ({tried})")
    return best


def _measure(
    server: Server,
    contender: Contender,
    queries: Mapping[str, Sequence[str]],
    folder: Path,
    pace: Pace,
    samples: Samples,
) -> None:
    for number, (measure, wanted) in enumerate(queries.items()):
        paths = [f"{contender.items}?{query}" for query in wanted]
        _check(server, paths[0])
        script = write_script(folder / f"items-{number}.lua", [Request(path) for path in paths])
        put_under_load(server, script, pace.warm_up, CONNECTIONS, contender.tolerance)
        load = put_under_load(server, script, pace.seconds, CONNECTIONS, contender.tolerance)
        samples.add(contender.name, f"{measure} rate", load.rate)
        samples.add(contender.name, f"{measure} p99", load.p99)


def _check(server: Server, path: str) -> None:
    """Make sure that the page holds what was asked for, in every contender the same."""
    reply = server.get(path)
    features = json.loads(reply.body).get("features", []) if reply.status == 200 else []
    limit = int(path.partition("limit=")[2].partition("&")[0])
    named = all(feature["properties"]["name"] for feature in features)
    # Tuzi keeps polygons as multipolygons, some bytes more to its own cost.
    drawn = all(feature["geometry"]["type"].endswith("Polygon") for feature in features)
    if len(features) != limit or not named or not drawn:
        raise BenchmarkError(f"{path}: {reply.status}, {len(features)} features {reply.body[:200]!r}")


def _rows(samples: Samples, queries: Mapping[str, Sequence[str]], peers: Sequence[str]) -> Iterator[Row]:
    for measure in queries:
        mine = samples.median("Tuzi", f"{measure} rate")
        for peer in peers:
            theirs = samples.median(peer, f"{measure} rate")
            yield Row("OGC API items", measure, "/s", mine, peer, theirs, AIM)
        if not peers:
            note = "not measured: neither SpatiaLite nor PostGIS here"
            yield Row("OGC API items", measure, "/s", mine, "pygeoapi", None, AIM, note)
        yield Row("OGC API items", f"{measure}: p99", "ms", samples.median("Tuzi", f"{measure} p99"))
