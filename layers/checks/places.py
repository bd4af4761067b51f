"""Where features lie: in Taiwan, in the city, in the right zone, with the rest of their layer."""

from __future__ import annotations

import numpy as np
import shapely

from layers.checks.findings import FindingLog
from layers.checks.islands import (
    TAIWAN,
    Mask,
    Numbers,
    are_degrees,
    is_on_land,
    is_within,
    middles,
    to_degrees,
    would_lie_in_taiwan_swapped,
)
from layers.checks.notes import BatchNotes
from layers.checks.outliers import OutlierCheck
from layers.checks.proposals import note_proposals, propose_systems
from layers.crs import CRS84, TWD67_TM2, TWD67_TM2_119, TWD97_TM2, TWD97_TM2_119, WEB_MERCATOR, Crs, transform_points
from layers.extent import BoundingBox
from layers.features import FeatureBatch

_SAMPLE = 500
"""Places of each batch that are kept for what only all of them together show."""
_OTHER_ZONE = {
    TWD97_TM2: TWD97_TM2_119,
    TWD97_TM2_119: TWD97_TM2,
    TWD67_TM2: TWD67_TM2_119,
    TWD67_TM2_119: TWD67_TM2,
}


class PlaceCheck:
    """Notes features outside Taiwan and outside the city, and a CRS that cannot be the one of the coordinates."""

    def __init__(self, crs: Crs, city: BoundingBox, log: FindingLog) -> None:
        self._crs = crs
        self._city = city
        self._log = log
        self._surely_inside = _inner_box(city, crs)
        self._outliers = OutlierCheck(crs, city, log)
        self._sample: list[tuple[Numbers, Numbers]] = []

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch in, its geometry mended."""
        x, y = middles(shapely.bounds(batch.geometry))
        placed = np.isfinite(x) & np.isfinite(y)
        if not placed.any():
            return
        chosen = np.flatnonzero(placed)[:: max(1, int(placed.sum()) // _SAMPLE)]
        self._sample.append((x[chosen], y[chosen]))
        doubtful = placed & ~is_within(x, y, self._surely_inside)
        abroad = self._note_places(batch, x, y, doubtful) if doubtful.any() else doubtful
        self._outliers.watch(x, y, batch.rows, placed & ~abroad)

    def _note_places(self, batch: FeatureBatch, x: Numbers, y: Numbers, doubtful: Mask) -> Mask:
        """Note what lies elsewhere; return what lies outside Taiwan."""
        longitude, latitude = to_degrees(x[doubtful], y[doubtful], self._crs)
        abroad, outside = np.zeros(len(batch), dtype=bool), np.zeros(len(batch), dtype=bool)
        abroad[doubtful] = ~is_within(longitude, latitude, TAIWAN)
        outside[doubtful] = ~is_within(longitude, latitude, self._city)
        unlikely = abroad & self._contradicted(x, y)
        swapped = abroad & ~unlikely
        swapped[swapped] = is_within(*to_degrees(y[swapped], x[swapped], self._crs), TAIWAN)
        notes = BatchNotes(batch, self._crs, self._log)
        for code, cases in (
            ("finding_axes_swapped", swapped),
            ("finding_outside_taiwan", abroad & ~swapped),
            ("finding_outside_city", outside & ~abroad),
        ):
            notes.add(code, cases, lambda at: f"({x[at]:.6g}, {y[at]:.6g})")
        return abroad

    def _contradicted(self, x: Numbers, y: Numbers) -> Mask:
        """Tell which coordinates cannot be of the CRS: metres for degrees, or degrees for metres."""
        if self._crs.is_geographic:
            return ~are_degrees(x, y)
        is_metric = self._crs in _OTHER_ZONE or self._crs == WEB_MERCATOR
        degrees: Mask = are_degrees(x, y) & ((x != 0) | (y != 0)) & is_metric
        return degrees

    def finish(self) -> None:
        """Say what only all features together show."""
        if not self._sample:
            return
        x = np.concatenate([part for part, _ in self._sample])
        y = np.concatenate([part for _, part in self._sample])
        unlikely = self._contradicted(x, y)
        if unlikely.mean() > 0.5:
            shown = f"({x[unlikely][0]:.10g}, {y[unlikely][0]:.10g})"
            self._log.add("finding_crs_contradicted", examples=[(0, shown)], crs=self._crs)
            note_proposals(propose_systems(x[unlikely], y[unlikely], self._city), self._log)
            return
        self._check_zone(x, y)
        self._outliers.finish()

    def _check_zone(self, x: Numbers, y: Numbers) -> None:
        """Say where a layer lies in the sea that would lie on land, or in the city, in the other zone of TM2."""
        other = _OTHER_ZONE.get(self._crs)
        if other is None or would_lie_in_taiwan_swapped(x, y, self._crs).any():
            return
        here, there = to_degrees(x, y, self._crs), to_degrees(x, y, other)
        at_sea = is_on_land(*here).mean() < 0.1 and is_on_land(*there).mean() > 0.9
        in_city = is_within(*here, self._city).mean() < 0.1 and is_within(*there, self._city).mean() > 0.9
        if at_sea or in_city:
            middle = (float(np.median(there[0])), float(np.median(there[1])))
            self._log.add(
                "finding_zone_wrong",
                places=[(float(np.median(here[0])), float(np.median(here[1]))), middle],
                crs=self._crs,
                other=other,
                longitude=f"{middle[0]:.3f}",
                latitude=f"{middle[1]:.3f}",
            )


def _inner_box(box: BoundingBox, crs: Crs) -> BoundingBox:
    """Return a box of ``crs`` all of which lies in ``box`` (CRS84), so that most features need no transformation."""
    shares = np.linspace(0.0, 1.0, 21)
    xs, ys = box.west + box.width * shares, box.south + box.height * shares
    sides = [
        transform_points(np.full(21, box.west), ys, CRS84, crs)[0],
        transform_points(xs, np.full(21, box.south), CRS84, crs)[1],
        transform_points(np.full(21, box.east), ys, CRS84, crs)[0],
        transform_points(xs, np.full(21, box.north), CRS84, crs)[1],
    ]
    west, south, east, north = (np.asarray(side, dtype=np.float64) for side in sides)
    return BoundingBox(float(west.max()), float(south.max()), float(east.min()), float(north.min()))


__all__ = ["TAIWAN", "PlaceCheck"]
