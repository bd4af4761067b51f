"""Rasters as releases: placed, cloud-optimised, sampled exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.crs import CRS
from rasterio.transform import from_origin

from layers.crs import CRS84, TWD67_TM2, TWD97_TM2, WGS84, transform_points
from layers.errors import SourceError, UnknownRelease
from layers.raster import RasterStore

WEST, NORTH, PIXEL = 210_000.0, 2_680_000.0, 20.0
LOWEST = -1.7976931348623157e308


def write_raster(file: Path, values: NDArray[Any], **profile: Any) -> Path:
    """Write bands × rows × columns as a GeoTIFF at a known place."""
    bands, height, width = values.shape
    defaults = {"transform": from_origin(WEST, NORTH, PIXEL, PIXEL)}
    options = {**defaults, "count": bands, "height": height, "width": width, "dtype": values.dtype, **profile}
    with rasterio.open(file, "w", driver="GTiff", **options) as dataset:
        dataset.write(values)
    return file


@pytest.fixture
def store(tmp_path: Path) -> RasterStore:
    return RasterStore(tmp_path / "store")


@pytest.fixture
def terrain() -> NDArray[np.float64]:
    rows, columns = np.mgrid[0:700, 0:900]
    values = (rows + columns * 2.0)[np.newaxis]
    values[0, :50, :50] = LOWEST
    values[0, 60, 60] = np.nan
    return values


def centre(row: int, column: int) -> tuple[float, float]:
    return WEST + (column + 0.5) * PIXEL, NORTH - (row + 0.5) * PIXEL


def test_a_terrain_model_of_doubles(store: RasterStore, tmp_path: Path, terrain: NDArray[np.float64]) -> None:
    file = write_raster(tmp_path / "dem.tif", terrain, nodata=LOWEST)
    summary = store.create("dem", 1, file, TWD97_TM2)
    assert (summary.width, summary.height, summary.bands, summary.dtype) == (900, 700, 1, "float32")
    assert (summary.minimum, summary.maximum) == (50.0, 699 + 899 * 2.0)
    assert summary.nodata is not None
    assert abs(summary.nodata) < 1e6
    assert summary.crs == TWD97_TM2
    west, north = transform_points(WEST, NORTH, TWD97_TM2, CRS84)
    assert summary.extent.west == pytest.approx(west, abs=1e-3)
    assert summary.extent.north == pytest.approx(north, abs=1e-3)
    release = store.open("dem", 1)
    assert release.sample(*centre(300, 400), TWD97_TM2) == (1100.0,)
    assert release.sample(*transform_points(*centre(300, 400), TWD97_TM2, WGS84), WGS84) == (1100.0,)
    assert release.sample(*centre(10, 10), TWD97_TM2) == (None,)
    assert release.sample(*centre(60, 60), TWD97_TM2) == (None,)
    assert release.sample(*centre(0, -1), TWD97_TM2) == (None,)
    assert release.sample(float("inf"), 24.0) == (None,)


def test_the_file_is_a_cloud_optimised_geotiff(
    store: RasterStore, tmp_path: Path, terrain: NDArray[np.float64]
) -> None:
    store.create("dem", 1, write_raster(tmp_path / "dem.tif", terrain), TWD97_TM2)
    with rasterio.open(tmp_path / "store" / "dem" / "1.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1)
        assert dataset.crs.to_dict()["proj"] == "tmerc"
        assert tuple(dataset.bounds) == (WEST, NORTH - 700 * PIXEL, WEST + 900 * PIXEL, NORTH)
    assert {path.name for path in (tmp_path / "store" / "dem").iterdir()} == {"1.tif", "1.relief.tif"}


def test_whole_numbers_stay_whole(store: RasterStore, tmp_path: Path) -> None:
    values = np.arange(100, dtype=np.int16).reshape(1, 10, 10)
    summary = store.create("classes", 1, write_raster(tmp_path / "c.tif", values, nodata=-32768), TWD97_TM2, nodata=7)
    assert (summary.dtype, summary.nodata, summary.minimum, summary.maximum) == ("int16", 7, 0, 99)
    release = store.open("classes", 1)
    assert release.sample(*centre(0, 7), TWD97_TM2) == (None,)
    assert release.sample(*centre(4, 2), TWD97_TM2) == (42,)


def test_a_nodata_that_the_type_cannot_hold_is_left_out(store: RasterStore, tmp_path: Path) -> None:
    values = np.full((1, 4, 4), 9, dtype=np.uint8)
    file = write_raster(tmp_path / "c.tif", values)
    assert store.create("classes", 1, file, TWD97_TM2, nodata=-9999).nodata is None


def test_a_picture_gets_opacity(store: RasterStore, tmp_path: Path) -> None:
    values = np.full((3, 600, 600), 200, dtype=np.uint8)
    values[:, :100, :100] = 0
    file = write_raster(tmp_path / "photo.tif", values, nodata=0, photometric="RGB")
    summary = store.create("photo", 1, file, TWD97_TM2)
    assert (summary.bands, summary.minimum) == (4, None)
    release = store.open("photo", 1)
    assert release.sample(*centre(50, 50), TWD97_TM2)[3] == 0
    assert release.sample(*centre(300, 300), TWD97_TM2) == (200, 200, 200, 255)


def test_a_palette_becomes_colours(store: RasterStore, tmp_path: Path) -> None:
    file = tmp_path / "palette.tif"
    with rasterio.open(
        file, "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8", transform=from_origin(WEST, NORTH, 1, 1)
    ) as dataset:
        dataset.write(np.full((1, 4, 4), 3, dtype=np.uint8))
        dataset.write_colormap(1, {3: (10, 20, 30, 255)})
    store.create("palette", 1, file, TWD97_TM2)
    assert store.open("palette", 1).sample(WEST + 0.5, NORTH - 0.5, TWD97_TM2) == (10, 20, 30, 255)


def test_an_image_with_a_world_file(store: RasterStore, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), (1, 2, 3)).save(tmp_path / "old map.png")
    (tmp_path / "old map.pgw").write_text("10\n0\n0\n-10\n210005\n2679995\n", encoding="ascii")
    summary = store.create("old", 1, tmp_path / "old map.png", TWD97_TM2)
    assert (summary.width, summary.height) == (40, 30)
    assert store.open("old", 1).sample(210_395.0, 2_679_705.0, TWD97_TM2) == (1, 2, 3, 255)


def test_the_file_names_its_crs(store: RasterStore, tmp_path: Path) -> None:
    crs = CRS.from_wkt(TWD97_TM2.wkt)
    file = write_raster(tmp_path / "a.tif", np.ones((1, 5, 5), dtype=np.float32), crs=crs)
    assert store.create("a", 1, file, None).crs == TWD97_TM2


def test_twd67_is_moved_to_twd97(store: RasterStore, tmp_path: Path) -> None:
    """TWD67 and TWD97 differ by some 830 m to the east and 205 m to the south."""
    values = np.arange(25, dtype=np.float32).reshape(1, 5, 5)
    summary = store.create("old", 1, write_raster(tmp_path / "a.tif", values), TWD67_TM2)
    assert summary.crs == TWD97_TM2
    x, y = centre(2, 3)
    assert store.open("old", 1).sample(x + 829, y - 206, TWD97_TM2) == (13.0,)


def test_where_on_earth(store: RasterStore, tmp_path: Path) -> None:
    file = write_raster(tmp_path / "somewhere.tif", np.ones((1, 5, 5), dtype=np.float32))
    with pytest.raises(SourceError, match=r"somewhere\.tif.*EPSG:3826"):
        store.create("a", 1, file, None)
    Image.new("RGB", (9, 9)).save(tmp_path / "picture.png")
    with pytest.raises(SourceError, match="world file"):
        store.create("a", 1, tmp_path / "picture.png", TWD97_TM2)
    assert store.numbers("a") == []


@pytest.mark.parametrize("content", [b"", b"not a raster", b"II*\x00garbage" * 20])
def test_a_file_that_is_no_raster(store: RasterStore, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.tif"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=r"broken\.tif"):
        store.create("a", 1, file, TWD97_TM2)
    assert not list((tmp_path / "store").rglob("*.*"))


def test_a_truncated_raster_leaves_nothing(store: RasterStore, tmp_path: Path, terrain: NDArray[np.float64]) -> None:
    file = write_raster(tmp_path / "dem.tif", terrain)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(SourceError, match=r"dem\.tif"):
        store.create("dem", 1, file, TWD97_TM2)
    assert store.numbers("dem") == []
    with pytest.raises(UnknownRelease):
        store.open("dem", 1)


def test_numbers_and_drop(store: RasterStore, tmp_path: Path) -> None:
    file = write_raster(tmp_path / "a.tif", np.ones((1, 5, 5), dtype=np.float32))
    for number in (2, 1):
        store.create("a", number, file, TWD97_TM2)
    assert store.numbers("a") == [1, 2]
    store.drop("a", 1)
    store.drop("a", 1)
    assert store.numbers("a") == [2]
    with pytest.raises(UnknownRelease):
        store.open("a", 1)
    with pytest.raises(UnknownRelease):
        store.open("../a", 1)


def test_the_real_terrain_model(store: RasterStore, real_data: Path) -> None:
    file = real_data / "terrain" / "dem5m_nantou_renai_TM2TWD97_f64.tif"
    summary = store.create("renai", 1, file, None)
    assert summary.crs == TWD97_TM2
    assert summary.minimum is not None
    assert 500 < summary.minimum < (summary.maximum or 0) < 3600
