"""Watches fields for dates that are not stored as dates."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from layers.checks.cells import Cells
from layers.checks.dates import BEGINNINGS, DateKind, read_date
from layers.checks.findings import EXAMPLES, FindingLog
from layers.checks.numbers import WORDS, is_code

_ENOUGH = 20
"""So many different values that are all dates are no accident, whatever the field is called."""
_MOSTLY = 0.5
_EARLIEST, _LATEST = 10_101, 2_001_231
_COMMON = range(18_000_000, 21_000_000)
"""Numbers of eight digits that a field called a date means as dates of the common era."""

Rows = NDArray[np.int64]
Example = tuple[int, str]


class DateWatch:
    """Watches a text field; ``promised`` says that its name speaks of dates."""

    def __init__(self, name: str, promised: bool, log: FindingLog) -> None:
        self._name = name
        self._promised = promised
        self._is_code = is_code(name) and not promised
        self._log = log
        self._filled = 0
        self._counts = dict.fromkeys(DateKind, 0)
        self._examples: dict[DateKind, list[Example]] = {kind: [] for kind in DateKind}
        self._joined: set[str] = set()

    def watch(self, cells: Cells, rows: Rows) -> None:
        """Take one batch's texts in."""
        if self._is_code:
            return
        self._filled += cells.filled - sum(map(cells.values.tolist().count, WORDS & cells.distinct))
        found: dict[DateKind, dict[str, datetime.date | None]] = {}
        for text in cells.beginning_with(BEGINNINGS):
            if date := read_date(text, self._promised):
                found.setdefault(date[0], {})[text] = date[1]
        for kind, dates in found.items():
            self._note(kind, dates, cells, rows)
        if len(self._joined) < _ENOUGH:
            self._joined.update(found.get(DateKind.REPUBLIC_JOINED, {}))

    def _note(self, kind: DateKind, dates: dict[str, datetime.date | None], cells: Cells, rows: Rows) -> None:
        places = np.flatnonzero(cells.where(dates))
        self._counts[kind] += len(places)
        examples = self._examples[kind]
        for at in places[: EXAMPLES - len(examples)]:
            text = str(cells.values[at])
            examples.append((int(rows[at]), _shown(text, dates[text])))

    def finish(self) -> None:
        """Say which dates are of the Republic's calendar, and which cannot be."""
        counts = self._counts
        joined = counts[DateKind.REPUBLIC_JOINED]
        whole = joined == self._filled and len(self._joined) >= _ENOUGH
        are_dates = whole or (self._promised and joined + counts[DateKind.REPUBLIC] >= _MOSTLY * self._filled)
        kinds = [DateKind.REPUBLIC, *([DateKind.REPUBLIC_JOINED] if are_dates else [])]
        for kind in kinds:
            self._log.add("finding_dates_roc", counts[kind], self._examples[kind], field=self._name)
        dated = sum(counts[kind] for kind in (*kinds, DateKind.COMMON))
        if self._promised or dated >= _MOSTLY * self._filled:
            impossible = DateKind.IMPOSSIBLE
            self._log.add("finding_dates_impossible", counts[impossible], self._examples[impossible], field=self._name)


class JoinedDateWatch:
    """Watches a field of whole numbers: 1100421 is the 21st of April in the year 110 of the Republic."""

    def __init__(self, name: str, promised: bool, log: FindingLog) -> None:
        self._name = name
        self._promised = promised
        self._log = log
        self._filled = self._count = self._common = self._impossible = 0
        self._examples: list[Example] = []
        self._wrong: list[Example] = []
        self._values: set[object] = set()

    def watch(self, cells: Cells, rows: Rows) -> None:
        """Take one batch's numbers in."""
        if self._filled and not self._promised and self._count < self._filled:
            return
        self._filled += cells.filled
        near = [value for value in cells.distinct if _EARLIEST <= value <= _LATEST]
        if not self._promised and len(near) < len(cells.distinct):
            return
        common = [value for value in cells.distinct if value in _COMMON] if self._promised else []
        read = {value: read_date(f"{value:06}", promised=True) for value in (*near, *common)}
        wrong = {value for value, date in read.items() if date and date[0] is DateKind.IMPOSSIBLE}
        dates = {value: date[1] for value, date in read.items() if date and date[0] is DateKind.REPUBLIC_JOINED}
        self._count += self._note(dates, cells, rows, self._examples)
        self._impossible += self._note(dict.fromkeys(wrong), cells, rows, self._wrong)
        self._common += len(np.flatnonzero(cells.where(set(common) - wrong)))
        if len(self._values) < _ENOUGH:
            self._values.update(dates)

    def _note(
        self, dates: Mapping[int, datetime.date | None], cells: Cells, rows: Rows, examples: list[Example]
    ) -> int:
        places = np.flatnonzero(cells.where(dates))
        for at in places[: EXAMPLES - len(examples)]:
            examples.append((int(rows[at]), _shown(str(cells.values[at]), dates[cells.values[at]])))
        return len(places)

    def finish(self) -> None:
        """Say whether the numbers are dates."""
        whole = self._count == self._filled and len(self._values) >= _ENOUGH
        if not (whole or (self._promised and self._count + self._common >= _MOSTLY * self._filled)):
            return
        self._log.add("finding_dates_roc", self._count, self._examples, field=self._name)
        self._log.add("finding_dates_impossible", self._impossible, self._wrong, field=self._name)


def _shown(text: str, date: datetime.date | None) -> str:
    return text if date is None else f"{text} = {date.isoformat()}"
