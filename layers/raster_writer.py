"""Turns a raster as agencies send it into a cloud-optimised GeoTIFF that every renderer reads alike."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio._env import set_proj_data_search_path
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import Affine
from rasterio.windows import Window

from layers.crs import (
    TWD67,
    TWD67_FAMILY,
    TWD67_TM2,
    TWD97,
    TWD97_TM2,
    TWD97_TM2_119,
    Crs,
    transform_points,
)
from layers.crs_definitions import identify_crs
from layers.errors import SourceError, StoreError

CRS_TAG, MINIMUM_TAG, MAXIMUM_TAG = "TUZI_CRS", "TUZI_MINIMUM", "TUZI_MAXIMUM"

_NODATA = -9999.0
"""What stands for “no value” in measured rasters, whatever the agency's software wrote (-1.79e308, NaN …)."""
_ABSURD = 1e30
"""Beyond this, a measurement is a lowest or highest number of some type, used as “no value” without saying so."""
_STRIP = 256
"""Rows read at a time."""
_DRIVERS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""Others follow what is written in a file to other files, or to the network."""
_CLOSED = {"CPL_VSIL_CURL_ALLOWED_FILENAME": "none", "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}"}
_COG_OPTIONS = {"compress": "DEFLATE", "blocksize": 512, "bigtiff": "IF_SAFER", "num_threads": 2}


@dataclass(slots=True)
class _Plan:
    """What becomes of the source's bands."""

    dtype: str
    bands: int
    nodata: float | None
    palette: NDArray[np.uint8] | None = None
    hidden: float | None = None
    """The source value that stands for “no value”."""
    minimum: float = field(default=float("inf"))
    maximum: float = field(default=float("-inf"))

    @property
    def is_picture(self) -> bool:
        return self.bands >= 3


def write_cog(source: Path, target: Path, crs: Crs | None, nodata: float | None) -> None:
    """Write ``source`` as a COG with overviews; ``crs`` and ``nodata`` win over what the file says."""
    stripped = target.with_suffix(".strips.tif")
    _find_register()
    try:
        with _opened(source) as dataset:
            place, transform = _place(dataset, source, crs)
            plan = _plan(dataset, source, nodata)
            _write_strips(dataset, stripped, plan, place, transform)
    except RasterioError as error:
        raise SourceError("raster_unreadable", file=source.name, reason=str(error)) from error
    resampling = "AVERAGE" if plan.is_picture or plan.dtype.startswith("float") else "NEAREST"
    predictor = "FLOATING_POINT" if plan.dtype.startswith("float") else "STANDARD"
    try:
        rasterio.shutil.copy(
            stripped, target, driver="COG", overview_resampling=resampling, predictor=predictor, **_COG_OPTIONS
        )
        with target.open("rb") as written:
            os.fsync(written.fileno())
    except (RasterioError, OSError) as error:
        raise StoreError(layer=target.parent.parent.name, reason=str(error)) from error
    stripped.unlink()


@contextmanager
def _opened(source: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        # A raster without a place is answered with a sentence, not with a warning besides.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with (
            rasterio.Env(**_CLOSED),
            rasterio.open(source, driver=_DRIVERS.get(source.suffix.lower(), "GTiff")) as dataset,
        ):
            yield dataset


def _find_register() -> None:
    """Point GDAL to its own register of CRSs: importing mapnik sets PROJ_LIB to a folder that has none."""
    folder = Path(rasterio.__file__).parent / "proj_data"
    if folder.is_dir():
        set_proj_data_search_path(str(folder))


