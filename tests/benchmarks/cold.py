"""Cold tiles: Tuzi's whole way from request to stored tiles against a plain Mapnik render call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from typing import Any

from catalog.database import Catalogue
from catalog.snapshot import read_snapshot
from layers.render.fonts import find_fonts
from server.composition import open_holdings
from server.configuration import read_configuration
from tests.benchmarks.data import AREA, LABEL_LAYER, POLYGON_LAYER
from tests.benchmarks.grid import METATILE, TILE_SIZE, Tile, bounds, metatiles, tuzi_path
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.plain_mapnik import PlainMap
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import HOST, BenchmarkError, get
from tests.benchmarks.table import Row
from tests.benchmarks.tuzi import Platform

ZOOM = 15
EACH = 10
"""Metatiles of one layer in one round."""
WARM = 6
"""Metatiles drawn before the first one that counts, so that every worker has opened its maps."""


def measure_cold(platform: Platform, pace: Pace, samples: Samples, say: Say) -> Sequence[Row]:
    """Measure cold tiles of polygons and of labels, each metatile by Tuzi and by Mapnik alone."""
    maps = {layer: _plain_map(platform, layer) for layer in (POLYGON_LAYER, LABEL_LAYER)}
    for number in pace.each_round():
        for layer, plain in maps.items():
            say(f"cold tiles, round {number + 1}: {layer}")
            platform.forget_tiles(layer)
            _measure(platform, layer, plain, samples)
    return list(_rows(samples))


def _plain_map(platform: Platform, layer: str) -> PlainMap:
    """Give Mapnik the very data Tuzi draws from: geometry in EPSG:3857 with an R-tree."""
    configuration = read_configuration(platform.config)
    catalogue = Catalogue(configuration.catalogue_url)
    record = read_snapshot(catalogue).layers[layer]
    source = open_holdings(configuration).drawn_layers(record)[0].source
    catalogue.close()
    face = find_fonts(configuration.font_folders).regular
    return PlainMap(dict(source.parameters), labels=layer == LABEL_LAYER, font=face.file, face=face.name)


def _measure(platform: Platform, layer: str, plain: PlainMap, samples: Samples) -> None:
    corners = metatiles(AREA, ZOOM)
    # From here and there, not neighbours: their tiles are all of equal density anyway.
    chosen = corners[:: max(1, len(corners) // (EACH + WARM))][: EACH + WARM]
    with platform.serve()() as server:
        for tile in chosen[:WARM]:
            server.get(tuzi_path(layer, tile))
            plain.draw(bounds(tile, METATILE), METATILE * TILE_SIZE)
        connection = HTTPConnection(HOST, server.port, timeout=60)
        for tile in chosen[WARM:]:
            samples.add("Tuzi", f"{layer} metatile", _timed(lambda tile=tile: _pull(connection, layer, tile)))  # type: ignore[misc]
            for measure, span in (("metatile", METATILE), ("tile", 1)):
                area = bounds(tile, span)
                took = _timed(lambda area=area, span=span: plain.draw(area, span * TILE_SIZE))  # type: ignore[misc]
                samples.add("Mapnik", f"{layer} {measure}", took)
        connection.close()


def _pull(connection: HTTPConnection, layer: str, tile: Tile) -> None:
    reply = get(connection, tuzi_path(layer, tile))
    if reply.status != 200 or reply.headers.get("x-tile-cache") != "miss":
        raise BenchmarkError(f"{tile} of {layer} is not cold: {reply.status} {reply.headers.get('x-tile-cache')}")


def _timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _rows(samples: Samples) -> Iterator[Row]:
    for layer, what in ((POLYGON_LAYER, "polygons"), (LABEL_LAYER, "labels")):
        subject = f"cold tile, {what}"
        mine = samples.median("Tuzi", f"{layer} metatile")
        whole, single = (samples.median("Mapnik", f"{layer} {measure}") for measure in ("metatile", "tile"))
        yield Row(subject, "first tile, with its 15 neighbours", "ms", mine, "Mapnik 1024 px", whole)
        each = None if mine is None else mine / METATILE**2
        yield Row(subject, "a tile's share", "ms", each, "Mapnik 256 px", single)
