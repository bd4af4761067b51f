"""The locks of drawing over each service, between threads and processes that are really there."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from layers.errors import RenderUnavailable
from tests.tilecache.redis_server import redis_server
from tilecache.config import RedisConfig, TilecacheConfig
from tilecache.errors import LockServiceUnavailable
from tilecache.locks import LockService, Release, RenderLocks, digest_of
from tilecache.locks.files import FileLocks
from tilecache.locks.opening import open_locks
from tilecache.locks.redis import RedisLocks

ROOT = Path(__file__).parents[2]
LEASE = 1.0
PATIENCE = 30.0
PROGRAM = """
import sys, time
from pathlib import Path
from concurrent.futures import ThreadPoolExecutor
from tilecache.locks import RenderLocks
from tilecache.locks.files import FileLocks
from tilecache.locks.redis import RedisLocks
kind, place, prefix, task, file = sys.argv[1:]
service = FileLocks(Path(place)) if kind == "files" else RedisLocks(place, prefix, lease=1.0)
locks, file = RenderLocks(service, 60), Path(file)
def add(_):
    with locks.held("counter"):
        file.write_text(str(int(file.read_text()) + 1))
if task == "count":
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(add, range(30)))
else:
    with locks.held("counter"):
        file.write_text("held")
        time.sleep(600)
"""


class Service:
    """A lock service that can be opened in any process."""

    def __init__(self, kind: str, place: str) -> None:
        self.kind = kind
        self.place = place
        self.prefix = uuid.uuid4().hex

    def open(self) -> LockService:
        return FileLocks(Path(self.place)) if self.kind == "files" else RedisLocks(self.place, self.prefix, lease=LEASE)

    def process(self, task: str, file: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", PROGRAM, self.kind, self.place, self.prefix, task, str(file)]
        return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["files", "redis"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Service:
    kind = request.param
    return Service(kind, str(tmp_path / "locks") if kind == "files" else request.getfixturevalue("redis_url"))


@contextmanager
def holder(service: Service, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that holds the lock until it is killed."""
    process = service.process("hold", file)
    try:
        until(file.exists)
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_one_thread_of_all_processes_holds_a_name(service: Service, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [service.process("count", counter) for _ in range(3)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    assert counter.read_text() == "90"


def test_other_names_are_free(service: Service) -> None:
    one, other = RenderLocks(service.open(), 0.2), RenderLocks(service.open(), 0.2)
    with one.held("a"), one.held("b"), other.held("c"), pytest.raises(RenderUnavailable), other.held("a"):
        pass
    with other.held("a"):
        pass


def test_who_waits_too_long_is_turned_away(service: Service, tmp_path: Path) -> None:
    locks = RenderLocks(service.open(), 0.2)
    with holder(service, tmp_path / "told"), pytest.raises(RenderUnavailable), locks.held("counter"):
        pass


def test_threads_of_a_process_wait_for_one_another(service: Service) -> None:
    locks = RenderLocks(service.open(), 0.1)
    with locks.held("a"), ThreadPoolExecutor(4) as threads:

        def ask(_: int) -> None:
            with pytest.raises(RenderUnavailable), locks.held("a"):
                pass

        list(threads.map(ask, range(4)))
    with locks.held("a"):
        pass
    assert locks._threads == {}


def test_a_killed_process_frees_its_locks(service: Service, tmp_path: Path) -> None:
    locks = RenderLocks(service.open(), PATIENCE)
    with holder(service, tmp_path / "told") as process:
        process.send_signal(signal.SIGKILL)
        with locks.held("counter"):
            pass


def test_a_lock_is_renewed_for_as_long_as_it_is_held(service: Service, tmp_path: Path) -> None:
    with holder(service, tmp_path / "told"), pytest.raises(RenderUnavailable):
        service.open().acquire(digest_of("counter"), 2 * LEASE)


def test_what_raises_within_gives_the_lock_back(service: Service) -> None:
    locks = RenderLocks(service.open(), 1)
    with pytest.raises(ZeroDivisionError), locks.held("a"):
        raise ZeroDivisionError
    with locks.held("a"):
        pass


def test_a_lock_that_was_lost_is_not_taken_from_its_new_owner(redis_url: str) -> None:
    prefix = uuid.uuid4().hex
    release = RedisLocks(redis_url, prefix).acquire("a", 1)
    with Redis.from_url(redis_url) as client:
        client.set(f"{prefix}:lock:a", "another's token")
        release()
        assert client.get(f"{prefix}:lock:a") == b"another's token"


class Counting:
    """A service that fails, and how often it was asked."""

    def __init__(self, service: LockService) -> None:
        self.asked = 0
        self._service = service

    def acquire(self, name: str, patience: float) -> Release:
        self.asked += 1
        return self._service.acquire(name, patience)


@pytest.mark.parametrize("kind", ["files", "redis"])
def test_a_service_that_fails_costs_no_answer(tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    broken = FileLocks(tmp_path / "file" / "locks") if kind == "files" else RedisLocks("redis://:secret@127.0.0.1:1/0")
    with pytest.raises(LockServiceUnavailable) as caught:
        broken.acquire(digest_of("a"), 1)
    assert ("file/locks" if kind == "files" else "127.0.0.1:1") in str(caught.value) and "secret" not in str(caught)
    service = Counting(broken)
    locks, entered = RenderLocks(service, 5), []
    for _ in range(3):
        with locks.held("a"):
            entered.append(1)
    assert len(entered) == 3
    assert service.asked == 1 and len(caplog.records) == 1 and "secret" not in caplog.text


def test_threads_still_wait_for_one_another_where_the_service_fails() -> None:
    locks, inside, most = RenderLocks(RedisLocks("redis://127.0.0.1:1/0"), 30), [], []
    guard = threading.Lock()

    def work(number: int) -> None:
        with locks.held("a"):
            with guard:
                inside.append(number)
                most.append(len(inside))
            time.sleep(0.001)
            with guard:
                inside.remove(number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(40)))
    assert max(most) == 1 and len(most) == 40


@pytest.mark.parametrize(
    ("store", "locks", "expected"),
    [("sqlite", "auto", FileLocks), ("redis", "auto", RedisLocks), ("redis", "files", FileLocks),
     ("filesystem", "redis", RedisLocks)],
)  # fmt: skip
def test_locks_follow_the_store_unless_they_are_named(
    tmp_path: Path, store: str, locks: str, expected: type[LockService]
) -> None:
    document = {"store": store, "locks": locks, "redis": RedisConfig()}
    opened = open_locks(TilecacheConfig.model_validate(document), tmp_path)
    assert type(opened._service) is expected
