"""A made city for maps of several layers: streets, buildings, door plates and places, in EPSG:3857."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
import yaml
from numpy.typing import NDArray

from tests.benchmarks.data import CHARACTERS, SEED, Data
from tests.benchmarks.grid import HALF_WORLD

WEST, SOUTH, SPAN = 13_428_000.0, 2_768_000.0, 36_000.0
"""Metres of EPSG:3857: Taichung's plain."""
BUILDINGS = 200_000
PLACES = 12_000
TOWNS = 40
BLOCK_X, BLOCK_Y = 110.0, 80.0
"""Metres from street to street."""
BASEMAP = "bench-city"
GROUND = "#f4f1ea"

BUILDING, BUILDING_OUTLINE = "#ddd4c8", "#b9ab98"
MAJOR, MAJOR_CASING, MINOR, MINOR_CASING = "#fbdf9d", "#c9a24a", "#ffffff", "#c8c2b6"
TEXT, ROAD_TEXT, PLATE_TEXT, HALO = "#3a3a3a", "#5a4a2a", "#7a6a5a", "#ffffff"
HALO_WIDTH = 1.5

FIRST_ZOOM, LAST_ZOOM = 10, 18
MAJOR_WIDTHS = {10: 1.0, 12: 2.0, 14: 5.0, 16: 10.0, 18: 18.0}
MINOR_WIDTHS = {14: 1.5, 16: 5.0, 18: 11.0}
CASING = 2.0
"""Pixels that a casing is wider than what it encloses."""
MINOR_FROM, BUILDINGS_FROM, PLATES_FROM = 14, 13, 18
MAJOR_NAMES_FROM, MINOR_NAMES_FROM = 14, 16
RANKS_FROM = {1: 10, 2: 13, 3: 15}
"""The zoom from which places of a rank have their names written."""
NAME_SPACING = 300.0
SIZES = {"places": 13, "roads": 11, "plates": 10}


def make_city(folder: Path) -> Data:
    """Write the GeoPackage and the manifest that onboards it, with a basemap of all layers."""
    random = np.random.default_rng(SEED)
    file = folder / "city.gpkg"
    blocks = _blocks(random)
    roads, classes = _roads(blocks)
    _write(file, "roads", "LineString", roads, {"class": classes, "name": _names(random, len(roads), 4, "路")})
    houses = _houses(random, blocks)
    uses = random.integers(0, 6, len(houses))
    _write(file, "buildings", "Polygon", houses, {"use": uses, "floors": random.integers(1, 30, len(houses))})
    numbers = np.array([f"{number}號" for number in random.integers(1, 900, len(houses))], dtype=object)
    street = _names(random, len(houses), 4, "路")
    _write(file, "plates", "Point", shapely.centroid(houses), {"number": numbers, "street": street})
    chosen = random.choice(len(houses), PLACES, replace=False)
    ranks = random.choice([1, 2, 3], PLACES, p=[0.01, 0.09, 0.9])
    places = shapely.centroid(houses[chosen])
    _write(file, "places", "Point", places, {"name": _names(random, PLACES, 5, ""), "rank": ranks})
    manifest = folder / "city.yml"
    manifest.write_text(yaml.safe_dump(_manifest(file), allow_unicode=True), encoding="utf-8")
    return Data(file, manifest)


def _blocks(random: np.random.Generator) -> NDArray[np.bool_]:
    """Tell which blocks of the lattice are built upon: towns, dense in the middle."""
    columns, rows = int(SPAN / BLOCK_X), int(SPAN / BLOCK_Y)
    x, y = np.meshgrid((np.arange(columns) + 0.5) * BLOCK_X, (np.arange(rows) + 0.5) * BLOCK_Y, indexing="ij")
    centres, spreads = random.uniform(0, SPAN, (TOWNS, 2)), random.uniform(600, 3000, TOWNS)
    nearness = np.max(
        [
            np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (2 * s * s)))
            for (cx, cy), s in zip(centres, spreads, strict=True)
        ],
        axis=0,
    )
    return np.asarray(random.random(x.shape) < nearness * 1.3)


