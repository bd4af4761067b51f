"""Attribute values as agencies write them: dates of the Republic, numbers as text, sentinels, markup."""

from __future__ import annotations

from layers.checks.calendar import DateWatch, JoinedDateWatch
from layers.checks.cells import Cells
from layers.checks.dates import promises_dates
from layers.checks.findings import FindingLog
from layers.checks.keys import KeyCandidate
from layers.checks.notes import BatchNotes
from layers.checks.quantities import NumberWatch, WordWatch
from layers.checks.text import TextWatch
from layers.crs import Crs
from layers.features import FeatureBatch
from layers.schema import Field, FieldType

_SHOWN = 20
_LONGEST = 20


class _FieldWatch:
    """Watches one field: what kind of watch it needs depends on the type it is stored as."""

    def __init__(self, field: Field, readings: dict[str, str], log: FindingLog) -> None:
        promised = promises_dates(field.name)
        self.name = field.name
        self.text = TextWatch(field.name, readings, log) if field.type is FieldType.TEXT else None
        self._parts: list[WordWatch | NumberWatch | DateWatch | JoinedDateWatch] = []
        if field.type is FieldType.TEXT:
            self._parts = [WordWatch(field.name, log), DateWatch(field.name, promised, log)]
        elif field.type in {FieldType.INTEGER, FieldType.REAL}:
            self._parts = [NumberWatch(field.name, log)]
            if field.type is FieldType.INTEGER:
                self._parts.append(JoinedDateWatch(field.name, promised, log))
        self._values: set[object] = set()
        self._rows = self._filled = 0

    def watch(self, batch: FeatureBatch, notes: BatchNotes) -> None:
        cells = Cells(batch.columns[self.name], is_text=self.text is not None)
        self._rows += len(batch)
        self._filled += cells.filled
        if len(self._values) < 2:
            self._values.update(list(cells.distinct)[:2])
        if not cells.filled:
            return
        if self.text is not None:
            self.text.watch(cells, notes)
        for part in self._parts:
            part.watch(cells, batch.rows)

    def finish(self, is_chinese: bool) -> None:
        if self.text is not None:
            self.text.finish(is_chinese)
        for part in self._parts:
            part.finish()

    @property
    def is_empty(self) -> bool:
        return self._rows > 0 and not self._filled

    @property
    def constant(self) -> object:
        """The value of every row, where there are several rows; None where they differ."""
        return next(iter(self._values)) if len(self._values) == 1 and self._rows == self._filled > 1 else None


class AttributeCheck:
    """Watches the values of all fields, batch by batch; ``crs`` is that of the features' geometry."""

    def __init__(self, fields: tuple[Field, ...], crs: Crs | None, key: str | None, log: FindingLog) -> None:
        self._log = log
        self._crs = crs
        readings: dict[str, str] = {}
        self._fields = [_FieldWatch(field, readings, log) for field in fields]
        self._candidates = [
            KeyCandidate(field.name, log)
            for field in fields
            if key is None
            and field.type in {FieldType.TEXT, FieldType.INTEGER}
            and KeyCandidate.promises_keys(field.name)
        ]

    def watch(self, batch: FeatureBatch) -> None:
        """Take one batch's values in, as the source gives them."""
        notes = BatchNotes(batch, self._crs, self._log)
        for field in self._fields:
            field.watch(batch, notes)
        for candidate in self._candidates:
            candidate.watch(batch)

    def finish(self) -> None:
        """Say what only all rows together show."""
        is_chinese = any(field.text is not None and field.text.has_han for field in self._fields)
        for field in self._fields:
            field.finish(is_chinese)
        for candidate in self._candidates:
            candidate.finish()
        empty = [field.name for field in self._fields if field.is_empty]
        self._log.add("finding_fields_empty", len(empty), names=_listed(empty))
        constant = [
            f"{field.name} = {str(field.constant)[:_LONGEST]}" for field in self._fields if field.constant is not None
        ]
        self._log.add("finding_fields_constant", len(constant), names=_listed(constant))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
