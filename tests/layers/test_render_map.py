"""Maps as the renderer draws them, by the colours of their pixels. Rows of a picture count from above."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from rasterio.transform import from_origin

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, WGS84, Crs
from layers.drawing import DrawingSource, DrawnLayer, MapRequest
from layers.errors import RenderError
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.render import Renderer
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores import FeatureStore
from layers.styles.document import parse_style
from tests.layers.pictures import FONTS, box, feature, layer, line, pixel, place, point, request

RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
CLEAR = (0, 0, 0, 0)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS, threads=4)


def fill(colour: str, **rule: Any) -> dict[str, Any]:
    return {"symbols": [{"fill": {"colour": colour}}], **rule}


def stroke(colour: str, width: float | dict[int, float], **rule: Any) -> dict[str, Any]:
    return {"symbols": [{"line": {"colour": colour, "width": width, "cap": "butt"}}], **rule}


def label(colour: str, **options: Any) -> dict[str, Any]:
    return {"symbols": [{"text": {"field": "name", "colour": colour, "size": 20, **options}}]}


def inked(picture: Image.Image, colour: tuple[int, int, int, int]) -> int:
    """Count the pixels of exactly this colour."""
    return int((np.asarray(picture) == np.array(colour, np.uint8)).all(axis=2).sum())


def extent_of_ink(picture: Image.Image) -> tuple[int, int, int, int]:
    found = picture.getchannel("A").getbbox()
    assert found is not None
    return found


def test_draws_fills_where_they_are(renderer: Renderer) -> None:
    picture = renderer.draw(request(layer([box(20, 30, 60, 90)], fill("#ff0000"))))
    assert picture.mode == "RGBA"
    assert extent_of_ink(picture) == (20, 10, 60, 70)
    assert inked(picture, RED) == 40 * 60


def test_colours_are_not_multiplied_by_their_opacity(renderer: Renderer) -> None:
    half = {"symbols": [{"fill": {"colour": "#c86432", "opacity": 0.5}}]}
    red, green, blue, alpha = renderer.draw(request(layer([box(0, 0, 100, 100)], half))).getpixel((50, 50))  # type: ignore[misc]
    assert alpha in {127, 128}
    assert (red, green, blue) == pytest.approx((0xC8, 0x64, 0x32), abs=2)


def test_background_is_transparent_unless_asked_for(renderer: Renderer) -> None:
    drawn = layer([box(0, 0, 50, 100)], fill("#ff0000"))
    assert renderer.draw(request(drawn)).getpixel((75, 50)) == CLEAR
    assert renderer.draw(request(drawn, background="#0000ff")).getpixel((75, 50)) == BLUE
    assert renderer.draw(request(drawn)).getpixel((75, 50)) == CLEAR
    assert renderer.draw(request(background="#0000ff")).getpixel((75, 50)) == BLUE


def test_later_layers_lie_above(renderer: Renderer) -> None:
    below, above = layer([box(0, 0, 60, 100)], fill("#ff0000")), layer([box(40, 0, 100, 100)], fill("#0000ff"))
    assert renderer.draw(request(below, above)).getpixel((50, 50)) == BLUE
    assert renderer.draw(request(above, below)).getpixel((50, 50)) == RED


def test_levels_put_every_fill_above_every_casing(renderer: Renderer) -> None:
    crossing = [line((0, 50), (100, 50)), line((50, 0), (50, 100))]
    casing, inside = stroke("#ff0000", 20), stroke("#0000ff", 10)
    one_level = renderer.draw(request(layer(crossing, casing, inside)))
    two_levels = renderer.draw(request(layer(crossing, {**casing, "level": 0}, {**inside, "level": 1})))
    # West of the middle, where the casing of the second street meets the first street.
    assert one_level.getpixel((42, 49)) == RED
    assert two_levels.getpixel((42, 49)) == BLUE


def test_filters_choose_features(renderer: Renderer) -> None:
    boxes = [box(0, 0, 40, 100, kind="a"), box(60, 0, 100, 100, kind="b"), box(45, 0, 55, 100, kind=None)]
    picture = renderer.draw(
        request(layer(boxes, fill("#ff0000", filter="kind = 'a'"), fill("#0000ff", filter="kind <> 'a'")))
    )
    assert [picture.getpixel((x, 50)) for x in (20, 80, 50)] == [RED, BLUE, CLEAR]


@pytest.mark.parametrize("multiple", [False, True])
def test_geometry_chooses_among_mixed_features(renderer: Renderer, multiple: bool) -> None:
    mixed = [box(0, 0, 40, 40), line((50, 60), (70, 60), (70, 80)), point(90, 90)]
    mixed = [
        feature({"type": "Multi" + one["geometry"]["type"], "coordinates": [one["geometry"]["coordinates"]]}, {})
        if multiple
        else one
        for one in mixed
    ]
    everything = [
        {"geometry": "polygon", **fill("#ff0000")},
        {"geometry": "line", **stroke("#00ff00", 4)},
        {"geometry": "point", "symbols": [{"mark": {"size": 8, "colour": "#0000ff"}}]},
    ]
    picture = renderer.draw(request(layer(mixed, *everything)))
    assert [picture.getpixel(at) for at in ((20, 80), (60, 40), (90, 10))] == [RED, GREEN, BLUE]
    # Neither the inside of the bend is filled nor the polygon marked.
    assert picture.getpixel((63, 35)) == CLEAR
    assert inked(picture, RED) == 40 * 40


@pytest.mark.parametrize("shape", ["circle", "square", "triangle", "diamond", "star", "cross"])
def test_marks_have_their_size_and_colour(renderer: Renderer, shape: str) -> None:
    mark = {"symbols": [{"mark": {"shape": shape, "size": 30, "colour": "#ff0000"}}]}
    west, north, east, south = extent_of_ink(renderer.draw(request(layer([point(50, 50)], mark))))
    assert (east - west, south - north) == pytest.approx((30, 30), abs=4)
    assert ((west + east) / 2, (north + south) / 2) == pytest.approx((50, 50), abs=1.5)


def test_icons_take_their_colour(renderer: Renderer) -> None:
    icon = {"symbols": [{"icon": {"name": "hospital", "size": 40, "colour": "#0000ff"}}]}
    picture = renderer.draw(request(layer([point(50, 50)], icon)))
    assert inked(picture, BLUE) > 600
    assert picture.getpixel((50, 50)) == CLEAR  # the cross is cut out


ZOOM_15 = fill("#ff0000", zoom=[15, 15])
LARGE = box(-5000, -5000, 5000, 5000)


def drawn_at(renderer: Renderer, crs: Crs, resolution: float, scale_factor: float = 1) -> bool:
    """Draw 64 pixels a side, ``resolution`` metres (of Web Mercator, or on the equator) to each at scale factor 1."""
    unit = 1 if crs is WEB_MERCATOR or crs is TWD97_TM2 else math.pi / 180 * 6378137
    side = 64 * resolution / unit
    whole = layer([LARGE], ZOOM_15)
    x, y = {WEB_MERCATOR: place(0, 0), TWD97_TM2: (186_120, 2_606_542)}.get(crs, (120.3739, 23.5593))
    size = round(64 * scale_factor)
    bbox = BoundingBox(x, y, x + side, y + side)
    return bool(inked(renderer.draw(MapRequest((whole,), bbox, crs, size, size, scale_factor)), RED))


@pytest.mark.parametrize("crs", [WEB_MERCATOR, CRS84, WGS84, TWD97_TM2], ids=str)
@pytest.mark.parametrize("scale_factor", [1, 2, 1.5])
def test_rules_hold_around_their_zoom_in_every_crs(renderer: Renderer, crs: Crs, scale_factor: float) -> None:
    # Half-way, by ratio, to the neighbouring zooms.
    edge = math.sqrt(2)
    for ratio, drawn in (
        (1, True),
        (edge / 1.01, True),
        (1.01 / edge, True),
        (edge * 1.01, False),
        (0.99 / edge, False),
    ):
        assert drawn_at(renderer, crs, pixel(15) * ratio, scale_factor) is drawn, ratio


@pytest.mark.parametrize(("zoom", "width"), [(14, 4), (16, 4), (17, 4 + 16 * 0.4), (18, 20), (20, 20)])
@pytest.mark.parametrize("scale_factor", [1, 2])
def test_widths_follow_their_stops(renderer: Renderer, zoom: int, width: float, scale_factor: int) -> None:
    # 0.4: base 1.5, one of two zooms.
    drawn = layer([box(-9000, 0, 9000, 1), line((-9000, 0), (9000, 0))], stroke("#ff0000", {16: 4, 18: 20}))
    west, south = place(0, 0)
    half = 40 * pixel(zoom)
    asked = MapRequest(
        (dataclasses.replace(drawn, style=drawn.style),),
        BoundingBox(west - half, south - half, west + half, south + half),
        WEB_MERCATOR,
        80 * scale_factor,
        80 * scale_factor,
        scale_factor,
    )
    column = np.asarray(renderer.draw(asked))[:, 40, 3].astype(float).sum() / 255
    box_height = pixel(17) / pixel(zoom)
    assert column == pytest.approx((width + box_height) * scale_factor, rel=0.06, abs=0.6)


def test_scale_factor_draws_the_same_picture_larger(renderer: Renderer) -> None:
    drawn = layer([box(20, 20, 70, 80, name="Ab")], fill("#ff0000"), label("#0000ff", placement="interior"))
    single = renderer.draw(request(drawn)).resize((200, 200), Image.Resampling.BICUBIC)
    double = renderer.draw(request(drawn, scale_factor=2))
    difference = np.abs(np.asarray(single).astype(int) - np.asarray(double).astype(int))
    assert (difference.max(axis=2) > 100).mean() < 0.02


@pytest.mark.parametrize(
    ("crs", "bbox"),
    [
        (CRS84, BoundingBox(120.680, 24.1317, 120.690, 24.1417)),
        (WGS84, BoundingBox(120.680, 24.1317, 120.690, 24.1417)),
        # PROJ's cs2cs: 120.685 24.1367 is 217985.23 2670198.38 in EPSG:3826.
        (TWD97_TM2, BoundingBox(217885.23, 2670098.38, 218085.23, 2670298.38)),
    ],
    ids=str,
)
def test_every_crs_is_drawn_east_to_the_right(renderer: Renderer, crs: Crs, bbox: BoundingBox) -> None:
    x = math.radians(120.685) * 6378137
    y = math.log(math.tan(math.pi / 4 + math.radians(24.1367) / 2)) * 6378137
    dot = feature({"type": "Point", "coordinates": (x, y)}, {})
    drawn = layer([dot], {"symbols": [{"mark": {"size": 20, "colour": "#ff0000"}}]})
    west, north, east, south = extent_of_ink(renderer.draw(MapRequest((drawn,), bbox, crs, 200, 200)))
    assert ((west + east) / 2, (north + south) / 2) == pytest.approx((100, 100), abs=1)


def test_pictures_may_be_stretched(renderer: Renderer) -> None:
    asked = dataclasses.replace(request(layer([box(50, 50, 100, 100)], fill("#ff0000"))), width=200)
    assert extent_of_ink(renderer.draw(asked)) == (100, 0, 200, 50)


def test_labels_are_written_beside_their_point(renderer: Renderer) -> None:
    drawn = layer([point(50, 50, name="Mayor")], label("#0000ff", offset=[0, 12]))
    west, north, east, south = extent_of_ink(renderer.draw(request(drawn)))
    assert (west + east) / 2 == pytest.approx(50, abs=3)
    assert 50 < north < 70
    assert 8 < south - north < 30


def test_of_labels_that_meet_the_higher_priority_is_drawn(renderer: Renderer) -> None:
    here = [point(50, 50, name="Mayor")]
    low, high = layer(here, label("#ff0000", priority=3)), layer(here, label("#0000ff", priority=7))
    for order in ((low, high), (high, low)):
        picture = renderer.draw(request(*order))
        assert inked(picture, BLUE) > 20
        assert inked(picture, RED) == 0


def test_of_equal_labels_the_upper_layer_has_the_word(renderer: Renderer) -> None:
    here = [point(50, 50, name="Mayor")]
    picture = renderer.draw(request(layer(here, label("#ff0000")), layer(here, label("#0000ff"))))
    assert (inked(picture, RED), inked(picture, BLUE) > 20) == (0, True)


def test_labels_lie_above_all_layers(renderer: Renderer) -> None:
    lower = layer([point(50, 50, name="Mayor")], label("#ff0000"))
    upper = layer([box(0, 0, 100, 100)], fill("#0000ff"))
    assert inked(renderer.draw(request(lower, upper)), RED) > 20


@pytest.mark.parametrize("size", [12, 16, 24, 40])
def test_a_label_keeps_clear_of_its_icon(renderer: Renderer, size: int) -> None:
    symbols = [
        {"icon": {"name": "star", "size": size, "colour": "#ff0000"}},
        {"text": {"field": "name", "size": 12, "colour": "#0000ff", "offset": [0, 5]}},
    ]
    picture = renderer.draw(request(layer([point(50, 50, name="Mayor")], {"symbols": symbols})))
    assert inked(picture, RED) > 20
    red, _, blue, alpha = np.moveaxis(np.asarray(picture).astype(int), 2, 0)
    assert ((blue > red + 100) & (alpha > 60)).sum() > 60


def test_a_halo_surrounds_the_text(renderer: Renderer) -> None:
    drawn = layer([point(50, 50, name="Mayor")], label("#ff0000", halo="#00ff00", halo_width=2))
    assert inked(renderer.draw(request(drawn)), GREEN) > inked(renderer.draw(request(drawn)), RED) > 20


def test_names_of_streets_follow_them(renderer: Renderer) -> None:
    drawn = layer([line((50, -200), (50, 300), name="Broadway Avenue")], label("#ff0000", size=11, placement="line"))
    west, north, east, south = extent_of_ink(renderer.draw(request(drawn)))
    assert east - west < 20 < 60 < south - north


def test_chinese_is_written_with_chinese_glyphs(renderer: Renderer) -> None:
    if not renderer.fonts.has_chinese:
        pytest.skip("no font with Chinese characters is installed (fonts-noto-cjk)")
    pictures = [
        renderer.draw(request(layer([point(50, 50, name=name)], label("#ff0000", size=30)))).tobytes()
        for name in ("臺", "灣", "\U0010fffd")
    ]
    assert len(set(pictures)) == 3


def test_fields_that_the_data_lacks_count_as_null(renderer: Renderer, feature_store: FeatureStore) -> None:
    source = release(feature_store)
    rules = [
        {"name": "gone", "filter": "gone = 1", **fill("#ff0000")},
        {"name": "none", "filter": "gone IS NULL AND name = 'b'", **fill("#0000ff")},
        {"name": "label", "symbols": [{"text": {"field": "gone"}}]},
    ]
    picture = renderer.draw(request(DrawnLayer(source, parse_style({"rules": rules}))))
    assert (picture.getpixel((25, 50)), picture.getpixel((75, 50))) == (CLEAR, BLUE)


def release(store: FeatureStore) -> DrawingSource:
    """Store two boxes, ``a`` west of ``b``, as a release and return where to draw it from."""
    (west, south), (east, north) = place(0, 0), place(100, 100)
    middle = (west + east) / 2

    shapes = np.array([shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)])
    schema = Schema(GeometryType.POLYGON, WEB_MERCATOR, (Field("name", FieldType.TEXT),))
    with store.create("boxes", 1, schema) as writer:
        names = np.array(["a", "b"], dtype=object)
        writer.write(FeatureBatch(shapes, {"name": names}, np.arange(1, 3)))
        writer.commit()
    return store.open("boxes", 1).drawing_source()


def test_draws_releases_of_the_store(renderer: Renderer, feature_store: FeatureStore) -> None:
    rules = [
        {"name": "a", "filter": "name = 'a'", **fill("#ff0000")},
        {"name": "b", "filter": "name = 'b'", **fill("#0000ff")},
    ]
    picture = renderer.draw(request(DrawnLayer(release(feature_store), parse_style({"rules": rules}))))
    assert (picture.getpixel((25, 50)), picture.getpixel((75, 50))) == (RED, BLUE)


@pytest.fixture
def heights(tmp_path: Path) -> DrawingSource:
    """A raster in EPSG:3826: 100 in the west, 200 in the east, nothing in the northern half."""
    values = np.full((100, 100), 100, "float32")
    values[:, 50:] = 200
    values[:50] = -9999
    file = tmp_path / "heights.tif"
    options = {"width": 100, "height": 100, "count": 1, "dtype": "float32", "nodata": -9999, "crs": "EPSG:3826"}
    with rasterio.open(
        file, "w", driver="GTiff", transform=from_origin(210_000, 2_670_000, 20, 20), **options
    ) as target:
        target.write(values, 1)
    extent = BoundingBox(210_000, 2_668_000, 212_000, 2_670_000)
    return DrawingSource((("type", "gdal"), ("file", str(file)), ("band", "1")), TWD97_TM2, extent)


def test_ramps_colour_values_and_leave_gaps_open(renderer: Renderer, heights: DrawingSource) -> None:
    ramp = [[100, "#ff0000"], [200, "#0000ff"]]
    style = parse_style({"rules": [{"name": "height", "symbols": [{"raster": {"ramp": ramp}}]}]})
    asked = MapRequest((DrawnLayer(heights, style),), heights.extent, TWD97_TM2, 100, 100)
    picture = renderer.draw(asked)
    assert (picture.getpixel((20, 80)), picture.getpixel((80, 80))) == (RED, BLUE)
    assert picture.getpixel((20, 20)) == CLEAR
    higher = parse_style({"rules": [{"name": "height", "symbols": [{"raster": {"ramp": [[150, "#00ff00"]]}}]}]})
    assert renderer.draw(dataclasses.replace(asked, layers=(DrawnLayer(heights, higher),))).getpixel((20, 80)) == GREEN


def city() -> DrawnLayer:
    streets = [line((0, 10 * n), (400, 10 * n + 30), name=f"Street {n}") for n in range(40)]
    stops = [point(37 * n % 400, 53 * n % 400, name=f"Stop {n}") for n in range(120)]
    rules = [
        {"geometry": "line", **stroke("#777777", 3)},
        {"geometry": "line", **label("#000000", size=9, placement="line", halo="#ffffff")},
        {
            "geometry": "point",
            "symbols": [{"icon": {"name": "bus", "size": 12}}, {"text": {"field": "name", "size": 9}}],
        },
    ]
    return layer([*streets, *stops], *rules)


def test_the_same_request_is_always_the_same_picture(renderer: Renderer) -> None:
    asked = [request(city(), size=(200, 200), scale_factor=factor) for factor in (1, 2)]
    first = [renderer.draw(one).tobytes() for one in asked]
    with ThreadPoolExecutor(4) as threads:
        again = list(threads.map(lambda n: renderer.draw(asked[n % 2]).tobytes(), range(24)))
    assert again == [first[n % 2] for n in range(24)]
    assert [Renderer(FONTS).draw(one).tobytes() for one in asked] == first


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[DrawnLayer]:
    """A layer whose file was damaged behind the store's back."""
    file = tmp_path / "secret-name.gpkg"
    file.write_bytes(b"SQLite format 3\x00" + b"\xff" * 4000)
    parameters = {
        "type": "sqlite",
        "file": str(file),
        "table": "boxes",
        "geometry_field": "geometry",
        "key_field": "fid",
    }
    style = parse_style({"rules": [{"name": "all", **fill("#ff0000")}]})
    yield DrawnLayer(DrawingSource(tuple(parameters.items()), WEB_MERCATOR, BoundingBox(0, 0, 1, 1)), style)


