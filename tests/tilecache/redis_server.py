"""A real Redis server for tests: on a free loopback port, with a folder of its own, gone when the tests end."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis, RedisError

from tests.sharing import free_port

PATIENCE = 20.0


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Yield the URL of the server of ``TUZI_TEST_REDIS_URL`` or of one started here; skip where there is neither."""
    if url := os.environ.get("TUZI_TEST_REDIS_URL"):
        yield url
        return
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server (apt-get install redis-server, or TUZI_TEST_REDIS_URL)")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--maxmemory"]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([*command, "256mb"], stdout=log, stderr=log)
        try:
            _await_answer(port, process, folder / "redis.log")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _await_answer(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"redis-server ended at once:\n{log.read_text()}")
        try:
            with Redis(port=port) as client:
                client.ping()
            return
        except RedisError:
            time.sleep(0.05)
    raise AssertionError("redis-server does not answer")
