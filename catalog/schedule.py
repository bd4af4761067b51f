"""When a layer's next delivery is looked for: cron expressions (five fields, POSIX crontab)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from catalog.errors import CatalogueError


def check_schedule(expression: str) -> None:
    """Raise CatalogueError where the expression is none."""
    _simulation(expression, datetime(2000, 1, 1))


def next_time(expression: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment after ``after`` that the expression names in the city's time; None for never."""
    return next(_simulation(expression, after.astimezone(zone)), None)


def _simulation(expression: str, start: datetime) -> CronSim:
    try:
        return CronSim(expression, start)
    except CronSimError as error:
        raise CatalogueError("catalogue_schedule", schedule=expression[:80], reason=str(error)) from error
