"""``tuzi cache``: counting tiles, removing those that nobody can ask for, finding and replacing wrong ones."""

from __future__ import annotations

import json
import math

import pytest

from scripts.mounts import find_drawable, in_style, open_lineages, open_mount, open_store, tile_pattern
from scripts.workshop import Workshop
from server.app import create_app
from tests.scripts.commands import CommandLine, run, write_table
from tests.server.map_city import call
from tilecache.blank import blank_tile
from tilecache.editions import Editions
from tilecache.grids import tile_matrix_sets
from tilecache.identity import TileKey

__all__ = ["run"]

X = int((120.6070 + 180) / 360 * 2**16)
Y = int((1 - math.asinh(math.tan(math.radians(24.1))) / math.pi) / 2 * 2**16)
"""The tile of WebMercatorQuad's level 16 in which the shelters stand, by the formulas of slippy map tile names."""
MANIFEST = (
    "agencies: [{id: fire, title: 消防局}]\n"
    "themes: [{id: safety, title: 公共安全}]\n"
    "layers: [{id: shelters, file: shelters.csv, title: 避難所, agency: fire, theme: safety, key: 代號}]\n"
    "basemaps: [{id: base, title: 底圖, background: '#eeeeee', members: [{layer: shelters}]}]\n"
)


@pytest.fixture
def city(run: CommandLine) -> CommandLine:
    """A layer of shelters and a basemap of it, with one metatile of each kept."""
    deliver(run, "ABCDEFGHIJKLMNOP")
    return run


def deliver(run: CommandLine, codes: str, manifest: str = MANIFEST) -> None:
    """Onboard a release and keep a metatile of what is current then, of the layer and of the basemap."""
    write_table(run.folder / "delivery" / "shelters.csv", codes)
    (run.folder / "delivery" / "manifest.yml").write_text(manifest, encoding="utf-8")
    run("onboard", run.folder / "delivery" / "manifest.yml")
    for name in ("shelters", "base"):
        draw(run, name)


def draw(run: CommandLine, name: str) -> None:
    workshop = Workshop(run.config)
    store = open_store(workshop.configuration)
    record = find_drawable(workshop, name)
    pattern = tile_pattern(record, "WebMercatorQuad", "png")
    mount = open_mount(workshop.configuration, record, store, open_lineages(workshop.configuration))
    mount.draw_tile(pattern._replace(z=16, x=X, y=Y))
    store.close()


def kept(run: CommandLine, layer: str = "shelters") -> dict[TileKey, bytes]:
    store = open_store(Workshop(run.config).configuration)
    tiles = {key: store.get(key) or b"" for key, _ in store.tiles(layer)}
    store.close()
    return tiles


def releases(run: CommandLine) -> set[int]:
    """The releases of which tiles of the layer are kept."""
    return {int(key.edition.split("-")[1].split(".")[0]) for key in kept(run)}


def put(run: CommandLine, tiles: dict[TileKey, bytes]) -> None:
    store = open_store(Workshop(run.config).configuration)
    store.put(tiles.items())
    store.close()


def test_tiles_are_counted(city: CommandLine) -> None:
    tiles = kept(city)
    assert len(tiles) == 16
    documents = json.loads(city("cache", "stats", "--json"))
    assert {document["layer"] for document in documents} == {"shelters", "base"}
    (document,) = (document for document in documents if document["layer"] == "shelters")
    assert document == {
        "layer": "shelters", "edition": next(iter(tiles)).edition, "style": "default", "grid": "WebMercatorQuad",
        "format": "png", "zoom": 16, "state": "current", "tiles": 16, "bytes": sum(map(len, tiles.values())),
    }  # fmt: skip
    said = city("cache", "stats")
    assert "current" in said and "total" in said and "32" in said
    assert "WebMercatorQuad" in city("cache", "stats", "shelters", "--by", "grid", "--by", "zoom")
    assert "no tiles are kept" in city("cache", "stats", "ghost", code=1)


def test_tiles_that_nobody_can_ask_for_go(city: CommandLine) -> None:
    for codes in ("ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMN", "ABCDEFGHIJKLM"):
        deliver(city, codes)
    assert releases(city) == {1, 2, 3, 4}
    basemaps = len({key.edition for key in kept(city, "base")})
    assert basemaps == 4
    assert "64 tiles would be removed" in city("cache", "prune", "--dry-run")
    assert releases(city) == {1, 2, 3, 4}
    assert "superseded" in city("cache", "stats")
    assert "64 tiles removed" in city("cache", "prune", "--keep", 1)
    assert releases(city) == {3, 4}
    assert len({key.edition for key in kept(city, "base")}) == 2
    assert "0 tiles removed" in city("cache", "prune", "--keep", 1)
    before = kept(city)
    city("rollback", "shelters")
    # What a rollback brings back is there, and what it left may be published again.
    draw(city, "shelters")
    assert kept(city) == before
    assert "0 tiles removed" in city("cache", "prune", "--keep", 0)


