"""WKB written many geometries at once is what GEOS writes, byte for byte."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.overviews.bodies import box_bodies, multipolygon_bodies, point_bodies

coordinates = st.floats(-2.1e7, 2.1e7, allow_nan=False).map(lambda value: value + 0.0)
points = st.tuples(coordinates, coordinates)
rings = st.lists(points, min_size=3, max_size=8)


def bodies_of(geometries: object) -> list[bytes]:
    made: list[bytes] = shapely.to_wkb(geometries, byte_order=1, output_dimension=2).tolist()
    return made


@given(st.lists(points, max_size=20))
def test_points(places: list[tuple[float, float]]) -> None:
    x, y = np.array(places, dtype=float).reshape(-1, 2).T
    assert point_bodies(x, y).tolist() == bodies_of(shapely.points(x, y))


@given(st.lists(st.tuples(points, points), max_size=20))
def test_boxes(corners: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    boxes = np.array(corners, dtype=float).reshape(-1, 4)
    assert box_bodies(boxes).tolist() == bodies_of(shapely.box(*boxes.T))


@given(st.lists(st.lists(rings, min_size=1, max_size=4), min_size=1, max_size=6))
def test_multipolygons(collections: list[list[list[tuple[float, float]]]]) -> None:
    closed = [[[*ring, ring[0]] for ring in parts] for parts in collections]
    vertices = np.array([vertex for parts in closed for ring in parts for vertex in ring])
    sizes = np.array([len(ring) for parts in closed for ring in parts])
    owners = np.repeat(np.arange(len(closed)), [len(parts) for parts in closed])
    expected = [shapely.MultiPolygon([shapely.Polygon(ring) for ring in parts]) for parts in closed]
    bodies, boxes = multipolygon_bodies(vertices, sizes, owners)
    assert bodies.tolist() == bodies_of(np.array(expected, dtype=object))
    assert np.array_equal(boxes, shapely.bounds(expected))
