"""Load: wrk with keep-alive connections that ask for prepared requests in random order."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.servers import HOST, BenchmarkError, Server

SCRIPT = """
local wanted = {
%s
}
local seeds = 0
function setup(thread)
  seeds = seeds + 1
  thread:set("seed", seeds)
end
local prepared = {}
function init(arguments)
  math.randomseed(seed)
  for number, one in ipairs(wanted) do
    local headers = {}
    for name, value in pairs(wrk.headers) do headers[name] = value end
    if one[2] then headers["If-None-Match"] = one[2] end
    prepared[number] = wrk.format("GET", one[1], headers)
  end
end
function request()
  return prepared[math.random(#prepared)]
end
function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %%d %%d %%d %%f %%f\\n",
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
"""
"""Requests are formatted once, in each thread's ``init``, so that the client costs as little as it can."""

THREADS = 2
"""Of wrk itself: one is not always enough for nginx."""


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    path: str
    etag: str | None = None


@dataclass(frozen=True)
class Load:
    """What came of it."""

    rate: float
    """Good answers a second."""
    median: float
    p99: float
    """Milliseconds."""


def write_script(file: Path, requests: Sequence[Request]) -> Path:
    """Write wrk's script for these requests."""
    lines = [f"  {{{_quoted(one.path)}{f', {_quoted(one.etag)}' if one.etag else ''}}}," for one in requests]
    file.write_text(SCRIPT % "\n".join(lines), encoding="utf-8")
    return file


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def put_under_load(server: Server, script: Path, seconds: float, connections: int = 16, tolerance: float = 0.0) -> Load:
    """Put a server under load; raises BenchmarkError where more of its answers than ``tolerance`` are errors."""
    done = subprocess.run(
        [
            "wrk",
            f"--threads={THREADS}",
            f"--connections={connections}",
            f"--duration={max(1, round(seconds))}s",
            "--timeout=20s",
            "--latency",
            f"--script={script}",
            f"http://{HOST}:{server.port}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
    )
    results = [line.split() for line in done.stdout.splitlines() if line.startswith("RESULT")]
    if not results:
        raise BenchmarkError(f"wrk failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    _, answered, duration, failed, median, p99 = results[0]
    if int(failed) > tolerance * int(answered):
        raise BenchmarkError(f"{failed} of {answered} answers were errors ({script.name})")
    return Load((int(answered) - int(failed)) / (int(duration) / 1e6), float(median) / 1e3, float(p99) / 1e3)
