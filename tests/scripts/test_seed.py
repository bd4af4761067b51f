"""``tuzi seed``: the tiles a request would draw, drawn before; continued, limited and stopped as it says."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from scripts.mounts import open_store
from scripts.workshop import Workshop
from server.app import create_app
from tests.conftest import ROOT
from tests.scripts.commands import CommandLine, run, write_table
from tests.server.map_city import Reply, call
from tilecache.identity import TileKey

__all__ = ["run"]

pytestmark = pytest.mark.slow


@pytest.fixture
def city(run: CommandLine) -> CommandLine:
    """A layer of shelters, spread along a road, and a basemap of it."""
    write_table(run.folder / "delivery" / "shelters.csv", "ABCDEFGHIJKLMNOP")
    manifest = run.folder / "delivery" / "manifest.yml"
    manifest.write_text(
        "agencies: [{id: fire, title: 消防局}]\n"
        "themes: [{id: safety, title: 公共安全}]\n"
        "layers: [{id: shelters, file: shelters.csv, title: 避難所, agency: fire, theme: safety, key: 代號}]\n"
        "basemaps: [{id: base, title: 底圖, background: '#eeeeee', members: [{layer: shelters}]}]\n",
        encoding="utf-8",
    )
    run("onboard", manifest)
    return run


def kept(run: CommandLine, layer: str = "shelters") -> dict[TileKey, bytes]:
    store = open_store(Workshop(run.config).configuration)
    keys = [key for key, _ in store.tiles(layer)] if layer in store.layers() else []
    tiles = {key: store.get(key) or b"" for key in keys}
    store.close()
    return tiles


def served(run: CommandLine, *paths: str) -> Iterator[Reply]:
    application = create_app(Workshop(run.config).configuration)
    try:
        for path in paths:
            yield call(
                application,
                {
                    "REQUEST_METHOD": "GET",
                    "SCRIPT_NAME": "",
                    "PATH_INFO": path,
                    "QUERY_STRING": "",
                    "HTTP_HOST": "maps",
                    "SERVER_NAME": "127.0.0.1",
                    "SERVER_PORT": "80",
                    "wsgi.url_scheme": "http",
                },
            )
    finally:
        application.watch.stop()


@pytest.mark.parametrize("name", ["shelters", "base"])
def test_seeded_tiles_are_those_a_request_would_have_drawn(city: CommandLine, name: str) -> None:
    said = city("seed", name, "--zoom", "10-14", "--jobs", 2)
    assert "were drawn and are kept" in said
    seeded = kept(city, name)
    assert {key.z for key in seeded} == {10, 11, 12, 13, 14}
    # Those that show something, and some that show nothing.
    chosen = sorted(seeded, key=lambda key: len(seeded[key]))
    paths = [f"/tiles/{name}/{key.z}/{key.x}/{key.y}.png" for key in (*chosen[:3], *chosen[-6:])]
    hits = [(reply.headers["X-Tile-Cache"], reply.body) for reply in served(city, *paths)]
    assert {source for source, _ in hits} <= {"hit", "blank"} and "hit" in {source for source, _ in hits}
    for file in (city.folder / "data" / "tiles").glob("*.sqlite*"):
        file.unlink()
    drawn = [reply.body for reply in served(city, *paths)]
    assert drawn == [body for _, body in hits]
    assert {key: body for key, body in kept(city, name).items() if key in seeded}.items() <= seeded.items()


def test_what_is_kept_is_not_drawn_again(city: CommandLine) -> None:
    city("seed", "shelters", "--zoom", "12", "--jobs", 1)
    before = kept(city)
    assert "Nothing to draw" in city("seed", "shelters", "--zoom", "12")
    lost = [key for key in before if key.x % 2]
    store = open_store(Workshop(city.config).configuration)
    store.drop(lost)
    store.close()
    city("seed", "shelters", "--zoom", "12", "--jobs", 1)
    assert kept(city) == before


def test_an_area_an_estimate_and_a_format(city: CommandLine) -> None:
    said = city("seed", "shelters", "--zoom", "14-16", "--area", "120.6060,24.09,120.6070,24.11", "--estimate")
    assert "estimate" in said and "total" in said
    assert {key.format for key in kept(city)} == {"png"}
    city("seed", "shelters", "--zoom", "11", "--area", "shelters", "--format", "webp@2x", "--grid", "EPSG:3857")
    assert {(key.grid, key.z) for key in kept(city) if key.format == "webp@2x"} == {("WebMercatorQuad", 11)}
    assert "Nothing to draw" in city("seed", "shelters", "--zoom", "12", "--area", "121.9,25,122,25.1")


def test_photographs_have_jpeg_tiles(run: CommandLine) -> None:
    file = run.folder / "delivery" / "ortho.tif"
    file.parent.mkdir()
    options = {"driver": "GTiff", "width": 50, "height": 50, "count": 3, "dtype": "uint8", "crs": "EPSG:3826"}
    with rasterio.open(file, "w", transform=from_origin(214_000, 2_676_000, 30, 30), **options) as dataset:
        dataset.write(np.random.default_rng(1).integers(1, 255, (3, 50, 50), dtype=np.uint8))
    file.with_name("manifest.yml").write_text(
        "agencies: [{id: fire, title: 消防局}]\n"
        "themes: [{id: safety, title: 公共安全}]\n"
        "layers: [{id: ortho, file: ortho.tif, title: 正射影像, agency: fire, theme: safety}]\n",
        encoding="utf-8",
    )
    run("onboard", file.with_name("manifest.yml"))
    run("seed", "ortho", "--zoom", "14", "--format", "jpg", "--jobs", 1)
    tiles = kept(run, "ortho")
    assert {(key.z, key.format) for key in tiles} == {(14, "jpeg")}
    key, body = next((key, body) for key, body in tiles.items() if body)
    (reply,) = served(run, f"/tiles/ortho/{key.z}/{key.x}/{key.y}.jpg")
    assert (reply.headers["X-Tile-Cache"], reply.body) == ("hit", body)


def test_only_what_changed_is_seeded(city: CommandLine) -> None:
    assert "before its current one" in city("seed", "shelters", "--only-changed", code=1)
    write_table(city.folder / "delivery" / "shelters.csv", "ABCDEFGHIJKLMNOPZ")
    city("onboard", city.folder / "delivery" / "manifest.yml")
    city("seed", "shelters", "--zoom", "18", "--only-changed", "--jobs", 1)
    only = {key for key in kept(city) if ".2." in f".{key.edition.partition('-')[2]}."}
    city("seed", "shelters", "--zoom", "18", "--jobs", 1)
    # The others are those of the release before, as they were.
    everything = kept(city)
    assert only < everything.keys() and only == {key for key in everything if key.edition == next(iter(only)).edition}
    # The new shelter stands at 120.6090, 24.1: its column of WebMercatorQuad's level 18.
    column = int((120.6090 + 180) / 360 * 2**18)
    assert column in {key.x for key in only} and all(abs(key.x - column) < 8 for key in only)


def test_a_layer_that_cannot_be_drawn_stops_at_the_budget_and_keeps_nothing(city: CommandLine) -> None:
    with sqlite3.connect(city.folder / "data" / "layers" / "shelters" / "1.gpkg") as release:
        # Where features are is still known; what they are is lost.
        release.execute("drop table features")
    said = city("seed", "base", "--zoom", "12-17", "--jobs", 1, "--max-failures", 2, code=1)
    assert said.count("✗") == 2 and "Stopped after 2 failures" in said
    assert kept(city) == {} and kept(city, "base") == {}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("ghost",), "no published layer or basemap ghost"),
        (("shelters", "--zoom", "9-3"), "--zoom 9-3"),
        (("shelters", "--zoom", "8-99"), "0 to 20"),
        (("shelters", "--zoom", "-1"), "--zoom -1"),
        (("shelters", "--grid", "Mars"), "Mars"),
        (("shelters", "--format", "jpg@2x"), "no jpg@2x tiles"),
        (("shelters", "--area", "1,2,3"), "--area 1,2,3"),
        (("shelters", "--area", "nan,1,2,3"), "--area nan"),
        (("shelters", "--area", "121,24,120,25"), "--area 121"),
        (("shelters", "--area", "nowhere"), "--area nowhere"),
    ],
)
def test_what_cannot_be_understood_is_said(city: CommandLine, arguments: tuple[str, ...], reason: str) -> None:
    assert reason in city("seed", *arguments, code=1)


def test_a_killed_run_leaves_no_process_and_is_continued(city: CommandLine) -> None:
    # So far apart that there are enough metatiles for other processes to be worth their start.
    rows = [f"Z{n:03},遠處{n},{120.5 + n / 100:.4f},{24.0 + n / 200:.4f}" for n in range(40)]
    table = city.folder / "delivery" / "shelters.csv"
    heading = table.read_text(encoding="utf-8-sig").splitlines()[0]
    table.write_text("\n".join([heading, *rows]), encoding="utf-8")
    city("onboard", city.folder / "delivery" / "manifest.yml", "--accept-loss")
    command = [sys.executable, "-m", "scripts", "--config", str(city.config), "seed", "shelters", "--zoom", "15-18"]
    environment = {**os.environ, "TUZI_LANGUAGE": "en"}
    process = subprocess.Popen(
        [*command, "--jobs", "2"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not kept(city) and time.monotonic() < deadline:
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    while any(_runs(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert children and not any(_runs(child) for child in children)
    first = kept(city)
    city("seed", "shelters", "--zoom", "15-18", "--jobs", 1)
    whole = kept(city)
    assert first.items() <= whole.items() and len(first) < len(whole)
    assert "Nothing to draw" in city("seed", "shelters", "--zoom", "15-18")


def _runs(process: str) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_named_style_has_tiles_of_its_own(city: CommandLine) -> None:
    manifest = city.folder / "delivery" / "manifest.yml"
    night = "styles: {night: {rules: [{name: all, symbols: [{mark: {colour: '#000080', size: 20}}]}]}}, key"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("key", night), encoding="utf-8")
    city("onboard", manifest)
    city("seed", "shelters", "--zoom", "13", "--style", "night", "--jobs", 1)
    tiles = kept(city)
    assert {key.style for key in tiles} == {"night"} and any(tiles.values())
    city("seed", "shelters", "--zoom", "13", "--jobs", 1)
    whole = kept(city)
    assert {key.style for key in whole} == {"night", "default"} and tiles.items() <= whole.items()
    shown = max(tiles, key=lambda key: len(tiles[key]))
    (default,) = (body for key, body in whole.items() if key[4:7] == shown[4:7] and key.style == "default")
    assert default != tiles[shown]
    assert "all of them are right" in city("cache", "verify", "--all")
    assert "0 tiles removed" in city("cache", "prune")