def _place(dataset: Any, source: Path, crs: Crs | None) -> tuple[Crs, Affine]:
    """Return where the raster lies. A TWD67 raster is moved to TWD97 as a whole: no value is resampled."""
    if dataset.transform.is_identity:
        raise SourceError("raster_without_place", file=source.name)
    if crs is None and dataset.crs:
        crs = identify_crs(dataset.crs.to_wkt())
    if crs is None:
        raise SourceError("raster_without_crs", file=source.name)
    if crs not in TWD67_FAMILY:
        return crs, dataset.transform
    successor = {TWD67: TWD97, TWD67_TM2: TWD97_TM2}.get(crs, TWD97_TM2_119)
    x, y = dataset.xy(dataset.height // 2, dataset.width // 2)
    new_x, new_y = transform_points(x, y, crs, successor)
    old = dataset.transform
    return successor, Affine(old.a, old.b, old.c + new_x - x, old.d, old.e, old.f + new_y - y)


def _plan(dataset: Any, source: Path, nodata: float | None) -> _Plan:
    dtype = np.dtype(dataset.dtypes[0])
    if dtype.kind not in "iuf":
        raise SourceError("raster_unreadable", file=source.name, reason=f"values of type {dtype}")
    hidden = dataset.nodata if nodata is None else nodata
    if dtype.kind == "f":
        return _Plan("float32", dataset.count, _NODATA, hidden=hidden)
    if dataset.count == 1 and dataset.colorinterp[0] is ColorInterp.palette and dtype == np.uint8:
        return _Plan("uint8", 4, None, palette=_palette(dataset.colormap(1), hidden))
    if dtype == np.uint8 and _has_opacity(dataset):
        return _Plan("uint8", 4, None)
    if dataset.count == 3 and dtype == np.uint8:
        return _Plan("uint8", 4, None, hidden=hidden)
    return _Plan(str(dtype), dataset.count, _fitting(hidden, dtype), hidden=hidden)


def _has_opacity(dataset: Any) -> bool:
    """Tell whether a raster is a picture in grey with opacity, as scanners write PNG."""
    return dataset.count == 2 and bool(dataset.colorinterp[1] is ColorInterp.alpha)


def _fitting(value: float | None, dtype: np.dtype[Any]) -> float | None:
    """Return the value where the type can express it: some software declares -9999 for bytes."""
    if value is None or not float(value).is_integer():
        return None
    limits = np.iinfo(dtype)
    return value if limits.min <= value <= limits.max else None


def _palette(colours: dict[int, tuple[int, int, int, int]], hidden: float | None) -> NDArray[np.uint8]:
    table = np.zeros((256, 4), dtype=np.uint8)
    for value, colour in colours.items():
        table[value] = colour
    if hidden is not None and 0 <= hidden <= 255:
        table[int(hidden), 3] = 0
    return table


def _write_strips(dataset: Any, target: Path, plan: _Plan, crs: Crs, transform: Affine) -> None:
    profile = {
        "driver": "GTiff",
        "width": dataset.width,
        "height": dataset.height,
        "count": plan.bands,
        "dtype": plan.dtype,
        "crs": rasterio.crs.CRS.from_wkt(crs.wkt),
        "transform": transform,
        "nodata": plan.nodata,
        "bigtiff": "IF_SAFER",
        "blockysize": _STRIP,
    }
    if plan.is_picture:
        profile |= {"photometric": "RGB", "alpha": "non-premultiplied" if plan.bands == 4 else "no"}
    with rasterio.open(target, "w", **profile) as strips:
        for window in _windows(dataset):
            strips.write(_converted(dataset, window, plan), window=window)
        strips.update_tags(**{CRS_TAG: str(crs)})
        if plan.bands == 1 and plan.minimum <= plan.maximum:
            strips.update_tags(**{MINIMUM_TAG: repr(plan.minimum), MAXIMUM_TAG: repr(plan.maximum)})


def _windows(dataset: Any) -> Iterator[Window]:
    for row in range(0, dataset.height, _STRIP):
        yield Window(0, row, dataset.width, min(_STRIP, dataset.height - row))


def _converted(dataset: Any, window: Window, plan: _Plan) -> NDArray[Any]:
    values: NDArray[Any] = dataset.read(window=window)
    if plan.palette is not None:
        return np.ascontiguousarray(np.moveaxis(plan.palette[values[0]], -1, 0))
    if plan.bands == 4 and dataset.count == 2:
        return values[[0, 0, 0, 1]]
    if plan.bands == 4 and dataset.count == 3:
        return _with_alpha(values, dataset, window, plan)
    valid = dataset.read_masks(window=window) > 0 if dataset.count == plan.bands else np.ones(values.shape, dtype=bool)
    if plan.hidden is not None:
        valid &= values != plan.hidden
    if values.dtype.kind == "f":
        valid &= np.isfinite(values) & (np.abs(values) < _ABSURD)
        values = np.where(valid, values, _NODATA).astype(np.float32)
    if plan.bands == 1 and valid.any():
        plan.minimum = min(plan.minimum, float(values[valid].min()))
        plan.maximum = max(plan.maximum, float(values[valid].max()))
    return values


def _with_alpha(values: NDArray[Any], dataset: Any, window: Window, plan: _Plan) -> NDArray[Any]:
    """Add opacity to a picture in three colours: what it declares empty is transparent."""
    alpha = dataset.dataset_mask(window=window)
    if plan.hidden is not None:
        alpha = np.where((values == plan.hidden).all(axis=0), 0, alpha)
    return np.concatenate((values, alpha[np.newaxis].astype(np.uint8)))
