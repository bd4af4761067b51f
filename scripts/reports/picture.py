"""A picture of where in Taiwan something lies, made of characters."""

from __future__ import annotations

import math
from itertools import pairwise

from layers.checks.findings import Place
from layers.extent import BoundingBox
from scripts.reports.outline import ISLANDS, TAIWAN, VIEW

COLUMNS, LINES = 21, 12
"""Characters; each has two by four dots (Unicode's Braille patterns)."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_FULL = 0xFF
_BLANK = 0x2800

Dots = set[tuple[int, int]]


def taiwan_picture(extent: BoundingBox) -> list[str]:
    """Return the lines of the picture: Taiwan's outline in dots, the extent (CRS84) as full blocks."""
    coast = _coast()
    west, north = _dot((extent.west, extent.north))
    east, south = _dot((extent.east, extent.south))
    lines = []
    for line in range(LINES):
        text = ""
        for column in range(COLUMNS):
            within = west // 2 <= column <= east // 2 and north // 4 <= line <= south // 4
            text += chr(_BLANK + (_FULL if within else _pattern(coast, column, line)))
        lines.append(text)
    return lines


def _pattern(dots: Dots, column: int, line: int) -> int:
    return sum(
        bit for y, row in enumerate(_DOTS) for x, bit in enumerate(row) if (2 * column + x, 4 * line + y) in dots
    )


def _coast() -> Dots:
    dots = {_dot(island) for island in ISLANDS}
    for start, end in pairwise((*TAIWAN, TAIWAN[0])):
        (x0, y0), (x1, y1) = _dot(start), _dot(end)
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        dots |= {(round(x0 + (x1 - x0) * at / steps), round(y0 + (y1 - y0) * at / steps)) for at in range(steps + 1)}
    return dots


def _dot(place: Place) -> tuple[int, int]:
    """Return a place's dot; what lies outside of the picture is at its edge."""
    x = math.floor((place[0] - VIEW.west) / VIEW.width * COLUMNS * 2)
    y = math.floor((VIEW.north - place[1]) / VIEW.height * LINES * 4)
    return min(max(x, 0), 2 * COLUMNS - 1), min(max(y, 0), 4 * LINES - 1)
