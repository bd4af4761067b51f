"""Joins: columns of a table added to the features that have the same key, however the two write it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.checks import FindingLog
from layers.config import ArchiveConfig
from layers.errors import SourceError
from layers.features import FeatureBatch
from layers.plan import FieldDefinition, Join
from layers.schema import Field
from layers.sources import SourceLayer, VectorSource
from layers.sources.lookup import LookupTable, read_lookup
from layers.sources.names import safe_names

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212_/.·]+")
_WHOLE = re.compile(r"(\d+)\.0+")
_EXAMPLES = 5
_NO_ROW = -1


def plain_key(value: Any) -> str:
    """Return a key without what two agencies write differently and never mean by it.

    Full-width letters become half-width, 臺 becomes 台, letters capital; numbers that a spreadsheet made of codes
    lose their ``.0``. Empty for a missing key.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).strip().upper().replace("臺", "台")
    return _WHOLE.sub(r"\1", text) if text.endswith("0") and "." in text and _WHOLE.fullmatch(text) else text


def _compact_key(key: str) -> str:
    """65000010-001 is 65000010001."""
    return _BETWEEN.sub("", key)


def _unpadded_key(key: str) -> str:
    """0902 is 902, for spreadsheets drop leading zeros; nothing but digits may be meant."""
    compact = _compact_key(key)
    return compact.lstrip("0") if compact.isdecimal() else compact


_READINGS: tuple[Callable[[str], str], ...] = (str, _compact_key, _unpadded_key)
"""From the strictest to the loosest; a looser one counts where it leaves no two keys of the table alike."""


class KeyIndex:
    """Finds the row of a table that a key means; ``repeated`` are keys that several rows have."""

    def __init__(self, keys: Sequence[Any]) -> None:
        plain = [plain_key(key) for key in keys]
        rows: dict[str, int] = {}
        for row, key in enumerate(plain):
            rows.setdefault(key, row)
        rows.pop("", None)
        self.repeated = {key for key, count in Counter(plain).items() if count > 1 and key}
        self.first = [rows.get(key, row) for row, key in enumerate(plain)]
        """For each row, the first one with its key."""
        self._readings = [_unambiguous(rows, read) for read in _READINGS]
        self._known: dict[Any, int] = {}

    def row(self, key: Any) -> int:
        """Return the number of the row, from 0, or -1."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(plain_key(key))
        return found

    def _find(self, key: str) -> int:
        if key:
            for read, rows in zip(_READINGS, self._readings, strict=True):
                if (row := rows.get(read(key))) is not None:
                    return row
        return _NO_ROW


def _unambiguous(rows: Mapping[str, int], read: Callable[[str], str]) -> dict[str, int]:
    """Return the rows by a looser reading of their keys, without those that it makes alike."""
    counts = Counter(map(read, rows))
    return {read(key): row for key, row in rows.items() if counts[read(key)] == 1}


@dataclass(frozen=True, slots=True)
class _Taken:
    """One joined table: what of it is taken, under which names, and how features find their row."""

    join: Join
    table: LookupTable
    index: KeyIndex
    fields: tuple[Field, ...]
    columns: tuple[NDArray[np.object_], ...]
    """As long as the table and one longer: the last value, None, is for features without a row."""
    label: str


class JoinedSource:
    """A source whose features have the columns of tables beside their own.

    The tables are read when it is made; raises SourceError where one cannot be, or a key is not there. What found no
    partner is noted once all features were read.
    """

    def __init__(
        self, source: VectorSource, joins: Sequence[Join], limits: ArchiveConfig, file: str, log: FindingLog
    ) -> None:
        self._source = source
        self._log = log
        self._noted = False
        names = [field.name for field in source.layer.fields]
        self._taken: list[_Taken] = []
        for join in joins:
            if join.key not in names:
                raise SourceError("join_key_unknown", file=file, field=join.key, fields=", ".join(names))
            taken = _taken(join, names, limits)
            _note_repeated(taken, log)
            self._taken.append(taken)
            names += [field.name for field in taken.fields]
        added = tuple(field for taken in self._taken for field in taken.fields)
        self.layer: SourceLayer = replace(source.layer, fields=(*source.layer.fields, *added))

    def batches(self, attributes: bool = True) -> Iterator[FeatureBatch]:
        """Read all rows in the file's order; without ``attributes`` the columns stay empty."""
        if not attributes:
            yield from self._source.batches(attributes=False)
            return
        tallies = [_Tally(taken) for taken in self._taken]
        for batch in self._source.batches():
            columns = dict(batch.columns)
            for taken, tally in zip(self._taken, tallies, strict=True):
                keys = columns[taken.join.key]
                rows = np.fromiter(map(taken.index.row, keys), dtype=np.int64, count=len(keys))
                tally.add(rows, keys, batch.rows)
                for field, values in zip(taken.fields, taken.columns, strict=True):
                    columns[field.name] = values[rows]
            yield FeatureBatch(batch.geometry, columns, batch.rows)
        if not self._noted:
            self._noted = True
            for tally in tallies:
                tally.note(self._log)


