"""The files an agency would send: formats, CRSs and encodings as they come in real life. The only door to GDAL here."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio.raw
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_origin

from layers.crs import CRS84, TWD97_TM2, Crs, parse_crs, transform_geometries
from scripts.demonstration.tables import Table
from scripts.demonstration.terrain import Relief

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".kml": "LIBKML", ".fgb": "FlatGeobuf"}
MOMENT = (2026, 1, 1, 0, 0, 0)
"""Time stamp in archives, so that the same city makes the same bytes."""
_TYPES = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}


def write_table(path: Path, table: Table, crs: str = "EPSG:3826", encoding: str = "utf-8") -> None:
    """Write a table in the format of the file's ending (``.shp.zip``, ``.csv``, ``.xlsx`` or one GDAL knows)."""
    target = CRS84 if path.suffix in {".csv", ".xlsx", ".geojson", ".kml"} else parse_crs(crs)
    geometry = transform_geometries(_uniform(np.array(table.geometry, dtype=object)), TWD97_TM2, target)
    if path.suffix in {".csv", ".xlsx"}:
        _write_rows(path, table, geometry, encoding)
    elif path.name.endswith(".shp.zip"):
        _write_shapefile(path, table, geometry, target, encoding)
    else:
        _write(path, DRIVERS[path.suffix], table, geometry, target)


def _uniform(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Make all geometries multi-part where some are."""
    kinds = set(shapely.get_type_id(geometry).tolist())
    if len(kinds) < 2:
        return geometry
    make = {1: shapely.multilinestrings, 3: shapely.multipolygons}[min(kinds)]
    return np.array([item if shapely.get_type_id(item) > 3 else make([item]) for item in geometry], dtype=object)


def _write(path: Path, driver: str, table: Table, geometry: NDArray[np.object_], crs: Crs, **options: Any) -> None:
    if driver == "GPKG":
        path.unlink(missing_ok=True)
    if driver == "GeoJSON":
        options |= {"COORDINATE_PRECISION": 7, "RFC7946": "YES"}
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(geometry),
        field_data=[_column(values) for values in table.columns.values()],
        fields=list(table.columns),
        geometry_type=_TYPES[int(shapely.get_type_id(geometry[0]))],
        crs="EPSG:4326" if crs == CRS84 else str(crs),
        driver=driver,
        **options,
    )


def _column(values: list[Any]) -> NDArray[Any]:
    kind = type(values[0])
    return np.array(values, dtype={int: np.int64, float: np.float64, bool: np.bool_}.get(kind, object))


def _write_shapefile(path: Path, table: Table, geometry: NDArray[np.object_], crs: Crs, encoding: str) -> None:
    stem = path.name.removesuffix(".shp.zip")
    with tempfile.TemporaryDirectory() as scratch:
        inner = Path(scratch) / f"{stem}.shp"
        _write(inner, "ESRI Shapefile", table, geometry, crs, encoding=encoding)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(scratch).iterdir()):
                # Agencies' Big5 files come without a .cpg: the manifest says the encoding.
                if part.suffix != ".cpg" or encoding == "utf-8":
                    archive.writestr(zipfile.ZipInfo(part.name, MOMENT), part.read_bytes(), zipfile.ZIP_DEFLATED)


def _write_rows(path: Path, table: Table, points: NDArray[np.object_], encoding: str) -> None:
    names = [*table.columns, "經度", "緯度"]
    x, y = np.round(shapely.get_x(points), 7).tolist(), np.round(shapely.get_y(points), 7).tolist()
    rows = zip(*table.columns.values(), x, y, strict=True)
    if path.suffix == ".csv":
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(rows)
        return
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(path.stem)
    sheet.append(names)
    for row in rows:
        sheet.append(row)
    book.save(path)


def write_raster(path: Path, relief: Relief, cells: NDArray[Any], nodata: float | None, description: str) -> None:
    """Write cells on the relief's grid as a GeoTIFF in EPSG:3826."""
    rows, columns = cells.shape
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": str(cells.dtype),
        "crs": "EPSG:3826",
        "transform": from_origin(relief.west, relief.north, relief.cell, relief.cell),
        "nodata": nodata,
        "compress": "deflate",
        "tiled": True,
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write(cells, 1)
        file.set_band_description(1, description)


def columns_in_chinese(table: Table, names: Sequence[str]) -> Table:
    """Return the table with its columns renamed, as tables for people have them."""
    return Table(table.geometry, dict(zip(names, table.columns.values(), strict=True)))
