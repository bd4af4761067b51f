"""Small scales of half a million buildings: Tuzi's renderer with its overviews against plain Mapnik without them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import TWD97_TM2, WEB_MERCATOR
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.mvt import TileLayer, encode_layer, tile_geometries
from layers.overviews import pixel_size
from layers.render import Renderer
from layers.render.fonts import find_fonts
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import Release
from layers.stores.geopackage import GeoPackageStore
from layers.styles.document import parse_style
from tests.benchmarks.data import FILL, OUTLINE, OUTLINE_WIDTH, SEED, USES
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.plain_mapnik import PlainMap
from tests.benchmarks.samples import Samples
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import ROOT

BUILDINGS = 500_000
TOWNS = 60
WEST, SOUTH, SPAN = 200_000, 2_650_000, 40_000
"""Metres of EPSG:3826."""
ZOOMS = (8, 10, 11, 12, 13)
JUDGED = (10, 11, 12)
SIZE = 1024
"""Pixels: a metatile."""
SCHEMA = Schema(GeometryType.POLYGON, TWD97_TM2, (Field("use", FieldType.TEXT), Field("floors", FieldType.INTEGER)))
LAYER = "buildings"
FONTS = (ROOT / "server/site/node_modules/@expo-google-fonts/noto-sans-tc", Path("/usr/share/fonts"))
STYLE = parse_style(
    {
        "rules": [
            {
                "name": "all",
                "symbols": [{"fill": {"colour": FILL, "outline": OUTLINE, "outline_width": OUTLINE_WIDTH}}],
            }
        ]
    }
)
_CHUNK = 20_000


def measure_overviews(folder: Path, pace: Pace, samples: Samples, say: Say) -> Sequence[Row]:
    """Measure maps and vector tiles of small scales."""
    say(f"storing {BUILDINGS:,} buildings")
    release = _stored(GeoPackageStore(folder / "overviews"))
    source = release.drawing_source()
    renderer = Renderer(FONTS)
    face = find_fonts(FONTS).regular
    plain = PlainMap(dict(source.parameters), labels=False, font=face.file, face=face.name)
    for number in pace.each_round():
        for zoom in ZOOMS:
            say(f"small scales, round {number + 1}: zoom {zoom}")
            box = _middle(source, zoom)
            request = MapRequest((DrawnLayer(source, STYLE),), box, WEB_MERCATOR, SIZE, SIZE)
            samples.add("Tuzi", f"zoom {zoom}", _timed(lambda request=request: renderer.draw(request)))  # type: ignore[misc]
            samples.add("Mapnik", f"zoom {zoom}", _timed(lambda box=box: plain.picture(tuple(box), SIZE)))  # type: ignore[misc]
            tile = _middle(source, zoom, 256)
            samples.add("Tuzi", f"vector {zoom}", _timed(lambda tile=tile, zoom=zoom: _vector(release, tile, zoom)))  # type: ignore[misc]
    return list(_rows(samples))


def _stored(store: GeoPackageStore) -> Release:
    """Write houses in rows, in towns of different size, and one hall among fifty houses."""
    random = np.random.default_rng(SEED)
    x, y = _places(random)
    width, height = random.uniform(2, 4.5, BUILDINGS), random.uniform(4, 7, BUILDINGS)
    halls = random.random(BUILDINGS) < 0.02
    width[halls] *= 5
    height[halls] *= 4
    shapes = shapely.box(x - width, y - height, x + width, y + height)
    uses = np.array(USES, dtype=object)[random.integers(0, len(USES), BUILDINGS)]
    floors = random.integers(1, 20, BUILDINGS).astype(object)
    with store.create(LAYER, 1, SCHEMA) as writer:
        for first in range(0, BUILDINGS, _CHUNK):
            part = slice(first, first + _CHUNK)
            columns = {"use": uses[part], "floors": floors[part]}
            writer.write(FeatureBatch(shapes[part], columns, np.arange(first + 1, first + 1 + len(shapes[part]))))
        writer.commit()
    return store.open(LAYER, 1)


def _places(random: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    centres = random.uniform((WEST, SOUTH), (WEST + SPAN, SOUTH + SPAN), (TOWNS, 2))
    spreads = random.uniform(400, 3_500, TOWNS)
    town = random.choice(TOWNS, BUILDINGS, p=spreads**1.6 / (spreads**1.6).sum())
    places = centres[town] + random.normal(0, 1, (BUILDINGS, 2)) * spreads[town][:, None]
    return np.round(places[:, 0] / 9) * 9, np.round(places[:, 1] / 14) * 14


def _middle(source: DrawingSource, zoom: int, size: int = SIZE) -> BoundingBox:
    """Return so many pixels of the grid around the middle of the data."""
    side = pixel_size(zoom)
    west, south = (
        round((low + high) / 2 / side / 256) * 256 * side - size / 2 * side
        for low, high in ((source.extent.west, source.extent.east), (source.extent.south, source.extent.north))
    )
    return BoundingBox(west, south, west + size * side, south + size * side)


def _vector(release: Release, tile: BoundingBox, zoom: int) -> bytes:
    features = release.drawn_features(tile, zoom)
    return encode_layer(TileLayer(LAYER, features.fids, tile_geometries(features.geometry, tile), features.columns))


def _timed(call: Callable[[], object]) -> float:
    """Return milliseconds of the second call; the first one opens the data."""
    call()
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _rows(samples: Samples) -> Iterator[Row]:
    subject, peer = f"{BUILDINGS:,} buildings, outlined", f"Mapnik {SIZE} px"
    times = {
        zoom: tuple(samples.median(contender, f"zoom {zoom}") or 0.0 for contender in ("Tuzi", "Mapnik"))
        for zoom in ZOOMS
    }
    for zoom, (mine, theirs) in times.items():
        yield Row(subject, f"map of {SIZE} px, zoom {zoom}", "ms", mine, peer, theirs)
    mine, theirs = (sum(times[zoom][contender] for zoom in JUDGED) for contender in (0, 1))
    yield Row(subject, f"zooms {JUDGED[0]} to {JUDGED[-1]} together", "ms", mine, peer, theirs, Aim("≤", 1 / 20))
    slowest = max(mine for mine, _ in times.values())
    yield Row(subject, f"slowest map of zooms {ZOOMS[0]} to {ZOOMS[-1]}", "ms", slowest, aim=Aim("≤", 100))
    for zoom in ZOOMS:
        yield Row(subject, f"vector tile, overview of zoom {zoom}", "ms", samples.median("Tuzi", f"vector {zoom}"))
