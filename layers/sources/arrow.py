"""Batches of an Arrow stream as columns of plain Python values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import nanoarrow
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.features import column_of
from layers.schema import FieldType
from layers.sources.values import Column, parse_date, parse_datetime


class ArrowError(Exception):
    """A stream broke; the text says why, in the words of whoever writes it."""


@dataclass(frozen=True, slots=True)
class ArrowBatch:
    """Some thousand rows of a stream."""

    rows: int
    _columns: dict[str, Any]

    def integers(self, name: str, start: int) -> NDArray[np.int64]:
        """Return a column of whole numbers, or the numbers from ``start`` on where there is no such column."""
        column = self._columns.get(name)
        if column is None:
            return np.arange(start, start + self.rows, dtype=np.int64)
        return np.fromiter(_python(column), dtype=np.int64, count=self.rows)

    def shapes(self, name: str) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
        """Return geometries from a column of WKB, and which of them there are but cannot be expressed (curves)."""
        column = self._columns.get(name)
        if column is None:
            return np.full(self.rows, None, dtype=object), np.zeros(self.rows, dtype=bool)
        wkb = column_of(list(_python(column)))
        shapes: NDArray[np.object_] = shapely.from_wkb(wkb, on_invalid="ignore")
        return shapes, shapely.is_missing(shapes) & np.array([bool(value) for value in wkb], dtype=bool)

    def values(self, name: str, kind: FieldType) -> Column:
        """Return a column as values of the type, or None."""
        column = self._columns.get(name)
        if column is None:
            return np.full(self.rows, None, dtype=object)
        read = _READ[kind]
        return column_of([None if value is None else read(value) for value in _python(column)])


def arrow_batches(stream: Any) -> Iterator[ArrowBatch]:
    """Read an object with ``__arrow_c_stream__`` (the Arrow PyCapsule protocol); raises ArrowError where it breaks."""
    with nanoarrow.c_array_stream(stream) as opened:
        while (array := _next(opened)) is not None:
            names = [child.name for child in array.schema.children]
            if array.length:
                yield ArrowBatch(array.length, dict(zip(names, array.children, strict=True)))


def _next(stream: Any) -> Any:
    try:
        return next(stream, None)
    except RuntimeError as error:
        raise ArrowError(str(error)) from error


def _python(column: Any) -> Iterator[Any]:
    values: Iterator[Any] = nanoarrow.Array(column).iter_py()
    return values


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip("\0 \t\r\n") or None
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _real(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


_READ: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _text,
    FieldType.DATE: parse_date,
    FieldType.DATETIME: parse_datetime,
    FieldType.INTEGER: int,
    FieldType.REAL: _real,
    FieldType.BOOLEAN: bool,
}
