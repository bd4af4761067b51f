"""From GDAL's arrays to columns of plain Python values."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.features import column_of
from layers.schema import FieldType

Column = NDArray[np.object_]

_TYPES = {
    "OFTInteger": FieldType.INTEGER,
    "OFTInteger64": FieldType.INTEGER,
    "OFTReal": FieldType.REAL,
    "OFTString": FieldType.TEXT,
    "OFTDate": FieldType.DATE,
    "OFTDateTime": FieldType.DATETIME,
    "OFTTime": FieldType.TEXT,
    "OFTStringList": FieldType.TEXT,
    "OFTIntegerList": FieldType.TEXT,
    "OFTInteger64List": FieldType.TEXT,
    "OFTRealList": FieldType.TEXT,
}


def field_type(ogr_type: str, subtype: str) -> FieldType | None:
    """Return the type of a GDAL field; None for those that cannot be kept (binary)."""
    if subtype == "OFSTBoolean":
        return FieldType.BOOLEAN
    return _TYPES.get(ogr_type)


_BLANKS = "\0 \t\r\n"
_PLAIN_TEXT = frozenset({str, type(None)})


def python_column(array: NDArray[Any], kind: FieldType) -> Column:
    """Return one of pyogrio's arrays as Python values or None."""
    if array.dtype.kind in "iub":
        return array.astype(bool if kind is FieldType.BOOLEAN else array.dtype).astype(object)
    if array.dtype.kind == "f":
        return _from_floats(array, kind)
    values = array.tolist()
    if kind is FieldType.TEXT and set(map(type, values)) <= _PLAIN_TEXT:
        return column_of([(value.strip(_BLANKS) or None) if value else None for value in values])
    return column_of([None if value is None else _READ[kind](value) for value in values])


def _from_floats(array: NDArray[Any], kind: FieldType) -> Column:
    """Turn numbers whose missing values are NaN (whole numbers and truth values, too) into Python values."""
    known = np.isfinite(array)
    column = np.empty(len(array), dtype=object)
    if kind is FieldType.INTEGER:
        column[known] = array[known].astype(np.int64).astype(object)
    elif kind is FieldType.BOOLEAN:
        column[known] = array[known].astype(bool).astype(object)
    else:
        column[known] = array[known].astype(np.float64).astype(object)
    return column


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip(_BLANKS) or None
    if isinstance(value, np.ndarray):
        return json.dumps(value.tolist(), ensure_ascii=False)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def parse_date(value: Any) -> datetime.date | None:
    """Return a day from what GDAL writes; None where it is none."""
    try:
        return datetime.date.fromisoformat(str(value)[:10].replace("/", "-"))
    except ValueError:
        return None


def parse_datetime(value: Any) -> datetime.datetime | None:
    """Return a moment from what GDAL writes; None where it is none."""
    try:
        return datetime.datetime.fromisoformat(str(value).replace("/", "-"))
    except ValueError:
        return None


_READ: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.DATE: parse_date,
    FieldType.DATETIME: parse_datetime,
    FieldType.INTEGER: int,
    FieldType.REAL: float,
    FieldType.BOOLEAN: bool,
}
