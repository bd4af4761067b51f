"""Overviews: pictures of small scales look as they did and meet at tile borders; large scales never change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from layers.crs import WEB_MERCATOR
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.errors import InvalidFilter
from layers.extent import BoundingBox
from layers.features import FeatureBatch, column_of
from layers.overviews import DEEPEST, SHALLOWEST, ZOOMS, OverviewBuilder, OverviewRows, overview_zoom, pixel_size
from layers.overviews.building import MANY_FEATURES
from layers.render import Renderer
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore, Release
from layers.styles.document import parse_style
from tests.layers.pictures import FONTS

HOUSES = Schema(GeometryType.GEOMETRY, WEB_MERCATOR, (Field("use", FieldType.TEXT), Field("floors", FieldType.INTEGER)))
WEST, SOUTH = 13_420_000.0, 2_760_000.0
SPAN = 6_000.0
COUNT = MANY_FEATURES + 400
FILL = {"rules": [{"name": "all", "symbols": [{"fill": {"colour": "#803010"}}]}]}
OUTLINED = {
    "rules": [{"name": "all", "symbols": [{"fill": {"colour": "#803010", "outline": "#201008", "outline_width": 0.5}}]}]
}
BY_USE = {
    "rules": [
        {"name": "home", "filter": "use = 'home'", "symbols": [{"fill": {"colour": "#803010"}}]},
        {"name": "work", "filter": "use = 'work'", "symbols": [{"fill": {"colour": "#104080"}}]},
    ]
}
MARKS = {"rules": [{"name": "all", "symbols": [{"mark": {"size": 5, "colour": "#803010"}}]}]}
LINES = {"rules": [{"name": "all", "symbols": [{"line": {"colour": "#803010", "width": 1.5}}]}]}

Shapes = NDArray[np.object_]


def houses(count: int = COUNT, seed: int = 3) -> Shapes:
    """A town of small houses on a grid that leaves streets free, each turned and shifted a little."""
    random = np.random.default_rng(seed)
    x, y = WEST + random.uniform(0, SPAN, count), SOUTH + random.uniform(0, SPAN, count)
    width, height = random.uniform(4, 12, count), random.uniform(4, 12, count)
    result: Shapes = shapely.box(x, y, x + width, y + height)
    return result


def halls(seed: int = 4) -> Shapes:
    """A few buildings that are larger than a pixel of zoom 12."""
    random = np.random.default_rng(seed)
    x, y = WEST + random.uniform(0, SPAN, 30), SOUTH + random.uniform(0, SPAN, 30)
    return np.array([shapely.Point(at).buffer(120) for at in zip(x, y, strict=True)], dtype=object)


def written(store: FeatureStore, layer: str, shapes: Shapes) -> Release:
    random = np.random.default_rng(9)
    uses = np.array(["home", "work"], dtype=object)[random.integers(0, 2, len(shapes))]
    with store.create(layer, 1, HOUSES) as writer:
        for start in range(0, len(shapes), 7_000):
            part = slice(start, min(start + 7_000, len(shapes)))
            columns = {"use": uses[part], "floors": column_of(list(range(part.start, part.stop)))}
            writer.write(FeatureBatch(shapes[part], columns, np.arange(part.start + 1, part.stop + 1)))
        writer.commit()
    return store.open(layer, 1)


@pytest.fixture(scope="module")
def town(module_store: FeatureStore) -> Release:
    return written(module_store, "houses", np.concatenate((houses(), halls())))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


def plain(source: DrawingSource) -> DrawingSource:
    return DrawingSource(source.parameters, source.crs, source.extent)


def aligned(zoom: int, columns: int = 2, rows: int = 2) -> BoundingBox:
    """Return a box of whole pixels in the town, so many 64ths of a tile wide and high."""
    side = pixel_size(zoom)
    west, south = np.floor(WEST / side) * side - 8 * side, np.floor(SOUTH / side) * side - 8 * side
    return BoundingBox(west, south, west + columns * 64 * side, south + rows * 64 * side)


@pytest.fixture(scope="module")
def draw(renderer: Renderer) -> Callable[..., NDArray[np.float64]]:
    def drawn(
        source: DrawingSource, style: object, box: BoundingBox, zoom: int, factor: int = 1
    ) -> NDArray[np.float64]:
        width, height = (round(length / pixel_size(zoom)) * factor for length in (box.width, box.height))
        request = MapRequest(
            (DrawnLayer(source, parse_style(style)),), box, WEB_MERCATOR, width, height, factor, "#ffffff"
        )
        return np.asarray(renderer.draw(request))[..., :3].astype(float)

    return drawn


def blurred(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    return (picture[:-1, :-1] + picture[1:, :-1] + picture[:-1, 1:] + picture[1:, 1:]) / 4


@pytest.mark.parametrize("zoom", [8, 10, 11, 12, 13])
def test_fills_of_small_scales_look_as_they_did(
    town: Release, draw: Callable[..., NDArray[np.float64]], zoom: int
) -> None:
    source = town.drawing_source()
    assert source.overviews
    box = aligned(zoom, 3, 3)
    before, after = draw(plain(source), FILL, box, zoom), draw(source, FILL, box, zoom)
    assert before.min() < 230, "nothing is drawn"
    assert abs(before.mean() - after.mean()) < 2
    assert np.abs(blurred(before) - blurred(after)).mean() < 4


@pytest.mark.parametrize(("style", "most"), [(OUTLINED, 22), (BY_USE, 8)])
def test_outlines_and_categories_keep_their_tone(
    town: Release, draw: Callable[..., NDArray[np.float64]], style: object, most: float
) -> None:
    source = town.drawing_source()
    for zoom in (11, 12, 13):
        box = aligned(zoom, 3, 3)
        before, after = draw(plain(source), style, box, zoom), draw(source, style, box, zoom)
        assert abs(before.mean() - after.mean()) < most


@pytest.mark.parametrize("style", [FILL, OUTLINED, BY_USE])
def test_large_scales_are_drawn_as_ever(town: Release, draw: Callable[..., NDArray[np.float64]], style: object) -> None:
    source = town.drawing_source()
    box = aligned(14)
    assert np.array_equal(draw(plain(source), style, box, 14), draw(source, style, box, 14))
    box = aligned(13, 1, 1)
    # In double density a pixel of zoom 13 is one of zoom 14.
    assert np.array_equal(draw(plain(source), style, box, 13, 2), draw(source, style, box, 13, 2))


@pytest.mark.parametrize("style", [FILL, OUTLINED, BY_USE])
@pytest.mark.parametrize("zoom", [10, 12, 13])
def test_a_part_of_a_picture_is_the_picture_of_the_part(
    town: Release, draw: Callable[..., NDArray[np.float64]], style: object, zoom: int
) -> None:
    source = town.drawing_source()
    whole = aligned(zoom, 4, 2)
    middle = (whole.west + whole.east) / 2
    left = draw(source, style, BoundingBox(whole.west, whole.south, middle, whole.north), zoom)
    right = draw(source, style, BoundingBox(middle, whole.south, whole.east, whole.north), zoom)
    # One shade of 256 is what Mapnik rounds away when it clips a stroke at the end of its buffer.
    assert np.abs(np.hstack((left, right)) - draw(source, style, whole, zoom)).max() <= 1


def test_small_layers_have_none(module_store: FeatureStore) -> None:
    release = written(module_store, "hamlet", houses(50))
    assert release.overviews.zooms == ()
    assert release.drawing_source().overviews == ()


def test_points_and_lines_look_as_they_did(
    module_store: FeatureStore, draw: Callable[..., NDArray[np.float64]]
) -> None:
    random = np.random.default_rng(1)
    at = np.column_stack((WEST + random.uniform(0, SPAN, COUNT), SOUTH + random.uniform(0, SPAN, COUNT)))
    points: Shapes = shapely.points(at)
    ways: Shapes = shapely.linestrings(np.stack((at, at + random.uniform(-30, 30, at.shape)), axis=1))
    for layer, shapes, style in (("points", points, MARKS), ("ways", ways, LINES)):
        source = written(module_store, layer, shapes).drawing_source()
        for zoom in (11, 13):
            box = aligned(zoom, 3, 3)
            before, after = draw(plain(source), style, box, zoom), draw(source, style, box, zoom)
            assert before.mean() < 250
            assert abs(before.mean() - after.mean()) < 24


def test_an_overview_has_no_more_than_a_tile_can_show(town: Release) -> None:
    for zoom in ZOOMS:
        tile = BoundingBox(WEST, SOUTH, WEST + 256 * pixel_size(zoom), SOUTH + 256 * pixel_size(zoom))
        found = town.drawn_features(tile, zoom)
        assert 0 < len(found.fids) <= 65 * 65 + 30
        assert len(set(found.fids.tolist())) == len(found.fids)


def test_rows_of_an_overview_have_the_attributes_of_their_feature(town: Release) -> None:
    everything = BoundingBox(WEST - 500, SOUTH - 500, WEST + SPAN + 500, SOUTH + SPAN + 500)
    every = town.drawn_features(everything)
    assert every.fids.tolist() == list(range(1, COUNT + 31))
    found = town.drawn_features(everything, 12)
    assert list(found.columns["floors"]) == (found.fids - 1).tolist()
    use = dict(zip(every.fids.tolist(), every.columns["use"], strict=True))
    assert [use[fid] for fid in found.fids.tolist()] == list(found.columns["use"])


@pytest.mark.parametrize("overview", [None, 12])
def test_of_what_is_drawn_a_condition_chooses(town: Release, overview: int | None) -> None:
    everything = BoundingBox(WEST - 500, SOUTH - 500, WEST + SPAN + 500, SOUTH + SPAN + 500)
    every = town.drawn_features(everything, overview)
    wanted = [fid for fid, floors in zip(every.fids.tolist(), every.columns["floors"], strict=True) if floors % 7 == 3]
    chosen = town.drawn_features(everything, overview, "floors % 7 = 3")
    assert 0 < len(wanted) < len(every.fids)
    assert chosen.fids.tolist() == wanted
    with pytest.raises(InvalidFilter):
        town.drawn_features(everything, overview, "height = 3")


def rows_of(shapes: Shapes, fids: NDArray[np.int64] | None = None) -> dict[int, OverviewRows]:
    builder = OverviewBuilder()
    builder.add(np.arange(1, len(shapes) + 1) if fids is None else fids, shapes)
    return {rows.zoom: rows for rows in builder.rows()}


def areas(rows: OverviewRows) -> tuple[float, float]:
    shapes = shapely.from_wkb(rows.bodies)
    return shapely.area(shapes[rows.featured]).sum(), shapely.area(shapes[rows.dissolved]).sum()


def test_area_is_kept() -> None:
    shapes = houses(3_000)
    total = shapely.area(shapes).sum()
    made = rows_of(shapes)
    for zoom in (11, 12, 13):
        for kept in areas(made[zoom]):
            # What fills a whole cell is cut, what leaves no trace is left out.
            assert kept == pytest.approx(total, rel=0.05), zoom


town_parts = st.lists(
    st.tuples(st.floats(-2e7, 2e7), st.floats(-2e7, 2e7), st.floats(0.5, 400), st.floats(0.5, 400), st.integers(0, 2)),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(parts=town_parts)
def test_each_row_lies_where_its_feature_does(parts: list[tuple[float, float, float, float, int]]) -> None:
    shapes = np.empty(len(parts), dtype=object)
    shapes[:] = [
        (shapely.box(x, y, x + w, y + h), shapely.LineString([(x, y), (x + w, y + h)]), shapely.Point(x, y))[kind]
        for x, y, w, h, kind in parts
    ]
    for zoom, rows in rows_of(shapes).items():
        drawn = shapely.from_wkb(rows.bodies)
        single = rows.fids > 0
        distance = shapely.distance(drawn[single], shapes[rows.fids[single] - 1])
        assert (distance <= 6 * pixel_size(zoom)).all()
        assert not shapely.is_empty(drawn).any()
        assert np.allclose(rows.boxes, shapely.bounds(drawn).reshape(-1, 4))
        # Nothing is lost from sight: every feature has something of the overview near it, unless it leaves no trace.
        seen = shapely.STRtree(drawn)
        for shape in shapes:
            if shape.geom_type != "Polygon" or shape.area >= pixel_size(zoom) ** 2 / 200:
                assert len(seen.query(shape.buffer(6 * pixel_size(zoom)))), zoom


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99), gone=st.integers(0, 199))
def test_a_change_stays_where_it_is(seed: int, gone: int) -> None:
    """What a feature's going changes in an overview lies within a few pixels of it."""
    shapes = np.concatenate((houses(200, seed), shapely.points(shapely.get_coordinates(shapely.centroid(houses(200))))))
    numbers = np.arange(1, len(shapes) + 1)
    left = numbers != gone + 1
    before, after = rows_of(shapes), rows_of(shapes[left], numbers[left])
    for zoom in range(SHALLOWEST, DEEPEST + 1):
        near = shapely.envelope(shapes[gone]).buffer(6 * pixel_size(zoom))
        for form in ("featured", "dissolved"):
            one, other = (shapely.from_wkb(rows[zoom].bodies[getattr(rows[zoom], form)]) for rows in (before, after))
            away = [shapely.difference(shapely.union_all(shapes), near) for shapes in (one, other)]
            assert shapely.area(shapely.symmetric_difference(*away)) < 1e-3


@pytest.mark.parametrize(
    ("resolution", "zoom"),
    [(19.109257071294063, 13), (38.21851414258813, 12), (9.554628535647032, None), (16.0, 13), (1e6, SHALLOWEST)],
)
def test_the_overview_fits_the_scale(resolution: float, zoom: int | None) -> None:
    """Metres per pixel of WebMercatorQuad 13, 12 and 14 (OGC 17-083r4, annex D), of TWD97TM2, and of a globe."""
    assert overview_zoom(resolution) == zoom
