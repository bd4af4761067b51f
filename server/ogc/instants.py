"""The ``datetime`` parameter: RFC 3339 instants and intervals (OGC 17-069r4, 7.15.4)."""

from __future__ import annotations

from datetime import date, datetime

from layers.errors import InvalidParameter

_OPEN = {"", ".."}


def check_datetime(text: str) -> None:
    """Raise InvalidParameter unless the text is an instant, or an interval whose ends are in order."""
    parts = text.split("/")
    try:
        ends = [_instant(part) for part in parts if part not in _OPEN]
    except ValueError:
        raise InvalidParameter("ogc_invalid_datetime", value=text[:80]) from None
    closed_instant = len(parts) == 1 and len(ends) == 1
    if not (closed_instant or len(parts) == 2) or ends != sorted(ends):
        raise InvalidParameter("ogc_invalid_datetime", value=text[:80])


def _instant(text: str) -> float:
    if len(text) == 10:
        day = date.fromisoformat(text)
        return datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00").timestamp()
    if "T" not in text.upper():
        raise ValueError(text)
    instant = datetime.fromisoformat(text.upper())
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant.timestamp()
