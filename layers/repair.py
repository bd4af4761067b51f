"""Mends geometry that can be mended and sets aside what cannot; no row is lost without a word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks import BatchNotes, FindingLog
from layers.crs import Crs
from layers.features import FeatureBatch, Geometries, QuarantinedRows
from layers.schema import GeometryType

Mask = NDArray[np.bool_]

_DIMENSION_OF_TYPE = np.array([0, 1, 1, 2, 0, 1, 2, -2, -1])
"""By GEOS type id; -2 for collections, and, as the last, -1 for nothing."""
_MULTI = {
    GeometryType.MULTIPOINT: (0, shapely.multipoints),
    GeometryType.MULTILINESTRING: (1, shapely.multilinestrings),
    GeometryType.MULTIPOLYGON: (3, shapely.multipolygons),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What the features of a release are to be."""

    geometry_type: GeometryType
    keep_z: bool
    is_table: bool
    """Rows without a place are kept out: they are no features."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What of a batch can be stored, and the rows that cannot, as they came."""

    batch: FeatureBatch
    set_aside: QuarantinedRows | None

    @property
    def quarantined(self) -> int:
        """How many rows cannot be stored."""
        return 0 if self.set_aside is None else len(self.set_aside.batch)


def mend(batch: FeatureBatch, target: Target, crs: Crs, log: FindingLog) -> Mended:
    """Mend a batch's geometry and bring it to the target's type; note all that was done."""
    geometry = batch.geometry if target.keep_z else shapely.force_2d(batch.geometry)
    geometry, missing = _without_empty(geometry)
    broken = _not_finite(geometry)
    geometry, unmendable, repaired = _made_valid(geometry)
    broken |= unmendable
    differing = _of_other_dimension(geometry, target.geometry_type) & ~broken
    missing_code = "finding_coordinates_missing" if target.is_table else "finding_geometry_missing"
    notes = BatchNotes(batch, crs, log)
    notes.add("finding_geometry_repaired", repaired & ~broken)
    reasons = {"finding_geometry_broken": broken, "finding_geometry_differs": differing}
    for code, cases in {**reasons, missing_code: missing}.items():
        notes.add(code, cases)
    if target.is_table:
        reasons[missing_code] = missing
    geometry = promoted(geometry, target.geometry_type)
    return _parted(FeatureBatch(geometry, batch.columns, batch.rows), batch, reasons)


def _parted(mended: FeatureBatch, delivered: FeatureBatch, reasons: dict[str, Mask]) -> Mended:
    """Part what can be stored from what cannot; of several reasons the first stands."""
    reason = np.full(len(mended), None, dtype=object)
    for code, cases in reversed(reasons.items()):
        reason[cases] = code
    set_aside = reason != None  # noqa: E711 - elementwise
    if not set_aside.any():
        return Mended(mended, None)
    return Mended(
        mended.chosen(~set_aside), QuarantinedRows(delivered.chosen(set_aside), tuple(reason[set_aside].tolist()))
    )


def _without_empty(geometry: Geometries) -> tuple[Geometries, Mask]:
    missing = shapely.is_missing(geometry)
    empty = shapely.is_empty(geometry)
    if empty.any():
        geometry = geometry.copy()
        geometry[empty] = None
    return geometry, missing | empty


def _not_finite(geometry: Geometries) -> Mask:
    coordinates, index = shapely.get_coordinates(geometry, return_index=True)
    finite = np.isfinite(coordinates).all(axis=1)
    broken = np.zeros(len(geometry), dtype=bool)
    broken[index[~finite]] = True
    return broken


def _made_valid(geometry: Geometries) -> tuple[Geometries, Mask, Mask]:
    """Return the geometry made valid without losing its dimension, what could not be, and what was changed."""
    dimension = _dimensions(geometry)
    invalid = np.zeros(len(geometry), dtype=bool)
    shapes = (dimension > 0) | (dimension == -2)
    invalid[shapes] = ~shapely.is_valid(geometry[shapes])
    unmendable = np.zeros(len(geometry), dtype=bool)
    if not invalid.any():
        return geometry, unmendable, invalid
    geometry = geometry.copy()
    for place in np.flatnonzero(invalid):
        shape = _valid(geometry[place], int(dimension[place]))
        unmendable[place] = shape is None
        geometry[place] = shape
    return geometry, unmendable, invalid


def _valid(shape: shapely.Geometry, dimension: int) -> shapely.Geometry | None:
    """Return the shape made valid in its own dimension, or None."""
    # The structure method keeps what people see as the shape; in rare cases its answer is invalid again.
    for method in ("structure", "linework"):
        try:
            mended = shapely.make_valid(shape, method=method, keep_collapsed=method == "linework" or dimension != 2)
        except shapely.GEOSException:
            continue
        fitting = _of_dimension(mended, dimension)
        if fitting is not None and fitting.is_valid:
            return fitting
    return None


def _of_dimension(shape: shapely.Geometry, dimension: int) -> shapely.Geometry | None:
    """Return what of a shape has the dimension: mending may leave lines and points beside areas."""
    if shape.is_empty:
        return None
    if dimension == -2 or _dimensions(np.array([shape], dtype=object))[0] == dimension:
        return shape
    parts = shapely.get_parts(shape)
    fitting = parts[_dimensions(parts) == dimension]
    if not len(fitting):
        return None
    return shapely.union_all(fitting) if dimension == 2 else shapely.multilinestrings(shapely.get_parts(fitting))


def _dimensions(geometry: Geometries) -> NDArray[np.int64]:
    dimensions: NDArray[np.int64] = _DIMENSION_OF_TYPE[shapely.get_type_id(geometry)]
    return dimensions


def _of_other_dimension(geometry: Geometries, geometry_type: GeometryType) -> Mask:
    if geometry_type is GeometryType.GEOMETRY:
        return np.zeros(len(geometry), dtype=bool)
    dimension = _dimensions(geometry)
    other: Mask = (dimension != geometry_type.dimension) & (dimension != -1)
    if geometry_type not in _MULTI:
        # A format that declares single shapes may still hold several in one row.
        other |= shapely.get_type_id(geometry) >= 4
    return other


def promoted(geometry: Geometries, geometry_type: GeometryType) -> Geometries:
    """Make single shapes collections of one where the type wants collections."""
    if geometry_type not in _MULTI:
        return geometry
    type_id, collect = _MULTI[geometry_type]
    places = np.flatnonzero(shapely.get_type_id(geometry) == type_id)
    if not len(places):
        return geometry
    result = geometry.copy()
    result[places] = collect(geometry[places], indices=np.arange(len(places)))
    return result
