"""Moments as layers with several dates name them: ISO 8601, to the year, month, day or second."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_MOMENT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.0{1,6})?)?Z)?)?)?",
    re.ASCII,
)
_LONGEST = 32


def parse_moment(text: str) -> datetime | None:
    """Return when a moment begins, in UTC; None for what is no moment.

    What is written shorter means its beginning, so ``2024`` and ``2024-01-01T00:00:00Z`` are one.
    """
    found = _MOMENT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    parts = {name: int(value) for name, value in found.groupdict().items() if value is not None}
    try:
        return datetime(**{"month": 1, "day": 1, **parts}, tzinfo=UTC)
    except ValueError:
        return None


def moment_text(value: object) -> object:
    """Return a moment as text where YAML read it as a number or a date."""
    if isinstance(value, datetime):
        moved = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moved.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