def test_tiles_of_a_style_that_is_no_more_go(city: CommandLine) -> None:
    old = {key.edition for key in kept(city)}
    style = "style: {rules: [{name: all, symbols: [{mark: {colour: '#ff0000'}}]}]}, key"
    deliver(city, "ABCDEFGHIJKLMNOP", MANIFEST.replace("key", style))
    assert len({key.edition for key in kept(city)}) == 2
    city("cache", "prune")
    assert old.isdisjoint(key.edition for key in kept(city)) and len(kept(city)) == 16


def test_tiles_of_what_the_catalogue_does_not_know_go_and_those_of_retired_layers_stay(city: CommandLine) -> None:
    tiles = kept(city)
    put(city, {key._replace(layer="ghost"): body for key, body in tiles.items()})
    city("retire", "shelters")
    assert "ghost: 16 tiles removed" in city("cache", "prune", "ghost", "shelters")
    assert kept(city) == tiles and not kept(city, "ghost")


def test_a_server_goes_on_while_tiles_are_pruned(city: CommandLine) -> None:
    deliver(city, "ABCDEFGHIJKLMNO")
    application = create_app(Workshop(city.config).configuration)
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": f"/tiles/shelters/16/{X}/{Y}.png", "QUERY_STRING": "",
        "HTTP_HOST": "maps", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
    }  # fmt: skip
    try:
        assert call(application, environ).headers["X-Tile-Cache"] == "hit"
        city("cache", "prune", "--keep", 0)
        assert releases(city) == {2}
        for y in range(Y - 4, Y + 8):
            assert call(application, {**environ, "PATH_INFO": f"/tiles/shelters/16/{X}/{y}.png"}).status == 200
    finally:
        application.watch.stop()


def test_wrong_tiles_are_found_and_replaced(city: CommandLine) -> None:
    right, basemap = kept(city), kept(city, "base")
    assert "all of them are right" in city("cache", "verify")
    shown = max(right, key=lambda key: len(right[key]))
    put(city, {shown: b"", min(set(right) - {shown}): b"half a png"})
    ground = max(basemap, key=lambda key: len(basemap[key]))
    put(city, {ground: blank_tile("png", "#eeeeee")})
    said = city("cache", "verify", "--dry-run", code=1)
    assert "3 differ; none was replaced" in said and f"{shown.z}/{shown.x}/{shown.y}" in said
    assert kept(city) != right
    assert "3 differed and were replaced" in city("cache", "verify", "--all", code=1)
    assert kept(city) == right and kept(city, "base") == basemap
    assert "all of them are right" in city("cache", "verify", "shelters", "--seed", 4, "--sample", 1)


def test_blank_tiles_where_features_are_come_first(city: CommandLine) -> None:
    """Of many metatiles the sample is one; the one that was blanked is looked at whatever the sample is."""
    workshop = Workshop(city.config)
    store, record = open_store(workshop.configuration), find_drawable(workshop, "shelters")
    mount = open_mount(workshop.configuration, record, store, open_lineages(workshop.configuration))
    pattern = tile_pattern(record, "WebMercatorQuad", "png")
    for x in range(X - 40, X + 41, 4):
        mount.draw_tile(pattern._replace(z=16, x=x, y=Y))
    store.close()
    right = kept(city)
    shown = max(right, key=lambda key: len(right[key]))
    put(city, {shown: b""})
    for seed in range(3):
        assert "1 differ; none" in city("cache", "verify", "--sample", 1, "--seed", seed, "--dry-run", code=1)
    city("cache", "verify", "--sample", 1, code=1)
    assert kept(city) == right


def test_tiles_of_every_named_style_are_current(city: CommandLine) -> None:
    styles = "styles: {night: {rules: [{name: all, symbols: [{mark: {colour: '#000080'}}]}]}}, key"
    deliver(city, "ABCDEFGHIJKLMNOP", MANIFEST.replace("key", styles))
    workshop = Workshop(city.config)
    record, lineages = find_drawable(workshop, "shelters"), open_lineages(workshop.configuration)
    grid = tile_matrix_sets(20)["WebMercatorQuad"]
    editions = Editions(in_style(record, "night"), lineages), Editions(record, lineages, vector=True)
    night, vector = (
        TileKey("shelters", style, grid.id, format_, 16, X, Y, one.at(grid, 16, X, Y))
        for style, format_, one in zip(("night", "default"), ("png", "mvt"), editions, strict=True)
    )
    assert night.edition not in {key.edition for key in kept(city)}
    put(city, {night: b"night", vector: b"vector", vector._replace(edition=night.edition): b"neither"})
    city("cache", "prune", "--keep", 0)
    assert {key.format: kept(city)[key] for key in (night, vector)} == {"png": b"night", "mvt": b"vector"}
    assert b"neither" not in kept(city).values()
    assert "has no style dawn; it has default, night" in city("seed", "shelters", "--style", "dawn", code=1)
