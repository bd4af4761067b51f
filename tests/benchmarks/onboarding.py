"""Deliveries of a whole city taken in with all checks, against ogr2ogr, which checks nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import yaml

from tests.benchmarks.deliveries import write_buildings, write_plates
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import BenchmarkError
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import ROOT
from tests.conftest import write_configuration

MEGABYTE = 1 << 20
WATCH = 0.05
"""Seconds between two looks at a process."""


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    memory: float
    """Largest resident size of all its processes together, in megabytes; what they share counts once for each."""


@dataclass(frozen=True)
class Delivery:
    """A file and how both contenders are told to read it."""

    subject: str
    write: Callable[[Path], object]
    file: str
    entry: dict[str, object]
    ogr_file: str
    ogr_options: tuple[str, ...]
    aim: Aim
    memory: Aim | None = None


def _plates(folder: Path) -> None:
    write_plates(folder / "plates.csv", "cp950")
    # ogr2ogr cannot be told the encoding of a table.
    write_plates(folder / "plates-utf8.csv", "utf-8")


DELIVERIES = (
    Delivery(
        "1.2 M door plates, CSV in Big5",
        _plates,
        "plates.csv",
        {"key": "門牌編號", "crs": "EPSG:3826", "search": ["門牌地址"]},
        "plates-utf8.csv",
        ("-oo", "X_POSSIBLE_NAMES=橫坐標", "-oo", "Y_POSSIBLE_NAMES=縱坐標", "-oo", "AUTODETECT_TYPE=YES"),
        Aim("≤", 3),
        Aim("<", 1000),
    ),
    Delivery(
        "500,000 polygons, shapefile",
        lambda folder: write_buildings(folder / "buildings.shp"),
        "buildings.shp",
        {"key": "BUILD_ID"},
        "buildings.shp",
        ("-nlt", "PROMOTE_TO_MULTI"),
        Aim("≤", 2.5),
    ),
)


def measure_onboarding(folder: Path, pace: Pace, samples: Samples, say: Say) -> Sequence[Row]:
    """Take each delivery in, in turns with ogr2ogr, into a fresh catalogue each time."""
    if shutil.which("ogr2ogr") is None:
        raise BenchmarkError("ogr2ogr is missing (Debian: gdal-bin)")
    rows: list[Row] = []
    for delivery in DELIVERIES:
        say(f"writing {delivery.subject}")
        workshop = folder / "onboarding"
        workshop.mkdir()
        delivery.write(workshop)
        rows += _compare(delivery, workshop, pace, samples, say)
        shutil.rmtree(workshop)
    return rows


def _compare(delivery: Delivery, folder: Path, pace: Pace, samples: Samples, say: Say) -> list[Row]:
    ours, theirs = [], []
    for _ in range(pace.rounds):
        theirs.append(_ogr2ogr(delivery, folder))
        ours.append(_tuzi(delivery, folder))
        spent = f"{ours[-1].seconds:.1f} s, {ours[-1].memory:.0f} MB"
        say(f"{delivery.subject}: {spent}; ogr2ogr {theirs[-1].seconds:.1f} s")
    for name, costs in (("tuzi", ours), ("ogr2ogr", theirs)):
        for cost in costs:
            samples.add(f"onboarding {delivery.subject}", name, cost.seconds)
    seconds, peer = (median(cost.seconds for cost in costs) for costs in (ours, theirs))
    memory = median(cost.memory for cost in ours)
    return [
        Row(delivery.subject, "onboarded, all checks", "s", seconds, "ogr2ogr to GeoPackage", peer, delivery.aim),
        Row(delivery.subject, "largest resident size", "MB", memory, aim=delivery.memory),
    ]


def _tuzi(delivery: Delivery, folder: Path) -> Cost:
    home = folder / "tuzi"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    manifest = home / "manifest.yml"
    entry = {"id": "delivery", "file": str(folder / delivery.file), "title": "測試"}
    entry |= {"agency": "bench", "theme": "bench"}
    document = {
        "agencies": [{"id": "bench", "title": "測試機關"}],
        "themes": [{"id": "bench", "title": "測試"}],
        "layers": [entry | delivery.entry],
    }
    manifest.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    config = write_configuration(home)
    return _timed([sys.executable, "-m", "scripts", "--config", str(config), "onboard", str(manifest)])


def _ogr2ogr(delivery: Delivery, folder: Path) -> Cost:
    target = folder / "ogr.gpkg"
    target.unlink(missing_ok=True)
    command = ["ogr2ogr", "-f", "GPKG", str(target), str(folder / delivery.ogr_file), "-a_srs", "EPSG:3826"]
    return _timed([*command, *delivery.ogr_options])


def _timed(command: Sequence[str]) -> Cost:
    """Run a command to its end; a thread watches how large it grows.

    What the system says at the end would count the size of this process, too, of which every child begins as a copy.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=complaints, text=True)
        sizes = [0.0]
        watcher = threading.Thread(target=_watch, args=(process, sizes))
        watcher.start()
        code = process.wait()
        seconds = time.perf_counter() - started
        watcher.join()
        complaints.seek(0)
        if code:
            raise BenchmarkError(f"{command[0]}: {complaints.read().strip()[-300:]}")
    return Cost(seconds, max(sizes))


def _watch(process: subprocess.Popen[str], sizes: list[float]) -> None:
    """Note the resident size of the process and of all that it started, in megabytes, for as long as it lives."""
    while process.poll() is None:
        sizes.append(sum(map(_resident, _family(process.pid))))
        time.sleep(WATCH)


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    try:
        lists = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        # It ended while it was looked at.
        return [pid]
    return [pid, *(one for found in lists for child in found.split() for one in _family(int(child)))]


def _resident(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 / MEGABYTE if found else 0.0
