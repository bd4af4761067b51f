"""Shaded relief of a terrain model: a picture of light and shadow, derived once when a release is stored.

The light comes from the north-west, 45° above the horizon, as map readers expect it; slopes are Horn's (1981), so
that ``gdaldem hillshade`` draws the same. The derived raster is a COG of its own beside the release, with averaged
overviews: at every scale tiles read the same picture, so they meet without seams.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window

from layers.crs import Crs
from layers.errors import StoreError

FLAT = 181
"""What level ground is drawn as: 1 + 254 × sin 45°."""
STEEPNESS_TAG = "TUZI_STEEPNESS"

_STRIP = 128
"""Rows worked on at a time."""
_LIGHT = (-0.5, 0.5, np.sqrt(0.5))
"""Direction of the light: east, north, up."""
_METRES_PER_DEGREE = 111_320.0
_COG_OPTIONS = {"compress": "DEFLATE", "blocksize": 512, "bigtiff": "IF_SAFER", "num_threads": 2}


def can_be_shaded(bands: int, dtype: str) -> bool:
    """Tell whether a raster measures something: bytes are classes or pictures."""
    return bands == 1 and dtype != "uint8"


def write_relief(terrain: Path, target: Path, crs: Crs) -> None:
    """Derive the relief of a stored raster: bytes from 1 (turned away from the light) to 255, 0 where no value is."""
    stripped = target.with_suffix(".strips.tif")
    try:
        _write_strips(terrain, stripped, crs)
        rasterio.shutil.copy(
            stripped, target, driver="COG", overview_resampling="AVERAGE", predictor="STANDARD", **_COG_OPTIONS
        )
        with target.open("rb") as written:
            os.fsync(written.fileno())
    except (RasterioError, OSError) as error:
        raise StoreError(layer=target.parent.parent.name, reason=str(error)) from error
    stripped.unlink()


def _write_strips(terrain: Path, target: Path, crs: Crs) -> None:
    rise = count = 0.0
    with rasterio.open(terrain) as dataset:
        profile = {
            "driver": "GTiff",
            "width": dataset.width,
            "height": dataset.height,
            "count": 1,
            "dtype": "uint8",
            "crs": dataset.crs,
            "transform": dataset.transform,
            "nodata": 0,
            "bigtiff": "IF_SAFER",
            "blockysize": _STRIP,
        }
        with rasterio.open(target, "w", **profile) as strips:
            for window, heights, valid in _with_neighbours(dataset):
                cells = _cell_sizes(dataset, window, crs)
                east, north = _slopes(heights, valid, *cells)
                inside = valid[1:-1, 1:-1]
                strips.write(np.where(inside, _shade(east, north), 0).astype(np.uint8), 1, window=window)
                rise += float(np.hypot(east, north)[inside].sum())
                count += float(inside.sum())
            strips.update_tags(**{STEEPNESS_TAG: repr(rise / count if count else 0.0)})


def _with_neighbours(dataset: Any) -> Iterator[tuple[Window, NDArray[np.float64], NDArray[np.bool_]]]:
    """Yield strips with one more row and column around; beyond the edge there is no value."""
    for row in range(0, dataset.height, _STRIP):
        rows = min(_STRIP, dataset.height - row)
        first, last = max(row - 1, 0), min(row + rows + 1, dataset.height)
        read = dataset.read(1, window=Window(0, first, dataset.width, last - first), masked=True)
        around = ((int(row == 0), int(last < row + rows + 1)), (1, 1))
        valid = np.pad(~np.ma.getmaskarray(read), around)
        yield Window(0, row, dataset.width, rows), np.pad(read.data.astype(np.float64), around), valid


def _cell_sizes(dataset: Any, window: Window, crs: Crs) -> tuple[NDArray[np.float64], float]:
    """Return metres per cell: eastwards for each row of the strip, and northwards."""
    wide, high = abs(dataset.transform.a), abs(dataset.transform.e)
    rows = np.arange(window.row_off, window.row_off + window.height)
    if not crs.is_geographic:
        return np.full((rows.size, 1), wide), high
    latitudes = np.radians(dataset.transform.f + (rows + 0.5) * dataset.transform.e)
    shrunk = np.maximum(np.cos(latitudes), 1e-6)
    return (wide * _METRES_PER_DEGREE * shrunk)[:, np.newaxis], high * _METRES_PER_DEGREE


def _slopes(
    heights: NDArray[np.float64], valid: NDArray[np.bool_], wide: NDArray[np.float64], high: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rise towards east and north, metres per metre; a neighbour without a value is as high as the cell."""
    rows, columns = heights.shape[0] - 2, heights.shape[1] - 2
    middle = heights[1:-1, 1:-1]

    def at(down: int, right: int) -> NDArray[np.float64]:
        part = (slice(1 + down, 1 + down + rows), slice(1 + right, 1 + right + columns))
        return np.where(valid[part], heights[part], middle)

    south_east, south_west, north_east, north_west = at(1, 1), at(1, -1), at(-1, 1), at(-1, -1)
    east = (north_east + 2 * at(0, 1) + south_east) - (north_west + 2 * at(0, -1) + south_west)
    north = (north_west + 2 * at(-1, 0) + north_east) - (south_west + 2 * at(1, 0) + south_east)
    return east / (8 * wide), north / (8 * high)


def _shade(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much light a slope gets, 1 to 255: the cosine between its upright and the light."""
    to_east, to_north, up = _LIGHT
    light = (up - to_east * east - to_north * north) / np.sqrt(1 + east**2 + north**2)
    shaded: NDArray[np.float64] = np.floor(1 + 254 * np.maximum(light, 0) + 0.5)
    return shaded
