"""``tuzi basemap update``: a year's core data for all members of a basemap, published in one step or not at all."""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from catalog import models
from catalog.database import Catalogue
from catalog.snapshot import read_snapshot
from catalog.watch import SnapshotWatch
from layers.errors import TuziError
from scripts.cli import tuzi as cli
from tests.conftest import ROOT, write_configuration
from tests.layers.deliveries import write_vector

pytestmark = pytest.mark.slow

MEMBERS = ("zones", "roads", "buildings", "landmarks", "doorplates")
MANIFEST = """
agencies: [{id: land, title: 地政局}]
themes: [{id: core, title: 核心圖資}]
agency: land
theme: core
layers:
  - {id: zones, file: 使用分區.geojson, title: 使用分區, key: code}
  - {id: roads, file: 道路中線_113年.shp, title: 道路, key: code}
  - {id: buildings, file: buildings.gpkg, title: 建物, key: code}
  - {id: landmarks, file: 地標.geojson, title: 地標}
  - {id: doorplates, file: 門牌1130401.csv, title: 門牌, key: code, crs: EPSG:3826, x: 橫坐標, y: 縱坐標}
basemaps:
  - id: base
    title: 底圖
    members:
      - {layer: zones}
      - {layer: roads, style: {rules: [{name: all, symbols: [{line: {colour: "#ffffff", width: 3}}], zoom: [12, ~]}]}}
      - {layer: buildings, style: {rules: [{name: all, symbols: [{fill: {colour: "#cccccc"}}], zoom: [16, ~]}]}}
      - {layer: landmarks}
      - {layer: doorplates, style: {rules: [{name: all, symbols: [{mark: {colour: "#ff0000"}}], zoom: [18, ~]}]}}
  - id: labels
    title: 註記
    overlay: true
    members: [{layer: landmarks}, {layer: doorplates}]
"""
EAST, NORTH = 217_000.0, 2_671_000.0


def boxes(count: int, size: float = 20.0) -> list[Any]:
    return [shapely.box(EAST + 50 * n, NORTH, EAST + 50 * n + size, NORTH + size) for n in range(count)]


def write_features(file: Path, geometries: list[Any], names: list[str]) -> None:
    """A GeoJSON file in degrees, moved by a plain rule: a degree is 100 km here, which the city's extent holds."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"{number}", "name": name},
            "geometry": shapely.geometry.mapping(shapely.transform(shape, _degrees)),
        }
        for number, (shape, name) in enumerate(zip(geometries, names, strict=True))
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")


def _degrees(coordinates: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    degrees: np.ndarray[Any, Any] = (coordinates - [EAST, NORTH]) / 100_000 + [120.675, 24.143]
    return degrees


def write_doorplates(file: Path, count: int, moved: float = 0.0) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["code", "地址", "橫坐標", "縱坐標"])
    writer.writerows(
        [f"D{number:06}", f"臺中市西屯區文心路{number}號", EAST + number % 400 + moved, NORTH + number // 400]
        for number in range(count)
    )
    file.write_bytes(text.getvalue().encode("big5"))


def write_delivery(folder: Path, *, year: int, doorplates: int = 300) -> None:
    """A year's files: the second year moves one road, renames a landmark, adds a building, leaves the zones alone."""
    folder.mkdir(parents=True, exist_ok=True)
    later = year > 113
    write_features(folder / "使用分區.geojson", boxes(6, 45), [f"第{n}種住宅區" for n in range(6)])
    lines = [
        shapely.LineString([(EAST, NORTH + 30 * n), (EAST + 800, NORTH + 30 * n + 5 * later * (n == 3))])
        for n in range(9)
    ]
    codes = [f"R{n}" for n in range(9)]
    write_vector(
        folder / f"道路中線_{year}年.shp",
        lines,
        {"code": codes, "name": [f"{n}號路" for n in range(9)]},
        geometry_type="LineString",
        encoding="UTF-8",
    )
    count = 13 if later else 12
    write_vector(
        folder / "buildings.gpkg",
        boxes(count),
        {"code": [f"B{n}" for n in range(count)], "floors": [n % 5 for n in range(count)]},
        driver="GPKG",
        geometry_type="Polygon",
    )
    names = ["市政府", "歌劇院", "新站" if later else "車站"]
    write_features(folder / ("landmarks.geojson" if later else "地標.geojson"), [b.centroid for b in boxes(3)], names)
    write_doorplates(folder / f"門牌{year}0401.csv", doorplates, moved=2.0 * later)