def test_a_failure_names_no_file_and_spoils_nothing(renderer: Renderer, broken: DrawnLayer) -> None:
    good = layer([box(0, 0, 100, 100)], fill("#ff0000"))
    for _ in range(8):  # more often than there are places: each must be given back
        with pytest.raises(RenderError) as caught:
            renderer.draw(request(good, broken))
        assert "secret-name" not in caught.value.sentence("en") + caught.value.sentence("zh-TW")
    assert renderer.draw(request(good)).getpixel((50, 50)) == RED


@pytest.mark.parametrize(
    "change",
    [{"width": 0}, {"height": -1}, {"bbox": BoundingBox(1, 1, 1, 2)}, {"bbox": BoundingBox(0, 0, math.inf, 1)}],
)
def test_nothing_cannot_be_drawn(renderer: Renderer, change: dict[str, Any]) -> None:
    with pytest.raises(RenderError):
        renderer.draw(dataclasses.replace(request(), **change))


@pytest.mark.parametrize("scale_factor", [1, 2])
def test_tiles_fit_together_as_if_drawn_in_one(renderer: Renderer, scale_factor: int) -> None:
    drawn, size = city(), 256 * scale_factor
    whole = request(drawn, size=(512, 512), scale_factor=scale_factor)
    (west, south), (east, north) = place(0, 0), place(512, 512)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    assembled = Image.new("RGBA", (2 * size, 2 * size))
    for column, (left, right) in enumerate(((west, middle_x), (middle_x, east))):
        for row, (bottom, top) in enumerate(((middle_y, north), (south, middle_y))):
            tile = dataclasses.replace(whole, bbox=BoundingBox(left, bottom, right, top), width=size, height=size)
            assembled.paste(renderer.draw(tile), (column * size, row * size))
    difference = np.abs(np.asarray(renderer.draw(whole)).astype(int) - np.asarray(assembled))
    assert (difference.max(axis=2) > 40).mean() < 0.002
