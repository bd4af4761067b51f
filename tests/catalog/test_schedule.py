"""When the next delivery is looked for, in the city's time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from catalog.errors import CatalogueError
from catalog.schedule import check_schedule, next_time

TAIPEI = ZoneInfo("Asia/Taipei")


def test_three_in_the_morning_is_meant_in_taipei() -> None:
    # 2026-11-23 is a Monday; 03:00 in Taipei is 19:00 UTC of the day before.
    saturday = datetime(2026, 11, 21, 15, 20, tzinfo=UTC)
    assert next_time("0 3 * * 1", saturday, TAIPEI) == datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


NO_SCHEDULES = ["", "daily", "* * * *", "61 * * * *", "0 3 * * 1; rm", "0 0 32 1 *", "0 0 30 2 *"]


@pytest.mark.parametrize("expression", NO_SCHEDULES)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(CatalogueError, match="0 3"):
        check_schedule(expression)
