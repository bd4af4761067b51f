"""An update of a seeded city: seeding again what a release touches, against seeding the whole city."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyogrio
import shapely
import yaml
from numpy.typing import NDArray

from tests.benchmarks.data import AREA, POLYGON_LAYER, POLYGONS, SEED, Data
from tests.benchmarks.machine import Say
from tests.benchmarks.pace import Pace
from tests.benchmarks.samples import Samples
from tests.benchmarks.servers import BenchmarkError
from tests.benchmarks.table import Aim, Row
from tests.benchmarks.tuzi import TUZI, Platform

ZOOMS = {True: "10-18", False: "10-16"}
"""Of a full and of a quick run: all 8,000 metatiles of zooms up to 18 take some minutes."""
CHANGED = POLYGONS // 1000
PLACES = 2
"""Building sites among which the changes of an ordinary update lie."""
LIMIT = 900
SUBJECT = f"update of {CHANGED} of {POLYGONS:,} features"


def measure_updates(
    folder: Path, data: Data, platform: Platform, pace: Pace, samples: Samples, say: Say
) -> Sequence[Row]:
    """Measure seeding after an update, once for each way in which changes may lie."""
    zooms = ZOOMS[pace.rounds > 1]
    platform.forget_tiles(POLYGON_LAYER)
    say(f"seeding zooms {zooms}")
    whole = _seeded(platform, zooms)
    samples.add("whole", "seconds", whole)
    rows = []
    changed = np.empty(0, dtype=np.int64)
    for name, fids in (("at two building sites", _together(data)), ("all over the city", _scattered())):
        # What was changed before stays so: each release differs from the one before by its own changes alone.
        changed = np.union1d(changed, fids)
        _deliver(folder / f"{name.replace(' ', '-')}.gpkg", data, platform, changed)
        seconds = _seeded(platform, zooms)
        samples.add(name, "seconds", seconds)
        say(f"{name}: {seconds:.1f} s, the whole city {whole:.1f} s")
        share = Row(
            SUBJECT, f"{name}: seeding zooms {zooms} again", "s", seconds, "the whole city", whole, aim=Aim("≤", 0.02)
        )
        rows.append(share)
    return rows


def _seeded(platform: Platform, zooms: str) -> float:
    started = time.perf_counter()
    _run(platform, "seed", POLYGON_LAYER, "--zoom", zooms, "--jobs", "2")
    return time.perf_counter() - started


def _run(platform: Platform, *arguments: str) -> None:
    command = [str(TUZI), "--config", str(platform.config), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    if done.returncode:
        raise BenchmarkError(f"tuzi {arguments[0]} failed: {done.stdout[-1000:]} {done.stderr[-1000:]}")


def _together(data: Data) -> NDArray[np.int64]:
    """Return the numbers of the features nearest to two places."""
    _, _, bodies, _ = pyogrio.raw.read(data.geopackage, layer="polygons", columns=[])
    places = shapely.get_coordinates(shapely.centroid(shapely.from_wkb(bodies)))
    random = np.random.default_rng(SEED)
    west, south, east, north = AREA
    sites = random.uniform((west + 0.05, south + 0.05), (east - 0.05, north - 0.05), (PLACES, 2))
    nearest = [np.argsort(np.hypot(*(places - site).T))[: CHANGED // PLACES] for site in sites]
    return np.concatenate(nearest)


def _scattered() -> NDArray[np.int64]:
    return np.random.default_rng(SEED).choice(POLYGONS, CHANGED, replace=False)


def _deliver(file: Path, data: Data, platform: Platform, changed: NDArray[np.int64]) -> None:
    """Onboard the layer with some of its features moved by some ten metres."""
    meta, _, bodies, columns = pyogrio.raw.read(data.geopackage, layer="polygons")
    shapes = shapely.from_wkb(bodies)
    shapes[changed] = shapely.transform(shapes[changed], lambda corners: corners + 0.0001)
    pyogrio.raw.write(
        file,
        geometry=shapely.to_wkb(shapes),
        field_data=columns,
        fields=meta["fields"],
        geometry_type="Polygon",
        crs="EPSG:4326",
        driver="GPKG",
        layer="polygons",
    )
    manifest = yaml.safe_load(data.manifest.read_text(encoding="utf-8"))
    manifest["layers"] = [layer | {"file": file.name} for layer in manifest["layers"] if layer["id"] == POLYGON_LAYER]
    target = file.with_suffix(".yml")
    target.write_text(yaml.safe_dump(manifest, allow_unicode=True), encoding="utf-8")
    _run(platform, "onboard", str(target))
