"""What becomes of quarantined rows when a release is made from the one before: they stay until they are mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from layers.crs import CRS84, Crs
from layers.errors import MergeError
from layers.features import FeatureBatch, QuarantinedRows
from layers.plan import Update
from layers.quarantine import IDENTITY, ROW, identity
from layers.stores import QuarantinedRow, Release

SetAside = tuple[QuarantinedRows, Crs]
_SHOWN = 5


def without_columns(batch: FeatureBatch, names: Collection[str]) -> FeatureBatch:
    """Return a batch without some of its columns."""
    columns = {name: values for name, values in batch.columns.items() if name not in names}
    return FeatureBatch(batch.geometry, columns, batch.rows)


def resubmitted(layer: str, update: Update, delivered: FeatureBatch, aside: Sequence[SetAside]) -> Counter[str]:
    """Return which rows of the quarantine came back, whether they are good now or still bad.

    Raises MergeError where one is named that is not there, or is named again.
    """
    if not update.resubmission:
        return Counter()
    batches = [delivered, *(rows.batch for rows, _ in aside)]
    named = Counter(str(value) for batch in batches for value in batch.columns[IDENTITY] if value)
    kept = Counter(map(identity, () if update.base is None else update.base.quarantine()))
    strange = named - kept
    if strange:
        shown = ", ".join(sorted(strange)[:_SHOWN])
        raise MergeError("merge_identity_unknown", layer=layer, count=strange.total(), values=shown)
    return named


def carry_over(
    base: Release | None,
    returned: Counter[str],
    key: str | None,
    keys: Collection[Any],
    aside: Sequence[SetAside],
    own: Collection[str],
) -> Iterator[SetAside]:
    """Yield the quarantine of the next release: what was there and is not settled, then what was set aside now.

    ``returned`` rows have come back; a row with one of the ``keys`` delivered, or set aside now, is superseded.
    """
    settled = {str(value) for value in keys}
    if key is not None:
        settled |= {str(value) for rows, _ in aside for value in rows.batch.columns.get(key, ()) if value is not None}
    left = Counter(returned)
    for row in () if base is None else base.quarantine():
        name = identity(row) if left else ""
        if left.get(name, 0):
            left[name] -= 1
        elif key is None or row.properties.get(key) is None or str(row.properties[key]) not in settled:
            yield _as_rows(row)
    for rows, crs in aside:
        yield _numbered(rows, own), crs


def _numbered(rows: QuarantinedRows, own: Collection[str]) -> QuarantinedRows:
    """Return rows without the columns that are not theirs, under the numbers they had when they came first."""
    batch = without_columns(rows.batch, own)
    if ROW in rows.batch.columns:
        earlier = [_number(value, row) for value, row in zip(rows.batch.columns[ROW], batch.rows, strict=True)]
        batch = FeatureBatch(batch.geometry, batch.columns, np.array(earlier, dtype=np.int64))
    return replace(rows, batch=batch)


def _number(value: Any, row: int) -> int:
    return int(value) if isinstance(value, int | float) or str(value).isdecimal() else int(row)


def _as_rows(row: QuarantinedRow) -> SetAside:
    columns = {}
    for name, value in row.properties.items():
        columns[name] = np.empty(1, dtype=object)
        columns[name][0] = value
    geometry = np.empty(1, dtype=object)
    geometry[0] = row.geometry
    return QuarantinedRows(FeatureBatch(geometry, columns, np.array([row.row])), (row.reason,)), row.crs or CRS84