@pytest.fixture(scope="module")
def first_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the basemap stands as of the first year."""
    folder = tmp_path_factory.mktemp("basemap")
    write_delivery(folder / "113", year=113)
    manifest = folder / "113" / "manifest.yml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    done = tuzi(write_configuration(folder), "onboard", str(manifest))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "data"


@pytest.fixture
def config(first_year: Path, tmp_path: Path) -> Path:
    """The basemap's platform, a copy for each test."""
    shutil.copytree(first_year, tmp_path / "data")
    return write_configuration(tmp_path)


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    folder = tmp_path / "114年交付"
    write_delivery(folder, year=114)
    return folder


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def tuzi(config: Path, *arguments: str) -> Done:
    """Run a command in this process, as ``scripts.cli.main`` does."""
    result = CliRunner(env={"COLUMNS": "200", "TUZI_LANGUAGE": "en"}).invoke(cli, ["--config", str(config), *arguments])
    if isinstance(result.exception, TuziError):
        return Done(1, result.stdout, str(result.exception))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def update(config: Path, folder: Path, *options: str, name: str = "base") -> Done:
    return tuzi(config, "basemap", "update", name, str(folder), *options)


def published(config: Path) -> dict[str, int | None]:
    with opened(config) as catalogue, catalogue.read() as session:
        return {layer.id: layer.current_release for layer in session.query(models.Layer)}


