"""What kind of values a table's column holds, told from all of its cells."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Any

from layers.checks.numbers import is_code
from layers.features import column_of
from layers.schema import FieldType
from layers.sources.values import Column

_INTEGERS = re.compile(r"(?>(?:-?(?:0|[1-9]\d{0,17}))\n)*+")
_REALS = re.compile(r"(?>-?(?:0|[1-9]\d*)?(?:\.\d+)?(?<=\d)(?:[eE][+-]?\d{1,3})?\n)*+")
_DATES = re.compile(r"(?>\d{4}[-/]\d{1,2}[-/]\d{1,2}\n)*+")
_DATETIMES = re.compile(
    r"(?>\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?\n)*+"
)
_TIME = re.compile(r"[-/T :]")


class ColumnKind:
    """Narrows a column's type down, cell by cell; values that fit no other type are text."""

    def __init__(self, name: str) -> None:
        self._is_code = is_code(name)
        self.type: FieldType | None = None

    def watch(self, cells: Sequence[Any]) -> None:
        """Take some more cells into account."""
        if self.type is FieldType.TEXT:
            return
        classes = set(map(type, cells)) - {type(None)}
        if classes == {str}:
            self._merge(self._type_of_text([cell for cell in map(str.strip, filter(None, cells)) if cell]))
        elif classes:
            texts = [cell for value in cells if isinstance(value, str) and (cell := value.strip())]
            self._merge(self._type_of_text(texts))
            for kind in classes - {str}:
                self._merge(_NATIVE.get(kind, FieldType.TEXT))

    def _merge(self, kind: FieldType | None) -> None:
        if kind is None or kind is self.type:
            return
        if self.type is None:
            self.type = kind
        elif {kind, self.type} == {FieldType.INTEGER, FieldType.REAL}:
            self.type = FieldType.REAL
        elif {kind, self.type} == {FieldType.DATE, FieldType.DATETIME}:
            self.type = FieldType.DATETIME
        else:
            self.type = FieldType.TEXT

    def _type_of_text(self, cells: list[str]) -> FieldType | None:
        if not cells:
            return None
        if self._is_code:
            return FieldType.TEXT
        text = "\n".join(cells) + "\n"
        for pattern, kind, read in _TRIALS:
            if pattern.fullmatch(text) and _readable(cells, read):
                return kind
        return FieldType.TEXT


def _readable(cells: Sequence[str], read: Callable[[str], Any] | None) -> bool:
    try:
        return read is None or all(True for _ in map(read, set(cells)))
    except ValueError:
        return False


def _date(text: str) -> datetime.date:
    year, month, day = re.split("[-/]", text)
    return datetime.date(int(year), int(month), int(day))


def _datetime(text: str) -> datetime.datetime:
    day, _, clock = text.replace("T", " ").partition(" ")
    hour, _, rest = clock.partition(":")
    return datetime.datetime.fromisoformat(f"{_date(day).isoformat()}T{int(hour):02}:{rest}")


_TRIALS: tuple[tuple[re.Pattern[str], FieldType, Callable[[str], Any] | None], ...] = (
    (_INTEGERS, FieldType.INTEGER, None),
    (_REALS, FieldType.REAL, None),
    (_DATES, FieldType.DATE, _date),
    (_DATETIMES, FieldType.DATETIME, _datetime),
)
_NATIVE: dict[type, FieldType] = {
    bool: FieldType.BOOLEAN,
    int: FieldType.INTEGER,
    float: FieldType.REAL,
    datetime.date: FieldType.DATE,
    datetime.datetime: FieldType.DATETIME,
}


def coerced(cells: Sequence[Any], kind: FieldType) -> Column:
    """Return cells as values of the type that was found for all of them."""
    read = _READ[kind]
    if set(map(type, cells)) != {str}:
        return column_of([None if cell is None or cell == "" else read(cell) for cell in cells])
    if kind is FieldType.TEXT:
        bare = list(map(str.strip, cells))
        return column_of([cell or None for cell in bare] if "" in bare else bare)
    if kind in _PLAIN:
        try:
            return column_of(list(map(_PLAIN[kind], cells)))
        except ValueError:
            pass  # Some are blank.
    # Few values come once only: read each one once.
    values = {cell: read(cell) for cell in set(cells)}
    return column_of(list(map(values.__getitem__, cells)))


def trimmed(cells: Sequence[Any], column: Column) -> list[int]:
    """Return the places of texts that had blanks around them, which ``column`` was read without."""
    try:
        # A text without blanks around it is the same object when it is stripped, so comparing costs next to nothing.
        if list(map(str.strip, cells)) == list(cells):
            return []
    except TypeError:
        pass  # Not all are texts.
    pairs = zip(cells, column, strict=True)
    return [
        at for at, (cell, value) in enumerate(pairs) if value is not None and isinstance(cell, str) and cell != value
    ]


def _as_text(cell: Any) -> str | None:
    if isinstance(cell, str):
        return cell.strip() or None
    return cell.isoformat() if isinstance(cell, datetime.date | datetime.time) else str(cell)


def _as_integer(cell: Any) -> int | None:
    return int(cell) if not isinstance(cell, str) or cell.strip() else None


def _as_real(cell: Any) -> float | None:
    return float(cell) if not isinstance(cell, str) or cell.strip() else None


def _as_date(cell: Any) -> datetime.date | None:
    if isinstance(cell, str):
        return _date(cell.strip()) if cell.strip() else None
    return cell if isinstance(cell, datetime.date) else None


def _as_datetime(cell: Any) -> datetime.datetime | None:
    if isinstance(cell, datetime.datetime):
        return cell
    if isinstance(cell, datetime.date):
        return datetime.datetime(cell.year, cell.month, cell.day)
    text = cell.strip() if isinstance(cell, str) else ""
    if not text:
        return None
    return _datetime(text) if len(_TIME.findall(text)) > 2 else _as_datetime(_date(text))


_PLAIN: dict[FieldType, Callable[[str], Any]] = {FieldType.INTEGER: int, FieldType.REAL: float}
_READ: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.TEXT: _as_text,
    FieldType.INTEGER: _as_integer,
    FieldType.REAL: _as_real,
    FieldType.BOOLEAN: bool,
    FieldType.DATE: _as_date,
    FieldType.DATETIME: _as_datetime,
}
