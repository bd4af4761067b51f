"""Takes files in for tests, and writes the files that GDAL would: what is expected comes from outside of the code."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from layers.config import ArchiveConfig, LayersConfig
from layers.features import Feature, FeatureQuery
from layers.intake import Intake, take_in
from layers.plan import IntakePlan
from layers.raster import RasterStore
from layers.stores import FeatureStore
from layers.stores.geopackage import GeoPackageStore

TAICHUNG = (120.6736, 24.1477)
"""Taichung City Hall's neighbourhood, longitude before latitude."""
TAICHUNG_TM2 = (217000.0, 2671500.0)
"""The same in EPSG:3826, to some hundred metres."""


class Delivery:
    """One intake and what the store then holds: files in the folder, or the store that is given."""

    def __init__(
        self,
        folder: Path,
        file: Path,
        limits: ArchiveConfig | None = None,
        store: FeatureStore | None = None,
        **plan: Any,
    ) -> None:
        self.seen: list[tuple[int, int | None]] = []
        self._store = store or GeoPackageStore(folder / "features")
        config = LayersConfig(archive=limits or ArchiveConfig())
        rasters = RasterStore(folder / "rasters")
        self.intake: Intake = take_in(
            IntakePlan(file, **plan), "layer", 1, self._store, rasters, config, lambda *seen: self.seen.append(seen)
        )
        self.report = self.intake.report
        self.numbers = self._store.numbers("layer")

    @property
    def codes(self) -> set[str]:
        return {finding.code for finding in self.report.findings}

    def finding(self, code: str) -> Any:
        return next(finding for finding in self.report.findings if finding.code == code)

    def features(self, limit: int = 1000) -> list[Feature]:
        return self._store.open("layer", 1).read_features(FeatureQuery(limit=limit))

    def values(self, name: str) -> list[Any]:
        return [feature.properties[name] for feature in self.features()]


def write_vector(
    file: Path,
    geometries: list[Any],
    fields: Mapping[str, list[Any]],
    driver: str = "ESRI Shapefile",
    geometry_type: str = "Point",
    crs: str | None = "EPSG:3826",
    encoding: str | None = None,
    **options: Any,
) -> Path:
    """Write a file with GDAL."""
    kinds = {str: object, int: np.int64, float: np.float64}
    columns = [np.array(values, dtype=kinds.get(type(values[0]), object)) for values in fields.values()]
    wkb = shapely.to_wkb(np.array(geometries, dtype=object), flavor="iso")
    pyogrio.raw.write(
        file,
        geometry=wkb,
        field_data=columns,
        fields=list(fields),
        geometry_type=geometry_type,
        crs=crs,
        driver=driver,
        encoding=encoding,
        **options,
    )
    return file


def write_zip(file: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def parts_of(shp: Path, name: str = "", but: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return a shapefile's parts by their names, as a zip's members."""
    return {
        (name or shp.stem) + part.suffix: part.read_bytes()
        for part in sorted(shp.parent.glob(f"{shp.stem}.*"))
        if part.suffix not in but
    }
