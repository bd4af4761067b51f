"""The relief: a coastal plain, the Dadu plateau, the basin, foothills and the high mountains in the east."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from scripts.demonstration.geography import Geography, projected
from scripts.demonstration.roads import parts_of
from scripts.demonstration.tables import Table, chance

Grid = NDArray[np.float64]
SEA_LEVEL = 0.0


@dataclass(frozen=True, slots=True)
class Relief:
    """Elevations in metres on a regular grid, north row first; ``west`` and ``north`` are its outer corner."""

    west: float
    north: float
    cell: float
    elevation: NDArray[np.float32]

    def at(self, x: Any, y: Any) -> Any:
        """Return the elevation of the cells that hold the points."""
        rows, columns = self.elevation.shape
        column = np.clip(((np.asarray(x) - self.west) / self.cell).astype(int), 0, columns - 1)
        row = np.clip(((self.north - np.asarray(y)) / self.cell).astype(int), 0, rows - 1)
        return self.elevation[row, column]

    def coarser(self, factor: int) -> Relief:
        """Return means over ``factor`` by ``factor`` cells."""
        rows, columns = (size // factor for size in self.elevation.shape)
        blocks = self.elevation[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
        return Relief(
            self.west, self.north, self.cell * factor, blocks.mean(axis=(1, 3), dtype=np.float64).astype(np.float32)
        )


def build_relief(geography: Geography, city: Any, seed: int, cell: float) -> Relief:
    """Raise the land: broad forms first, ridges and valleys by noise, rivers cut in last."""
    west, south, east, north = (float(value) for value in city.bounds)
    west, south, east, north = west - 1500, south - 1500, east + 1500, north + 1500
    columns, rows = int((east - west) / cell), int((north - south) / cell)
    x: Grid = np.asarray(west + (np.arange(columns) + 0.5) * cell, dtype=np.float64)
    y: Grid = np.asarray(north - (np.arange(rows) + 0.5) * cell, dtype=np.float64)
    grid_x, grid_y = np.meshgrid(x, y)
    random = chance(seed, "relief")
    level = _broad_forms(grid_x, grid_y)
    rough = np.clip((level - 150) / 900, 0, 1)
    level += 560 * rough * _ridges(random, level.shape, cell)
    level += np.clip(level / 60, 0.15, 5) * _waves(random, level.shape, 900 / cell)
    level = _cut_valleys(level, geography, x, y)
    shore = _distance_grid(city.boundary.intersection(_coast_strip(city)), x, y)
    inside = _inside(city, x, y)
    sea = (grid_x < projected(120.62, 24.3)[0]) & ~inside
    level = np.where(sea, -np.minimum(shore / 60, 40), np.maximum(level, np.minimum(1.0 + shore / 400, 5)))
    return Relief(west, north, cell, np.clip(level, -40, 3850).astype(np.float32))


def _coast_strip(city: Any) -> Any:
    west, _, _, north = city.bounds
    return shapely.box(west - 1, projected(120.5, 24.17)[1], projected(120.61, 24.3)[0], north + 1)


def _broad_forms(x: Grid, y: Grid) -> Grid:
    level = np.interp(x, *_profile())
    level += _hump(x, y, (120.562, 24.205), 2600, 9500, 12, 235)
    level += _hump(x, y, (120.690, 24.325), 5200, 3600, -8, 150)
    level += _hump(x, y, (120.640, 24.352), 5200, 2200, 24, 120)
    level += _hump(x, y, (120.800, 24.160), 5200, 8200, 8, 230)
    level += _hump(x, y, (121.231, 24.383), 6500, 8500, 15, 1050)
    level += _hump(x, y, (121.335, 24.400), 6000, 6500, -20, 850)
    level += _hump(x, y, (121.050, 24.330), 11000, 6500, 10, 500)
    level += _hump(x, y, (121.290, 24.180), 9000, 5500, 30, 800)
    return level


def _profile() -> tuple[list[float], list[float]]:
    longitudes = [
        120.45,
        120.52,
        120.56,
        120.60,
        120.64,
        120.70,
        120.735,
        120.78,
        120.84,
        120.90,
        121.00,
        121.12,
        121.25,
        121.36,
        121.46,
    ]
    heights = [0, 6, 20, 55, 75, 95, 150, 420, 640, 1150, 1700, 2150, 2450, 2600, 2500]
    return [projected(longitude, 24.23)[0] for longitude in longitudes], [float(height) for height in heights]


def _hump(
    x: Grid, y: Grid, centre: tuple[float, float], across: float, along: float, angle: float, height: float
) -> Grid:
    """Return a rounded rise, ``along`` the direction ``angle`` degrees clockwise from north."""
    easting, northing = projected(*centre)
    turn = np.radians(angle)
    u = (x - easting) * np.cos(turn) - (y - northing) * np.sin(turn)
    v = (x - easting) * np.sin(turn) + (y - northing) * np.cos(turn)
    # The fourth power makes a plateau with slopes rather than a bell.
    return np.asarray(height * np.exp(-(((u / across) ** 2) ** 1.6) - ((v / along) ** 2) ** 1.6))


def _waves(random: np.random.Generator, shape: tuple[int, ...], wavelength: float) -> Grid:
    """Return smooth noise of about one wavelength (in cells), mean 0 and deviation 1."""
    rows, columns = shape
    spectrum = np.fft.rfft2(random.normal(0, 1, shape))
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None, :])
    spectrum *= np.exp(-((np.log2(frequency * wavelength + 1e-9) / 0.6) ** 2))
    noise = np.fft.irfft2(spectrum, s=shape)
    return np.asarray(noise / noise.std())


def _ridges(random: np.random.Generator, shape: tuple[int, ...], cell: float) -> Grid:
    """Return crests and valleys of several sizes, about -1 to 1."""
    total = np.zeros(shape)
    for octave in range(4):
        # Small ridges stand on large ones; valley floors stay smooth.
        weight = 0.5**octave * np.clip(0.55 + total, 0.25, 1.2)
        total += weight * (0.75 - np.abs(_waves(random, shape, 9000 / 2**octave / cell)))
    return total


def _cut_valleys(level: Grid, geography: Geography, x: Grid, y: Grid) -> Grid:
    for river in geography.rivers:
        distance, along = _river_grids(river.line, x, y)
        floor = _floor(river.name, along)
        excess = np.maximum(level - floor - 1.0, 0)
        # A valley is narrow where the land is hard and high, and fades out away from its river.
        breadth = np.interp(floor, [0, 300, 1500], [900, 1100, 1500]) + river.width[0]
        flank = np.maximum(distance - river.width[1], 0) / breadth
        level = level - excess * np.exp(-(flank**1.5))
    return level


def _floor(name: str, along: Grid) -> Grid:
    rises = {
        "大甲溪": ([0, 0.10, 0.24, 0.33, 0.45, 0.56, 0.72, 0.86, 1.0], [0, 45, 235, 420, 560, 820, 1400, 1650, 2100]),
        "大安溪": ([0, 0.4, 0.7, 1.0], [0, 170, 330, 480]),
        "烏溪": ([0, 0.4, 1.0], [0, 28, 95]),
        "大里溪": ([0, 0.5, 1.0], [30, 85, 300]),
        "食水嵙溪": ([0, 1.0], [300, 560]),
    }.get(name, ([0, 1.0], [35, 180]))
    return np.interp(along, *rises)


def _river_grids(line: Any, x: Grid, y: Grid) -> tuple[Grid, Grid]:
    coarse_x, coarse_y = np.linspace(x[0], x[-1], 220), np.linspace(y[0], y[-1], 120)
    grid_x, grid_y = np.meshgrid(coarse_x, coarse_y)
    points = shapely.points(grid_x, grid_y)
    shapely.prepare(line)
    simple = line.simplify(60)
    distance = shapely.distance(points, simple)
    along = shapely.line_locate_point(simple, points, normalized=True)
    return _stretched(distance, x, y, coarse_x, coarse_y), _stretched(along, x, y, coarse_x, coarse_y)


def _distance_grid(line: Any, x: Grid, y: Grid) -> Grid:
    coarse_x, coarse_y = np.linspace(x[0], x[-1], 220), np.linspace(y[0], y[-1], 120)
    points = shapely.points(*np.meshgrid(coarse_x, coarse_y))
    return _stretched(shapely.distance(points, line.simplify(60)), x, y, coarse_x, coarse_y)


def _stretched(values: Grid, x: Grid, y: Grid, coarse_x: Grid, coarse_y: Grid) -> Grid:
    u = (x - coarse_x[0]) / (coarse_x[1] - coarse_x[0])
    v = (y - coarse_y[0]) / (coarse_y[1] - coarse_y[0])
    return _linear(_linear(values, v).T, u).T


def _linear(values: Grid, at: Grid) -> Grid:
    whole = np.clip(at.astype(int), 0, len(values) - 2)
    share = (at - whole)[:, None]
    return np.asarray(values[whole] * (1 - share) + values[whole + 1] * share)


def _inside(city: Any, x: Grid, y: Grid) -> NDArray[np.bool_]:
    shapely.prepare(city)
    coarse = 4
    inside = shapely.contains_xy(city, *np.meshgrid(x[::coarse], y[::coarse]))
    return np.repeat(np.repeat(inside, coarse, 0), coarse, 1)[: len(y), : len(x)]


def hillshade(relief: Relief) -> NDArray[np.uint8]:
    """Shade the relief with light from the north-west, 45 degrees high; flat land is 181."""
    height = relief.elevation.astype(np.float64)
    # Low hills are raised more than mountains, or the plateau beside the sea would not show.
    height = height * np.interp(height, [0, 300, 1500], [3.5, 3.0, 1.3])
    dy, dx = np.gradient(height, relief.cell)
    slope = np.arctan(np.hypot(dx, dy))
    aspect = np.arctan2(dy, -dx)
    light = np.radians(360 - 315 + 90)
    shade = np.sin(np.pi / 4) * np.cos(slope) + np.cos(np.pi / 4) * np.sin(slope) * np.cos(light - aspect)
    result: NDArray[np.uint8] = np.clip(shade * 255, 1, 255).astype(np.uint8)
    return result


def contour_table(relief: Relief, interval: float, city: Any) -> Table:
    """Return contour lines by marching through the cells; every fifth is an index contour."""
    table = Table()
    top = float(relief.elevation.max())
    shapely.prepare(city)
    for level in np.arange(interval, top, interval):
        for line in _level_lines(relief, float(level)):
            if line.length < relief.cell * 12 or not shapely.intersects(city, line):
                continue
            for part in parts_of(line if shapely.contains_properly(city, line) else shapely.intersection(city, line)):
                table.add(part, elevation=int(level), index="計曲線" if level % (interval * 5) == 0 else "首曲線")
    return table


def _level_lines(relief: Relief, level: float) -> list[Any]:
    """Return the lines of one elevation: the two crossings of each triangle of the grid, joined."""
    height = relief.elevation.astype(np.float64)
    rows, columns = height.shape
    x = relief.west + (np.arange(columns) + 0.5) * relief.cell
    y = relief.north - (np.arange(rows) + 0.5) * relief.cell
    grid_x, grid_y = np.meshgrid(x, y)
    corner = np.stack((grid_x, grid_y, height), axis=-1)
    nw, ne, sw, se = corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]
    # A height exactly on the level would make lines of no length.
    segments = [_crossings(np.stack(triangle, axis=2), level + 1e-3) for triangle in ((nw, ne, sw), (ne, se, sw))]
    pieces = np.concatenate(segments)
    if not len(pieces):
        return []
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(np.round(pieces, 2))))
    return [shapely.simplify(line, relief.cell / 12) for line in shapely.get_parts(merged)]


def _crossings(triangles: Grid, level: float) -> Grid:
    flat = triangles.reshape(-1, 3, 3)
    above = flat[:, :, 2] > level
    crossed = flat[above.any(axis=1) & ~above.all(axis=1)]
    above = crossed[:, :, 2] > level
    # Turned so that the first corner is the one that lies alone on its side of the level.
    alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
    order = (alone[:, None] + np.arange(3)) % 3
    a, b, c = (crossed[np.arange(len(crossed)), order[:, index]] for index in range(3))

    def between(p: Grid, q: Grid) -> Grid:
        low, high = np.where((p[:, 2] <= q[:, 2])[:, None], p, q), np.where((p[:, 2] <= q[:, 2])[:, None], q, p)
        share = (level - low[:, 2]) / (high[:, 2] - low[:, 2])
        return np.asarray(low[:, :2] + (high[:, :2] - low[:, :2]) * share[:, None])

    return np.stack((between(a, b), between(a, c)), axis=1)
