"""The result: a table for people, a document for programs."""

from __future__ import annotations

import json
import operator
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

COMPARE = {"≥": operator.ge, "≤": operator.le, "<": operator.lt}


@dataclass(frozen=True)
class Aim:
    """What a number should be, as in ``≥ 0.3``."""

    sign: str
    bound: float

    def met(self, value: float) -> bool:
        """Tell whether the number is as it should be."""
        return bool(COMPARE[self.sign](value, self.bound))

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g}"


@dataclass(frozen=True)
class Row:
    """One comparison; without a peer ``tuzi`` itself is judged."""

    subject: str
    measure: str
    unit: str
    tuzi: float | None
    peer: str = ""
    theirs: float | None = None
    aim: Aim | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Tuzi's number by the peer's."""
        return self.tuzi / self.theirs if self.tuzi is not None and self.theirs else None

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None where there is none or nothing was measured."""
        judged = self.ratio if self.peer else self.tuzi
        return None if self.aim is None or judged is None else self.aim.met(judged)


def show(console: Console, rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table("subject", "measure", "Tuzi", "against", "theirs", "ratio", "aim", "", title="Medians and ratios")
    for name in ("Tuzi", "theirs", "ratio"):
        next(column for column in table.columns if column.header == name).justify = "right"
    previous = ""
    for row in rows:
        if previous and row.subject != previous:
            table.add_section()
        ratio = "" if row.ratio is None else f"{row.ratio:.3g} ×"
        verdict = {True: "[green]✓[/]", False: "[red]✗[/]", None: row.note}[row.met]
        table.add_row(
            row.subject if row.subject != previous else "",
            row.measure,
            _number(row.tuzi, row.unit),
            row.peer,
            _number(row.theirs, row.unit) if row.peer else "",
            ratio,
            str(row.aim or ""),
            verdict,
        )
        previous = row.subject
    console.print(table)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "—"
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {unit}"


def save(folder: Path, machine: Mapping[str, str], rows: Sequence[Row], samples: Mapping[str, object]) -> Path:
    """Write everything to a JSON file named after the moment; return where."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": dict(machine),
        "rows": [asdict(row) | {"aim": str(row.aim or ""), "ratio": row.ratio, "met": row.met} for row in rows],
        "rounds": samples,
    }
    file = folder / time.strftime("bench-%Y%m%d-%H%M%S.json")
    file.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return file
