"""Mends geometry that can be mended and sets aside what cannot; no row is lost without a word."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks import BatchNotes, FindingLog
from layers.checks.islands import middles, would_lie_in_taiwan_swapped
from layers.crs import Crs
from layers.features import FeatureBatch, Geometries, QuarantinedRows
from layers.schema import GeometryType

Mask = NDArray[np.bool_]

_DIMENSION_OF_TYPE = np.array([0, 1, 1, 2, 0, 1, 2, -2, -1])
"""By GEOS type id; -2 for collections, and, as the last, -1 for nothing."""
_KINDS = {
    "Self-intersection": "finding_self_intersection",
    "Ring Self-intersection": "finding_ring_self_intersection",
    "Hole lies outside shell": "finding_hole_outside",
    "Holes are nested": "finding_holes_nested",
    "Nested shells": "finding_shells_nested",
    "Interior is disconnected": "finding_interior_disconnected",
    "Too few points in geometry component": "finding_points_too_few",
}
"""Codes by what GEOS calls the kinds of invalidity (``is_valid_reason``)."""
_DUPLICATE_RINGS = "finding_rings_duplicate"
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
    geometry = batch.geometry
    if not target.keep_z and shapely.has_z(geometry).any():
        geometry = shapely.force_2d(geometry)
    geometry, exchanged = _straightened(geometry, crs)
    missing, empty, at_origin = shapely.is_missing(geometry), shapely.is_empty(geometry), _at_origin(geometry)
    geometry = _without(geometry, empty | at_origin)
    broken = _not_finite(geometry)
    geometry, unmendable, kinds = _made_valid(geometry)
    broken |= unmendable
    differing = _of_other_dimension(geometry, target.geometry_type) & ~broken
    straight = FeatureBatch(geometry, batch.columns, batch.rows)
    notes = BatchNotes(straight, crs, log)
    notes.add("finding_axes_exchanged", exchanged)
    for code in sorted(set(kinds.values())):
        notes.add(code, _marked([at for at, kind in kinds.items() if kind == code], len(batch)) & ~broken)
    reasons = {"finding_geometry_broken": broken, "finding_geometry_differs": differing}
    if target.is_table:
        reasons["finding_coordinates_missing"] = missing | empty | at_origin
    else:
        notes.add("finding_at_origin", at_origin)
        notes.add("finding_geometry_missing", missing)
        notes.add("finding_geometry_empty", empty)
    delivered = BatchNotes(batch, crs, log)
    for code, cases in reasons.items():
        delivered.add(code, cases)
    return _parted(replace(straight, geometry=promoted(geometry, target.geometry_type)), batch, reasons)


def _marked(places: list[int], size: int) -> Mask:
    marked = np.zeros(size, dtype=bool)
    marked[places] = True
    return marked


def _straightened(geometry: Geometries, crs: Crs) -> tuple[Geometries, Mask]:
    """Exchange x and y where nothing else makes sense; return which features that were."""
    exchanged = would_lie_in_taiwan_swapped(*middles(shapely.bounds(geometry)), crs)
    if not exchanged.any():
        return geometry, exchanged
    geometry = geometry.copy()
    has_z = bool(shapely.has_z(geometry[exchanged]).any())
    order = [1, 0, 2] if has_z else [1, 0]
    geometry[exchanged] = shapely.transform(geometry[exchanged], lambda points: points[:, order], include_z=has_z)
    return geometry, exchanged


def _at_origin(geometry: Geometries) -> Mask:
    """Tell which points lie at (0, 0), which is how forms say "unknown"; nothing of ours is in the Gulf of Guinea."""
    # What is no point has no x, which is not zero either.
    origin: Mask = (shapely.get_x(geometry) == 0) & (shapely.get_y(geometry) == 0)
    return origin


def _without(geometry: Geometries, cases: Mask) -> Geometries:
    if not cases.any():
        return geometry
    geometry = geometry.copy()
    geometry[cases] = None
    return geometry


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


def _not_finite(geometry: Geometries) -> Mask:
    coordinates, index = shapely.get_coordinates(geometry, return_index=True)
    finite = np.isfinite(coordinates).all(axis=1)
    broken = np.zeros(len(geometry), dtype=bool)
    broken[index[~finite]] = True
    return broken


def _made_valid(geometry: Geometries) -> tuple[Geometries, Mask, dict[int, str]]:
    """Return the geometry made valid in its own dimension, what could not be, and by place what was wrong."""
    dimension = _dimensions(geometry)
    shapes = np.flatnonzero((dimension > 0) | (dimension == -2))
    invalid = shapes[~shapely.is_valid(geometry[shapes])]
    unmendable = np.zeros(len(geometry), dtype=bool)
    if not len(invalid):
        return geometry, unmendable, {}
    kinds = {int(at): _kind(geometry[at]) for at in invalid}
    geometry = geometry.copy()
    for place in invalid:
        shape = _valid(geometry[place], int(dimension[place]))
        unmendable[place] = shape is None
        geometry[place] = shape
    return geometry, unmendable, kinds


def _kind(shape: shapely.Geometry) -> str:
    """Return the code for what makes a shape invalid: the first thing that GEOS finds."""
    code = _KINDS.get(shapely.is_valid_reason(shape).split("[")[0], "finding_self_intersection")
    return _DUPLICATE_RINGS if code == "finding_self_intersection" and _repeats_ring(shape) else code


def _repeats_ring(shape: shapely.Geometry) -> bool:
    """Tell whether a polygon has a ring twice, which GEOS takes for a self-intersection."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    return len(rings) > 1 and len(set(shapely.to_wkb(shapely.normalize(shapely.polygons(rings))))) < len(rings)


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
