"""Servers under test: started on free ports of 127.0.0.1, awaited, stopped by their process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

HOST = "127.0.0.1"
START_LIMIT = 60.0
STOP_LIMIT = 10.0


class BenchmarkError(Exception):
    """One sentence about why something cannot be measured."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    port: int
    pid: int

    def get(self, path: str, headers: Mapping[str, str] | None = None, timeout: float = 30) -> Reply:
        """Ask once, on a connection of its own."""
        connection = HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            return get(connection, path, headers)
        finally:
            connection.close()


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    """With lower-case names."""


Starter = Callable[[], AbstractContextManager[Server]]
"""Starts a server; it stops when the context ends."""


def get(connection: HTTPConnection, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Ask on an open connection."""
    connection.request("GET", path, headers=dict(headers or {}))
    response = connection.getresponse()
    body = response.read()
    return Reply(response.status, body, {name.lower(): value for name, value in response.getheaders()})


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Callable[[int], Sequence[str]],
    ready: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run a server, made for a port, until the context ends; ``ready`` is a path that it answers with 200."""
    port = free_port()
    log = folder / f"server-{port}.log"
    arguments = list(command(port))
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        server = Server(port, process.pid)
        _await(server, process, ready, log)
        yield server
    finally:
        stop(process)


def _await(server: Server, process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    limit = time.monotonic() + START_LIMIT
    last = "no answer"
    while time.monotonic() < limit:
        if process.poll() is not None:
            break
        try:
            reply = server.get(ready)
        except (OSError, HTTPException):
            time.sleep(0.1)
            continue
        if reply.status == 200:
            return
        last = f"{reply.status} {reply.body[:300]!r}"
        time.sleep(0.1)
    raise BenchmarkError(f"{process.args!r} does not serve {ready}: {last}\n{log.read_text(errors='replace')[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process of ours to end; after a while, end it and what it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            # It leads a session of its own, so the group holds its children and nothing else.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
