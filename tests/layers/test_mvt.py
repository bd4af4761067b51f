"""Vector tiles as the specification wants them, read by another decoder: commands, values, validity, seams."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.extent import BoundingBox
from layers.mvt import BUFFER, EXTENT, TileLayer, encode_layer, tile_geometries
from layers.mvt.commands import commands_of

SIDE = 1_000.0
BOUNDS = BoundingBox(0.0, 0.0, SIDE, SIDE)
STEP = SIDE / EXTENT


def array_of(*shapes: Any) -> Any:
    result = np.empty(len(shapes), dtype=object)
    result[:] = shapes
    return result


def polygon(*rings: list[tuple[int, int]]) -> shapely.Polygon:
    return shapely.Polygon(rings[0], rings[1:])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (shapely.Point(25, 17), [9, 50, 34]),
        (shapely.MultiPoint([(5, 7), (3, 2)]), [17, 10, 14, 3, 9]),
        (shapely.LineString([(2, 2), (2, 10), (10, 10)]), [9, 4, 4, 18, 0, 16, 16, 0]),
        (
            shapely.MultiLineString([[(2, 2), (2, 10), (10, 10)], [(1, 1), (3, 5)]]),
            [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8],
        ),
        (polygon([(3, 6), (8, 12), (20, 34)]), [9, 6, 12, 18, 10, 12, 24, 44, 15]),
        (
            shapely.MultiPolygon(
                [
                    polygon([(0, 0), (10, 0), (10, 10), (0, 10)]),
                    polygon(
                        [(11, 11), (20, 11), (20, 20), (11, 20)],
                        [(13, 13), (13, 17), (17, 17), (17, 13)],
                    ),
                ]
            ),
            [
                *[9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15],
                *[9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15],
                *[9, 4, 13, 26, 0, 8, 8, 0, 0, 7, 15],
            ],
        ),
    ],
)
def test_commands_are_those_of_the_specification(shape: Any, expected: list[int]) -> None:
    """The examples of section 4.3.5."""
    dimension = int(shapely.get_dimensions(shape))
    assert commands_of(array_of(shape), dimension) == [expected]
    # Each feature begins at the corner again.
    assert commands_of(array_of(shape, shape, shape), dimension) == [expected] * 3


def decoded(layer: TileLayer) -> list[dict[str, Any]]:
    tile = mapbox_vector_tile.decode(encode_layer(layer), default_options={"y_coord_down": True})
    if not tile:
        return []
    assert tile[layer.name]["extent"] == EXTENT
    assert tile[layer.name]["version"] == 2
    features: list[dict[str, Any]] = tile[layer.name]["features"]
    return features


def test_values_keep_their_types() -> None:
    columns = {
        "名稱": ["西區", None, "西區"],
        "floors": [3, -2, None],
        "height": [1.5, 3.0, -0.25],
        "listed": [True, False, None],
        "one": [1, 1, 1],
        "nothing": [None, None, None],
    }
    geometry = array_of(*(shapely.Point(place, place) for place in range(3)))
    features = decoded(TileLayer("places", np.array([7, 8, 900_000_000_000]), geometry, columns))
    assert [feature["id"] for feature in features] == [7, 8, 900_000_000_000]
    for place, feature in enumerate(features):
        expected = {name: values[place] for name, values in columns.items() if values[place] is not None}
        assert feature["properties"] == expected
        assert {name: type(value) for name, value in feature["properties"].items()} == {
            name: type(value) for name, value in expected.items()
        }


def test_a_tile_without_features_has_no_bytes() -> None:
    assert encode_layer(TileLayer("none", np.array([1]), array_of(None), {"a": [1]})) == b""


@pytest.mark.parametrize("dimension", [0, 1, 2])
def test_collections_show_their_highest_parts(dimension: int) -> None:
    parts = [shapely.Point(500, 500), shapely.LineString([(0, 0), (500, 500)]), shapely.box(100, 100, 900, 900)]
    shape = shapely.GeometryCollection(parts[: dimension + 1])
    (result,) = tile_geometries(array_of(shape), BOUNDS)
    assert shapely.get_dimensions(result) == dimension
    assert tile_geometries(array_of(shapely.GeometryCollection([])), BOUNDS)[0] is None


numbers = st.integers(-200_000, 300_000).map(lambda number: number / 100)
places = st.tuples(numbers, numbers)
shapes = st.one_of(
    places.map(shapely.Point),
    st.lists(places, min_size=2, max_size=8).map(shapely.LineString),
    st.lists(places, min_size=3, max_size=8).map(lambda ring: shapely.make_valid(shapely.Polygon(ring))),
    st.tuples(places, st.floats(0.1, 800)).map(lambda disc: shapely.Point(disc[0]).buffer(disc[1], 4)),
    st.lists(places, min_size=3, max_size=6).map(shapely.Polygon),
)


def signed_area(ring: Any) -> float:
    x, y = np.array(ring, dtype=float).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


@settings(max_examples=150, deadline=None)
@given(found=st.lists(shapes, min_size=1, max_size=6))
def test_what_is_decoded_is_the_clipped_geometry(found: list[Any]) -> None:
    kept = tile_geometries(array_of(*found), BOUNDS)
    layer = TileLayer("any", np.arange(1, len(found) + 1), kept, {})
    features = {feature["id"]: feature["geometry"] for feature in decoded(layer)}
    margin = BUFFER * STEP
    window = shapely.box(-margin, -margin, SIDE + margin, SIDE + margin)
    for number, shape in enumerate(found, 1):
        expected = shapely.intersection(shapely.make_valid(shape), window)
        if number not in features:
            # Less than a unit wide, or not there at all.
            assert shapely.area(expected) < 4 * STEP * (shapely.length(expected) + STEP)
            assert shapely.get_dimensions(shape) == 2 or shapely.length(expected) < 2 * STEP
            continue
        got = shapely.from_geojson(_json(features[number]))
        assert shapely.is_valid(got)
        moved = shapely.transform(got, lambda at: np.column_stack((at[:, 0] * STEP, SIDE - at[:, 1] * STEP)))
        assert shapely.distance(moved, expected) <= STEP
        for one, other in ((moved, expected), (expected, moved)):
            if shapely.get_dimensions(one) == shapely.get_dimensions(shape):
                outside = shapely.difference(one, shapely.buffer(other, 2 * STEP))
                # A spike thinner than a unit or two may be lost.
                assert shapely.area(shapely.buffer(outside, -STEP)) < 4 * STEP * STEP
        for outer, *holes in _rings(features[number]):
            assert signed_area(outer) > 0
            assert all(signed_area(hole) < 0 for hole in holes)


def _json(geometry: dict[str, Any]) -> str:
    return shapely.to_geojson(shapely.geometry.shape(geometry))


def _rings(geometry: dict[str, Any]) -> list[Any]:
    if geometry["type"] == "Polygon":
        return [geometry["coordinates"]]
    return geometry["coordinates"] if geometry["type"] == "MultiPolygon" else []


@settings(max_examples=100, deadline=None)
@given(shape=shapes.filter(lambda shape: shapely.is_valid(shape) and shapely.get_dimensions(shape) == 2))
def test_neighbours_have_the_same_edge(shape: Any) -> None:
    """Where a polygon lies across a border, both tiles hold the same part of the strip that they share."""
    east = BoundingBox(SIDE, 0.0, 2 * SIDE, SIDE)
    strip = shapely.box(EXTENT - 4, 0, EXTENT + 4, EXTENT)
    halves = []
    for bounds, shift in ((BOUNDS, 0), (east, EXTENT)):
        (part,) = tile_geometries(array_of(shape), bounds)
        moved = None if part is None else shapely.transform(part, lambda at, by=shift: at + np.array([by, 0]))
        halves.append(shapely.intersection(strip, moved) if moved is not None else shapely.Polygon())
    one, other = halves
    for first, second in ((one, other), (other, one)):
        missing = shapely.difference(first, shapely.buffer(second, 2))
        # What is thinner than two units may be there in one tile and not in the other.
        assert shapely.area(shapely.buffer(missing, -1)) < 1
