"""Points for the names of areas: inside of the area, in one tile of all that it reaches over."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.extent import BoundingBox
from layers.mvt import EXTENT, interior_points

SIDE = 1000.0
TILES = 4
"""Tiles of SIDE metres in a row and a column, from the corner at 0, 0 on."""


def array_of(*shapes: Any) -> Any:
    result = np.empty(len(shapes), dtype=object)
    result[:] = shapes
    return result


def found_points(geometries: Any) -> list[list[shapely.Point]]:
    """Return where the points of each geometry are, of all tiles, in the CRS of the geometries."""
    found: list[list[shapely.Point]] = [[] for _ in geometries]
    for column in range(TILES):
        for row in range(TILES):
            west, south = column * SIDE, row * SIDE
            points = interior_points(geometries, BoundingBox(west, south, west + SIDE, south + SIDE))
            for place, point in enumerate(points):
                if point is not None:
                    assert 0 <= point.x < EXTENT and 0 <= point.y < EXTENT
                    step = SIDE / EXTENT
                    found[place].append(shapely.Point(west + point.x * step, south + SIDE - point.y * step))
    return found


@st.composite
def stars(draw: st.DrawFn) -> shapely.Polygon:
    """Areas of any shape within the tiles, their middle often exactly at the border of two."""
    middle = draw(st.tuples(*[st.one_of(st.just(SIDE * 2), st.floats(SIDE, SIDE * 3))] * 2))
    reaches = draw(st.lists(st.floats(20, 900), min_size=3, max_size=12))
    angles = [2 * math.pi * place / len(reaches) for place in range(len(reaches))]
    corners = [
        (middle[0] + reach * math.cos(angle), middle[1] + reach * math.sin(angle))
        for reach, angle in zip(reaches, angles, strict=True)
    ]
    return shapely.Polygon(corners)


@given(stars())
@settings(max_examples=150, deadline=None)
def test_every_area_has_its_name_once(area: shapely.Polygon) -> None:
    ((point,),) = found_points(array_of(area))
    # A point in whole units may lie one of them beside the exact one.
    assert shapely.distance(area, point) <= 2 * SIDE / EXTENT


def test_an_area_whose_point_is_at_the_corner_of_four_tiles_has_its_name_once() -> None:
    ((point,),) = found_points(array_of(shapely.box(SIDE - 100, SIDE - 100, SIDE + 100, SIDE + 100)))
    assert (point.x, point.y) == (SIDE, SIDE)


def test_parts_share_a_name_and_what_is_no_area_has_none() -> None:
    islands = shapely.MultiPolygon([shapely.box(100, 100, 300, 300), shapely.box(2100, 2100, 2200, 2200)])
    others = (shapely.Point(500, 500), shapely.LineString([(0, 0), (900, 900)]), None, shapely.Polygon())
    first, *rest = found_points(array_of(islands, *others))
    assert len(first) == 1
    assert rest == [[], [], [], []]


def test_what_is_smaller_than_a_pixel_has_no_name() -> None:
    pixel = SIDE / 512
    small, large = (shapely.box(10, 10, 10 + width * pixel, 10 + pixel / 9) for width in (0.9, 1.1))
    assert [len(points) for points in found_points(array_of(small, large))] == [0, 1]
