"""Terrain with light and shadow: as gdaldem draws it, laid on the ramp, without seams, in YAML and in SLD."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image, ImageChops
from rasterio.transform import from_origin

from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, Crs, transform_bbox
from layers.drawing import MapRequest
from layers.extent import BoundingBox
from layers.raster import RasterRelease, RasterStore
from layers.relief import drawn_terrain
from layers.render import Renderer
from layers.styles.default import default_style
from layers.styles.document import parse_style, style_document
from layers.styles.model import Raster, Style
from layers.styles.sld import read_sld, write_sld
from tests.layers.pictures import FONTS

WEST, NORTH, CELL = 210_000.0, 2_680_000.0, 20.0


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


def stored(folder: Path, heights: NDArray[Any], crs: Crs = TWD97_TM2, transform: Any = None) -> RasterRelease:
    """Take heights in; the release lies in ``<folder>/store/dem``."""
    folder.mkdir(exist_ok=True)
    file = folder / "delivered.tif"
    height, width = heights.shape
    profile = {"width": width, "height": height, "count": 1, "dtype": heights.dtype, "nodata": -9999}
    transform = transform or from_origin(WEST, NORTH, CELL, CELL)
    with rasterio.open(file, "w", driver="GTiff", transform=transform, **profile) as dataset:
        dataset.write(heights, 1)
    store = RasterStore(folder / "store")
    store.create("dem", 1, file, crs)
    return store.open("dem", 1)


def hills(rows: int = 300, columns: int = 400) -> NDArray[np.float32]:
    y, x = np.mgrid[0:rows, 0:columns]
    return (500 + 120 * np.sin(x / 17) * np.cos(y / 23) + 40 * np.sin((x + y) / 5)).astype(np.float32)


def styled(**options: Any) -> Style:
    return parse_style({"rules": [{"name": "h", "symbols": [{"raster": options}]}]})


def drawn(renderer: Renderer, release: RasterRelease, style: Style, bbox: BoundingBox, size: tuple[int, int]) -> Any:
    layers = drawn_terrain(release, style)
    return renderer.draw(MapRequest(layers, bbox, TWD97_TM2, *size))


def relief_of(folder: Path) -> NDArray[np.uint8]:
    with rasterio.open(folder / "store" / "dem" / "1.relief.tif") as dataset:
        values: NDArray[np.uint8] = dataset.read(1)
        return values


def test_is_shaded_as_gdaldem_shades(tmp_path: Path) -> None:
    """One step of 255 is allowed: GDAL computes in single precision."""
    program = shutil.which("gdaldem")
    if program is None:
        pytest.skip("gdaldem is not installed (Debian: gdal-bin)")
    heights = hills()
    heights[40:60, 70:90] = -9999
    stored(tmp_path, heights)
    measure = tmp_path / "gdaldem.tif"
    release = tmp_path / "store" / "dem" / "1.tif"
    subprocess.run([program, "hillshade", "-q", "-alg", "Horn", str(release), str(measure)], check=True)
    with rasterio.open(measure) as dataset:
        expected = dataset.read(1).astype(int)
    # GDAL leaves a rim open where a neighbour has no value.
    told = expected > 0
    assert told.mean() > 0.9
    assert np.abs(relief_of(tmp_path).astype(int) - expected)[told].max() <= 1


def test_every_value_is_shaded_and_nothing_else(tmp_path: Path) -> None:
    heights = hills()
    heights[40:60, 70:90] = -9999
    stored(tmp_path, heights)
    assert ((relief_of(tmp_path) == 0) == (heights == -9999)).all()


def test_level_ground_and_known_slopes(tmp_path: Path) -> None:
    """Turned to the light at 45° a slope gets all of it, turned away none; level ground the sine of 45°."""
    y, x = np.mgrid[0:60, 0:60]
    towards = ((x + y) * -CELL / math.sqrt(2)).astype(np.float32) * -1
    for heights, expected in ((towards, 255), (-towards, 1), (np.full((60, 60), 7, np.float32), 181)):
        stored(tmp_path, heights)
        assert (relief_of(tmp_path)[1:-1, 1:-1] == expected).all()


def test_degrees_are_metres_on_the_ground(tmp_path: Path) -> None:
    """At 24° north a degree is 101.7 km wide and 111.3 km high: a slope of 45° to the east is one of both rasters."""
    cell = 0.0001
    x = np.arange(50) * cell * 111_320 * math.cos(math.radians(24))
    heights = np.tile(x, (50, 1)).astype(np.float32)
    stored(tmp_path, heights, CRS84, from_origin(120.5, 24 + 25 * cell, cell, cell))
    # Rising to the east, the slope looks west: (−1, 0, 1)/√2 · (−½, ½, √½) = 0.8536
    assert abs(int(relief_of(tmp_path)[25, 25]) - round(1 + 254 * 0.8536)) <= 1


def test_shadow_multiplies_the_ramp(renderer: Renderer, tmp_path: Path) -> None:
    """Black of half the shading's share over red leaves the rest of red; level ground keeps its colour."""
    y, x = np.mgrid[0:60, 0:60]
    away = ((x + y) * -CELL / math.sqrt(2)).astype(np.float32)
    box = BoundingBox(WEST, NORTH - 60 * CELL, WEST + 60 * CELL, NORTH)
    ramp = [[-1e6, "#c80000"], [1e6, "#c80000"]]
    dark = drawn(renderer, stored(tmp_path, away), styled(ramp=ramp, relief=0.5), box, (60, 60))
    red, green, blue, alpha = dark.getpixel((30, 30))
    assert (abs(red - 100) <= 1, green, blue, alpha) == (True, 0, 0, 255)
    level = drawn(renderer, stored(tmp_path / "level", away * 0), styled(ramp=ramp, relief=0.5), box, (60, 60))
    assert level.getpixel((30, 30)) == (200, 0, 0, 255)


