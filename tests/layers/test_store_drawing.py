"""What the renderer reads of a release: every attribute in its type, geometry where it lies, always in one order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from layers.crs import TWD97_TM2, WEB_MERCATOR, transform_geometries
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.render import Renderer
from layers.render.engine import mapnik
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore
from layers.styles.document import parse_style
from tests.layers.pictures import FONTS
from tests.layers.releases import TOWN, stored, town_rows

ROWS = town_rows()


@pytest.fixture(scope="module")
def source(module_store: FeatureStore) -> DrawingSource:
    return stored(module_store, TOWN, ROWS).drawing_source()


def drawn(source: DrawingSource, bbox: tuple[float, float, float, float]) -> list[Any]:
    datasource = mapnik.Datasource(**dict(source.parameters))
    query = mapnik.Query(mapnik.Box2d(*bbox))
    for name in datasource.fields():
        query.add_property_name(name)
    return list(datasource.features(query))


def test_attributes_come_as_they_are(source: DrawingSource) -> None:
    features = drawn(source, source.extent.buffered(10))
    located = [(place, row[1]) for place, row in enumerate(ROWS, 1) if row[0] is not None]
    assert [feature.id() for feature in features] == [fid for fid, _ in located]
    for feature, (_, properties) in zip(features, located, strict=True):
        for name in ("名稱", "floors", "height", "code"):
            assert feature.attributes[name] == properties[name]


def test_a_part_of_the_map_reads_its_features_only(source: DrawingSource) -> None:
    shapes = transform_geometries(np.array([row[0] for row in ROWS], dtype=object), TWD97_TM2, WEB_MERCATOR)
    west, south, east, north = source.extent
    part = (west, south, (west + east) / 2, (south + north) / 2)
    expected = [
        place
        for place, shape in enumerate(shapes, 1)
        if shape is not None and shapely.box(*shape.bounds).intersects(shapely.box(*part))
    ]
    assert [feature.id() for feature in drawn(source, part)] == expected


def test_the_extent_is_that_of_the_geometries(source: DrawingSource) -> None:
    shapes = transform_geometries(np.array([row[0] for row in ROWS], dtype=object), TWD97_TM2, WEB_MERCATOR)
    assert source.crs == WEB_MERCATOR
    assert source.extent == pytest.approx(tuple(shapely.total_bounds(shapes)))
    assert hash(source)


def test_a_release_without_geometry_draws_nothing(feature_store: FeatureStore) -> None:
    release = stored(feature_store, TOWN, [(None, ROWS[0][1])])
    assert drawn(release.drawing_source(), (0, 0, 2e7, 2e7)) == []


RULES = [
    {"name": "high", "filter": "floors > 4", "symbols": [{"fill": {"colour": "#ff0000"}}]},
    {"name": "listed", "filter": "listed = TRUE", "symbols": [{"fill": {"colour": "#0000ff", "opacity": 0.5}}]},
    {"name": "old", "filter": "built < '1970-01-01'", "symbols": [{"line": {"colour": "#00aa00", "width": 3}}]},
    {"name": "absent", "filter": "名稱 IS NULL", "symbols": [{"line": {"colour": "#ff00ff", "width": 5}}]},
    {"name": "all", "symbols": [{"line": {"colour": "#777777", "width": 1}}, {"text": {"field": "名稱", "size": 11}}]},
    {"name": "height", "symbols": [{"text": {"field": "height", "size": 9}}]},
]


def test_both_stores_draw_the_same_picture_pixel_by_pixel(every_store: dict[str, FeatureStore]) -> None:
    renderer = Renderer(FONTS, threads=2)
    style = parse_style({"rules": RULES})
    sources = [stored(store, TOWN, ROWS).drawing_source() for store in every_store.values()]
    west, south, east, north = sources[0].extent
    for part in (sources[0].extent, BoundingBox(west, south, (west + east) / 2, (south + north) / 2)):
        pictures = [
            renderer.draw(MapRequest((DrawnLayer(source, style),), part, WEB_MERCATOR, 400, 300)).tobytes()
            for source in sources
        ]
        assert pictures[0] == pictures[1]
        assert len(set(pictures[0])) > 20


@pytest.mark.parametrize("name", ['a"b', "a'b", "a b", "select", "名;稱", "a%b", "A", "a\\b", "$1"])
def test_attributes_of_any_name_are_drawn(feature_store: FeatureStore, name: str) -> None:
    schema = Schema(GeometryType.POINT, TWD97_TM2, (Field(name, FieldType.TEXT),))
    release = stored(feature_store, schema, [(shapely.Point(217_000, 2_670_000), {name: "大坑"})])
    (feature,) = drawn(release.drawing_source(), release.drawing_source().extent.buffered(10))
    assert feature.attributes[name] == "大坑"
