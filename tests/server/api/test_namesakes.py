"""Roads delivered in pieces are found once; places of one name are told apart."""

from __future__ import annotations

from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

from layers.crs import CRS84
from layers.features import Feature
from layers.schema import Field, FieldType, GeometryType, Schema
from server.api.namesakes import distinguishing_field, join_pieces

FIELDS = (
    Field("name", FieldType.TEXT),
    Field("class", FieldType.TEXT),
    Field("district", FieldType.TEXT),
    Field("area", FieldType.REAL),
)
SCHEMA = Schema(GeometryType.LINESTRING, CRS84, FIELDS)


def feature(number: int, geometry: BaseGeometry, **properties: object) -> Feature:
    return Feature(number, number, properties, geometry)


def test_pieces_of_a_road_are_one_place_and_a_road_elsewhere_is_another() -> None:
    first = feature(1, LineString([(120.60, 24.15), (120.61, 24.15)]))
    beyond_a_crossing = feature(2, LineString([(120.6115, 24.15), (120.62, 24.16)]))
    in_another_town = feature(3, LineString([(120.80, 24.30), (120.81, 24.30)]))
    other_name = feature(4, LineString([(120.60, 24.15), (120.61, 24.15)]))
    named = [("中山路", first), ("中正路", other_name), ("中山路", in_another_town), ("中山路", beyond_a_crossing)]
    assert [sorted(piece.id for piece in group) for group in join_pieces(named)] == [[1, 2], [4], [3]]


def test_points_of_one_name_stay_apart() -> None:
    stops = [feature(number, Point(120.6, 24.15)) for number in (1, 2)]
    assert len(join_pieces([("市政府", stop) for stop in stops])) == 2


def test_the_field_that_tells_most_apart_is_taken() -> None:
    parks = [
        feature(1, Point(0, 0), name="逢甲公園", **{"class": "a"}, district="中區", area=1.0),
        feature(2, Point(0, 0), name="逢甲公園", **{"class": "b"}, district="東區", area=2.0),
        feature(3, Point(0, 0), name="逢甲公園", **{"class": "b"}, district="西區", area=3.0),
    ]
    assert distinguishing_field(parks, SCHEMA, ["name"]) == "district"
    assert distinguishing_field(parks[:1], SCHEMA, ["name"]) is None
