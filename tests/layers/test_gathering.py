"""Points gathered by cells: counted whole in every picture that sees them, on every store."""

from __future__ import annotations

import dataclasses
import sqlite3
import struct
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, Crs, transform_bbox
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.errors import InvalidStyle
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.render import Renderer
from layers.render.engine import mapnik
from layers.render.legend import legend_entries
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore
from layers.stores.geopackage import gathering
from layers.styles.document import parse_style, style_document
from layers.styles.maplibre import write_maplibre
from layers.styles.model import Cluster, Mark
from layers.styles.sld import read_sld, write_sld
from tests.layers.pictures import FONTS, pixel

ZOOM = 14
SIZE = 1024
"""Pixels: a metatile."""
HALF = 20037508.342789244
CELL = 64 * pixel(ZOOM)
WEST, SOUTH = (round(middle / (16 * CELL)) * 16 * CELL - HALF for middle in (13_430_000 + HALF, 2_775_000 + HALF))
"""A corner at which four metatiles meet."""
STYLE = parse_style({"cluster": {"until": 17}})


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


def places(count: int = 3000) -> NDArray[np.float64]:
    """Return points around the corner, in heaps and alone."""
    numbers = np.random.default_rng(7)
    heaps = numbers.uniform(-8, 8, (12, 2))[numbers.integers(0, 12, count)] * CELL
    spread = numbers.normal(0, 1, (count, 2)) * np.where(numbers.random(count) < 0.9, 0.4, 6)[:, None] * CELL
    found: NDArray[np.float64] = heaps + spread + (WEST, SOUTH)
    return found


def release(store: FeatureStore, at: NDArray[np.float64]) -> DrawingSource:
    schema = Schema(GeometryType.POINT, WEB_MERCATOR, (Field("name", FieldType.TEXT),))
    names = np.array([f"p{number}" for number in range(len(at))], dtype=object)
    with store.create("shops", 1, schema) as writer:
        writer.write(FeatureBatch(shapely.points(at), {"name": names}, np.arange(1, len(at) + 1)))
        writer.commit()
    return store.open("shops", 1).drawing_source()


def rows(source: DrawingSource, box: tuple[float, float, float, float]) -> list[Any]:
    cells = mapnik.Datasource(**dict(source.by_cells(CELL).parameters))
    query = mapnik.Query(mapnik.Box2d(*box))
    for name in cells.fields():
        query.add_property_name(name)
    return list(cells.features(query))


@pytest.fixture(scope="module")
def source(module_store: FeatureStore) -> DrawingSource:
    return release(module_store, places())


def test_every_cell_is_counted_and_its_circle_stays_inside(source: DrawingSource) -> None:
    at = places()
    cells, counts = np.unique(np.floor((at + HALF) / CELL), axis=0, return_counts=True)
    expected = {tuple(cell): count for cell, count in zip(cells.tolist(), counts.tolist(), strict=True)}
    found = {}
    for feature in rows(source, (-HALF, -HALF, HALF, HALF)):
        middle = feature.envelope().center()
        count = feature.attributes["tuzi_count"]
        share = ((middle.x + HALF) / CELL, (middle.y + HALF) / CELL)
        found[tuple(np.floor(share).tolist())] = count
        if count >= 100:
            assert all(0.299 <= part % 1 <= 0.701 for part in share)
        if count == 1:
            assert np.hypot(*(at - (middle.x, middle.y)).T).min() < 1e-6
            number = int(feature.attributes["name"][1:])
            assert np.hypot(*(at[number] - (middle.x, middle.y))) < 1e-6
    assert found == expected
    assert 1 in expected.values()
    assert max(expected.values()) >= 100


@given(
    st.lists(
        st.tuples(st.floats(-2e7, 2e7, allow_subnormal=False), st.floats(-2e7, 2e7, allow_subnormal=False)),
        min_size=2,
        max_size=2,
    )
)
def test_positions_written_in_sql_are_ieee_754(at: list[tuple[float, float]]) -> None:
    connection = sqlite3.connect(":memory:")
    for value in np.array(at).ravel().tolist():
        parts = int(value * 1024)
        bits = f"(SELECT {gathering._double('p')} AS b FROM (SELECT {parts} AS p))"
        octets = f"(SELECT {gathering._OCTETS} AS octets) AS o"
        (body,) = connection.execute(f"SELECT CAST({gathering._bytes('b')} AS BLOB) FROM {bits}, {octets}").fetchone()
        assert struct.unpack(">d", body) == (parts / 1024,)
    connection.close()


@pytest.mark.parametrize("scale_factor", [1, 2])
@pytest.mark.parametrize("crs", [WEB_MERCATOR, TWD97_TM2, CRS84])
def test_pictures_that_meet_are_parts_of_one(
    renderer: Renderer, source: DrawingSource, crs: Crs, scale_factor: int
) -> None:
    span = 8 * CELL
    box = transform_bbox(BoundingBox(WEST - span, SOUTH - span, WEST + span, SOUTH + span), WEB_MERCATOR, crs)
    side = max(box.width, box.height)
    middle = (box.west + box.east) / 2, (box.south + box.north) / 2
    side = 1024 * (pixel(ZOOM) * 1.3 if crs == TWD97_TM2 else side / 1024)
    west, south = middle[0] - side / 2, middle[1] - side / 2
    whole = MapRequest(
        (DrawnLayer(source, STYLE),),
        BoundingBox(west, south, west + side, south + side),
        crs,
        SIZE * scale_factor,
        SIZE * scale_factor,
        scale_factor,
        adjoined=True,
    )
    big = np.asarray(renderer.draw(whole)).astype(int)
    half, pixels = side / 2, SIZE * scale_factor // 2
    assert (big[:, :, 3] > 0).any()
    for column in (0, 1):
        for row in (0, 1):
            corner = west + column * half, south + row * half
            part = dataclasses.replace(
                whole, bbox=BoundingBox(*corner, corner[0] + half, corner[1] + half), width=pixels, height=pixels
            )
            small = np.asarray(renderer.draw(part)).astype(int)
            same = big[(1 - row) * pixels : (2 - row) * pixels, column * pixels : (column + 1) * pixels]
            # Shapes lie on 256ths of a pixel, counted from the edge of the picture.
            assert np.abs(small - same).max() <= 8, (column, row)


