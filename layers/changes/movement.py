"""How far geometry has moved between two releases."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.crs import TWD97_TM2, Crs, transform_geometries
from layers.features import Geometries
from layers.stores import Release
from layers.stores.selections import Fids
from layers.stores.shapes import finite

NOTHING_MOVES = 0.001
"""Metres below which two geometries in different CRSs are the same: more than a transformation there and back errs."""
_AT_ONCE = 20_000


def distances(before: Release, old: Fids, after: Release, new: Fids) -> NDArray[np.float64]:
    """Return how many metres each feature of ``before`` is from what it is in ``after``; NaN where one has no place."""
    parts = [np.empty(0)]
    for start in range(0, len(old), _AT_ONCE):
        one = before.features_of(old[start : start + _AT_ONCE]).geometry
        other = after.features_of(new[start : start + _AT_ONCE]).geometry
        parts.append(metres_between(one, before.schema.crs, other, after.schema.crs))
    return np.concatenate(parts)


def metres_between(before: Geometries, before_crs: Crs, after: Geometries, after_crs: Crs) -> NDArray[np.float64]:
    """Return the Hausdorff distance of each pair: how far a vertex of the one is from the other at the most.

    Metres of TWD97 / TM2 zone 121, true to a thousandth in Taiwan and its islands; NaN where one is missing.
    """
    one = finite(transform_geometries(before, before_crs, TWD97_TM2))
    other = finite(transform_geometries(after, after_crs, TWD97_TM2))
    metres: NDArray[np.float64] = shapely.hausdorff_distance(one, other)
    return metres
