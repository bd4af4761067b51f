"""Maps of several layers that nobody has drawn yet, tiles and GetMap: Tuzi against MapServer on the same data."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles

import pyogrio
import shapely

from layers.render.fonts import find_fonts
from layers.render.outlines import quickly_drawn
from layers.render.scale import ZERO_RESOLUTION
from tests.benchmarks import city
from tests.benchmarks.data import SEED
from tests.benchmarks.grid import TILE_SIZE, Tile, bounds, tuzi_path
from tests.benchmarks.machine import Say
from tests.benchmarks.mapserver import is_installed, map_path, mapserver
from tests.benchmarks.pace import Pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import HOST, BenchmarkError, Server, Starter
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import FONTS, ROOT, Platform, found_platform

CLIENTS = 2
WORKERS = 2
ZOOMS = range(city.FIRST_ZOOM, city.LAST_ZOOM + 1)
WINDOW = (6, 4)
"""Tiles of one map window, as a browser asks for them."""
WINDOWS = 5
"""Of each zoom in one round; the smallest scales have no room for so many."""
SCATTERED = 10
"""Single tiles of each zoom in one round."""
BLOCK_ZOOMS, BLOCK = (15, 16, 17), 16
"""An area of which every tile is asked for, window by window, as many clients do in the end; tiles along a side."""
MAP_SIZE = (800, 600)
MAP_LAYERS = ("buildings", "roads", "places")
MAP_ZOOMS = (13.0, 17.0)
MAPS = 60
"""In one round of the closed loop."""
RATE = 10.0
"""Maps a second of the open loop."""
OPEN_SECONDS = 6.0

REFUSED = 60_000.0
"""Milliseconds for which a map counts that was refused because too many waited."""

Place = tuple[float, float]
Area = tuple[float, float, float, float]


class Refused(BenchmarkError):
    """Too many waited already."""


class Contender:
    """A server of tiles and maps, and how it is asked."""

    def __init__(
        self,
        name: str,
        start: Starter,
        tile: Callable[[Tile], str],
        map_: Callable[[Area, float], str],
        empty: Callable[[], None],
    ) -> None:
        self.name = name
        self.start = start
        self.tile = tile
        self.map = map_
        self.empty = empty
        """Forgets what was drawn; called while no server runs."""


def measure_city_maps(folder: Path, pace: Pace, samples: Samples, say: Say) -> Sequence[Row]:
    """Measure cold tiles in windows and scattered, and GetMap in closed and open loop."""
    if not is_installed():
        raise BenchmarkError("MapServer is not installed (cgi-mapserver, spawn-fcgi, multiwatch)")
    home = folder / "city"
    home.mkdir()
    say(f"making a city of {city.BUILDINGS:,} buildings, onboarding it")
    made = city.make_city(home)
    platform = found_platform(home / "tuzi", made)
    places = _places(made.geopackage)
    # The very font that Tuzi draws with, so that neither has the quicker one.
    font = quickly_drawn(find_fonts([ROOT / name for name in FONTS]).regular.file)
    contenders = (_tuzi(platform), _mapserver(home, made.geopackage, font))
    for number in pace.each_round():
        for contender in contenders:
            say(f"cold maps of a city, round {number + 1}: {contender.name}")
            _measure(contender, places, number, samples)
    return list(_rows(samples))


def _tuzi(platform: Platform) -> Contender:
    def map_(area: Area, zoom: float) -> str:
        layers = ",".join(f"city-{layer}" for layer in MAP_LAYERS)
        bbox = ",".join(map(repr, area))
        return (
            f"/wms?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS={layers}&STYLES=&SRS=EPSG:3857&BBOX={bbox}"
            f"&WIDTH={MAP_SIZE[0]}&HEIGHT={MAP_SIZE[1]}&FORMAT=image/png&BGCOLOR=0x{city.GROUND[1:]}"
        )

    return Contender(
        "Tuzi",
        platform.serve(WORKERS),
        lambda tile: tuzi_path(city.BASEMAP, tile),
        map_,
        lambda: platform.forget_tiles(city.BASEMAP),
    )


def _mapserver(folder: Path, geopackage: Path, font: Path) -> Contender:
    return Contender(
        "MapServer",
        mapserver(folder, geopackage, font),
        lambda tile: map_path(bounds(tile), TILE_SIZE, TILE_SIZE, tile.z),
        lambda area, zoom: map_path(area, *MAP_SIZE, round(zoom), MAP_LAYERS),
        lambda: None,
    )


def _places(geopackage: Path) -> list[Place]:
    """Return where people look: at buildings, dense places more often than empty ones."""
    _, _, geometries, _ = pyogrio.raw.read(geopackage, layer="places", columns=[])
    points = shapely.from_wkb(geometries)
    return list(zip(shapely.get_x(points).tolist(), shapely.get_y(points).tolist(), strict=True))


def _measure(contender: Contender, places: Sequence[Place], number: int, samples: Samples) -> None:
    """One round; both contenders are asked for the same things in the same order."""
    chance = random.Random(SEED + number)
    windows, scattered = list(_windows(places, chance)), list(_scattered(places, chance))
    maps = [_map_area(places, chance) for _ in range(MAPS)]
    open_maps = [_map_area(places, chance) for _ in range(round(RATE * OPEN_SECONDS))]
    warming = [_map_area(places, random.Random(number)) for _ in range(2 * len(ZOOMS))]
    blocks = [window for zoom in BLOCK_ZOOMS for window in _block(*chance.choice(places), zoom)]
    for measure, groups in (("windows", windows), ("blocks", blocks), ("scattered", [[tile] for tile in scattered])):
        contender.empty()
        with contender.start() as server:
            _pull(server, [[contender.map(area, zoom)] for area, zoom in warming])
            _keep_by_zoom(contender, server, measure, groups, samples)
    with contender.start() as server:
        _pull(server, [[contender.map(area, zoom)] for area, zoom in warming])
        took = _pull(server, [[contender.map(area, zoom)] for area, zoom in maps])
        samples.add(contender.name, "maps", len(maps) / took)
        waits = _open_loop(server, [contender.map(area, zoom) for area, zoom in open_maps])
        samples.add(contender.name, "first byte", quantiles(waits, n=10)[-1])


def _keep_by_zoom(
    contender: Contender, server: Server, measure: str, groups: Sequence[Sequence[Tile]], samples: Samples
) -> None:
    tiles, seconds = 0, 0.0
    for zoom in ZOOMS:
        wanted = [[contender.tile(tile) for tile in group] for group in groups if group[0].z == zoom]
        count = sum(map(len, wanted))
        if not count:
            continue
        took = _pull(server, wanted)
        samples.add(contender.name, f"{measure} {zoom}", count / took)
        tiles, seconds = tiles + count, seconds + took
    samples.add(contender.name, measure, tiles / seconds)


def _windows(places: Sequence[Place], chance: random.Random) -> Iterator[list[Tile]]:
    """Yield map windows; a tile that stood in an earlier one is not asked for again, as a browser would keep it."""
    for zoom in ZOOMS:
        asked: set[Tile] = set()
        for _ in range(WINDOWS):
            x, y = chance.choice(places)
            column, row = city.column_row(x, y, zoom)
            # Where the corner of the window lies in the grid is chance.
            first_x, first_y = column - chance.randrange(WINDOW[0]), row - chance.randrange(WINDOW[1])
            window = [
                tile
                for dy in range(WINDOW[1])
                for dx in range(WINDOW[0])
                if _reaches_city(tile := Tile(zoom, first_x + dx, first_y + dy)) and tile not in asked
            ]
            asked.update(window)
            if window:
                yield window


def _block(x: float, y: float, zoom: int) -> Iterator[list[Tile]]:
    """Yield the windows that a block of tiles around a place is made of."""
    column, row = (at - BLOCK // 2 for at in city.column_row(x, y, zoom))
    for top in range(0, BLOCK, WINDOW[1]):
        for left in range(0, BLOCK, WINDOW[0]):
            yield [
                Tile(zoom, column + left + dx, row + top + dy)
                for dy in range(min(WINDOW[1], BLOCK - top))
                for dx in range(min(WINDOW[0], BLOCK - left))
            ]


def _scattered(places: Sequence[Place], chance: random.Random) -> Iterator[Tile]:
    for zoom in ZOOMS:
        found = {Tile(zoom, *city.column_row(*chance.choice(places), zoom)) for _ in range(SCATTERED)}
        yield from sorted(found)


def _reaches_city(tile: Tile) -> bool:
    west, south, east, north = bounds(tile)
    area = city.extent()
    return west < area[2] and east > area[0] and south < area[3] and north > area[1]


def _map_area(places: Sequence[Place], chance: random.Random) -> tuple[Area, float]:
    zoom = chance.uniform(*MAP_ZOOMS)
    x, y = chance.choice(places)
    half_x, half_y = (side / 2 * ZERO_RESOLUTION / 2**zoom for side in MAP_SIZE)
    return (x - half_x, y - half_y, x + half_x, y + half_y), zoom


def _pull(server: Server, groups: Iterable[Sequence[str]]) -> float:
    """Let the clients pull groups of pictures, each client one group at a time; return the seconds it took."""
    left, lock = iter(groups), threading.Lock()

    def client() -> None:
        connection = HTTPConnection(HOST, server.port, timeout=60)
        while True:
            with lock:
                group = next(left, None)
            if group is None:
                break
            for path in group:
                _ask(connection, path)
        connection.close()

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        for done in [clients.submit(client) for _ in range(CLIENTS)]:
            done.result()
    return time.perf_counter() - begun


def _ask(connection: HTTPConnection, path: str) -> float:
    """Ask for a picture; return the seconds until its first byte."""
    begun = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    first = time.perf_counter() - begun
    body = response.read()
    if response.status == 503:
        raise Refused(path)
    if response.status != 200 or not body.startswith(b"\x89PNG"):
        raise BenchmarkError(f"{path}: {response.status} {body[:300]!r}")
    return first


def _open_loop(server: Server, paths: Sequence[str]) -> list[float]:
    """Ask for a map every tenth of a second, whether or not the last one came; return milliseconds to first bytes."""
    begun = time.perf_counter() + 0.1

    def client(number: int) -> float:
        connection = HTTPConnection(HOST, server.port, timeout=60)
        due = begun + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        try:
            return _ask(connection, paths[number]) * 1000
        except Refused:
            return REFUSED
        finally:
            connection.close()

    with ThreadPoolExecutor(len(paths)) as clients:
        return list(clients.map(client, range(len(paths))))


def _rows(samples: Samples) -> Iterator[Row]:
    peer = "MapServer"

    def row(subject: str, measure: str, unit: str, key: str, aim: Aim | None = None) -> Row:
        return Row(subject, measure, unit, samples.median("Tuzi", key), peer, samples.median(peer, key), aim)

    subject = "cold tiles of a city, 2 clients"
    yield row(subject, f"windows of {WINDOW[0]} × {WINDOW[1]} tiles, zooms 10 to 18", "/s", "windows", Aim("≥", 1.5))
    for zoom in ZOOMS:
        yield row(subject, f"… zoom {zoom}", "/s", f"windows {zoom}")
    yield row(subject, f"every tile of areas of {BLOCK} × {BLOCK}, zooms 15 to 17", "/s", "blocks")
    yield row(subject, "single tiles, scattered", "/s", "scattered")
    subject = f"GetMap {MAP_SIZE[0]} × {MAP_SIZE[1]}, 3 layers with labels"
    yield row(subject, "2 clients", "/s", "maps", Aim("≥", 1.5))
    yield Row(subject, "10/s, first byte, p90", "ms", samples.median("Tuzi", "first byte"), aim=Aim("≤", 500))
    yield Row(subject, "10/s, first byte, p90: MapServer", "ms", samples.median(peer, "first byte"))
