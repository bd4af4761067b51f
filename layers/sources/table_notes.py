"""What is said about the rows and headings of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.checks import FindingLog
from layers.checks.findings import EXAMPLES
from layers.sources.names import safe_names
from layers.sources.rows import TableChunk


@dataclass(frozen=True, slots=True)
class Headings:
    """The columns that are read: their positions, the names they go by, and those that had to be changed."""

    used: list[int]
    names: list[str]
    """Of all columns."""
    renamed: list[tuple[str, str]]


def read_headings(header: Sequence[str], filled: Sequence[bool], log: FindingLog) -> Headings:
    """Name the columns, but for those without heading and without value, and note what was missing or came twice."""
    names = safe_names(header)
    used = [at for at, name in enumerate(header) if name.strip() or filled[at]]
    log.add("finding_columns_blank", len(header) - len(used))
    missing = [at for at in used if not header[at].strip()]
    log.add("finding_headers_missing", len(missing), names=_listed([names[at] for at in missing]))
    repeated = [at for at in used if header[at].strip() and header[at] in header[:at]]
    shown = [f"{header[at]} → {names[at]}" for at in repeated]
    log.add("finding_headers_duplicate", len(repeated), names=_listed(shown))
    told = {*missing, *repeated}
    renamed = [(header[at], names[at]) for at in used if at not in told and header[at] != names[at]]
    return Headings(used, names, renamed)


def note_rows(chunk: TableChunk, read: int, log: FindingLog) -> None:
    """Note blank rows and rows with too many or too few cells; ``read`` rows were read with this chunk."""
    log.add("finding_rows_blank", chunk.blank)
    first = read - chunk.rows + 1
    examples = [(first + at, told) for at, told in list(chunk.ragged.items())[:EXAMPLES]]
    log.add("finding_rows_ragged", len(chunk.ragged), examples)


def note_blanks(field: str, trimmed: Sequence[int], rows: NDArray[np.int64], log: FindingLog) -> None:
    """Note the places of a chunk whose texts had blanks around them."""
    log.add("finding_values_trimmed", len(trimmed), ((int(rows[at]), "") for at in trimmed[:EXAMPLES]), field=field)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