def _roads(blocks: NDArray[np.bool_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return streets around the blocks that are built upon, four blocks to a piece, and every tenth line throughout."""
    pieces: list[tuple[float, float, float, float]] = []
    classes: list[int] = []
    columns, rows = blocks.shape
    for column in range(0, columns, 1):
        for row in range(0, rows, 4):
            major = column % 10 == 0
            if major or blocks[column, row : row + 4].any():
                x, y = WEST + column * BLOCK_X, SOUTH + row * BLOCK_Y
                pieces.append((x, y, x, y + 4 * BLOCK_Y))
                classes.append(1 if major else 2)
    for row in range(0, rows, 1):
        for column in range(0, columns, 4):
            major = row % 10 == 0
            if major or blocks[column : column + 4, row].any():
                x, y = WEST + column * BLOCK_X, SOUTH + row * BLOCK_Y
                pieces.append((x, y, x + 4 * BLOCK_X, y))
                classes.append(1 if major else 2)
    ends = np.array(pieces)
    steps = np.linspace(0, 1, 6)[None, :]
    x = ends[:, [0]] + (ends[:, [2]] - ends[:, [0]]) * steps
    y = ends[:, [1]] + (ends[:, [3]] - ends[:, [1]]) * steps
    # Slightly bent, by place alone, so that what meets still meets.
    bent = np.stack((x + 25 * np.sin(y / 700), y + 25 * np.sin(x / 900)), axis=-1)
    return np.asarray(shapely.linestrings(np.round(bent, 2))), np.array(classes)


def _houses(random: np.random.Generator, blocks: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return turned rectangles and L shapes inside the built blocks."""
    built = np.argwhere(blocks)
    block = built[random.integers(0, len(built), BUILDINGS)]
    x = WEST + (block[:, 0] + random.uniform(0.15, 0.85, BUILDINGS)) * BLOCK_X
    y = SOUTH + (block[:, 1] + random.uniform(0.18, 0.82, BUILDINGS)) * BLOCK_Y
    x, y = x + 25 * np.sin(y / 700), y + 25 * np.sin(x / 900)
    width, height = random.uniform(4, 12, BUILDINGS), random.uniform(4, 9, BUILDINGS)
    inner = random.uniform(0.2, 1.0, BUILDINGS)
    corners = np.array([(-1, -1), (1, -1), (1, 0), (0, 0), (0, 1), (-1, 1)], dtype=float)[None].repeat(BUILDINGS, 0)
    corners[:, 2:4, 1] = inner[:, None]
    corners[:, 3:5, 0] = inner[:, None]
    local = corners * np.stack((width, height), axis=-1)[:, None, :]
    turn = random.normal(0, 0.06, BUILDINGS)
    cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
    turned = np.stack(
        (local[..., 0] * cosine - local[..., 1] * sine, local[..., 0] * sine + local[..., 1] * cosine), axis=-1
    )
    return np.asarray(shapely.polygons(np.round(turned + np.stack((x, y), axis=-1)[:, None, :], 2)))


def _names(random: np.random.Generator, count: int, length: int, ending: str) -> NDArray[np.object_]:
    letters = np.array(list(CHARACTERS))[random.integers(0, len(CHARACTERS), (count, length))]
    return np.array(["".join(row) + ending for row in letters], dtype=object)


def _write(file: Path, layer: str, kind: str, shapes: NDArray[np.object_], attributes: dict[str, NDArray[Any]]) -> None:
    pyogrio.raw.write(
        file,
        geometry=shapely.to_wkb(shapes),
        field_data=list(attributes.values()),
        fields=list(attributes),
        geometry_type=kind,
        crs="EPSG:3857",
        driver="GPKG",
        layer=layer,
        append=file.exists(),
        layer_options={"SPATIAL_INDEX": "YES"},
    )


def _text(field: str, layer: str, colour: str, **more: Any) -> dict[str, Any]:
    return {
        "text": {"field": field, "size": SIZES[layer], "colour": colour, "halo": HALO, "halo_width": HALO_WIDTH} | more
    }


def _stroke(colour: str, widths: dict[int, float], more: float = 0.0) -> dict[str, Any]:
    return {"line": {"colour": colour, "width": {zoom: width + more for zoom, width in widths.items()}}}


def _rules(layer: str) -> list[dict[str, Any]]:
    if layer == "buildings":
        fill = {"colour": BUILDING, "outline": BUILDING_OUTLINE, "outline_width": 0.7}
        return [{"name": "all", "zoom": [BUILDINGS_FROM, None], "symbols": [{"fill": fill}]}]
    if layer == "plates":
        return [
            {"name": "all", "zoom": [PLATES_FROM, None], "symbols": [_text("number", layer, PLATE_TEXT, priority=1)]}
        ]
    if layer == "places":
        return [
            {
                "name": f"rank-{rank}",
                "filter": f"rank = {rank}",
                "zoom": [zoom, None],
                "symbols": [_text("name", layer, TEXT, priority=9 - rank)],
            }
            for rank, zoom in RANKS_FROM.items()
        ]
    named = {"placement": "line", "spacing": NAME_SPACING, "priority": 3}
    rules = []
    for class_, name, first, colour, casing, widths, named_from in (
        (2, "minor", MINOR_FROM, MINOR, MINOR_CASING, MINOR_WIDTHS, MINOR_NAMES_FROM),
        (1, "major", FIRST_ZOOM, MAJOR, MAJOR_CASING, MAJOR_WIDTHS, MAJOR_NAMES_FROM),
    ):
        filter_ = f"class = {class_}"
        strokes = (_stroke(casing, widths, CASING), _stroke(colour, widths))
        rules += [
            {"name": f"{name}-{level}", "filter": filter_, "zoom": [first, None], "level": level, "symbols": [stroke]}
            for level, stroke in enumerate(strokes)
        ]
        text = _text("name", layer, ROAD_TEXT, **named)
        rules.append({"name": f"{name}-names", "filter": filter_, "zoom": [named_from, None], "symbols": [text]})
    return rules


LAYERS = ("buildings", "roads", "plates", "places")
"""From bottom to top."""


def _manifest(file: Path) -> dict[str, Any]:
    title = {"zh": "效能測試", "en": "Benchmark"}
    return {
        "agency": "bench",
        "theme": "bench",
        "agencies": [{"id": "bench", "title": title}],
        "themes": [{"id": "bench", "title": title}],
        "layers": [
            {
                "id": f"city-{layer}",
                "file": file.name,
                "source_layer": layer,
                "title": layer,
                "style": {"rules": _rules(layer)},
            }
            for layer in LAYERS
        ],
        "basemaps": [
            {
                "id": BASEMAP,
                "title": title,
                "background": GROUND,
                "members": [{"layer": f"city-{layer}", "style": {"rules": _rules(layer)}} for layer in LAYERS],
            }
        ],
    }


def width_at(widths: dict[int, float], zoom: int) -> float:
    """Return the width of a stroke at a zoom, as the style model has it between stops."""
    stops = sorted(widths.items())
    lower = stops[0]
    for upper in stops:
        if zoom <= upper[0]:
            if upper == lower or zoom <= lower[0]:
                return lower[1]
            share = (1.5 ** (zoom - lower[0]) - 1) / (1.5 ** (upper[0] - lower[0]) - 1)
            return lower[1] + (upper[1] - lower[1]) * share
        lower = upper
    return lower[1]


def extent() -> tuple[float, float, float, float]:
    """Return where the city lies: west, south, east, north in EPSG:3857."""
    return WEST, SOUTH, WEST + SPAN, SOUTH + SPAN


def column_row(x: float, y: float, zoom: int) -> tuple[int, int]:
    """Return the tile of WebMercatorQuad that holds a place."""
    size = 2 * HALF_WORLD / 2**zoom
    return int((x + HALF_WORLD) / size), int((HALF_WORLD - y) / size)
