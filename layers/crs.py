"""Coordinate reference systems: names, axis orders, transformations.

Everywhere in Tuzi coordinates are x before y (easting/longitude first). Only what is written for
or read from clients follows the axis order of the CRS; ``Crs.latitude_first`` says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError, ProjError

from layers.errors import UnknownCrs
from layers.extent import BoundingBox


@dataclass(frozen=True, slots=True)
class Crs:
    """A CRS by authority and code.

    CRS84 and EPSG:4326 differ in nothing but axis order, so they are two values here.
    """

    authority: str
    code: str

    def __str__(self) -> str:
        return f"{self.authority}:{self.code}"

    @property
    def uri(self) -> str:
        """The name OGC API uses (OGC 09-048r6)."""
        version = "1.3" if self.authority == "OGC" else "0"
        return f"http://www.opengis.net/def/crs/{self.authority}/{version}/{self.code}"

    @property
    def urn(self) -> str:
        """The name WMTS and GML use."""
        version = "1.3" if self.authority == "OGC" else ""
        return f"urn:ogc:def:crs:{self.authority}:{version}:{self.code}"

    @property
    def srid(self) -> int:
        """The EPSG code as GeoPackage and PostGIS keep it; CRS84 is stored as 4326."""
        return 4326 if self == CRS84 else int(self.code)

    @property
    def is_geographic(self) -> bool:
        """Tell whether coordinates are degrees."""
        return _pyproj(self).is_geographic

    @property
    def latitude_first(self) -> bool:
        """Tell whether the CRS itself puts north before east (EPSG:4326 and 3824 do, CRS84 and 3826 do not)."""
        return _pyproj(self).axis_info[0].direction == "north"

    @property
    def name(self) -> str:
        """The CRS's name in its register."""
        return _pyproj(self).name

    @property
    def wkt(self) -> str:
        """WKT 1 (GDAL's dialect), as GeoPackage and .prj files want it."""
        return _pyproj(self).to_wkt("WKT1_GDAL")


CRS84 = Crs("OGC", "CRS84")
WGS84 = Crs("EPSG", "4326")
WEB_MERCATOR = Crs("EPSG", "3857")
TWD97 = Crs("EPSG", "3824")
TWD97_TM2 = Crs("EPSG", "3826")
"""TWD97 / TM2 zone 121: Taiwan itself."""
TWD97_TM2_119 = Crs("EPSG", "3825")
"""TWD97 / TM2 zone 119: Penghu, Kinmen, Matsu."""
TWD67 = Crs("EPSG", "3821")
TWD67_TM2 = Crs("EPSG", "3828")
TWD67_TM2_119 = Crs("EPSG", "3827")

TWD67_FAMILY = frozenset({TWD67, TWD67_TM2, TWD67_TM2_119})
TM2_FAMILY = frozenset({TWD97_TM2, TWD97_TM2_119, TWD67_TM2, TWD67_TM2_119})
"""Transverse Mercator of two degrees: metres, x east of the zone's meridian + 250,000, y north of the equator."""
SERVED = (CRS84, WGS84, WEB_MERCATOR, TWD97_TM2, TWD97, TWD97_TM2_119)
"""What clients may ask for."""

_NAMES = (
    re.compile(r"^(?P<authority>EPSG|OGC|CRS):(?P<code>[A-Za-z0-9]+)$", re.IGNORECASE),
    re.compile(r"^urn:(?:x-)?ogc:def:crs:(?P<authority>EPSG|OGC):[\d.]*:(?P<code>[A-Za-z0-9]+)$", re.IGNORECASE),
    re.compile(
        r"^https?://www\.opengis\.net/def/crs/(?P<authority>EPSG|OGC)/[\d.]+/(?P<code>[A-Za-z0-9]+)$", re.IGNORECASE
    ),
    re.compile(r"^(?P<authority>)(?P<code>\d{4,6}|CRS84)$", re.IGNORECASE),
)


def parse_crs(text: str) -> Crs:
    """Read a CRS name: ``EPSG:3826``, ``3826``, ``CRS84``, an OGC URN or URI.

    EPSG:900913 and 102100 are EPSG:3857's old names. Raises UnknownCrs for anything that is not in the register.
    """
    cleaned = text.strip().strip("[]<>")
    for pattern in _NAMES:
        if match := pattern.match(cleaned):
            return _known(match["authority"].upper() or "EPSG", match["code"].upper(), text)
    raise UnknownCrs(crs=text[:80])


def parse_served_crs(text: str) -> Crs:
    """Read a CRS name a client sent; raises UnknownCrs unless Tuzi serves it."""
    crs = parse_crs(text)
    if crs not in SERVED:
        raise UnknownCrs(crs=text[:80])
    return crs