def test_stores_draw_alike(renderer: Renderer, every_store: dict[str, FeatureStore]) -> None:
    side = SIZE * pixel(ZOOM)
    box = BoundingBox(WEST, SOUTH, WEST + side, SOUTH + side)
    pictures = []
    for store in every_store.values():
        drawn = DrawnLayer(release(store, places()), STYLE)
        pictures.append(np.asarray(renderer.draw(MapRequest((drawn,), box, WEB_MERCATOR, SIZE, SIZE))).astype(int))
    # GeoPackage's index tells positions to half a metre, a twentieth of a pixel here.
    assert np.abs(pictures[0] - pictures[-1]).mean() < 0.5


def test_from_until_on_every_point_is_drawn_by_its_mark(renderer: Renderer, feature_store: FeatureStore) -> None:
    at = np.array([(WEST + 300, SOUTH + 300), (WEST + 330, SOUTH + 300), (WEST + 2000, SOUTH + 2000)])
    source = release(feature_store, at)
    style = parse_style(
        {
            "cluster": {
                "until": 15,
                "ramp": ["#0000ff", "#0000ff"],
                "opacity": 1,
                "mark": {"colour": "#ff0000", "outline": None},
            }
        }
    )

    def drawn(zoom: int) -> NDArray[np.uint8]:
        side = 512 * pixel(zoom)
        box = BoundingBox(WEST, SOUTH, WEST + side, SOUTH + side)
        request = MapRequest((DrawnLayer(source, style),), box, WEB_MERCATOR, 512, 512)
        return np.asarray(renderer.draw(request))

    def held(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
        return int((picture[:, :, :3] == colour).all(axis=2).sum())

    assert held(drawn(14), (0, 0, 255)) > 200
    assert 30 < held(drawn(14), (255, 0, 0)) < 70
    assert held(drawn(15), (0, 0, 255)) == 0
    assert held(drawn(15), (255, 0, 0)) > 80


def test_the_short_form_and_its_limits() -> None:
    style = parse_style({"cluster": None})
    clusters, points = style.rules
    assert clusters.symbols == (Cluster(),)
    assert clusters.zoom == (None, 14)
    assert isinstance(points.symbols[0], Mark)
    assert points.zoom == (None, None)
    assert parse_style(style_document(style)) == style
    wrong = {
        "style_gathering_zoom": [{"name": "c", "symbols": [{"cluster": {}}]}],
        "style_gathering_rule": [{"name": "c", "zoom": [0, 9], "filter": "a = 1", "symbols": [{"cluster": {}}]}],
        "style_gathering_beside": [
            {"name": "c", "zoom": [0, 9], "symbols": [{"cluster": {}}]},
            {"name": "names", "symbols": [{"text": {"field": "a"}}]},
        ],
    }
    for code, rules in wrong.items():
        with pytest.raises(InvalidStyle) as caught:
            parse_style({"rules": rules})
        assert caught.value.code == code


def test_legend_shows_three_sizes_with_their_counts(renderer: Renderer) -> None:
    entries = legend_entries(renderer, parse_style({"cluster": {}}), GeometryType.POINT, "en")
    titles = [entry.title.in_language("en") for entry in entries]
    assert titles == ["2 – 9", "100 – 999", "≥ 10,000"]


def test_clients_draw_the_points_one_by_one_and_are_told() -> None:
    written = write_maplibre(STYLE, "tiles", "shops")
    assert [finding.code for finding in written.findings] == ["style_maplibre_cluster"]
    assert {layer["type"] for layer in written.layers} == {"circle"}


def test_sld_is_written_without_circles_and_says_so() -> None:
    written = write_sld(STYLE)
    assert [finding.code for finding in written.findings] == ["style_write_cluster"]
    assert "points" in [rule.name for rule in read_sld(written.text.encode()).style.rules]


def test_points_that_are_alone_have_the_attributes_that_rules_read(
    renderer: Renderer, feature_store: FeatureStore
) -> None:
    at = np.array([(WEST + 5.5 * CELL, SOUTH + 5.5 * CELL), (WEST + 9.5 * CELL, SOUTH + 5.5 * CELL)])
    rules = [
        {"name": "circles", "zoom": [None, 15], "symbols": [{"cluster": {}}]},
        {"name": "first", "filter": "name = 'p0'", "symbols": [{"mark": {"colour": "#ff0000", "size": 12}}]},
        {"name": "rest", "otherwise": True, "symbols": [{"mark": {"colour": "#00ff00", "size": 12}}]},
    ]
    drawn = DrawnLayer(release(feature_store, at), parse_style({"rules": rules}))
    side = SIZE * pixel(ZOOM)
    asked = MapRequest((drawn,), BoundingBox(WEST, SOUTH, WEST + side, SOUTH + side), WEB_MERCATOR, SIZE, SIZE)
    picture = renderer.draw(asked)
    row = SIZE - round(5.5 * 64)
    assert picture.getpixel((round(5.5 * 64), row)) == (255, 0, 0, 255)
    assert picture.getpixel((round(9.5 * 64), row)) == (0, 255, 0, 255)
