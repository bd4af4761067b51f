"""Attribute values between a batch, a column of a file and JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from layers.features import FeatureBatch, Geometries, column_of
from layers.schema import Field, FieldType, Schema


def stored_column(field: Field, values: Sequence[Any]) -> list[Any]:
    """Return a batch's column as it is stored: dates as ISO 8601 text, everything else as it is."""
    store = _STORED.get(field.type)
    if store is None:
        return list(values)
    if field.type is FieldType.REAL and (numbers := _finite_reals(values)) is not None:
        return numbers
    if field.type in {FieldType.DATE, FieldType.DATETIME}:
        # Many rows share few dates: each is written once.
        texts = {value: None if value is None else store(value) for value in set(values)}
        return list(map(texts.__getitem__, values))
    return [None if value is None else store(value) for value in values]


def _finite_reals(values: Sequence[Any]) -> list[float] | None:
    """Return what ``_real`` does of all values at once; None where one is missing or not finite."""
    array = np.array(values, dtype=np.float64)
    numbers: list[float] = (array + 0.0).tolist()
    return numbers if np.isfinite(array).all() else None


def json_column(field: Field, stored: Sequence[Any]) -> Sequence[Any]:
    """Return a stored column as JSON shows it: as it is stored, but truth values as such."""
    if field.type is not FieldType.BOOLEAN:
        return stored
    return [None if value is None else bool(value) for value in stored]


def python_value(field: Field, stored: Any) -> Any:
    """Return one stored value as the Python type that ``FieldType`` names."""
    read = _PYTHON.get(field.type)
    return stored if stored is None or read is None else read(stored)


def batch_of_records(records: Sequence[Sequence[Any]], geometry: Geometries, schema: Schema) -> FeatureBatch:
    """Return records of ``fid``, geometry and stored values as a batch of features."""
    values = list(zip(*records, strict=True)) if records else [()] * (len(schema.fields) + 2)
    columns = {
        field.name: column_of([python_value(field, value) for value in column])
        for field, column in zip(schema.fields, values[2:], strict=True)
    }
    return FeatureBatch(geometry, columns, np.array(values[0], dtype=np.int64))


def _real(value: Any) -> float | None:
    # Adding zero turns -0.0 into 0.0: SQLite keeps no other, and equal data must have equal digests.
    return float(value) + 0.0 if math.isfinite(value) else None


def datetime_text(value: datetime) -> str:
    """Return the one form in which times are stored, so that they compare as text.

    A time without a zone keeps its digits, as GDAL does it: the file says no more than that.
    """
    try:
        instant = value.astimezone(UTC) if value.tzinfo else value
    except OverflowError:
        # The calendar ends with the years 1 and 9999; what a zone moves beyond stays at its end.
        instant = value.replace(tzinfo=UTC)
    return instant.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _datetime(value: Any) -> str:
    if isinstance(value, datetime):
        return datetime_text(value)
    return datetime_text(datetime(value.year, value.month, value.day))


def _date(value: date) -> str:
    return value.isoformat()[:10]


_STORED: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.REAL: _real,
    FieldType.BOOLEAN: int,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
}
_PYTHON: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.BOOLEAN: bool,
    FieldType.DATE: date.fromisoformat,
    FieldType.DATETIME: datetime.fromisoformat,
}
