"""What definitions of coordinate reference systems stand for that name no code of a register."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from layers.crs import TWD67, TWD67_TM2, TWD67_TM2_119, TWD97, TWD97_TM2, TWD97_TM2_119, Crs, parse_crs

_NAME_IN_WKT = re.compile(r'\s*[A-Z_]+\s*\[\s*"([^"]*)"', re.IGNORECASE)
_ELLIPSOIDS = {6378137.0: "GRS80/WGS84", 6378160.0: "GRS67", 6378388.0: "International 1924"}


@dataclass(frozen=True, slots=True)
class CrsIdentification:
    """What a definition that names no register stands for, and why."""

    declared: str
    """The name the file gives its CRS."""
    crs: Crs | None
    """None where nothing of the register fits."""
    traits: str
    """What it was told by: central meridian, scale, false easting, ellipsoid."""


def identify_crs(wkt: str) -> Crs | None:
    """Return the EPSG code that a WKT definition (a .prj, a GeoTIFF's keys) stands for, or None.

    Taiwanese agencies' files name TWD97 in ways that no register matches ("TM2[TWD97]",
    "TM2_TWD97", "GCS_TWD97[2020]"); those are told by their name, ellipsoid and central meridian.
    """
    identified = explain_crs(wkt)
    return identified.crs if identified else None


def explain_crs(wkt: str) -> CrsIdentification | None:
    """Return what a WKT definition stands for and by what it was told; None for what is no definition at all."""
    try:
        definition = pyproj.CRS.from_user_input(wkt)
    except CRSError:
        return None
    crs = _identify_taiwanese(definition)
    # PROJ compares with its whole register, for seconds where nothing is like it.
    if crs is None and (code := definition.to_epsg(min_confidence=70)) is not None:
        crs = parse_crs(f"EPSG:{code}")
    # PROJ has names of its own for what it knows; people look for the one in their file.
    named = _NAME_IN_WKT.match(wkt)
    return CrsIdentification(named[1] if named else definition.name, crs, _traits(definition))


def _traits(definition: pyproj.CRS) -> str:
    """Return the numbers that tell one Taiwanese system from another, in symbols of the trade."""
    values = _parameters(definition)
    ellipsoid = definition.ellipsoid
    parts = [
        f"{symbol} = {values[name]:.10g}{unit}"
        for name, symbol, unit in (
            ("Longitude of natural origin", "λ₀", "°"),
            ("Scale factor at natural origin", "k₀", ""),
            ("False easting", "E₀", " m"),
        )
        if name in values
    ]
    if ellipsoid is not None:
        axis = float(ellipsoid.semi_major_metre)
        parts.append(f"a = {axis:.10g} m ({_ELLIPSOIDS.get(round(axis, 1), ellipsoid.name)})")
    return ", ".join(parts)


def _parameters(definition: pyproj.CRS) -> dict[str, Any]:
    operation = definition.coordinate_operation
    return {} if operation is None else {parameter.name: parameter.value for parameter in operation.params}


def _identify_taiwanese(definition: pyproj.CRS) -> Crs | None:
    words = definition.to_wkt().upper()
    ellipsoid = definition.ellipsoid
    if ellipsoid is None:
        return None
    is_1997 = abs(ellipsoid.semi_major_metre - 6378137.0) < 0.5
    is_1967 = abs(ellipsoid.semi_major_metre - 6378160.0) < 0.5
    if definition.is_geographic:
        if is_1997:
            return TWD97 if "TWD" in words and "97" in words else None
        return TWD67 if is_1967 and "67" in words else None
    values = _parameters(definition)
    meridian = values.get("Longitude of natural origin")
    if meridian is None:
        return None
    if values.get("Scale factor at natural origin") != 0.9999 or values.get("False easting") != 250000.0:
        return None
    if is_1997:
        return {121.0: TWD97_TM2, 119.0: TWD97_TM2_119}.get(meridian)
    return {121.0: TWD67_TM2, 119.0: TWD67_TM2_119}.get(meridian) if is_1967 else None
