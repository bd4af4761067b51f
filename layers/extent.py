"""Bounding boxes: four numbers in one coordinate reference system."""

from __future__ import annotations

import math
from typing import NamedTuple


class BoundingBox(NamedTuple):
    """Four numbers in the units of a CRS that the context names.

    Order is always west, south, east, north as x and y are drawn (easting/longitude before
    northing/latitude), whatever the axis order of the CRS.
    """

    west: float
    south: float
    east: float
    north: float

    @property
    def width(self) -> float:
        """West to east, in CRS units."""
        return self.east - self.west

    @property
    def height(self) -> float:
        """South to north, in CRS units."""
        return self.north - self.south

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def is_finite(self) -> bool:
        """Tell whether all four numbers are finite."""
        return all(math.isfinite(value) for value in self)

    def buffered(self, distance: float) -> BoundingBox:
        """Grow (or with a negative distance shrink) by ``distance`` CRS units on each side."""
        return BoundingBox(self.west - distance, self.south - distance, self.east + distance, self.north + distance)

    def intersects(self, other: BoundingBox) -> bool:
        """Tell whether the two boxes share at least a point."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )

    def intersection(self, other: BoundingBox) -> BoundingBox | None:
        """Return what both boxes share; None where they share nothing."""
        if not self.intersects(other):
            return None
        return BoundingBox(
            max(self.west, other.west),
            max(self.south, other.south),
            min(self.east, other.east),
            min(self.north, other.north),
        )

    def union(self, other: BoundingBox) -> BoundingBox:
        """Return the smallest box that holds both."""
        return BoundingBox(
            min(self.west, other.west),
            min(self.south, other.south),
            max(self.east, other.east),
            max(self.north, other.north),
        )
