"""Writes quarantined rows as files in which people mend them: tables for spreadsheets, layers for a GIS."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from layers.crs import CRS84, Crs, transform_geometries
from layers.errors import StoreError
from layers.messages import Language
from layers.quarantine import COLUMNS, WKT, identity, reason_sentence
from layers.schema import FieldType, Schema
from layers.stores import QuarantinedRow
from layers.stores.shapes import finite

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
SUFFIXES = (".csv", *DRIVERS)


def write_quarantine(
    file: Path, rows: Sequence[QuarantinedRow], schema: Schema, language: Language, *, with_wkt: bool = True
) -> int:
    """Write rows with their reasons, all attributes and the geometry that can be written; returns how many.

    CSV is UTF-8 with a byte order mark, as spreadsheets want it, its geometry WKT in the schema's CRS, x before y;
    a table whose rows say in columns of their own where they lie does ``with_wkt=False``. GeoPackage is in the
    schema's CRS, GeoJSON in CRS84 (RFC 7946). Raises StoreError for another suffix and where it cannot be written.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise StoreError("quarantine_format", file=file.name)
    names = _names(rows, schema)
    marks = [(identity(row), row.row, row.reason, reason_sentence(row.reason, language)) for row in rows]
    try:
        if suffix == ".csv":
            _write_csv(file, rows, marks, names, _geometries(rows, schema.crs) if with_wkt else None)
        else:
            crs = CRS84 if suffix == ".geojson" else schema.crs
            _write_layer(file, DRIVERS[suffix], rows, marks, names, schema, crs)
    except (OSError, RuntimeError, pyogrio.errors.DataSourceError) as error:
        raise StoreError("quarantine_not_written", file=file.name, reason=str(error)) from error
    return len(rows)


def _names(rows: Iterable[QuarantinedRow], schema: Schema) -> list[str]:
    """Return the fields of all rows, those of the layer first and in its order."""
    delivered = dict.fromkeys(name for row in rows for name in row.properties)
    return [*(name for name in schema.names if name in delivered), *(n for n in delivered if n not in schema.names)]


def _geometries(rows: Sequence[QuarantinedRow], crs: Crs) -> NDArray[np.object_]:
    """Return each row's geometry in one CRS; None where there is none, or none that has a place there."""
    moved = np.full(len(rows), None, dtype=object)
    for place, row in enumerate(rows):
        if row.geometry is not None and row.crs is not None:
            one = np.array([row.geometry], dtype=object)
            moved[place] = finite(transform_geometries(one, row.crs, crs))[0]
    return moved


def _write_csv(
    file: Path,
    rows: Sequence[QuarantinedRow],
    marks: Sequence[Sequence[Any]],
    names: Sequence[str],
    geometries: NDArray[np.object_] | None,
) -> None:
    places = [[]] * len(rows) if geometries is None else [[text] for text in _as_wkt(geometries)]
    with file.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow([*COLUMNS, *names, *([] if geometries is None else [WKT])])
        for row, mark, place in zip(rows, marks, places, strict=True):
            writer.writerow([*mark, *(_cell(row.properties.get(name)) for name in names), *place])


def _as_wkt(geometries: NDArray[np.object_]) -> list[str]:
    return [text or "" for text in shapely.to_wkt(geometries, rounding_precision=-1)]


def _cell(value: Any) -> Any:
    # Truth values are words of the language in every spreadsheet; numbers are not.
    return int(value) if isinstance(value, bool) else "" if value is None else value


def _write_layer(
    file: Path,
    driver: str,
    rows: Sequence[QuarantinedRow],
    marks: Sequence[Sequence[Any]],
    names: Sequence[str],
    schema: Schema,
    crs: Crs,
) -> None:
    columns = [*map(list, zip(*marks, strict=True))] if marks else [[] for _ in COLUMNS]
    types = [FieldType.TEXT, FieldType.INTEGER, FieldType.TEXT, FieldType.TEXT]
    for name in names:
        field = schema.field(name)
        columns.append([row.properties.get(name) for row in rows])
        types.append(FieldType.TEXT if field is None else field.type)
    arrays = [_array(column, kind) for column, kind in zip(columns, types, strict=True)]
    file.unlink(missing_ok=True)
    pyogrio.raw.write(
        file,
        geometry=shapely.to_wkb(_geometries(rows, crs), flavor="iso"),
        field_data=arrays,
        field_mask=[np.array([value is None for value in column], dtype=bool) for column in columns],
        fields=[*COLUMNS, *names],
        geometry_type="Unknown",
        crs=str(crs),
        driver=driver,
    )


_ARRAYS: Mapping[FieldType, tuple[str, Callable[[Any], Any], Any]] = {
    FieldType.INTEGER: ("int64", int, 0),
    FieldType.REAL: ("float64", float, np.nan),
    FieldType.BOOLEAN: ("bool", bool, False),
    FieldType.DATE: ("datetime64[D]", datetime.date.fromisoformat, np.datetime64("NaT")),
    FieldType.DATETIME: (
        "datetime64[ms]",
        lambda text: datetime.datetime.fromisoformat(text).replace(tzinfo=None),
        np.datetime64("NaT"),
    ),
}


def _array(values: Sequence[Any], kind: FieldType) -> NDArray[Any]:
    """Return a column as GDAL takes it; a value that is not of the field's type makes the column text."""
    if kind in _ARRAYS:
        dtype, read, missing = _ARRAYS[kind]
        try:
            return np.array([missing if value is None else read(value) for value in values], dtype=dtype)
        except (TypeError, ValueError):
            pass
    return np.array([None if value is None else str(value) for value in values], dtype=object)
