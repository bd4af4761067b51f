"""Dates as agencies write them: of the Republic's calendar, in one piece or in three, and some that cannot be."""

from __future__ import annotations

import datetime
import re
from enum import Enum

ERA = 1911
"""The year before the first of the Republic."""
_NAME = re.compile(r"日期|日$|時間|年月日|生日|date|(?:^|_)day$|time$", re.IGNORECASE)
_PARTED = re.compile(
    r"(民國\s*)?(\d{2,3})\s*([年/.\-])\s*(\d{1,2})\s*[月/.\-]\s*(\d{1,2})\s*日?(?:[\sT]+\d{1,2}[:時].*)?"
)
_JOINED = re.compile(r"([01]?\d{2})(\d{2})(\d{2})")
_COMMON = re.compile(r"(\d{4})\s*[年/.\-]\s*(\d{1,2})\s*[月/.\-]\s*(\d{1,2})\s*日?(?:[\sT]+\d{1,2}[:時].*)?")
_COMMON_JOINED = re.compile(r"((?:18|19|20)\d{2})(\d{2})(\d{2})")
BEGINNINGS = "0123456789民"
"""What a date begins with."""


class DateKind(Enum):
    """What a text that looks like a date is."""

    REPUBLIC = "republic"
    """A date of the Republic's calendar, written in parts: no other thing looks like it."""
    REPUBLIC_JOINED = "republic joined"
    """Six or seven digits that can be such a date, or something else."""
    COMMON = "common"
    IMPOSSIBLE = "impossible"


def promises_dates(name: str) -> bool:
    """Tell whether a field's name says that it holds dates."""
    return bool(_NAME.search(name))


def read_date(text: str, promised: bool) -> tuple[DateKind, datetime.date | None] | None:
    """Return what kind of date a text is, and which; None where it is none.

    ``promised`` says that the field is called a date: then two digits may be a year of the Republic's calendar,
    and eight digits of which no date can be made are a mistake.
    """
    if match := _PARTED.fullmatch(text):
        prefix, year, mark, month, day = match.groups()
        if prefix or mark == "年" or len(year) == 3 or promised:
            return _checked(int(year) + ERA, month, day, DateKind.REPUBLIC)
        return None
    if match := _COMMON.fullmatch(text):
        year, month, day = match.groups()
        return _checked(int(year), month, day, DateKind.COMMON)
    if match := _JOINED.fullmatch(text):
        year, month, day = match.groups()
        return _checked(int(year) + ERA, month, day, DateKind.REPUBLIC_JOINED) if int(year) else None
    if promised and (match := _COMMON_JOINED.fullmatch(text)):
        year, month, day = match.groups()
        return _checked(int(year), month, day, DateKind.COMMON)
    return None


def _checked(year: int, month: str, day: str, kind: DateKind) -> tuple[DateKind, datetime.date | None]:
    try:
        return kind, datetime.date(year, int(month), int(day))
    except ValueError:
        return DateKind.IMPOSSIBLE, None
