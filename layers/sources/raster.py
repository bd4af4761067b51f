"""Looks at raster files: is it one, does it open with the driver its name promises, where does it lie."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from layers.config import ArchiveConfig
from layers.crs import Crs
from layers.crs_definitions import identify_crs
from layers.errors import SourceError
from layers.extent import BoundingBox
from layers.sources.drivers import CLOSED
from layers.sources.model import RasterSource

_DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def open_raster(path: Path, file: str, crs: Crs | None, limits: ArchiveConfig) -> RasterSource:
    """Open a raster to see whether it can be taken in; raises SourceError where it cannot.

    Beside the file may lie what was staged with it: a world file, an .aux.xml, a .prj.
    """
    try:
        with (
            rasterio.Env(**CLOSED),
            warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
            rasterio.open(path, driver=_DRIVERS[path.suffix.lower()]) as dataset,
        ):
            _check_size(dataset, file, limits)
            definition = dataset.crs.to_wkt() if dataset.crs else _definition_beside(path)
            declared = identify_crs(definition) if definition else None
            # A file that was cut off opens well; only its last rows tell.
            dataset.read(1, window=((dataset.height - 1, dataset.height), (0, dataset.width)))
            bounds = BoundingBox(*dataset.bounds)
            size = (dataset.count, dataset.width, dataset.height)
            return RasterSource(path, crs or declared, *size, bounds, definition)
    except RasterioError as error:
        reason = str(error).replace(str(path), file).split(". ")[0]
        raise SourceError("source_damaged", file=file, reason=reason[:200]) from error


def _check_size(dataset: Any, file: str, limits: ArchiveConfig) -> None:
    """Refuse what would swell: a picture of one colour packs to nothing."""
    needed = dataset.width * dataset.height * sum(np.dtype(dtype).itemsize for dtype in dataset.dtypes)
    if needed > limits.max_bytes:
        size = f"{dataset.width:,} × {dataset.height:,}"
        raise SourceError("source_raster_large", file=file, size=size, most=f"{limits.max_bytes:,}")


def _definition_beside(path: Path) -> str:
    """Return the CRS in a .prj beside a picture, which GDAL reads beside a GeoTIFF only; empty where there is none."""
    prj = path.with_suffix(".prj")
    return prj.read_bytes().decode("utf-8", errors="replace").strip("\ufeff\0 \r\n") if prj.is_file() else ""