def test_alone_it_is_the_grey_picture(renderer: Renderer, tmp_path: Path) -> None:
    release = stored(tmp_path, np.full((60, 60), 7, np.float32))
    box = BoundingBox(WEST, NORTH - 60 * CELL, WEST + 60 * CELL, NORTH)
    assert drawn(renderer, release, styled(relief=1), box, (60, 60)).getpixel((30, 30)) == (181, 181, 181, 255)


def test_pictures_meet_without_a_seam(renderer: Renderer, tmp_path: Path) -> None:
    """Four pictures side by side look like the one of all four, and where they meet nothing jumps."""
    release = stored(tmp_path, hills())
    style = styled(ramp=[[300, "#3d7a5c"], [700, "#f5f2ee"]], relief=0.6)
    whole = transform_bbox(BoundingBox(WEST + 500, NORTH - 5500, WEST + 5500, NORTH - 500), TWD97_TM2, WEB_MERCATOR)
    side = min(whole.width, whole.height) / 512
    layers = drawn_terrain(release, style)

    def picture(column: int, row: int, size: int) -> Image.Image:
        west, north = whole.west + column * side, whole.north - row * side
        bbox = BoundingBox(west, north - size * side, west + size * side, north)
        return renderer.draw(MapRequest(layers, bbox, WEB_MERCATOR, size, size))

    joined = Image.new("RGBA", (512, 512))
    for column, row in ((0, 0), (256, 0), (0, 256), (256, 256)):
        joined.paste(picture(column, row, 256), (column, row))
    one = picture(0, 0, 512)
    difference = np.asarray(ImageChops.difference(joined.convert("RGB"), one.convert("RGB")))
    # Mapnik warps what it reads for a picture as a whole, a fraction of a cell apart from picture to picture.
    assert difference.max() <= 16
    assert difference.mean() < 2.5
    cells = np.asarray(joined.convert("L")).astype(int)
    steps = np.abs(np.diff(cells, axis=1)).mean(axis=0)
    assert steps[255] < 1.25 * steps[240:270].mean()


def test_is_read_from_yaml_and_sld_and_written_again() -> None:
    style = styled(ramp=[[0, "#00ff00"], [100, "#ffffff"]], relief=0.5)
    assert parse_style(style_document(style)) == style
    written = write_sld(style)
    assert "<se:ReliefFactor>55</se:ReliefFactor>" in written.text
    assert not written.findings
    read = read_sld(written.text.encode())
    assert read.style.rules[0].symbols == style.rules[0].symbols
    assert not read.findings


def test_a_stronger_relief_than_can_be_drawn_is_told() -> None:
    text = write_sld(styled(relief=0.5)).text.replace(">55<", ">300<")
    read = read_sld(text.encode())
    assert read.style.rules[0].symbols == (Raster(relief=1.0),)
    assert [finding.code for finding in read.findings] == ["style_sld_value"]


@pytest.mark.parametrize(
    ("lowest", "highest", "steepness", "shaded"),
    [
        (0.0, 3952.0, 0.4, True),
        (-3.0, 60.0, 0.004, True),
        (0.0, 250.0, 0.0001, False),
        (0.0, 60_000.0, 0.4, False),
        (0.0, 3952.0, None, False),
    ],
)
def test_what_can_be_land_is_shaded(lowest: float, highest: float, steepness: float | None, shaded: bool) -> None:
    style = default_style(
        geometry_type=None, theme="t", fields=(), title_field=None, layer="grid",
        minimum=lowest, maximum=highest, steepness=steepness,
    )  # fmt: skip
    (symbol,) = style.rules[0].symbols
    assert isinstance(symbol, Raster)
    assert bool(symbol.relief) is shaded


def test_goes_with_its_release(tmp_path: Path) -> None:
    stored(tmp_path, hills())
    store = RasterStore(tmp_path / "store")
    assert store.numbers("dem") == [1]
    store.drop("dem", 1)
    assert list((tmp_path / "store" / "dem").iterdir()) == []


def test_pictures_and_classes_have_none(tmp_path: Path) -> None:
    classes = np.full((30, 30), 3, np.uint8)
    file = tmp_path / "classes.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=30, height=30, count=1, dtype="uint8",
        transform=from_origin(WEST, NORTH, CELL, CELL),
    ) as dataset:  # fmt: skip
        dataset.write(classes, 1)
    store = RasterStore(tmp_path / "store")
    assert store.create("classes", 1, file, TWD97_TM2).steepness is None
    assert store.open("classes", 1).relief_source() is None
