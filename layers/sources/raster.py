"""Looks at raster files: is it one, does it open with the driver its name promises, where does it lie."""

from __future__ import annotations

import warnings
from pathlib import Path

import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from layers.crs import Crs, identify_crs
from layers.errors import SourceError
from layers.sources.formats import Format
from layers.sources.model import RasterSource

_DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def open_raster(path: Path, file: str, kind: Format, crs: Crs | None) -> RasterSource:
    """Open a raster to see whether it can be taken in; raises SourceError where it cannot."""
    try:
        with warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning):
            dataset = rasterio.open(path, driver=_DRIVERS[path.suffix.lower()])
        with dataset:
            definition = dataset.crs.to_wkt() if dataset.crs else ""
            declared = identify_crs(definition) if definition else None
            # A file that was cut off opens well; only its last rows tell.
            dataset.read(1, window=((dataset.height - 1, dataset.height), (0, dataset.width)))
            return RasterSource(path, crs or declared, dataset.count, dataset.width, dataset.height, definition)
    except RasterioError as error:
        reason = str(error).replace(str(path), file).split(". ")[0]
        raise SourceError("source_damaged", file=file, reason=reason[:200]) from error
