"""How densely a layer's features lie: a class that a default style is chosen by, and that small updates leave alone."""

from __future__ import annotations

import math
from enum import StrEnum

from layers.extent import BoundingBox

_METRES_PER_DEGREE = 111_320.0


class Density(StrEnum):
    """A class of how far it is from a feature to the next."""

    SPARSE = "sparse"
    MEDIUM = "medium"
    DENSE = "dense"


_LEAST_SPACING = {Density.SPARSE: 2000.0, Density.MEDIUM: 400.0, Density.DENSE: 0.0}
"""Metres from feature to feature, on the average, from which on a layer is of a class; densest last."""
_FILLED = 200e6
_FILLED_BEYOND = 0.2
"""Square metres that a layer may fill evenly, and what of a larger extent counts: a city has mountains and fields."""
_INERTIA = 1.6
"""How far beyond a border, as a ratio of metres, a layer must go to leave its class: 2.5 times the features."""


def density_of(count: int | None, extent: BoundingBox | None, kept: Density | None = None) -> Density | None:
    """Return the class of so many features within an extent in CRS84; None where either is not known.

    ``kept`` is the class that the layer had before. It stays unless the layer has clearly become another one, so
    that a layer near a border is not drawn anew with every update.
    """
    if not count or extent is None or not extent.is_finite():
        return kept
    spacing = math.sqrt(_area(extent) / count)
    if kept is not None and _class_at(spacing * _INERTIA) <= _rank(kept) <= _class_at(spacing / _INERTIA):
        return kept
    return list(Density)[_class_at(spacing)]


def _class_at(spacing: float) -> int:
    return next(rank for rank, least in enumerate(_LEAST_SPACING.values()) if spacing >= least)


def _rank(density: Density) -> int:
    return list(Density).index(density)


def _area(extent: BoundingBox) -> float:
    """Return the square metres that count, at least half a kilometre each way: one place needs no style for crowds."""
    middle = math.radians((extent.south + extent.north) / 2)
    width = extent.width * _METRES_PER_DEGREE * math.cos(middle)
    area = width * extent.height * _METRES_PER_DEGREE
    return max(min(area, _FILLED) + max(area - _FILLED, 0.0) * _FILLED_BEYOND, 0.25e6)