@contextmanager
def opened(config: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(f"sqlite:///{next((config.parent / 'data').glob('*.sqlite'))}")
    try:
        yield catalogue
    finally:
        catalogue.close()


def revision(config: Path) -> int:
    with opened(config) as catalogue:
        return catalogue.revision()


def kept(config: Path) -> set[tuple[str, str]]:
    """What stores and catalogue hold of releases: (layer, file or number and state)."""
    files = {(file.parent.name, file.name) for file in (config.parent / "data" / "layers").rglob("*.gpkg*")}
    with opened(config) as catalogue, catalogue.read() as session:
        return files | {
            (release.layer_id, f"{release.number} {release.state}") for release in session.query(models.Release)
        }


ONCE = dict.fromkeys(MEMBERS, 1)


def test_all_members_are_published_in_one_step(config: Path, delivery: Path) -> None:
    (delivery / "讀我.pdf").write_bytes(b"%PDF-1.4")
    before = revision(config)
    done = update(config, delivery, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    # The zones came as they were, so they have no new release.
    assert published(config) == {"zones": 1, "roads": 2, "buildings": 2, "landmarks": 2, "doorplates": 2}
    assert revision(config) == before + 1
    assert "讀我.pdf" in done.stdout
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if "→" in line}
    assert rows["buildings"][-5:] == ["1", "·", "·", "·", "·"]
    assert rows["roads"][-5:] == ["·", "·", "1", "·", "·"]
    assert rows["landmarks"][-5:] == ["·", "·", "·", "1", "·"]
    assert rows["doorplates"][-5:] == ["·", "·", "300", "·", "·"] or rows["doorplates"][-5:] == [
        "·",
        "·",
        "·",
        "·",
        "300",
    ]


def test_readers_see_the_old_basemap_or_the_new_one_and_no_mixture(config: Path, delivery: Path) -> None:
    with opened(config) as catalogue:
        watch = SnapshotWatch(lambda: read_snapshot(catalogue), catalogue.revision)
        seen: list[tuple[int, ...]] = []
        stopped = threading.Event()

        def look() -> None:
            while not stopped.is_set():
                watch.poll()
                basemap = watch.snapshot.basemaps["base"]
                seen.append(tuple(member.layer.release.number for member in basemap.members))

        reader = threading.Thread(target=look)
        reader.start()
        done = update(config, delivery, "--yes")
        watch.poll()
        stopped.set()
        reader.join()
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(dict.fromkeys(seen)) == [(1, 1, 1, 1, 1), (1, 2, 2, 2, 2)]


def test_a_bad_file_stops_all(config: Path, delivery: Path) -> None:
    (delivery / "buildings.gpkg").write_bytes(b"no database at all")
    before = kept(config)
    done = update(config, delivery, "--yes")
    assert done.returncode == 1
    assert "buildings.gpkg" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert published(config) == ONCE
    assert kept(config) == before


def test_a_trial_says_all_and_leaves_nothing(config: Path, delivery: Path) -> None:
    before, was = kept(config), revision(config)
    done = update(config, delivery, "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "平方公里" in done.stdout
    # Buildings are drawn from 16, door plates from 18, roads from 12; landmarks at every level.
    levels = tile_counts(done.stdout)
    assert set(levels) == set(range(21))
    assert levels[20] > levels[14] >= 16
    assert kept(config) == before
    assert revision(config) == was


def tile_counts(output: str) -> dict[int, int]:
    rows = [line.split() for line in output.splitlines() if line.strip()[:1].isdigit() and len(line.split()) == 3]
    return {int(row[0]): int(row[2].replace(",", "")) for row in rows}


def test_who_does_not_confirm_changes_nothing(config: Path, delivery: Path) -> None:
    before = kept(config)
    done = update(config, delivery)
    assert done.returncode != 0
    assert kept(config) == before
    assert published(config) == ONCE


def test_a_great_loss_stops_all_until_it_is_accepted(config: Path, delivery: Path) -> None:
    write_doorplates(delivery / "門牌1140401.csv", 100)
    before = kept(config)
    done = update(config, delivery, "--yes")
    assert done.returncode == 1
    assert "--accept-loss" in done.stdout.replace("\n", "")
    assert "doorplates" in done.stdout
    assert kept(config) == before
    done = update(config, delivery, "--yes", "--accept-loss")
    assert done.returncode == 0, done.stdout + done.stderr
    assert published(config)["doorplates"] == 2


def test_the_same_delivery_again_changes_nothing(config: Path, delivery: Path) -> None:
    assert update(config, delivery, "--yes").returncode == 0
    before, was = kept(config), revision(config)
    done = update(config, delivery)
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(config) == before
    assert revision(config) == was


def test_members_without_a_file_stay_as_they_are(config: Path, delivery: Path) -> None:
    for file in delivery.glob("道路*"):
        file.unlink()
    done = update(config, delivery, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "roads" in done.stdout
    assert published(config)["roads"] == 1
    assert published(config)["buildings"] == 2


def test_overlays_are_updated_alike(config: Path, delivery: Path) -> None:
    done = update(config, delivery, "--yes", name="labels")
    assert done.returncode == 0, done.stdout + done.stderr
    assert published(config) == {**ONCE, "landmarks": 2, "doorplates": 2}
    # The other files are not the overlay's.
    assert "buildings.gpkg" in done.stdout


def test_what_is_not_there_is_named(config: Path, delivery: Path, tmp_path: Path) -> None:
    unknown = update(config, delivery, name="ghost")
    assert unknown.returncode == 1
    assert "base" in unknown.stderr
    (tmp_path / "empty").mkdir()
    assert update(config, tmp_path / "empty").returncode == 1
    strange = tmp_path / "strange"
    strange.mkdir()
    write_doorplates(strange / "人口.csv", 5)
    done = update(config, strange)
    assert done.returncode == 1
    assert "landmarks" in done.stderr
    assert "人口.csv" in done.stdout


def test_a_killed_update_leaves_the_old_basemap_and_the_next_one_cleans_up(config: Path, delivery: Path) -> None:
    write_doorplates(delivery / "門牌1140401.csv", 60_000)
    before = kept(config)
    command = [
        sys.executable,
        "-m",
        "scripts",
        "--config",
        str(config),
        "basemap",
        "update",
        "base",
        str(delivery),
        "--yes",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        # The door plates are the last member and the largest: when they are being written the others are stored.
        await_file(config.parent / "data" / "layers", "doorplates/2.gpkg.partial", process)
        process.send_signal(signal.SIGKILL)
    assert published(config) == ONCE
    assert ("roads", "2.gpkg") in kept(config)
    write_doorplates(delivery / "門牌1140401.csv", 300)
    done = update(config, delivery, "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(config) == before
    assert update(config, delivery, "--yes").returncode == 0


def await_file(folder: Path, pattern: str, process: subprocess.Popen[bytes], patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not list(folder.rglob(pattern)):
        assert process.poll() is None, "the update ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
