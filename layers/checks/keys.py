"""Keys: the values that identify features must be there and must differ."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from layers.checks.findings import EXAMPLES, FindingLog
from layers.checks.notes import Mask
from layers.features import FeatureBatch

_KEY_NAME = re.compile(
    r"編號$|代碼$|代號$|序號$|流水號$|識別碼$|統一編號$|^id$|[_\s]id$|(?<=[a-z])ID$|^gid$|^objectid$|code$",
    re.IGNORECASE,
)
_ALMOST = 0.7
"""Where fewer of its values than this share differ, a field groups features instead of identifying them."""
_HOPELESS = 0.05
"""Where fewer still differ in thousands of rows, the rest need not be looked at."""


class Repeats:
    """Finds values of one type that came before, keeping eight bytes a value."""

    def __init__(self) -> None:
        self._runs: list[NDArray[np.int64]] = []
        self.known = 0
        """Different values so far."""

    def watch(self, values: NDArray[np.object_]) -> Mask:
        """Return a mask of the values that came before, in this batch or in another; values are not None."""
        marks = _marks(values)
        ordered, first = np.unique(marks, return_index=True)
        again = np.ones(len(marks), dtype=bool)
        again[first] = False
        for run in self._runs:
            places = np.searchsorted(run, marks)
            again |= run[np.minimum(places, len(run) - 1)] == marks
        self._add(ordered)
        self.known += int(len(marks) - again.sum())
        return again

    def _add(self, ordered: NDArray[np.int64]) -> None:
        # Runs of about doubling length: a search looks into few of them, and every value is merged seldom.
        while self._runs and len(self._runs[-1]) <= len(ordered):
            ordered = np.sort(np.concatenate([self._runs.pop(), ordered]), kind="stable")
        if len(ordered):
            self._runs.append(ordered)


def _marks(values: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return a number for each value: whole numbers themselves, for -1 and -2 have the same hash."""
    if set(map(type, values)) <= {str}:
        return np.fromiter(map(hash, values), dtype=np.int64, count=len(values))
    return np.fromiter(
        (value if type(value) is int and abs(value) < 1 << 62 else hash(value) for value in values),
        dtype=np.int64,
        count=len(values),
    )


class KeyCheck:
    """Watches the key field over all batches."""

    def __init__(self, key: str, log: FindingLog) -> None:
        self._key = key
        self._log = log
        self._repeats = Repeats()

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch's keys in."""
        values = batch.columns[self._key]
        missing = np.fromiter((value is None or value == "" for value in values), dtype=bool, count=len(values))
        rows = batch.rows[missing]
        self._log.add("finding_key_missing", len(rows), ((row, "") for row in rows[:EXAMPLES]), key=self._key)
        present, rows = values[~missing], batch.rows[~missing]
        repeated = np.flatnonzero(self._repeats.watch(present))
        shown = ((rows[at], present[at]) for at in repeated[:EXAMPLES])
        self._log.add("finding_key_duplicate", len(repeated), shown, key=self._key)

    def finish(self) -> None:
        """All was said row by row."""


class KeyCandidate:
    """Watches a field that looks like a key although none was named."""

    def __init__(self, name: str, log: FindingLog) -> None:
        self._name = name
        self._log = log
        self._repeats = Repeats()
        self._count = self._repeated = 0
        self._examples: list[tuple[int, object]] = []

    @staticmethod
    def promises_keys(name: str) -> bool:
        """Tell whether a field's name says that its values identify something."""
        return bool(_KEY_NAME.search(name))

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch's values in."""
        if self._count > 10_000 and self._repeats.known < _HOPELESS * self._count:
            return
        values = batch.columns[self._name]
        present = values != np.array(None)
        values, rows = values[present], batch.rows[present]
        repeated = np.flatnonzero(self._repeats.watch(values))
        self._count += len(values)
        self._repeated += len(repeated)
        room = EXAMPLES - len(self._examples)
        self._examples += [(int(rows[at]), values[at]) for at in repeated[:room]]

    def finish(self) -> None:
        """Say how many rows repeat a value, where nearly all others differ."""
        if self._repeats.known >= _ALMOST * self._count:
            self._log.add("finding_key_candidate", self._repeated, self._examples, field=self._name)
