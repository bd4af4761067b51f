"""What is said of the columns that place a table's rows: which were taken, and how their cells were read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.checks import FindingLog, Severity
from layers.checks.findings import EXAMPLES
from layers.sources.coordinates import CoordinateColumns, Numbers, Shapes

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


class PlaceNotes:
    """Writes each row's findings once, however often a table is read."""

    def __init__(self, header: Sequence[str], log: FindingLog) -> None:
        self._header = header
        self._log = log
        self._noted: dict[str, int] = {}

    def add_choice(self, chosen: CoordinateColumns, others: Sequence[CoordinateColumns]) -> None:
        """Say which columns were taken where there was a choice."""
        names = "; ".join(other.names(self._header) for other in others)
        # Where labels speak for several alike, only the order was left to choose by.
        is_doubtful = chosen.x is not None and any(
            other.x is not None and other.rank == chosen.rank for other in others
        )
        self._log.add(
            "finding_pairs_several",
            len(others),
            severity=Severity.WARNING if is_doubtful else None,
            chosen=chosen.names(self._header),
            others=names,
        )

    def add_exchange(self, pair: CoordinateColumns) -> None:
        """Say that the values of a pair contradict its labels."""
        x, y = (self._header[at or 0] for at in (pair.x, pair.y))
        self._log.add("finding_coordinates_exchanged", x=x, y=y)

    def add_shapes(self, shapes: Shapes, cells: Sequence[Any], rows: Rows) -> None:
        """Say which WKT was closed and which could not be read."""
        self._add("finding_ring_open", shapes.closed, cells, rows)
        self._add("finding_wkt_unreadable", shapes.unreadable, cells, rows)

    def add_codes(self, column: int, cells: Sequence[Any], alike: Mask, read: Mask, rows: Rows) -> None:
        """Say which codes of the power company's grid were read and which could not be."""
        filled = np.fromiter((isinstance(cell, str) and bool(cell.strip()) for cell in cells), bool, len(rows))
        self._add("finding_power_grid", alike & read, cells, rows, field=self._header[column])
        self._add("finding_power_grid_unread", filled & ~read, cells, rows, field=self._header[column])

    def add_degrees(self, column: int, cells: Sequence[Any], read: Numbers, rows: Rows) -> None:
        """Say which coordinates were written in degrees, minutes and seconds."""
        self._add("finding_coordinates_sexagesimal", read.sexagesimal, cells, rows, field=self._header[column])

    def _add(self, code: str, cases: Mask, cells: Sequence[Any], rows: Rows, field: str = "") -> None:
        name = code + field
        if not len(rows) or int(rows[0]) <= self._noted.get(name, 0):
            return
        self._noted[name] = int(rows[-1])
        places = np.flatnonzero(cases)
        examples = ((int(rows[at]), cells[at]) for at in places[:EXAMPLES])
        self._log.add(code, len(places), examples, field=field)
