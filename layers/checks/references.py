"""Compares where features lie with layers of the catalogue that are known to lie right."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.findings import FindingLog
from layers.checks.islands import middles
from layers.crs import (
    CRS84,
    TWD67,
    TWD67_FAMILY,
    TWD67_TM2,
    TWD67_TM2_119,
    TWD97,
    TWD97_TM2,
    TWD97_TM2_119,
    WGS84,
    Crs,
    transform_points,
)
from layers.features import FeatureBatch
from layers.plan import Reference

_FEWEST = 5
"""Features that must be found in the reference before anything is said."""
_MOST = 20_000
"""Features of one field that are compared."""
_LEAST_SHIFT = 20.0
"""Metres; less may be the way a boundary was drawn."""
_NEAR = 60.0
"""Metres within which a shift is the one between TWD67 and TWD97: the two differ by ± 2 m, drawings by more."""
_MISTAKEN = {
    TWD97_TM2: TWD67_TM2,
    TWD97_TM2_119: TWD67_TM2_119,
    TWD97: TWD67,
    WGS84: TWD67,
    CRS84: TWD67,
    TWD67_TM2: TWD97_TM2,
    TWD67_TM2_119: TWD97_TM2_119,
    TWD67: TWD97,
}
"""What a delivery is in whose CRS was named wrongly by one datum."""
_DASHES = dict.fromkeys(map(ord, "-‐‑–—_ \u3000"))

Places = NDArray[np.float64]


@dataclass(slots=True)
class _Matches:
    """Where the features lie that one field's values find: by value, the last place and how often it came."""

    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)

    def add(self, values: list[str], x: Places, y: Places) -> None:
        for value, place in zip(values, zip(x.tolist(), y.tolist(), strict=True), strict=True):
            if value in self.places:
                self.repeated.add(value)
            self.places[value] = place


@dataclass(frozen=True, slots=True)
class _Shift:
    """How far features lie from where the reference has them, in metres of TM2."""

    count: int
    east: float
    north: float
    spread: float
    """Half of the features differ from the shift by less than this."""
    middle: tuple[float, float]
    """Where the reference has them, TWD97 TM2."""


class ReferenceCheck:
    """Finds the same places in a reference by name or code, and says where all of them are shifted alike."""

    def __init__(self, crs: Crs, references: tuple[Reference, ...], log: FindingLog) -> None:
        self._crs = crs
        self._references = references
        self._log = log
        self._known: list[Mapping[str, tuple[float, float]]] | None = None
        self._matches: dict[tuple[int, str], _Matches] = {}

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in, its geometry mended."""
        if not self._references:
            return
        if self._known is None:
            self._known = [_read(reference) for reference in self._references]
            self._matches = {(at, name): _Matches() for at in range(len(self._known)) for name in batch.columns}
        for (at, name), matches in list(self._matches.items()):
            if len(matches.places) < _MOST:
                self._match(batch, name, self._known[at], matches)
            # A column that has nothing in common with the reference in twenty thousand rows has nothing at all, and
            # where most values come again and again the rows lie somewhere in the places they name.
            if not matches.places or len(matches.repeated) > max(_FEWEST, len(matches.places) / 2):
                del self._matches[at, name]

    def _match(
        self, batch: FeatureBatch, name: str, known: Mapping[str, tuple[float, float]], matches: _Matches
    ) -> None:
        keys = {value: key for value in set(batch.columns[name].tolist()) if (key := normalised(value)) in known}
        if not keys:
            return
        cases = np.fromiter((value in keys for value in batch.columns[name]), dtype=bool, count=len(batch))
        x, y = _centroids(batch.geometry[cases], self._crs)
        placed = np.isfinite(x) & np.isfinite(y)
        values = [keys[value] for value in batch.columns[name][cases][placed]]
        matches.add(values, x[placed], y[placed])

    def finish(self) -> None:
        """Say where a delivery lies beside the reference."""
        for at, reference in enumerate(self._references if self._known else ()):
            shifts = [
                (shift, name)
                for (of, name), matches in self._matches.items()
                if of == at and (shift := _shift(matches, self._known[at])) is not None  # type: ignore[index]
            ]
            if shifts:
                shift, name = max(shifts, key=lambda pair: pair[0].count)
                self._judge(shift, name, reference)

    def _judge(self, shift: _Shift, name: str, reference: Reference) -> None:
        distance = float(np.hypot(shift.east, shift.north))
        if distance < _LEAST_SHIFT or shift.spread > max(distance / 5, _LEAST_SHIFT / 2):
            return
        east, north = _datum_shift(*shift.middle)
        if self._crs in TWD67_FAMILY:
            east, north = -east, -north
        x, y = transform_points(*shift.middle, TWD97_TM2, CRS84)
        is_datum = self._crs in _MISTAKEN and np.hypot(shift.east - east, shift.north - north) < _NEAR
        self._log.add(
            "finding_datum_mistaken" if is_datum else "finding_displaced",
            shift.count,
            places=[(x, y)],
            field=reference.layer,
            layer=reference.layer,
            by=name,
            east=f"{shift.east:+.0f}",
            north=f"{shift.north:+.0f}",
            crs=self._crs,
            right=_MISTAKEN.get(self._crs, self._crs),
        )


def normalised(value: object) -> str:
    """Return a name or code without what people write differently: dashes, blanks, widths, 台 for 臺."""
    if not isinstance(value, str):
        return str(value) if isinstance(value, int) else ""
    return unicodedata.normalize("NFKC", value).translate(_DASHES).replace("台", "臺").upper()


def _read(reference: Reference) -> dict[str, tuple[float, float]]:
    """Return where the reference has each value of its field; values that come twice say nothing."""
    matches = _Matches()
    for batch in reference.release.batches():
        x, y = _centroids(batch.geometry, reference.release.schema.crs)
        keys = [normalised(value) for value in batch.columns[reference.field]]
        placed = np.isfinite(x) & np.isfinite(y) & np.fromiter(map(bool, keys), dtype=bool, count=len(keys))
        matches.add([key for key, known in zip(keys, placed, strict=True) if known], x[placed], y[placed])
    return {key: place for key, place in matches.places.items() if key not in matches.repeated}


def _centroids(geometry: NDArray[np.object_], crs: Crs) -> tuple[Places, Places]:
    """Return the centroids in TWD97 TM2, so that all differences are metres."""
    points = shapely.centroid(geometry)
    x, y = middles(shapely.bounds(points))
    if crs != TWD97_TM2:
        x, y = transform_points(x, y, crs, TWD97_TM2)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _shift(matches: _Matches, known: Mapping[str, tuple[float, float]]) -> _Shift | None:
    values = [value for value in matches.places if value not in matches.repeated]
    if len(values) < _FEWEST:
        return None
    right = np.array([known[value] for value in values])
    differences = np.array([matches.places[value] for value in values]) - right
    east, north = np.median(differences, axis=0).tolist()
    spread = float(np.median(np.hypot(differences[:, 0] - east, differences[:, 1] - north)))
    x, y = np.median(right, axis=0).tolist()
    return _Shift(len(values), east, north, spread, (x, y))


def _datum_shift(x: float, y: float) -> tuple[float, float]:
    """Return how far numbers of TWD67 lie from the place they mean when they are read as TWD97."""
    old_x, old_y = transform_points(x, y, TWD97_TM2, TWD67_TM2)
    return float(old_x) - x, float(old_y) - y
