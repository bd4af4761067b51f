"""MapLibre styles over HTTP with their sprites and glyphs, legends as data, and who may have them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from PIL import Image

from catalog.records import BasemapMember, NamedStyle
from layers.glyphs.message import glyphs_message
from layers.styles.document import parse_style
from tests.layers.test_styles_maplibre import specification
from tests.server.map_city import DISTRICTS, KEY, City
from tests.server.test_vector_tiles import tile_at

HATCHED = parse_style(
    {"rules": [{"name": "h", "symbols": [{"hatch": {"pattern": "slash", "colour": "#aa0000", "spacing": 12}}]}]}
)
RELIEF = parse_style({"rules": [{"name": "h", "symbols": [{"raster": {"ramp": [[0, "#ff0000"], [100, "#0000ff"]]}}]}]})
NUMBERS = parse_style({"rules": [{"name": "n", "zoom": [18, None], "symbols": [{"text": {"field": "name"}}]}]})


@pytest.fixture
def styled(city: City) -> Iterator[City]:
    """The city with a named style, and with a basemap of a raster in other colours and house numbers."""
    layers = dict(city.snapshot.layers)
    layers["districts"] = replace(layers["districts"], styles=(NamedStyle("hatched", HATCHED),))
    layers["secret"] = replace(layers["secret"], style=HATCHED)
    members = (
        BasemapMember(layers["height"], RELIEF),
        BasemapMember(layers["districts"], DISTRICTS),
        BasemapMember(layers["stops"], NUMBERS),
    )
    relief = replace(city.snapshot.basemaps["base"], id="relief", members=members, edition="1.relief")
    basemaps = {**city.snapshot.basemaps, "relief": relief}
    city.services.refresh(replace(city.snapshot, revision=2, layers=layers, basemaps=basemaps))
    yield city
    city.services.refresh(city.snapshot)


def path_of(url: str) -> str:
    return urlsplit(url).path


def style_of(city: City, path: str, **query: object) -> dict[str, Any]:
    reply = city.get(path, **query)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    document: dict[str, Any] = json.loads(reply.body)
    assert specification([document], [])["problems"] == [[]]
    return document


def test_every_named_style_is_a_style_of_its_own(styled: City) -> None:
    plain = style_of(styled, "/tiles/districts.style.json")
    hatched = style_of(styled, "/tiles/districts/hatched.style.json")
    assert style_of(styled, "/tiles/districts/default.style.json") == plain
    assert [layer["type"] for layer in plain["layers"]] == ["fill", "line"]
    (layer,) = hatched["layers"]
    assert layer["paint"]["fill-pattern"] == "hatch-slash-12-1-aa0000"
    assert "sprite" not in plain


@pytest.mark.parametrize("scale", [1, 2])
def test_a_sheet_shows_the_hatch_that_the_style_names(styled: City, scale: int) -> None:
    sprite = style_of(styled, "/tiles/districts/hatched.style.json")["sprite"]
    density = "@2x" if scale == 2 else ""
    picture, index = (styled.get(f"{path_of(sprite)}{density}.{form}") for form in ("png", "json"))
    assert picture.headers["Content-Type"] == "image/png"
    assert "immutable" in picture.headers["Cache-Control"]
    (place,) = json.loads(index.body).values()
    assert place["pixelRatio"] == scale
    # Lines that lean stand 12 pixels apart when the tile is 12 √2 wide.
    assert place["width"] == place["height"] == 17 * scale
    sheet = np.asarray(Image.open(io.BytesIO(picture.body)).convert("RGBA"))
    drawn = sheet[place["y"] : place["y"] + place["height"], place["x"] : place["x"] + place["width"]]
    inked = drawn[drawn[..., 3] > 200]
    assert len(inked) > 0
    assert np.abs(inked[:, :3].astype(int) - (0xAA, 0, 0)).max() <= 1
    # From the lower left to the upper right corner.
    assert drawn[-2, 1, 3] > 100
    assert drawn[1, 1, 3] == 0
    etag = picture.headers["ETag"]
    path = f"{path_of(sprite)}{density}.png"
    assert styled.get(path, headers={"HTTP_IF_NONE_MATCH": etag}).status == 304


def test_a_former_address_still_finds_what_the_style_names_now(styled: City) -> None:
    reply = styled.get("/sprites/districts/hatched/0123456789.json")
    assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/districts/none.style.json",
        "/tiles/none/default.style.json",
        "/tiles/base/hatched.style.json",
        "/tiles/districts/hatched/more.style.json",
        "/tiles/districts/hatched.mvt.json",
        "/tiles/secret.style.json",
        "/sprites/secret/default/0123456789.png",
        "/sprites/districts/none/0123456789.png",
        "/sprites/districts/default/0123456789.png",
        "/sprites/districts/hatched/0123456789@3x.png",
        "/sprites/districts/hatched/0123456789.svg",
        "/sprites/../../etc/passwd",
        "/sprites/",
        "/fonts/",
        "/fonts/Comic Sans/0-255.pbf",
        "/fonts/Noto Sans TC Regular/0-256.pbf",
        "/fonts/Noto Sans TC Regular/1-256.pbf",
        "/fonts/Noto Sans TC Regular/99999999-100000254.pbf",
        "/fonts/Noto Sans TC Regular/1114112-1114367.pbf",
        "/fonts/Noto Sans TC Regular/-256--1.pbf",
        "/fonts/../../etc/passwd",
        "/wmts/height/@none/WebMercatorQuad/5/13/26.png",
        "/wmts/height/@base/WebMercatorQuad/5/13/26.png",
    ],
)
def test_what_there_is_not_is_not_found(styled: City, path: str) -> None:
    assert styled.get(path).status == 404


def test_a_restricted_layer_has_style_and_sprites_for_those_who_may_see_it(styled: City) -> None:
    document = style_of(styled, "/tiles/secret.style.json", key=KEY)
    sprite = urlsplit(document["sprite"])
    assert sprite.query == f"key={KEY}"
    assert styled.get(f"{sprite.path}.json").status == 404
    shown = styled.get(f"{sprite.path}.json", key=KEY)
    assert shown.status == 200
    assert shown.headers["Cache-Control"].startswith("private")


def test_a_basemap_shows_its_rasters_in_the_colours_they_wear_there(styled: City) -> None:
    document = style_of(styled, "/tiles/relief.style.json")
    assert document["layers"][0]["type"] == "background"
    assert document["layers"][1]["type"] == "raster"
    (template,) = document["sources"]["raster:height"]["tiles"]
    place = {"{z}": "5", "{x}": "26", "{y}": "13"}
    path = path_of(template)
    for name, value in place.items():
        path = path.replace(name, value)
    in_basemap, alone = styled.get(path), styled.get(path.replace("@relief", "default"))
    assert in_basemap.status == alone.status == 200
    assert in_basemap.body != alone.body
    colours = Image.open(io.BytesIO(in_basemap.body)).convert("RGBA").getcolors(1 << 16) or []
    assert any(red > 150 and green == 0 and alpha for _, (red, green, _, alpha) in colours)


def test_a_raster_alone_has_a_style_of_pictures(styled: City) -> None:
    document = style_of(styled, "/tiles/height.style.json")
    assert [layer["type"] for layer in document["layers"]] == ["raster"]
    assert list(document["sources"]) == ["raster:height"]


def test_the_deepest_tiles_hold_what_is_drawn_deeper(styled: City) -> None:
    x, y = tile_at(217_000, 2_673_500, 16)
    tiles = [
        mapbox_vector_tile.decode(styled.get(f"/tiles/relief/{z}/{x >> 16 - z}/{y >> 16 - z}.mvt").body)
        for z in (16, 14)
    ]
    assert ["stops" in tile for tile in tiles] == [True, False]


def test_glyphs_are_those_of_the_maps_font(styled: City) -> None:
    reply = styled.get("/fonts/Noto Sans TC Regular/0-255.pbf")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/x-protobuf")
    assert "max-age" in reply.headers["Cache-Control"]
    message = glyphs_message()()
    message.ParseFromString(reply.body)
    (stack,) = message.stacks
    assert (stack.name, stack.range) == ("Noto Sans TC Regular", "0-255")
    glyphs = {glyph.id: glyph for glyph in stack.glyphs}
    assert glyphs[ord(" ")].bitmap == b""
    assert glyphs[ord(" ")].advance > 0
    letter = glyphs[ord("l")]
    field = np.frombuffer(letter.bitmap, np.uint8).reshape(letter.height + 6, letter.width + 6)
    # The field rises by an eighth of 255 for each pixel, and is 191 on the outline (the specification's cutoff).
    assert np.abs(np.diff(field[field.shape[0] // 2, :3].astype(int)) - 255 / 8).max() < 3
    (block,) = [glyph for glyph in stack.glyphs if glyph.id == ord("M")]
    filled = np.frombuffer(block.bitmap, np.uint8).reshape(block.height + 6, block.width + 6)
    assert filled.max() > 191 > filled[0].max()
    again = styled.get("/fonts/Noto Sans TC Regular/0-255.pbf", headers={"HTTP_IF_NONE_MATCH": reply.headers["ETag"]})
    assert again.status == 304


def test_chinese_characters_and_stacks_of_fonts(styled: City) -> None:
    first = ord("臺") // 256 * 256
    reply = styled.get(f"/fonts/Open Sans Bold,Noto Sans TC Bold/{first}-{first + 255}.pbf")
    message = glyphs_message()()
    message.ParseFromString(reply.body)
    assert ord("臺") in {glyph.id for glyph in message.stacks[0].glyphs}
    assert message.stacks[0].name == "Open Sans Bold,Noto Sans TC Bold"


def test_a_legend_as_data(styled: City) -> None:
    asked = {"service": "WMS", "request": "GetLegendGraphic", "format": "application/json", "layer": "districts"}
    reply = styled.get("/wms", **asked, language="en")
    assert reply.headers["Content-Type"] == "application/json"
    (legend,) = json.loads(reply.body)["Legend"]
    (rule,) = legend["rules"]
    assert (legend["layerName"], rule["title"]) == ("districts", "District")
    assert rule["symbolizers"] == [{"fill": {"colour": "#c02020", "outline": "#000000", "outline_width": 1}}]
    kind, _, data = rule["icon"].partition(",")
    assert kind == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == (0xC0, 0x20, 0x20)
    stops = json.loads(styled.get("/wms", **{**asked, "layer": "height"}).body)["Legend"][0]["rules"]
    assert [stop["title"] for stop in stops] == ["0", "100"]
    assert stops[0]["symbolizers"][0]["raster"]["ramp"] == [[0, "#000000"], [100, "#ffffff"]]
    etag = reply.headers["ETag"]
    assert styled.get("/wms", **asked, language="en", headers={"HTTP_IF_NONE_MATCH": etag}).status == 304


@pytest.mark.parametrize("shape", ["circle", "square"])
def test_sizes_by_value_are_drawn_from_a_store(city: City, shape: str) -> None:
    size = {"field": "people", "largest": 400, "size": 40}
    style = parse_style({"rules": [{"name": "p", "symbols": [{"mark": {"shape": shape, "size": size}}]}]})
    place = shapely.Point(217_000, 2_673_000)
    layer = city.layer(f"people-{shape}", [place], {"people": [100.0]}, style)
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, layer.id: layer}))
    try:
        asked = {"service": "WMS", "version": "1.3.0", "request": "GetMap", "styles": "", "crs": "EPSG:3826"}
        box = {"bbox": "216950,2672950,217050,2673050", "width": 100, "height": 100, "format": "image/png"}
        reply = city.get("/wms", **asked, **box, layers=layer.id, transparent="true")
    finally:
        city.services.refresh(city.snapshot)
    alpha = np.asarray(Image.open(io.BytesIO(reply.body)).convert("RGBA"))[..., 3] / 255
    # A quarter of the largest value has a quarter of its area: half as wide.
    assert alpha[50].sum() == pytest.approx(20, abs=0.6)
