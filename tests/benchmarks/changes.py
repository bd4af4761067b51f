"""Two releases of a city's door plates compared, by key and by content, and the tiles that an update touches.

Run as a module with a folder and a way of matching, it compares the releases in that folder and prints what it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.changes import ChangeKind, Matching, compare
from layers.crs import TWD97_TM2
from layers.features import FeatureBatch, column_of
from layers.schema import Field, FieldType, GeometryType, Schema
from layers.stores.geopackage import GeoPackageStore
from tests.benchmarks.data import SEED
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import BenchmarkError
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import ROOT
from tilecache.footprint import footprint_of_boxes
from tilecache.grids import tile_matrix_sets

FEATURES = 1_200_000
CHANGED = 100_000
LEVELS = range(8, 21)
WEST, SOUTH = 200_000, 2_660_000
"""EPSG:3826."""
LAYER = "plates"
SCHEMA = Schema(
    GeometryType.POINT, TWD97_TM2, (Field("code", FieldType.TEXT), Field("address", FieldType.TEXT)), key="code"
)
SUBJECT = f"{FEATURES / 1e6:g} million points against as many"
_CHUNK = 50_000
_MEGABYTE = 1024
"""Kilobytes."""


def measure_changes(folder: Path, pace: Pace, samples: Samples, say: Say) -> Sequence[Row]:
    """Measure comparisons of two releases and a footprint."""
    home = folder / "changes"
    say(f"writing two releases of {FEATURES:,} points")
    _write_releases(GeoPackageStore(home))
    rows: list[Row] = []
    for matching in Matching:
        for _ in range(pace.rounds):
            seconds, memory = _compared(home, matching)
            samples.add(f"compared by {matching}", "seconds", seconds)
            samples.add(f"compared by {matching}", "megabytes", memory)
        name = f"compared by {matching}"
        say(f"{name}: {samples.median(name, 'seconds'):.2f} s, {samples.median(name, 'megabytes'):.0f} MB")
        rows.append(Row(SUBJECT, name, "s", samples.median(name, "seconds"), aim=Aim("≤", 20)))
        rows.append(
            Row(SUBJECT, f"{name}, largest resident size", "MB", samples.median(name, "megabytes"), aim=Aim("<", 1000))
        )
    for _ in range(pace.rounds):
        samples.add("footprint", "seconds", _footprint())
    measure = f"tiles of levels {LEVELS[0]} to {LEVELS[-1]} that they touch"
    return [
        *rows,
        Row(f"{CHANGED:,} changed features", measure, "s", samples.median("footprint", "seconds"), aim=Aim("≤", 3)),
    ]


def _write_releases(store: GeoPackageStore) -> None:
    """Write a release and one in which, of a hundred features, one each moved, was renamed, went and came."""
    random = np.random.default_rng(SEED)
    numbers = np.arange(FEATURES)
    x, y = random.uniform(WEST, WEST + 40_000, FEATURES), random.uniform(SOUTH, SOUTH + 40_000, FEATURES)
    fate = random.integers(100, size=FEATURES)
    _write(store, 1, numbers, np.round(x, 3), np.round(y, 3), np.zeros(FEATURES, dtype=bool))
    gone = fate == 0
    later = np.concatenate((numbers[~gone], np.arange(FEATURES, FEATURES + int(gone.sum()))))
    at = later % FEATURES
    _write(store, 2, later, np.round(x[at] + (fate[at] == 1), 3), np.round(y[at], 3), fate[at] == 2)


def _write(
    store: GeoPackageStore,
    number: int,
    codes: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    renamed: NDArray[np.bool_],
) -> None:
    with store.create(LAYER, number, SCHEMA) as writer:
        for first in range(0, len(codes), _CHUNK):
            part = slice(first, first + _CHUNK)
            columns = {
                "code": column_of([f"P{code:08d}" for code in codes[part].tolist()]),
                "address": column_of(
                    [
                        f"臺中市西屯區文心路{code}號{'之一' if new else ''}"
                        for code, new in zip(codes[part].tolist(), renamed[part].tolist(), strict=True)
                    ]
                ),
            }
            writer.write(FeatureBatch(shapely.points(x[part], y[part]), columns, codes[part] + 1))
        writer.commit()


def _compared(home: Path, matching: Matching) -> tuple[float, float]:
    """Compare in a process of its own, so that its memory is known."""
    command = [sys.executable, "-m", "tests.benchmarks.changes", str(home), matching.value]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(done.stderr.strip()[-300:])
    answer = json.loads(done.stdout)
    if not all(answer["counts"].get(kind) for kind in ("added", "removed", "changed_geometry", "changed_attributes")):
        raise BenchmarkError(f"the comparison found {answer['counts']}")
    return answer["seconds"], answer["megabytes"]


def _footprint() -> float:
    random = np.random.default_rng(SEED)
    corners = random.uniform((13_400_000, 2_740_000), (13_480_000, 2_800_000), (CHANGED, 2))
    boxes = np.hstack((corners, corners + random.uniform(0, 60, (CHANGED, 2))))
    started = time.perf_counter()
    footprint_of_boxes(boxes, tile_matrix_sets(LEVELS[-1])["WebMercatorQuad"], LEVELS, 4)
    return time.perf_counter() - started


def main() -> None:
    """Compare the two releases of a folder and print seconds, memory and counts as JSON."""
    store = GeoPackageStore(Path(sys.argv[1]))
    before, after = store.open(LAYER, 1), store.open(LAYER, 2)
    if sys.argv[2] == Matching.CONTENT:
        for release in (before, after):
            release.schema = replace(release.schema, key=None)
    started = time.perf_counter()
    changes = compare(before, after)
    seconds = time.perf_counter() - started
    counts = {kind.value: changes.count(kind) for kind in ChangeKind}
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": _largest_size(), "counts": counts}))


def _largest_size() -> float:
    """Return the largest resident size of this process in megabytes; ``getrusage`` would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / _MEGABYTE


if __name__ == "__main__":
    main()
