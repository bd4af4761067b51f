"""A private PostgreSQL in a temporary folder, filled with the benchmark's polygons."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyogrio

from tests.benchmarks.servers import HOST, BenchmarkError, free_port, stop

USER = "bench"
TABLE = """
create extension postgis;
create table polygons (
    fid integer primary key, geom geometry(Polygon, 4326), name text, district text, use text, floors integer,
    height double precision
);
"""
EWKB_HEADER = b"\x01" + (3 | 0x20000000).to_bytes(4, "little") + (4326).to_bytes(4, "little")
"""A little-endian polygon that says its SRID; stands in place of WKB's own five bytes."""
COPY = "copy polygons (fid, name, district, use, floors, height, geom) from stdin"


@contextmanager
def private_cluster(programs: Path, geopackage: Path) -> Iterator[int]:
    """Run a cluster of our own with the polygons in it, on a port of its own; yields the port."""
    # PostgreSQL refuses to run as root, and its user must reach the folder.
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="tuzi-bench-pg-"))
    port = free_port()
    try:
        if account is not None:
            shutil.chown(folder, account)
        data = str(folder / "data")
        initdb = [str(programs / "initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        made = subprocess.run(initdb, user=account, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        if made.returncode:
            raise BenchmarkError(f"initdb: {made.stderr[-500:]}")
        options = ["-p", str(port), "-h", HOST, "-k", str(folder), "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            command = [str(programs / "postgres"), "-D", data, *options]
            process = subprocess.Popen(
                command, user=account, cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _fill(_connected(port, process), geopackage)
            yield port
        finally:
            stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


def _connected(port: int, process: subprocess.Popen[bytes]) -> psycopg.Connection[Any]:
    for _ in range(100):
        try:
            return psycopg.connect(host=HOST, port=port, user=USER, dbname="postgres", autocommit=True)
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise BenchmarkError("PostgreSQL does not start")


def _fill(connection: psycopg.Connection[Any], geopackage: Path) -> None:
    _, fids, geometries, fields = pyogrio.raw.read(geopackage, layer="polygons", return_fids=True)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
        with cursor.copy(COPY) as copy:
            for row in zip(fids, *fields, geometries, strict=True):
                *values, geometry = row
                plain = [value.item() if isinstance(value, np.generic) else value for value in values]
                # 0x20000000 marks EWKB that carries its SRID.
                ewkb = (
                    geometry[:1] + (3 | 0x20000000).to_bytes(4, "little") + (4326).to_bytes(4, "little") + geometry[5:]
                )
                copy.write_row([*plain, ewkb.hex()])
        cursor.execute("create index on polygons using gist (geom)")
        cursor.execute("vacuum analyze polygons")
