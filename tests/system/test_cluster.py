"""Two servers of one platform, behind one Redis or one folder: a crowd gets one drawing, a release is seen by both."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import free_port, serving, tuzi, write_configuration
from tests.tilecache.redis_server import redis_server

pytestmark = pytest.mark.slow

CROWD = 20
WITHIN = 2.0
"""Seconds in which every server serves a release."""


@dataclass(frozen=True)
class Answer:
    status: int
    source: str
    etag: str
    body: bytes


@dataclass(frozen=True)
class Cluster:
    folder: Path
    configs: tuple[Path, Path]
    ports: tuple[int, int]

    def ask(self, server: int, path: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[server], timeout=60)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            headers = response.headers
            return Answer(response.status, headers.get("X-Tile-Cache", ""), headers.get("ETag", ""), response.read())
        finally:
            connection.close()

    def crowd(self, path: str) -> list[Answer]:
        """Ask both servers from many clients at the same moment."""
        gate = threading.Barrier(CROWD)

        def client(number: int) -> Answer:
            gate.wait()
            return self.ask(number % 2, path)

        with ThreadPoolExecutor(CROWD) as clients:
            return list(clients.map(client, range(CROWD)))

    def onboard(self, through: int, moved: float) -> None:
        features = [
            {
                "type": "Feature",
                "properties": {"id": number, "name": f"第{number}號"},
                "geometry": {"type": "Point", "coordinates": [120.64 + number / 10_000 + moved, 24.14]},
            }
            for number in range(40)
        ]
        file = self.folder / "places.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        done = tuzi(
            self.configs[through], "onboard", str(file), "--agency", "civil:民政局", "--title", "地點", "--key", "id"
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(params=["redis", "folder"])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """Both servers have the catalogue and the releases in common; with Redis each has a folder of tiles of its own."""
    with ExitStack() as stack:
        if request.param == "redis":
            url = stack.enter_context(redis_server(tmp_path))
            shared = f"tilecache:\n  store: redis\n  redis:\n    url: {url}\n    prefix: {tmp_path.name}\n"
        else:
            shared = f"tilecache:\n  store: filesystem\n  folder: {tmp_path}/shared-tiles\n"
        configs = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            config = write_configuration(tmp_path / name)
            common = f"layers:\n  folder: {tmp_path}/releases\n"
            text = config.read_text(encoding="utf-8").replace("layers:\n", common)
            config.write_text(f"{text}catalog:\n  url: sqlite:///{tmp_path}/catalogue.sqlite\n{shared}", "utf-8")
            configs.append(config)
        cluster = Cluster(tmp_path, (configs[0], configs[1]), (free_port(), free_port()))
        cluster.onboard(0, moved=0.0)
        servers = [serving(config, port, workers=1) for config, port in zip(configs, cluster.ports, strict=True)]
        with ThreadPoolExecutor(2) as starting:
            list(starting.map(stack.enter_context, servers))
        yield cluster


def drawn_once(answers: list[Answer]) -> Answer:
    assert Counter(answer.status for answer in answers) == {200: CROWD}
    assert Counter(answer.source for answer in answers) == {"miss": 1, "hit": CROWD - 1}
    assert len({(answer.etag, answer.body) for answer in answers}) == 1
    return answers[0]


def test_a_crowd_gets_one_drawing_and_both_servers_see_a_release(cluster: Cluster) -> None:
    tile = "/tiles/places/14/13682/7059"
    before = drawn_once(cluster.crowd(f"{tile}.png"))
    vectors = drawn_once(cluster.crowd(f"{tile}.mvt"))
    assert before.body.startswith(b"\x89PNG") and vectors.body
    # Its neighbour in the metatile was drawn with it.
    assert {answer.source for answer in cluster.crowd("/tiles/places/14/13681/7059.png")} <= {"hit", "blank"}

    cluster.onboard(1, moved=0.0005)
    published = time.monotonic()
    for server in (0, 1):
        while cluster.ask(server, f"{tile}.png").etag == before.etag:
            assert time.monotonic() < published + WITHIN, f"server {server} serves the old release"
            time.sleep(0.05)
    after = drawn_once(cluster.crowd("/tiles/places/15/27365/14118.png"))
    assert after.body.startswith(b"\x89PNG")
    answers = cluster.crowd(f"{tile}.png")
    assert {answer.source for answer in answers} == {"hit"} and len({answer.body for answer in answers}) == 1
    assert answers[0].body != before.body
