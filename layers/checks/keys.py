"""Keys: the values that identify features must be there and must differ."""

from __future__ import annotations

import numpy as np

from layers.checks.findings import FindingLog
from layers.features import FeatureBatch


class KeyCheck:
    """Watches one field over all batches, keeping 16 bytes a row."""

    def __init__(self, key: str, log: FindingLog) -> None:
        self._key = key
        self._log = log
        self._hashes: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        self._rows: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch's keys in."""
        values = batch.columns[self._key]
        missing = np.fromiter((value is None or value == "" for value in values), dtype=bool, count=len(values))
        rows = batch.rows[missing]
        self._log.add("finding_key_missing", len(rows), ((row, "") for row in rows[:5]), key=self._key)
        present = values[~missing]
        self._hashes.append(np.fromiter((hash(value) for value in present), dtype=np.int64, count=len(present)))
        self._rows.append(batch.rows[~missing])

    def finish(self) -> None:
        """Say which keys came more than once."""
        if not self._hashes:
            return
        hashes, rows = np.concatenate(self._hashes), np.concatenate(self._rows)
        order = np.argsort(hashes, kind="stable")
        again = np.zeros(len(hashes), dtype=bool)
        again[1:] = hashes[order][1:] == hashes[order][:-1]
        repeated = np.sort(rows[order][again])
        self._log.add("finding_key_duplicate", len(repeated), ((row, "") for row in repeated[:5]), key=self._key)
