"""Rasters and their releases: one cloud-optimised GeoTIFF each."""

from __future__ import annotations

import hashlib
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
import rasterio
from rasterio.windows import Window

from layers.crs import CRS84, Crs, parse_crs, transform_bbox, transform_points
from layers.drawing import DrawingSource
from layers.errors import UnknownRelease
from layers.extent import BoundingBox
from layers.raster_relief import STEEPNESS_TAG, can_be_shaded, write_relief
from layers.raster_writer import CRS_TAG, MAXIMUM_TAG, MINIMUM_TAG, write_cog
from layers.stores.names import checked_layer


@dataclass(frozen=True, slots=True)
class RasterSummary:
    """What a raster release holds."""

    extent: BoundingBox
    """CRS84."""
    crs: Crs
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    minimum: float | None
    """Smallest value of a raster with one band; None for pictures and where there is no value."""
    maximum: float | None
    size: int
    """Bytes kept by the store."""
    steepness: float | None = None
    """Mean slope of what may be a terrain, metres per metre; None where the release has no relief."""


class RasterRelease:
    """A committed raster release; nothing stays open, so any thread may ask."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._relief = _relief_of(file)
        steepness = None
        if self._relief.is_file():
            with rasterio.open(self._relief) as relief:
                steepness = _number(relief.tags().get(STEEPNESS_TAG))
        with rasterio.open(file) as dataset:
            tags = dataset.tags()
            crs = parse_crs(tags[CRS_TAG])
            self._bounds = BoundingBox(*dataset.bounds)
            self.summary = RasterSummary(
                extent=transform_bbox(self._bounds, crs, CRS84),
                crs=crs,
                width=dataset.width,
                height=dataset.height,
                bands=dataset.count,
                dtype=dataset.dtypes[0],
                nodata=dataset.nodata,
                minimum=_number(tags.get(MINIMUM_TAG)),
                maximum=_number(tags.get(MAXIMUM_TAG)),
                size=sum(part.stat().st_size for part in (file, self._relief) if part.is_file()),
                steepness=steepness,
            )

    def sample(self, x: float, y: float, crs: Crs = CRS84) -> tuple[float | None, ...]:
        """Return the value of each band at a place, x before y; None where there is none."""
        here_x, here_y = transform_points(x, y, crs, self.summary.crs)
        nothing: tuple[float | None, ...] = (None,) * self.summary.bands
        if not (math.isfinite(here_x) and math.isfinite(here_y)):
            return nothing
        with rasterio.open(self._file) as dataset:
            row, column = (int(place) for place in dataset.index(here_x, here_y))
            if not (0 <= column < dataset.width and 0 <= row < dataset.height):
                return nothing
            values = dataset.read(window=Window(column, row, 1, 1), masked=True)[:, 0, 0]
            hidden = np.ma.getmaskarray(values)
            return tuple(None if no else value for value, no in zip(values.data.tolist(), hidden, strict=True))

    def drawing_source(self) -> DrawingSource:
        """Return where the renderer reads this raster."""
        parameters = {"type": "gdal", "file": str(self._file.resolve())}
        if self.summary.bands == 1:
            parameters["band"] = "1"
        return DrawingSource(tuple(parameters.items()), self.summary.crs, self._bounds)

    def relief_source(self) -> DrawingSource | None:
        """Return where the renderer reads light and shadow; None of a raster that is no terrain."""
        if self.summary.steepness is None:
            return None
        parameters = (("type", "gdal"), ("file", str(self._relief.resolve())), ("band", "1"))
        return DrawingSource(parameters, self.summary.crs, self._bounds)


class RasterStore:
    """Keeps the releases of raster layers as ``<folder>/<layer>/<number>.tif``.

    Beside one that may be a terrain lies its shaded relief, ``<number>.relief.tif``. Of a release of several dates
    each step is ``<number>@<time>.tif``, and the newest is the release as well; links keep their bytes once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)
        self._releases: dict[tuple[str, int, str | None], RasterRelease] = {}
        self._lock = Lock()

    def create(
        self,
        layer: str,
        number: int,
        file: Path,
        crs: Crs | None,
        nodata: float | None = None,
        time: str | None = None,
    ) -> RasterSummary:
        """Take the raster ``file`` in as release ``number``; ``crs`` and ``nodata`` win over what the file says.

        With ``time`` it becomes one step of the release, which ``complete`` makes whole.

        Raises SourceError where the file is no raster, is damaged, or does not say where on earth it lies.
        """
        target = self._file(layer, number, time)
        workshop = _partial(target)
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir(parents=True)
        try:
            made = workshop / target.name
            write_cog(file, made, crs, nodata)
            summary = RasterRelease(made).summary
            _relief_of(target).unlink(missing_ok=True)
            if can_be_shaded(summary.bands, summary.dtype):
                write_relief(made, _relief_of(made), summary.crs)
                _relief_of(made).replace(_relief_of(target))
            # Last: a release is there when this file is.
            made.replace(target)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
        with self._lock:
            self._releases.pop((layer, number, time), None)
        return self.open(layer, number, time).summary

    def carry(self, layer: str, number: int, base: int, time: str) -> None:
        """Make a step of release ``base`` one of release ``number`` too; its bytes are kept once."""
        for place in (lambda file: file, _relief_of):
            file, target = place(self._file(layer, base, time)), place(self._file(layer, number, time))
            if file.is_file():
                _link(file, target)

    def complete(self, layer: str, number: int, newest: str) -> None:
        """Commit a release made of steps; its ``newest`` is what it shows to who names no time."""
        step, target = self._file(layer, number, newest), self._file(layer, number)
        if _relief_of(step).is_file():
            _link(_relief_of(step), _relief_of(target))
        _link(step, target)

    def open(self, layer: str, number: int, time: str | None = None) -> RasterRelease:
        """Open a committed release, or one of its steps; raises UnknownRelease."""
        key = (layer, number, time)
        with self._lock:
            if release := self._releases.get(key):
                return release
        file = self._file(layer, number, time)
        if not file.is_file():
            raise UnknownRelease(layer=layer, number=number)
        release = RasterRelease(file)
        with self._lock:
            return self._releases.setdefault(key, release)

    def digest(self, layer: str, number: int, time: str | None = None) -> str:
        """Return the SHA-256 of a release or step; equal ones mean equal data. Raises UnknownRelease."""
        self.open(layer, number, time)
        with self._file(layer, number, time).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def drop(self, layer: str, number: int) -> None:
        """Remove a release, committed or half-written; nothing happens where there is none."""
        self._file(layer, number).unlink(missing_ok=True)
        for file in (*self._folder_of(layer).glob(f"{number}.*"), *self._folder_of(layer).glob(f"{number}@*")):
            if file.name.endswith(".tif.partial"):
                shutil.rmtree(file, ignore_errors=True)
            elif file.name.endswith(".tif"):
                file.unlink(missing_ok=True)
        with self._lock:
            for key in [key for key in self._releases if key[:2] == (layer, number)]:
                del self._releases[key]

    def numbers(self, layer: str) -> list[int]:
        """List the committed releases of a layer."""
        return sorted(int(file.stem) for file in self._folder_of(layer).glob("*.tif") if file.stem.isdecimal())

    def _folder_of(self, layer: str) -> Path:
        return self._folder / checked_layer(layer)

    def _file(self, layer: str, number: int, time: str | None = None) -> Path:
        step = "" if time is None else "@" + time.replace(":", "")
        return self._folder_of(layer) / f"{number}{step}.tif"


def _partial(file: Path) -> Path:
    """Return the folder in which a release is made before it gets its name."""
    return file.with_name(file.name + ".partial")


def _relief_of(file: Path) -> Path:
    """Return the file of the shaded relief beside a release's."""
    return file.with_name(f"{file.stem}.relief.tif")


def _link(file: Path, target: Path) -> None:
    """Let a file have a second name; a file system that knows no links gets a copy."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(file)
    except OSError:
        partial = target.with_name(target.name + ".copy")
        shutil.copyfile(file, partial)
        partial.replace(target)


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