def _taken(join: Join, names: Sequence[str], limits: ArchiveConfig) -> _Taken:
    table = read_lookup(join.file, join.encoding, limits)
    for name in (join.to, *join.fields):
        if name not in table.columns:
            raise SourceError("source_column_unknown", file=table.file, column=name, columns=", ".join(table.columns))
    chosen = [field for field in table.fields if (field.name in join.fields if join.fields else field.name != join.to)]
    described = [_described(field, join.fields.get(field.name)) for field in chosen]
    # A column must not replace one of the layer that happens to have its name.
    unique = safe_names([*names, *(field.name for field in described)])[len(names) :]
    return _Taken(
        join,
        table,
        KeyIndex(table.columns[join.to].tolist()),
        tuple(replace(field, name=name) for field, name in zip(described, unique, strict=True)),
        tuple(np.append(table.columns[field.name], [None]) for field in chosen),
        f"{join.key} = {table.file}: {join.to}",
    )


def _described(field: Field, known: FieldDefinition | None) -> Field:
    if known is None:
        return field
    return Field(known.name or field.name, field.type, known.alias, known.description, known.unit)


def _note_repeated(taken: _Taken, log: FindingLog) -> None:
    """Note rows with the key of an earlier one that say something else: which is meant nobody can tell."""
    index = taken.index
    if not index.repeated:
        return
    later = [row for row, first in enumerate(index.first) if first != row]
    differing = [row for row in later if any(values[row] != values[index.first[row]] for values in taken.columns)]
    keys = taken.table.columns[taken.join.to]
    examples = ((row + 1, keys[row]) for row in differing[:_EXAMPLES])
    log.add("finding_join_duplicate", len(differing), examples, field=taken.label, key=taken.join.key)


class _Tally:
    """Counts, over one reading of all features, what found a partner in the table."""

    def __init__(self, taken: _Taken) -> None:
        self._taken = taken
        self._used = np.zeros(taken.table.count, dtype=bool)
        self._features = self._missed = 0
        self._examples: list[tuple[int, object]] = []

    def add(self, rows: NDArray[np.int64], keys: NDArray[np.object_], numbers: NDArray[np.int64]) -> None:
        """Take the table's rows in that a batch's keys mean."""
        missed = np.flatnonzero(rows == _NO_ROW)
        self._features += len(rows)
        self._missed += len(missed)
        self._used[rows[rows != _NO_ROW]] = True
        room = _EXAMPLES - len(self._examples)
        self._examples += [(int(numbers[at]), "" if keys[at] is None else keys[at]) for at in missed[:room]]

    def note(self, log: FindingLog) -> None:
        """Write down how many found each other."""
        taken, found = self._taken, self._features - self._missed
        label, key = taken.label, taken.join.key
        if self._features and not found:
            log.add("finding_join_nothing", self._features, self._examples, field=label, key=key)
            return
        share = f"{100 * found / max(self._features, 1):.1f}"
        names = "、".join(field.name for field in taken.fields)
        log.add("finding_joined", found, features=self._features, share=share, names=names, field=label, key=key)
        log.add("finding_join_features", self._missed, self._examples, field=label, key=key)
        # Of rows with one key, the first is the one that was used.
        first = np.array(taken.index.first, dtype=np.int64)
        idle = np.flatnonzero(~self._used[first])
        keys = taken.table.columns[taken.join.to]
        examples = ((int(at) + 1, "" if keys[at] is None else keys[at]) for at in idle[:_EXAMPLES])
        log.add("finding_join_rows", len(idle), examples, field=label, key=key)
