"""Watches fields for numbers among text and for values that stand for "no data"."""

from __future__ import annotations

import math
from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from layers.checks.cells import Cells
from layers.checks.codes import Severity
from layers.checks.findings import EXAMPLES, FindingLog
from layers.checks.numbers import (
    BEGINNINGS,
    NUMERIC_SENTINELS,
    WORDS,
    WRITTEN_SENTINELS,
    is_code,
    is_number,
    stands_apart,
)

_MIXED = 0.5
"""From this share of numbers on, text among them is what does not belong."""
_CODE = 8
"""Where all values are so many digits or more, and equally many, they are codes."""

Rows = NDArray[np.int64]


class _Sentinels:
    """Counts values that stand for "no data", each with the first row that holds it."""

    def __init__(self) -> None:
        self.counts: dict[object, int] = {}
        self._rows: dict[object, int] = {}

    def watch(self, found: Set[object], cells: Cells, rows: Rows) -> None:
        for value in found:
            places = np.flatnonzero(cells.where({value}))
            self._rows.setdefault(value, int(rows[places[0]]))
            self.counts[value] = self.counts.get(value, 0) + len(places)

    def add(self, values: list[object], name: str, severity: Severity | None, log: FindingLog) -> None:
        examples = [(self._rows[value], f"{value} × {self.counts[value]}") for value in values]
        log.add(
            "finding_sentinels", sum(self.counts[value] for value in values), examples, severity=severity, field=name
        )


class NumberWatch:
    """Watches a numeric field for -99 and the like, where they lie apart from all other values."""

    def __init__(self, name: str, log: FindingLog) -> None:
        self._name = name
        self._log = log
        self._sentinels = _Sentinels()
        self._lowest, self._highest = math.inf, -math.inf

    def watch(self, cells: Cells, rows: Rows) -> None:
        """Take one batch's numbers in."""
        found = NUMERIC_SENTINELS & cells.distinct
        self._sentinels.watch(found, cells, rows)
        others = cells.distinct - found
        if others:
            self._lowest = min(self._lowest, min(others))
            self._highest = max(self._highest, max(others))

    def finish(self) -> None:
        """Say which values stand for none."""
        apart: list[object] = [
            value
            for value in self._sentinels.counts
            if isinstance(value, int | float) and stands_apart(value, self._lowest, self._highest)
        ]
        self._sentinels.add(apart, self._name, None, self._log)


class WordWatch:
    """Watches a text field for numbers, and for words and signs that stand for "no data"."""

    def __init__(self, name: str, log: FindingLog) -> None:
        self._name = name
        self._log = log
        self._is_code = is_code(name)
        self._sentinels = _Sentinels()
        self._has_opposite = False
        self._filled = self._numbers = 0
        self._lengths: set[int] = set()
        self._values: list[tuple[int, str]] = []
        self._others: list[tuple[int, str]] = []

    def watch(self, cells: Cells, rows: Rows) -> None:
        """Take one batch's texts in."""
        found = (WORDS | WRITTEN_SENTINELS) & cells.distinct
        self._sentinels.watch(found, cells, rows)
        self._has_opposite = self._has_opposite or "有" in cells.distinct
        if self._is_code:
            return
        self._filled += cells.filled
        candidates = cells.beginning_with(BEGINNINGS)
        # Digits with noughts before them are codes, and so are those beside them: 01 … 12.
        self._is_code = any(text[0] == "0" and text.isdigit() and len(text) > 1 for text in candidates)
        if self._is_code:
            return
        numbers = {text for text in candidates if is_number(text) and text not in found}
        self._lengths.update(len(text) if text.isdigit() else 0 for text in numbers)
        if numbers:
            places = np.flatnonzero(cells.where(numbers))
            self._numbers += len(places)
            _extend(self._values, places, cells, rows)
        if len(self._others) < EXAMPLES:
            known = numbers | found | {None}
            _extend(self._others, np.flatnonzero(~cells.where(known)), cells, rows)

    def finish(self) -> None:
        """Say whether the field is one of numbers, and which values stand for none."""
        # 無 beside 有 is an answer.
        kept = [value for value in self._sentinels.counts if not (value == "無" and self._has_opposite)]
        words = sum(self._sentinels.counts[value] for value in kept)
        is_numeric = self._numbers > 0 and not self._is_code and self._numbers >= _MIXED * (self._filled - words)
        written = [value for value in kept if value not in WRITTEN_SENTINELS or is_numeric]
        self._sentinels.add(written, self._name, None if is_numeric else Severity.INFO, self._log)
        if not is_numeric:
            return
        others = self._filled - self._numbers - sum(self._sentinels.counts.values())
        if others:
            self._log.add("finding_values_mixed", others, self._others, field=self._name)
        elif len(self._lengths) > 1 or max(self._lengths) < _CODE:
            self._log.add("finding_numbers_as_text", self._numbers, self._values, field=self._name)


def _extend(examples: list[tuple[int, str]], places: NDArray[np.int64], cells: Cells, rows: Rows) -> None:
    for at in places[: EXAMPLES - len(examples)]:
        examples.append((int(rows[at]), str(cells.values[at])))
