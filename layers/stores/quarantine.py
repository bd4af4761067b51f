"""Rows that could not become features, as every store keeps them beside the release."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import shapely

from layers.crs import Crs, parse_crs
from layers.features import QuarantinedRows
from layers.stores import QuarantinedRow

Record = tuple[int, str, str, bytes | None, str]
"""Row number, reason, CRS, WKB, attributes as JSON."""


def quarantine_records(rows: QuarantinedRows, crs: Crs) -> Iterator[Record]:
    """Return what a store writes for each row."""
    batch = rows.batch
    bodies = shapely.to_wkb(batch.geometry, byte_order=1, flavor="iso")
    names = list(batch.columns)
    for place, (row, reason) in enumerate(zip(batch.rows.tolist(), rows.reasons, strict=True)):
        properties = {name: _plain(batch.columns[name][place]) for name in names}
        yield row, reason, str(crs), bodies[place], orjson.dumps(properties).decode()


def quarantined_row(record: Sequence[Any]) -> QuarantinedRow:
    """Return the row of a record as it was delivered."""
    row, reason, crs, body, properties = record
    geometry = None if body is None else shapely.from_wkb(bytes(body), on_invalid="ignore")
    return QuarantinedRow(row, reason, geometry, parse_crs(crs), orjson.loads(properties))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
