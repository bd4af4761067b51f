"""Tiles over HTTP: the fast path, its headers, its limits, and whom it answers."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import shapely
from PIL import Image

from catalog.records import Access
from layers.crs import CRS84, TWD97_TM2, WEB_MERCATOR, transform_bbox, transform_points
from layers.errors import RenderError, RenderUnavailable
from layers.extent import BoundingBox
from server.tiles import parse_tile_path
from tests.server.map_city import KEY, MIDDLE, NORTH, SOUTH, WEST, City
from tilecache.drawing import Drawing, View
from tilecache.grids import tile_matrix_sets

GRIDS = tile_matrix_sets(20)
RED = (192, 32, 32, 255)
BLUE = (32, 32, 192, 255)


def tile_at(x: float, y: float, grid: str, z: int) -> tuple[int, int]:
    """Column and row of the tile that holds a point of EPSG:3826."""
    px, py = transform_points(x, y, TWD97_TM2, GRIDS[grid].crs)
    column, _, row, _ = GRIDS[grid].tile_range(BoundingBox(px, py, px, py), z)
    return column, row


def pixel_at(body: bytes, grid: str, z: int, tile: tuple[int, int], x: float, y: float) -> tuple[int, ...]:
    """The colour of a tile at a point of EPSG:3826."""
    px, py = transform_points(x, y, TWD97_TM2, GRIDS[grid].crs)
    image = Image.open(BytesIO(body)).convert("RGBA")
    bounds = GRIDS[grid].bounds(z, *tile)
    column = int((px - bounds.west) / bounds.width * image.width)
    row = int((bounds.north - py) / bounds.height * image.height)
    return image.getpixel((column, row))


@pytest.mark.parametrize(("grid", "z"), [("WebMercatorQuad", 14), ("WorldCRS84Quad", 13), ("TWD97TM2", 8)])
def test_tiles_show_the_data_at_its_place(city: City, grid: str, z: int) -> None:
    x, y = (WEST + MIDDLE) / 2, SOUTH + 700
    tile = tile_at(x, y, grid, z)
    reply = city.get(f"/wmts/districts/default/{grid}/{z}/{tile[1]}/{tile[0]}.png")
    assert reply.status == 200
    assert pixel_at(reply.body, grid, z, tile, x, y) == RED
    outside = tile_at(WEST - 150, y, grid, z)
    reply = city.get(f"/wmts/districts/default/{grid}/{z}/{outside[1]}/{outside[0]}.png")
    assert pixel_at(reply.body, grid, z, outside, WEST - 150, y)[3] == 0


def test_rest_kvp_and_xyz_are_one_tile(city: City) -> None:
    x, y = tile_at(WEST + 100, SOUTH + 100, "WebMercatorQuad", 15)
    rest = city.get(f"/wmts/roads/default/WebMercatorQuad/15/{y}/{x}.png")
    xyz = city.get(f"/tiles/roads/15/{x}/{y}.png")
    kvp = city.get(
        "/wmts",
        SERVICE="WMTS",
        REQUEST="GetTile",
        VERSION="1.0.0",
        LAYER="roads",
        STYLE="default",
        FORMAT="image/png",
        TILEMATRIXSET="WebMercatorQuad",
        TILEMATRIX=15,
        TILEROW=y,
        TILECOL=x,
    )
    assert rest.status == xyz.status == kvp.status == 200
    assert rest.body == xyz.body == kvp.body
    assert rest.headers["ETag"] == xyz.headers["ETag"] == kvp.headers["ETag"]


def test_a_tile_is_drawn_once_with_its_neighbours(city: City) -> None:
    x, y = tile_at(WEST + 1000, SOUTH + 1000, "WebMercatorQuad", 17)
    first = city.get(f"/tiles/districts/17/{x}/{y}.png")
    assert first.headers["X-Tile-Cache"] == "miss"
    assert city.get(f"/tiles/districts/17/{x}/{y}.png").headers["X-Tile-Cache"] == "hit"
    neighbour = (x // 4 * 4 + (x + 1) % 4, y)
    reply = city.get(f"/tiles/districts/17/{neighbour[0]}/{neighbour[1]}.png")
    assert reply.headers["X-Tile-Cache"] == "hit"


def test_headers_tell_how_to_keep_a_tile(city: City) -> None:
    reply = city.get("/tiles/base/10/855/440.png")
    assert reply.headers["Content-Type"] == "image/png"
    assert reply.headers["Cache-Control"] == "public, max-age=60"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert reply.headers["ETag"].startswith('"') and reply.headers["ETag"].endswith('"')


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"a" , W/{}', "*"])
def test_known_tiles_are_not_sent_again(city: City, form: str) -> None:
    etag = city.get("/tiles/base/10/855/440.png").headers["ETag"]
    reply = city.get("/tiles/base/10/855/440.png", headers={"HTTP_IF_NONE_MATCH": form.format(etag)})
    assert (reply.status, reply.body) == (304, b"")
    assert reply.headers["ETag"] == etag
    assert "Content-Length" not in reply.headers


@pytest.mark.parametrize("header", ['"other"', "unquoted", ""])
def test_other_etags_get_the_tile(city: City, header: str) -> None:
    assert city.get("/tiles/base/10/855/440.png", headers={"HTTP_IF_NONE_MATCH": header}).status == 200


def test_head_and_options(city: City) -> None:
    head = city.get("/tiles/base/10/855/440.png", method="HEAD")
    assert (head.status, head.body) == (200, b"") and int(head.headers["Content-Length"]) > 50
    options = city.get("/tiles/base/10/855/440.png", method="OPTIONS")
    assert options.status == 204 and "GET" in options.headers["Access-Control-Allow-Methods"]
    assert city.get("/tiles/base/10/855/440.png", method="POST").status == 405


def test_webp_and_double_density(city: City) -> None:
    x, y = tile_at(WEST + 100, SOUTH + 1000, "WebMercatorQuad", 14)
    sizes = {}
    for name in ("png", "webp", "@2x.png", "@2x.webp"):
        suffix = name if name.startswith("@") else f".{name}"
        reply = city.get(f"/tiles/districts/14/{x}/{y}{suffix}")
        image = Image.open(BytesIO(reply.body))
        sizes[name] = (image.size, image.format)
        assert reply.headers["Content-Type"] == f"image/{name.rpartition('.')[2]}"
    assert sizes == {
        "png": ((256, 256), "PNG"),
        "webp": ((256, 256), "WEBP"),
        "@2x.png": ((512, 512), "PNG"),
        "@2x.webp": ((512, 512), "WEBP"),
    }


def test_outside_the_extent_one_blank_tile_serves_all(city: City) -> None:
    reply = city.get("/tiles/districts/14/0/0.png")
    assert reply.headers["X-Tile-Cache"] == "blank"
    assert Image.open(BytesIO(reply.body)).convert("RGBA").getextrema()[3] == (0, 0)
    ground = city.get("/tiles/base/14/0/0.png")
    assert Image.open(BytesIO(ground.body)).convert("RGBA").getcolors() == [(65536, (0xF4, 0xF1, 0xEA, 255))]


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/nothing/1/0/0.png",
        "/tiles/roads/21/0/0.png",
        "/tiles/roads/3/8/0.png",
        "/tiles/roads/3/0/8.png",
        "/tiles/roads/3/0/99999999999999999999.png",
        "/tiles/roads/-1/0/0.png",
        "/tiles/roads/a/0/0.png",
        "/tiles/roads/3/0/0.gif",
        "/tiles/roads/3/0/0",
        "/tiles/roads/3/0/../../../etc/passwd",
        "/tiles/roads/３/0/0.png",
        "/tiles/secret/1/0/0.png",
        "/tiles/secret.json",
        "/tiles/nothing.json",
        "/tiles/",
        "/tiles",
        "/wmts/roads/default/WebMercatorQuad/21/0/0.png",
        "/wmts/roads/default/Nowhere/1/0/0.png",
        "/wmts/roads/night/WebMercatorQuad/1/0/0.png",
        "/wmts/secret/default/WebMercatorQuad/1/0/0.png",
        "/wmts/roads/default/WebMercatorQuad/1/0",
    ],
)
def test_what_does_not_exist_is_not_found(city: City, path: str) -> None:
    reply = city.get(path)
    assert reply.status == 404
    assert "Traceback" not in reply.text
    if path.startswith("/wmts"):
        assert "ExceptionReport" in reply.text
    else:
        assert json.loads(reply.body)["status"] == 404


def test_a_hidden_layer_answers_like_an_unknown_one(city: City) -> None:
    hidden, unknown = city.get("/tiles/secret/1/0/0.png"), city.get("/tiles/terces/1/0/0.png")
    assert hidden.text == unknown.text.replace("terces", "secret")
    assert {**hidden.headers, "Content-Length": ""} == {**unknown.headers, "Content-Length": ""}


def test_a_key_opens_a_granted_layer_for_its_owner_alone(city: City) -> None:
    for options in ({"key": KEY}, {"headers": {"HTTP_X_API_KEY": KEY}}):
        reply = city.get("/tiles/secret/10/855/440.png", **options)  # type: ignore[arg-type]
        assert reply.status == 200
        assert reply.headers["Cache-Control"].startswith("private")
    assert city.get("/tiles/secret/10/855/440.png", key="wrong").status == 404
    etag = city.get("/tiles/secret/10/855/440.png", key=KEY).headers["ETag"]
    assert city.get("/tiles/secret/10/855/440.png", headers={"HTTP_IF_NONE_MATCH": etag}).status == 404


def test_a_basemap_with_a_hidden_member_is_hidden(city: City, tmp_path: Path) -> None:
    base = city.snapshot.basemaps["base"]
    members = tuple(replace(m, layer=replace(m.layer, access=Access.INTERNAL)) for m in base.members)
    hidden = replace(city.snapshot, basemaps={"base": replace(base, members=members)})
    city.services.refresh(hidden)
    try:
        assert city.get("/tiles/base/10/855/440.png").status == 404
        assert city.get("/tiles/base/10/855/440.png", key=KEY).status == 200
    finally:
        city.services.refresh(city.snapshot)


def test_a_new_release_shows_at_once_and_a_rollback_costs_nothing(city: City) -> None:
    x, y = tile_at(WEST + 300, 2_673_000, "WebMercatorQuad", 16)
    path = f"/tiles/roads/16/{x}/{y}.png"
    before = city.get(path)
    moved = city.layer(
        "roads", [shapely.LineString([(WEST, NORTH), (MIDDLE, NORTH)])], {"name": ["中山路"]},
        city.snapshot.layers["roads"].style, number=2,
    )  # fmt: skip
    city.services.refresh(replace(city.snapshot, revision=2, layers={**city.snapshot.layers, "roads": moved}))
    try:
        after = city.get(path, headers={"HTTP_IF_NONE_MATCH": before.headers["ETag"]})
        assert after.status == 200 and after.body != before.body
    finally:
        city.services.refresh(city.snapshot)
    again = city.get(path)
    assert again.body == before.body and again.headers["X-Tile-Cache"] == "hit"


def test_a_failed_drawing_is_never_kept(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = tile_at(WEST + 100, SOUTH + 100, "WebMercatorQuad", 19)
    path = f"/tiles/districts/19/{x}/{y}.png"

    def fails(self: Drawing, records: object, view: View) -> Image.Image:
        raise RenderError("render_engine")

    def is_busy(self: Drawing, records: object, view: View) -> Image.Image:
        raise RenderUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(Drawing, "draw", fails)
        assert city.get(path).status == 500
        patch.setattr(Drawing, "draw", is_busy)
        busy = city.get(path)
        assert busy.status == 503 and busy.headers["Retry-After"]
        assert busy.headers["Cache-Control"] == "no-store"
    place = ("districts", "default", "WebMercatorQuad", "png", 19, x, y)
    assert place not in {key[:-1] for key, _ in city.store.tiles("districts")}
    assert city.get(path).status == 200


def test_a_store_that_cannot_be_used_costs_no_answer(city: City, tmp_path: Path) -> None:
    broken = City(tmp_path)
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "roads.sqlite").write_bytes(b"broken" * 1000)
    x, y = tile_at(WEST + 300, 2_673_000, "WebMercatorQuad", 16)
    reply = broken.get(f"/tiles/roads/16/{x}/{y}.png")
    assert reply.status == 200
    assert pixel_at(reply.body, "WebMercatorQuad", 16, (x, y), WEST + 300, 2_673_000) == BLUE


def test_tilejson(city: City) -> None:
    reply = city.get("/tiles/districts.json")
    document = json.loads(reply.body)
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://maps.taichung.example/tiles/districts/{z}/{x}/{y}.png"]
    west, south, east, north = document["bounds"]
    box = transform_bbox(BoundingBox(WEST, SOUTH, 220_000, NORTH), TWD97_TM2, CRS84)
    assert (west, south, east, north) == pytest.approx(tuple(box), abs=1e-6)
    assert west <= document["center"][0] <= east
    assert "示範資料" in document["name"]
    assert json.loads(city.get("/tiles/secret.json", key=KEY).body)["tiles"][0].endswith(f".png?key={KEY}")


def test_paths_of_tiles() -> None:
    tile = parse_tile_path("/wmts/base/default/TWD97TM2/9/271/215.png")
    assert tile is not None and (tile.z, tile.y, tile.x) == (9, 271, 215)
    tile = parse_tile_path("/tiles/base/9/215/271@2x.webp")
    assert tile is not None and (tile.x, tile.y, tile.format) == (215, 271, "webp@2x")
    assert parse_tile_path("/tiles/base.json") is None
    assert parse_tile_path("/wmts/1.0.0/WMTSCapabilities.xml") is None


def test_mercator_is_not_the_national_grid() -> None:
    assert GRIDS["WebMercatorQuad"].crs == WEB_MERCATOR and GRIDS["TWD97TM2"].crs == TWD97_TM2


def test_what_is_known_of_a_tile_answers_like_the_way_that_found_it(city: City) -> None:
    x, y = tile_at(WEST + 500, SOUTH + 300, "WebMercatorQuad", 17)
    path = f"/wmts/districts/default/WebMercatorQuad/17/{y}/{x}.webp"
    first, second = city.get(path), city.get(path)
    assert second.headers == {**first.headers, "X-Tile-Cache": "hit"} and second.body == first.body
    # With anything beside the path the long way is gone again.
    assert city.get(path, v="1").headers == second.headers
    assert city.get(path, "HEAD").headers == second.headers and not city.get(path, "HEAD").body
    known = city.get(path, headers={"HTTP_IF_NONE_MATCH": second.headers["ETag"]})
    assert (known.status, known.body) == (304, b"") and known.headers["ETag"] == second.headers["ETag"]
    assert city.get(path, "POST").status == 405


def test_a_known_tile_that_is_no_longer_kept_is_drawn_again(city: City, tmp_path: Path) -> None:
    other = City(tmp_path)
    x, y = tile_at(WEST + 500, SOUTH + 300, "WebMercatorQuad", 17)
    path = f"/tiles/districts/17/{x}/{y}.png"
    bodies = {other.get(path).body, other.get(path).body}
    other.store.drop([key for key, _ in other.store.tiles("districts")])
    again = other.get(path)
    assert again.headers["X-Tile-Cache"] == "miss" and {again.body} == bodies


def test_a_tile_that_was_public_is_hidden_with_its_layer(city: City, tmp_path: Path) -> None:
    other = City(tmp_path)
    x, y = tile_at(WEST + 500, SOUTH + 300, "WebMercatorQuad", 17)
    path = f"/tiles/districts/17/{x}/{y}.png"
    assert [other.get(path).status for _ in range(2)] == [200, 200]
    hidden = replace(other.snapshot.layers["districts"], access=Access.RESTRICTED)
    other.services.refresh(replace(other.snapshot, layers={**other.snapshot.layers, "districts": hidden}))
    assert other.get(path).status == 404