def _known(authority: str, code: str, text: str) -> Crs:
    if code in {"CRS84", "84"} or (authority == "CRS" and code == "84"):
        return CRS84
    if code in {"900913", "102100", "102113", "3785"}:
        return WEB_MERCATOR
    crs = Crs(authority, code)
    try:
        _pyproj(crs)
    except CRSError:
        raise UnknownCrs(crs=text[:80]) from None
    return crs


@lru_cache(maxsize=256)
def _pyproj(crs: Crs) -> pyproj.CRS:
    return pyproj.CRS.from_authority(crs.authority, crs.code)


Step = Callable[[Any, Any], tuple[Any, Any]]


@lru_cache(maxsize=256)
def _steps(source: Crs, target: Crs) -> tuple[Step, ...]:
    """Return the operations that lead from one CRS to the other.

    PROJ's 3828 → 4326 and 3821 → 3824 are "ballpark": no datum shift, some 850 m wrong, no
    warning. The one good operation out of TWD67 is EPSG:3828 → 3826, so every way leads over it.
    """
    if source == target or {source, target} == {CRS84, WGS84}:
        return ()
    if source in TWD67_FAMILY and target not in TWD67_FAMILY:
        return (*_steps(source, TWD67_TM2), _step(TWD67_TM2, TWD97_TM2), *_steps(TWD97_TM2, target))
    if target in TWD67_FAMILY and source not in TWD67_FAMILY:
        return (*_steps(source, TWD97_TM2), _step(TWD97_TM2, TWD67_TM2), *_steps(TWD67_TM2, target))
    return (_step(source, target),)


def _step(source: Crs, target: Crs) -> Step:
    try:
        transformer = pyproj.Transformer.from_crs(
            _pyproj(source), _pyproj(target), always_xy=True, allow_ballpark=False
        )
    except ProjError:
        raise UnknownCrs("no_transformation", source=str(source), target=str(target)) from None
    return transformer.transform


def transform_points(x: Any, y: Any, source: Crs, target: Crs) -> tuple[Any, Any]:
    """Transform coordinates (numbers or arrays), x before y on both sides; what lies outside becomes infinite."""
    for step in _steps(source, target):
        x, y = step(x, y)
    return x, y


def transform_geometries(geometries: NDArray[np.object_], source: Crs, target: Crs) -> NDArray[np.object_]:
    """Transform an array of shapely geometries (None stays None); Z is kept as it is."""
    steps = _steps(source, target)
    if not steps:
        return geometries
    has_z = bool(shapely.has_z(geometries).any())

    def moved(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = coordinates[:, 0], coordinates[:, 1]
        for step in steps:
            x, y = step(x, y)
        return np.column_stack((x, y, *([coordinates[:, 2]] if has_z else [])))

    result: NDArray[np.object_] = shapely.transform(geometries, moved, include_z=has_z)
    return result


def transform_bbox(bbox: BoundingBox, source: Crs, target: Crs, points: int = 21) -> BoundingBox:
    """Return the box in ``target`` that holds ``bbox``, following its edges at ``points`` places a side.

    Raises UnknownCrs where the box lies outside of what the target CRS can express.
    """
    if not _steps(source, target):
        return bbox
    if target == WEB_MERCATOR:
        bbox = _clipped_to_mercator(bbox, source)
    shares = np.linspace(0.0, 1.0, points)
    xs = bbox.west + bbox.width * shares
    ys = bbox.south + bbox.height * shares
    edge_x = np.concatenate((xs, xs, np.full(points, bbox.west), np.full(points, bbox.east)))
    edge_y = np.concatenate((np.full(points, bbox.south), np.full(points, bbox.north), ys, ys))
    x, y = transform_points(edge_x, edge_y, source, target)
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        raise UnknownCrs("bbox_outside_crs", crs=str(target))
    x, y = x[good], y[good]
    return BoundingBox(float(x.min()), float(y.min()), float(x.max()), float(y.max()))


def _clipped_to_mercator(bbox: BoundingBox, source: Crs) -> BoundingBox:
    if not source.is_geographic:
        return bbox
    limit = 85.06
    return BoundingBox(bbox.west, max(bbox.south, -limit), bbox.east, min(bbox.north, limit))


def served_order(x: float, y: float, crs: Crs) -> tuple[float, float]:
    """Put a coordinate pair into the axis order of its CRS, as clients read it."""
    return (y, x) if crs.latitude_first else (x, y)


def bbox_from_served_order(values: tuple[float, float, float, float], crs: Crs) -> BoundingBox:
    """Read four numbers that a client wrote in the axis order of ``crs``."""
    a, b, c, d = values
    return BoundingBox(b, a, d, c) if crs.latitude_first else BoundingBox(a, b, c, d)
