"""The catalogue changes while the server runs: seen by every worker, with no failed request, leaking nothing."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import free_port, serving, tuzi, write_configuration

pytestmark = pytest.mark.slow

WITHIN = 2.0
"""Seconds in which every worker serves a change."""


@dataclass
class Town:
    config: Path
    port: int
    folder: Path
    counter: int = field(default=0)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Ask over a connection of its own, so that any worker may answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def onboard(self, id_: str, *options: str, count: int = 50) -> None:
        features = [
            {
                "type": "Feature",
                "properties": {"name": f"第{number}號", "number": number},
                "geometry": {"type": "Point", "coordinates": [120.64 + number / 1000, 24.14]},
            }
            for number in range(count)
        ]
        file = self.folder / f"{id_}.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        done = tuzi(self.config, "onboard", str(file), "--agency", "civil:民政局", "--title", f"圖層{id_}", *options)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    town = Town(write_configuration(folder), free_port(), folder)
    town.onboard("first")
    with serving(town.config, town.port):
        yield town


def paths_of(id_: str) -> dict[str, str]:
    """Every door through which a layer can be asked for."""
    bbox = "24.1,120.6,24.2,120.8"
    wms = f"/wms?SERVICE=WMS&VERSION=1.3.0&LAYERS={id_}&QUERY_LAYERS={id_}&LAYER={id_}&STYLES=&CRS=EPSG:4326"
    picture = f"&BBOX={bbox}&WIDTH=256&HEIGHT=256&FORMAT=image/png&I=128&J=128&INFO_FORMAT=application/json"
    return {
        "map": f"{wms}{picture}&REQUEST=GetMap",
        "feature info": f"{wms}{picture}&REQUEST=GetFeatureInfo",
        "legend": f"{wms}{picture}&REQUEST=GetLegendGraphic",
        "tile": f"/wmts/{id_}/default/WebMercatorQuad/10/441/855.png",
        "kvp tile": f"/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={id_}&STYLE=default&FORMAT=image/png"
        "&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=10&TILEROW=441&TILECOL=855",
        "xyz": f"/tiles/{id_}/10/855/441.png",
        "tilejson": f"/tiles/{id_}.json",
        "collection": f"/ogc/collections/{id_}",
        "queryables": f"/ogc/collections/{id_}/queryables",
        "schema": f"/ogc/collections/{id_}/schema",
        "items": f"/ogc/collections/{id_}/items",
        "item": f"/ogc/collections/{id_}/items/1",
        "api legend": f"/api/v1/legend/{id_}",
    }


LISTS = {
    "wms capabilities": "/wms?SERVICE=WMS&REQUEST=GetCapabilities",
    "wms 1.1.1 capabilities": "/wms?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1",
    "wmts capabilities": "/wmts/1.0.0/WMTSCapabilities.xml",
    "collections": "/ogc/collections",
    "openapi": "/ogc/openapi",
    "catalogue": "/api/v1/catalogue",
    "search": "/api/v1/search?q=%E5%9C%96%E5%B1%A4",
}


def test_every_door_opens_for_a_public_layer(town: Town) -> None:
    answers = {door: town.get(path)[0] for door, path in paths_of("first").items()}
    assert answers == dict.fromkeys(answers, 200)
    for path in LISTS.values():
        status, body = town.get(path)
        assert status == 200
        assert b"first" in body


def test_a_new_layer_is_served_by_every_worker_under_load(town: Town) -> None:
    failures: list[str] = []
    stop = threading.Event()
    asked = ["/tiles/first/12/3421/1766.png", "/ogc/collections/first/items", "/api/v1/catalogue", "/health"]

    def load() -> None:
        while not stop.is_set():
            for path in asked:
                status, body = town.get(path)
                if status != 200:
                    failures.append(f"{path}: {status} {body[:200]!r}")

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for id_ in ("second", "third"):
            town.onboard(id_)
            published = time.monotonic()
            _await_everywhere(town, id_)
            assert time.monotonic() - published < WITHIN + 1.0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[:5]


def _await_everywhere(town: Town, id_: str) -> None:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline and town.get(f"/ogc/collections/{id_}/items?limit=1")[0] != 200:
        time.sleep(0.02)
    time.sleep(max(0.0, deadline - time.monotonic()))
    answers = {
        door: [town.get(path)[0] for _ in range(8)]
        for door, path in paths_of(id_).items()
        if door in {"map", "tile", "items", "collection", "tilejson"}
    }
    assert answers == {door: [200] * 8 for door in answers}


def test_a_layer_that_is_not_public_does_not_exist_for_strangers(town: Town) -> None:
    town.onboard("hidden", "--access", "internal")
    time.sleep(WITHIN)
    for door, path in paths_of("hidden").items():
        never = paths_of("nosuch")[door]
        status, body = town.get(path)
        expected_status, expected = town.get(never)
        assert (status, body.replace(b"hidden", b"nosuch")) == (expected_status, expected), door
        assert status in {400, 404}, door
    for name, path in LISTS.items():
        assert b"hidden" not in town.get(path)[1], name


def test_a_connected_system_sees_it(town: Town) -> None:
    done = tuzi(town.config, "application", "add", "police", "--title", "警政系統")
    key = done.stdout.strip().splitlines()[-1]
    time.sleep(WITHIN)
    answers = {door: town.get(path, {"X-Api-Key": key})[0] for door, path in paths_of("hidden").items()}
    assert answers == dict.fromkeys(answers, 200)
    assert town.get("/tiles/hidden.json", {"X-Api-Key": "wrong"})[0] == 404


def test_retired_and_rolled_back(town: Town) -> None:
    town.onboard("first", count=60)
    assert tuzi(town.config, "rollback", "first").returncode == 0
    assert tuzi(town.config, "retire", "third").returncode == 0
    time.sleep(WITHIN)
    assert town.get("/tiles/third.json")[0] == 404
    catalogue = json.loads(town.get("/api/v1/catalogue")[1])
    assert next(layer["release"] for layer in catalogue["layers"] if layer["id"] == "first") == 1
    assert tuzi(town.config, "publish", "third", "1").returncode == 0
    time.sleep(WITHIN)
    assert town.get("/tiles/third.json")[0] == 200
