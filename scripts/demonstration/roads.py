"""What a road is, and the curves and directions that road makers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

WIDTHS = {"freeway": 34.0, "expressway": 28.0, "arterial": 28.0, "collector": 16.0, "local": 10.0, "lane": 6.5}
LANES = {"freeway": 6, "expressway": 4, "arterial": 6, "collector": 4, "local": 2, "lane": 1}
ROAD_CLASSES = {
    "freeway": "國道",
    "expressway": "快速道路",
    "arterial": "主要道路",
    "collector": "次要道路",
    "local": "服務道路",
    "lane": "巷弄",
}
"""What people call the classes."""
NUMBER_UNIT = 5.0
"""Metres of frontage between one house number and the next on the same side."""


@dataclass(slots=True)
class Road:
    """A named road or one section of it, from where its house numbers begin."""

    name: str
    kind: str
    line: Any
    width: float
    section: str = ""
    lane: str = ""
    alley: str = ""
    whole: Any = None
    """The line along which house numbers run, where ``line`` is only a stretch of it."""
    route: str = ""
    """The number on the shields of freeways, expressways and provincial roads."""

    @property
    def road(self) -> str:
        """Name and section: 文心路二段."""
        return self.name + self.section

    @property
    def full_name(self) -> str:
        """The whole name down to the lane: 中山路120巷."""
        return self.road + self.lane + self.alley

    def number_at(self, point: Any) -> int:
        """Return the house number of a place beside the road: odd on its left, even on its right."""
        along = self.whole or self.line
        measure = shapely.line_locate_point(along, point)
        lines, points = np.array([along], dtype=object), np.array([point], dtype=object)
        return int(house_numbers(lines, points, np.array([measure]))[0])


def house_numbers(
    lines: NDArray[np.object_], points: NDArray[np.object_], measures: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the house numbers of points beside lines at the given distances along them."""
    before = shapely.line_interpolate_point(lines, np.maximum(measures - 2, 0))
    after = shapely.line_interpolate_point(lines, measures + 2)
    ax, ay, bx, by = shapely.get_x(before), shapely.get_y(before), shapely.get_x(after), shapely.get_y(after)
    left = (bx - ax) * (shapely.get_y(points) - ay) - (by - ay) * (shapely.get_x(points) - ax) > 0
    return np.asarray(2 * (measures / NUMBER_UNIT).astype(np.int64) + np.where(left, 1, 2))


def parts_of(geometry: Any, kind: int = 1) -> list[Any]:
    """Return the simple parts of one geometry type (1 lines, 3 polygons), whatever collection they are in."""
    # Twice: a collection may hold multi-part geometries.
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return [part for part in parts if shapely.get_type_id(part) == kind and not part.is_empty]


def warp(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bend a straight field gently, so that no grid of streets is a chessboard."""
    dx = 38 * np.sin(x / 900 + y / 1500) + 24 * np.sin(y / 520 - 1.3)
    dy = 38 * np.sin(y / 1000 - x / 1300 + 0.7) + 24 * np.sin(x / 610 + 2.1)
    return x + dx, y + dy
