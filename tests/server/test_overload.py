"""More is asked for than can be drawn: kept tiles flow on, the rest is told to come back, nothing half-made is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from layers.drawing import MapRequest
from layers.render import Renderer
from server.feature_info import FeatureInfo
from server.legends import Legends
from server.maps import MapServices
from tests.server.map_city import SOUTH, WEST, City, Reply, call
from tests.server.test_tiles import tile_at
from tilecache import cache
from tilecache.drawing import Drawing
from tilecache.renders import Admission

PATIENCE = 20
"""Seconds that nothing here takes, unless something is wrong."""
PLACES = 3


@dataclass
class Gate:
    """Stands before the renderer: counts what comes and lets it through when it is opened."""

    opened: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    count: int = 0

    def draw(self, original: Callable[..., Image.Image]) -> Callable[..., Image.Image]:
        def drawn(renderer: Renderer, request: MapRequest) -> Image.Image:
            self.count += 1
            self.begun.release()
            assert self.opened.wait(PATIENCE)
            return original(renderer, request)

        return drawn

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self.begun.acquire(timeout=PATIENCE)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(Renderer, "draw", gate.draw(Renderer.draw))
    yield gate
    gate.opened.set()


def small(city: City, folder: Path, timeout: float = PATIENCE) -> Callable[[str], Reply]:
    """Return a client of services with few places, a store of their own, and so much patience."""
    store = type(city.store)(folder)
    drawing = Drawing(city.holdings, city.renderer, timeout)
    admission = Admission(PLACES)
    options = replace(city.options, drawing=drawing, store=store, folder=folder, admission=admission)
    info = FeatureInfo(city.holdings, 5)
    services = MapServices(options, info, Legends(city.renderer, admission), city.renderer)
    services.refresh(city.snapshot)

    def get(target: str) -> Reply:
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
        }  # fmt: skip
        return call(services, environ)

    return get


def cold(number: int) -> str:
    """Return the path of a tile, each in a metatile of its own, all of them full (305 m of a district of 2 km)."""
    x, y = corner(number)
    return f"/tiles/districts/19/{x}/{y}.png"


def corner(number: int) -> tuple[int, int]:
    x, y = tile_at(WEST + 700, SOUTH + 700, "WebMercatorQuad", 19)
    return x // 4 * 4 + 4 * (number % 3), y // 4 * 4 - 4 * (number // 3)


GET_MAP = (
    "/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=roads&STYLES=&CRS=EPSG:3826&WIDTH=60&HEIGHT=40"
    "&FORMAT=image/png&BBOX=215000,2671000,221000,2675000"
)
LEGEND = "/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=roads&FORMAT=image/png"
CAPABILITIES = "/wms?SERVICE=WMS&REQUEST=GetCapabilities"


def test_a_crowd_for_one_cold_tile_gets_one_render(city: City, tmp_path: Path, gate: Gate) -> None:
    get = small(city, tmp_path)
    with ThreadPoolExecutor(PLACES) as crowd:
        asked = [crowd.submit(get, cold(0)) for _ in range(PLACES)]
        gate.wait_for(1)
        gate.opened.set()
        replies = [future.result(PATIENCE) for future in asked]
    assert gate.count == 1
    assert {reply.status for reply in replies} == {200} and len({reply.body for reply in replies}) == 1


def test_beyond_the_places_clients_are_told_to_come_back_while_kept_tiles_flow(
    city: City, tmp_path: Path, gate: Gate
) -> None:
    get = small(city, tmp_path)
    gate.opened.set()
    kept = cold(8)
    assert get(kept).status == 200
    gate.wait_for(1)
    gate.opened.clear()
    with ThreadPoolExecutor(PLACES) as crowd:
        asked: list[Future[Reply]] = [crowd.submit(get, cold(number)) for number in range(PLACES)]
        gate.wait_for(PLACES)
        for target in (cold(7), GET_MAP, LEGEND, CAPABILITIES):
            refused = get(target)
            assert (refused.status, refused.headers["Cache-Control"]) == (503, "no-store"), target
            assert int(refused.headers["Retry-After"]) > 0
        assert get(kept).headers["X-Tile-Cache"] == "hit"
        gate.opened.set()
        assert [future.result(PATIENCE).status for future in asked] == [200] * PLACES
    # What was refused was not kept as anything, and is drawn when there is room.
    assert get(cold(7)).headers["X-Tile-Cache"] == "miss"
    assert {get(target).status for target in (GET_MAP, LEGEND, CAPABILITIES)} == {200}


def test_a_render_that_takes_too_long_is_given_up_and_never_kept(city: City, tmp_path: Path, gate: Gate) -> None:
    get = small(city, tmp_path, timeout=0.05)
    late = get(cold(0))
    assert (late.status, late.headers["Cache-Control"]) == (503, "no-store") and late.headers["Retry-After"]
    # It goes on behind the scenes: whoever comes back waits for it instead of beginning it again.
    assert get(cold(0)).status == 503 and gate.count == 1
    assert get(GET_MAP).status == 503
    gate.opened.set()
    reply = get(cold(0))
    while reply.status == 503:
        reply = get(cold(0))
    assert (reply.status, reply.headers["X-Tile-Cache"]) == (200, "miss")
    assert reply.body == small(city, tmp_path / "other")(cold(0)).body


@pytest.mark.parametrize("after", range(0, 16, 5))
def test_a_metatile_that_cannot_be_encoded_leaves_no_tile(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    get = small(city, tmp_path)
    encode, left = cache.encode, [after]

    def fails(*arguments: Any) -> bytes:
        left[0] -= 1
        if left[0] < 0:
            raise OSError("no room")
        return encode(*arguments)

    x, y = corner(0)
    neighbours = [f"/tiles/districts/19/{x + dx}/{y + dy}.png" for dx in range(4) for dy in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr(cache, "encode", fails)
        assert get(cold(0)).status == 500
    # Had one been kept, it would be a hit here.
    assert get(neighbours[0]).headers["X-Tile-Cache"] == "miss"
    assert {get(path).headers["X-Tile-Cache"] for path in neighbours[1:]} == {"hit"}
