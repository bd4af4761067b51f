"""Points gathered by cells of a grid, drawn as one circle each: what stores and renderer agree on.

Cells are squares of EPSG:3857 that begin at its south-western corner, whatever picture is drawn: every picture that
sees a cell counts the same points in it. A circle stands at the mean of its points, moved inwards so far that it does
not leave its cell. Means are sums of whole numbers, so that they do not depend on the order of the points.
"""

from __future__ import annotations

from typing import NamedTuple

COUNT = "tuzi_count"
"""How many points a row stands for."""
CELL = "!cell!"
"""Stands for the width of a cell in metres of EPSG:3857, in the parameters of a datasource."""
STEPS = 65536
"""Places along a side of a cell between which a mean is told."""
HALF_WORLD = 20037508.342789244
"""Metres from the middle of EPSG:3857 to its edges."""


class CountClass(NamedTuple):
    """Counts from ``least`` up to the next class are drawn as circles of this share of their cell."""

    least: int
    share: float


CLASSES = (
    CountClass(2, 0.4),
    CountClass(10, 0.5),
    CountClass(100, 0.6),
    CountClass(1000, 0.7),
    CountClass(10000, 0.8),
)


def margin_sql(count: str) -> str:
    """Return the steps that a circle's centre keeps from the sides of its cell, as an SQL expression."""
    cases = "".join(f" WHEN {count} >= {each.least} THEN {round(each.share * STEPS / 2)}" for each in CLASSES[::-1])
    return f"CASE{cases} ELSE 0 END"
