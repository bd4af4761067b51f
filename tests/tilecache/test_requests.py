"""Counts of what is asked for: kept over processes and machines, fading, bounded, and never in the way."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.map_city import SOUTH, WEST, City
from tests.server.test_tiles import tile_at
from tests.tilecache.redis_server import redis_server
from tilecache.config import RedisConfig, TilecacheConfig
from tilecache.errors import RequestLogUnavailable
from tilecache.requests import EPOCH, MOST_AT_ONCE, WEEK, Block, RequestCounts, RequestLog
from tilecache.requests.opening import open_request_log
from tilecache.requests.redis import RedisRequestLog
from tilecache.requests.sqlite import SqliteRequestLog

ONE = Block("roads", "WebMercatorQuad", 13, 1710, 882)
OTHER = ONE._replace(column=1711)
RIVER = ONE._replace(layer="rivers:a/b")


class Clock:
    """The time as the test has it."""

    def __init__(self) -> None:
        self.now = EPOCH + 40 * WEEK

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


Opener = Callable[..., RequestLog]


@pytest.fixture(params=["sqlite", "redis"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens one log, as any number of processes do."""
    if request.param == "sqlite":
        return lambda **options: SqliteRequestLog(tmp_path / "requests", **options)
    url, prefix = request.getfixturevalue("redis_url"), uuid.uuid4().hex
    return lambda **options: RedisRequestLog(url, prefix, **options)


def test_counts_of_all_processes_add_up(opener: Opener) -> None:
    one, other = opener(), opener()
    one.add({ONE: 3, RIVER: 7})
    other.add({ONE: 2, OTHER: 1})
    assert one.requests("roads") == pytest.approx({ONE: 5, OTHER: 1}, rel=1e-3)
    assert other.requests("rivers:a/b") == pytest.approx({RIVER: 7}, rel=1e-3)
    assert other.requests("unknown") == {}
    assert [block for block, _ in one.most_requested(2)] == [RIVER, ONE]
    assert [round(requests) for _, requests in one.most_requested(9)] == [7, 5, 1]


def test_a_week_halves_what_was_asked_for(opener: Opener) -> None:
    clock = Clock()
    log = opener(now=clock)
    log.add({ONE: 8})
    clock.now += WEEK
    log.add({OTHER: 5})
    assert log.requests("roads") == pytest.approx({ONE: 4, OTHER: 5})
    clock.now += 2 * WEEK
    assert log.requests("roads") == pytest.approx({ONE: 1, OTHER: 1.25})
    assert [one.block for one in log.most_requested(2)] == [OTHER, ONE]


def test_weights_last_for_years(opener: Opener) -> None:
    clock = Clock()
    clock.now = EPOCH + 900 * WEEK
    log = opener(now=clock)
    log.add({ONE: 10**6})
    assert log.requests("roads") == pytest.approx({ONE: 10**6})


def test_what_is_asked_for_least_is_forgotten(opener: Opener) -> None:
    log = opener(most=10)
    log.add({ONE._replace(column=column): column + 1 for column in range(30)})
    log.add({ONE._replace(column=column): 1 for column in range(30)})
    kept = log.requests("roads")
    assert len(kept) <= 10 and {block.column for block in kept} >= set(range(24, 30))


def test_a_log_that_fails_costs_nothing_but_the_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    for log in (SqliteRequestLog(tmp_path / "file" / "requests"), RedisRequestLog("redis://:secret@127.0.0.1:1/0")):
        with pytest.raises(RequestLogUnavailable):
            log.add({ONE: 1})
        caplog.clear()
        counts = RequestCounts(log)
        for _ in range(3):
            counts.tally("roads", "g", 1, 1, 1).requests += 1
            counts.flush()
        assert len(caplog.records) == 1 and "secret" not in caplog.text


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "other-host.sqlite").write_bytes(b"no database at all, but long enough to be one" * 100)
    with pytest.raises(RequestLogUnavailable):
        SqliteRequestLog(tmp_path).requests("roads")


def test_requests_are_counted_by_blocks_of_sixteen_tiles(tmp_path: Path) -> None:
    log = SqliteRequestLog(tmp_path)
    counts = RequestCounts(log)
    for x in range(8):
        counts.tally("roads", "g", 13, x, 5).requests += 1
    counts.tally("roads", "g", 19, 1, 1).requests += 1
    counts.flush()
    counts.flush()
    assert log.requests("roads") == pytest.approx(
        {Block("roads", "g", 13, 0, 1): 4, Block("roads", "g", 13, 1, 1): 4}, rel=1e-3
    )


def test_a_crawler_finds_an_end_and_what_is_asked_again_is_counted_again(tmp_path: Path) -> None:
    log = SqliteRequestLog(tmp_path)
    counts = RequestCounts(log)
    for x in range(MOST_AT_ONCE + 500):
        counts.tally("roads", "g", 18, 4 * x, 0).requests += 1
    counts.flush()
    assert len(log.requests("roads")) == MOST_AT_ONCE
    # The second flush finds them idle.
    counts.flush()
    counts.tally("rivers", "g", 18, 0, 0).requests += 1
    counts.flush()
    assert len(log.requests("rivers")) == 1


def test_threads_lose_almost_nothing(tmp_path: Path) -> None:
    log = SqliteRequestLog(tmp_path)
    counts = RequestCounts(log)
    stopped = threading.Event()

    def flush() -> None:
        while not stopped.wait(0.002):
            counts.flush()

    def ask() -> None:
        for _ in range(2_000):
            counts.tally("roads", "g", 1, 1, 1).requests += 1

    flusher = threading.Thread(target=flush)
    flusher.start()
    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    stopped.set()
    flusher.join()
    counts.flush()
    assert 7_000 < sum(log.requests("roads").values()) < 9_000


def test_answers_are_counted_whether_drawn_kept_or_not_sent(tmp_path: Path) -> None:
    """Pictures, vector tiles and 304s of what is there; nothing of what is not, and no query string."""
    city = City(tmp_path)
    x, y = tile_at(WEST + 700, SOUTH + 700, "WebMercatorQuad", 16)
    first = city.get(f"/tiles/districts/16/{x}/{y}.png")
    for _ in range(3):
        assert city.get(f"/tiles/districts/16/{x}/{y}.png").headers["X-Tile-Cache"] == "hit"
    again = city.get(f"/tiles/districts/16/{x}/{y}.png", headers={"HTTP_IF_NONE_MATCH": first.headers["ETag"]})
    assert again.status == 304
    assert city.get(f"/tiles/districts/16/{x}/{y}.mvt").status == 200
    assert city.get(f"/tiles/unknown/16/{x}/{y}.png").status == 404
    assert city.get(f"/tiles/districts/16/{x + 10**6}/{y}.png").status == 404
    log = SqliteRequestLog(tmp_path / "log")
    city.options.requests._log = log
    city.options.requests.flush()
    assert log.requests("districts") == pytest.approx(
        {Block("districts", "WebMercatorQuad", 16, x // 4, y // 4): 6}, rel=1e-3
    )
    assert [one.block.layer for one in log.most_requested(9)] == ["districts"]


def test_counts_lie_where_servers_meet(tmp_path: Path) -> None:
    assert isinstance(open_request_log(TilecacheConfig(), tmp_path), SqliteRequestLog)
    shared = TilecacheConfig(store="s3", locks="redis", redis=RedisConfig())
    assert isinstance(open_request_log(shared, tmp_path), RedisRequestLog)
