"""The few named lines and points that the city is built around (``geography.yml``), in EPSG:3826."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import shapely
import yaml
from numpy.typing import NDArray

from layers.crs import CRS84, TWD97_TM2, transform_points


@dataclass(frozen=True, slots=True)
class Watercourse:
    """A river or canal from mouth to source, with its width at both ends in metres."""

    name: str
    english: str
    line: Any
    width: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake as an ellipse: centre, length, breadth in metres, angle in degrees."""

    name: str
    english: str
    centre: tuple[float, float]
    length: float
    breadth: float
    angle: float


@dataclass(frozen=True, slots=True)
class Axis:
    """A main road known by name."""

    name: str
    kind: str
    width: float | None
    line: Any
    route: str = ""
    """What stands on its shield: 1, 74, 7甲."""


@dataclass(frozen=True, slots=True)
class Railway:
    """A railway line and its stations."""

    name: str
    kind: str
    line: Any
    stations: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Town:
    """A built-up place: rank 1 is the core of the city, 5 a hamlet."""

    district: str
    centre: tuple[float, float]
    radius: float
    angle: float
    rank: int


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place everybody knows."""

    name: str
    kind: str
    point: Any


@dataclass(frozen=True, slots=True)
class Geography:
    """All of them."""

    rivers: tuple[Watercourse, ...]
    canals: tuple[Watercourse, ...]
    lakes: tuple[Lake, ...]
    axes: tuple[Axis, ...]
    railways: tuple[Railway, ...]
    towns: tuple[Town, ...]
    landmarks: tuple[Landmark, ...]


def read_geography() -> Geography:
    """Read the geography that is shipped with the package."""
    text = (resources.files("scripts.demonstration") / "geography.yml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    return Geography(
        rivers=tuple(_watercourse(item) for item in document["rivers"]),
        canals=tuple(_watercourse({"width": [6, 4], **item}) for item in document["canals"]),
        lakes=tuple(_lake(item) for item in document["lakes"]),
        axes=tuple(
            Axis(item["name"], item["class"], item.get("width"), curve(item["points"]), item.get("route", ""))
            for item in document["roads"]
        ),
        railways=tuple(_railway(item) for item in document["railways"]),
        towns=tuple(
            Town(item["district"], projected(*item["centre"]), item["radius"], item["angle"], item["rank"])
            for item in document["towns"]
        ),
        landmarks=tuple(
            Landmark(name, kind, shapely.Point(projected(x, y))) for name, kind, x, y in document["landmarks"]
        ),
    )


def _watercourse(item: dict[str, Any]) -> Watercourse:
    return Watercourse(item["name"], item["en"], curve(item["points"]), (item["width"][0], item["width"][1]))


def _lake(item: dict[str, Any]) -> Lake:
    centre = projected(*item["centre"])
    return Lake(item["name"], item["en"], centre, item["length"], item["breadth"], item["angle"])


def _railway(item: dict[str, Any]) -> Railway:
    stations = tuple((name, shapely.Point(projected(x, y))) for name, x, y in item["stations"])
    return Railway(item["name"], item["kind"], curve(item["points"]), stations)


def projected(longitude: float, latitude: float) -> tuple[float, float]:
    """Return easting and northing."""
    x, y = transform_points(longitude, latitude, CRS84, TWD97_TM2)
    return float(x), float(y)


def curve(points: list[list[float]], step: float = 40.0) -> Any:
    """Return a smooth line through longitudes and latitudes (a centripetal-like Catmull-Rom spline)."""
    degrees = np.array(points, dtype=float)
    x, y = transform_points(degrees[:, 0], degrees[:, 1], CRS84, TWD97_TM2)
    return shapely.LineString(_spline(np.column_stack((x, y)), step))


def _spline(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    if len(points) < 3:
        return points
    gaps = np.hypot(*np.diff(points, axis=0).T)
    # Tangents weighted by the other side's gap: no overshoot where a long stretch meets a short one.
    inner = (
        np.diff(points, axis=0)[:-1] / gaps[:-1, None] * gaps[1:, None]
        + np.diff(points, axis=0)[1:] / gaps[1:, None] * gaps[:-1, None]
    ) / (gaps[:-1] + gaps[1:])[:, None]
    tangents = np.vstack([(points[1] - points[0]) / gaps[0], inner, (points[-1] - points[-2]) / gaps[-1]])
    pieces = []
    for index, gap in enumerate(gaps):
        t = np.linspace(0, 1, max(2, int(gap / step) + 1))[:-1, None]
        start, end = points[index], points[index + 1]
        pieces.append(
            (2 * t**3 - 3 * t**2 + 1) * start
            + (t**3 - 2 * t**2 + t) * tangents[index] * gap
            + (3 * t**2 - 2 * t**3) * end
            + (t**3 - t**2) * tangents[index + 1] * gap
        )
    return np.vstack([*pieces, points[-1:]])
