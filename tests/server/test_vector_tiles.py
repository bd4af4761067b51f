"""Vector tiles over HTTP: what they hold, how they are kept, whom they answer, how TileJSON tells of them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely

from catalog.records import BasemapMember, BasemapRecord, LayerRecord, NamedStyle
from layers.crs import TWD97_TM2, WEB_MERCATOR, transform_geometries, transform_points
from layers.extent import BoundingBox
from layers.features import FeatureQuery
from layers.overviews.building import MANY_FEATURES
from layers.styles.document import parse_style
from tests.layers.test_styles_maplibre import specification
from tests.server.map_city import DISTRICTS, EAST, KEY, MIDDLE, NORTH, SOUTH, WEST, City
from tilecache.drawing import Drawable
from tilecache.grids import tile_matrix_sets
from tilecache.vector import LARGEST, VectorTiles

GRID = tile_matrix_sets(20)["WebMercatorQuad"]
GZIP = {"HTTP_ACCEPT_ENCODING": "gzip"}


def tile_at(x: float, y: float, z: int) -> tuple[int, int]:
    """Column and row of the tile that holds a point of EPSG:3826."""
    px, py = transform_points(x, y, TWD97_TM2, WEB_MERCATOR)
    column, _, row, _ = GRID.tile_range(BoundingBox(px, py, px, py), z)
    return column, row


def decoded(body: bytes) -> dict[str, Any]:
    return {
        name: layer["features"]
        for name, layer in mapbox_vector_tile.decode(body, default_options={"y_coord_down": True}).items()
    }


def test_a_tile_holds_the_features_of_its_place(city: City) -> None:
    x, y = tile_at(MIDDLE, SOUTH + 1000, 13)
    reply = city.get(f"/tiles/districts/13/{x}/{y}.mvt")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    (features,) = decoded(reply.body).values()
    bounds = GRID.bounds(13, x, y)
    query = FeatureQuery(bbox=bounds, bbox_crs=WEB_MERCATOR)
    items = city.features.open("districts", 1).read_features(query)
    assert {(feature["id"], feature["properties"]["name"]) for feature in features} == {
        (item.fid, item.properties["name"]) for item in items
    }
    step = bounds.width / 4096
    for feature in features:
        item = next(item for item in items if item.fid == feature["id"])
        stored = shapely.box(*((WEST, SOUTH, MIDDLE, NORTH) if item.fid == 1 else (MIDDLE, SOUTH, EAST, NORTH)))
        (expected,) = transform_geometries(np.array([stored], dtype=object), TWD97_TM2, WEB_MERCATOR)
        shape = shapely.transform(
            shapely.geometry.shape(feature["geometry"]),
            lambda at: np.column_stack((bounds.west + at[:, 0] * step, bounds.north - at[:, 1] * step)),
        )
        window = shapely.box(*bounds)
        corners = shapely.points(shapely.get_coordinates(shapely.intersection(shape, window)))
        assert (
            shapely.hausdorff_distance(shapely.intersection(shape, window), shapely.intersection(expected, window))
            <= 1.5 * step
        )
        assert len(corners) >= 4


def test_gdal_reads_what_is_served(client_gdal: Callable[..., Any], city: City, tmp_path: Path) -> None:
    x, y = tile_at(MIDDLE, SOUTH + 1000, 12)
    file = tmp_path / "tile.mvt"
    file.write_bytes(city.get(f"/tiles/base/12/{x}/{y}.mvt").body)
    assert {name for name, _ in client_gdal(pyogrio.list_layers, file)} == {"districts", "roads"}
    meta, _, geometry, fields = client_gdal(pyogrio.raw.read, file, layer="districts", X=str(x), Y=str(y), Z="12")
    assert meta["crs"] == "EPSG:3857"
    names = fields[list(meta["fields"]).index("name")]
    shapes = dict(zip(names, shapely.from_wkb(geometry), strict=True))
    (west, east) = transform_geometries(
        np.array([shapely.Point(WEST + 1000, SOUTH + 1000), shapely.Point(EAST - 1000, SOUTH + 1000)]),
        TWD97_TM2,
        WEB_MERCATOR,
    )
    assert shapely.contains(shapes["西區 <b>&"], west)
    assert shapely.contains(shapes["東區"], east)


def test_a_basemap_has_a_source_layer_for_each_member(city: City) -> None:
    x, y = tile_at(MIDDLE, SOUTH + 1000, 14)
    tile = decoded(city.get(f"/tiles/base/14/{x}/{y}.mvt").body)
    assert list(tile) == ["districts", "roads"]
    assert tile["roads"][0]["properties"] == {"name": "臺灣大道"}


def test_a_tile_is_made_once_and_sent_as_the_client_reads_it(city: City) -> None:
    x, y = tile_at(WEST + 100, SOUTH + 100, 15)
    path = f"/tiles/districts/15/{x}/{y}.mvt"
    first, packed, plain = city.get(path), city.get(path, headers=GZIP), city.get(path)
    assert [reply.headers["X-Tile-Cache"] for reply in (first, packed, plain)] == ["miss", "hit", "hit"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body == first.body
    assert len(packed.body) == int(packed.headers["Content-Length"])
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert city.get(path, method="HEAD").body == b""


def test_a_client_that_has_the_tile_is_told_so(city: City) -> None:
    x, y = tile_at(WEST + 100, SOUTH + 100, 15)
    path = f"/tiles/districts/15/{x}/{y}.mvt"
    etag = city.get(path).headers["ETag"]
    again = city.get(path, headers={"HTTP_IF_NONE_MATCH": etag})
    assert (again.status, again.body) == (304, b"")
    layers = {**city.snapshot.layers, "districts": replace(city.snapshot.layers["districts"], style=DISTRICTS)}
    moved = city.layer("districts", [shapely.box(WEST, SOUTH, EAST, NORTH)], {"name": ["合"]}, DISTRICTS, number=2)
    city.services.refresh(replace(city.snapshot, layers=layers | {"districts": moved}))
    try:
        renewed = city.get(path, headers={"HTTP_IF_NONE_MATCH": etag})
    finally:
        city.services.refresh(city.snapshot)
    assert renewed.status == 200
    assert decoded(renewed.body)["districts"][0]["properties"] == {"name": "合"}


def test_places_without_features_are_empty_tiles(city: City) -> None:
    x, y = tile_at(WEST - 40_000, SOUTH, 14)
    reply = city.get(f"/tiles/districts/14/{x}/{y}.mvt", headers=GZIP)
    assert (reply.status, reply.body, reply.headers["X-Tile-Cache"]) == (200, b"", "blank")
    x, y = tile_at(WEST + 300, SOUTH + 100, 15)
    reply = city.get(f"/tiles/stops/15/{x}/{y}.mvt", headers=GZIP)
    assert (reply.status, reply.body) == (200, b"")


def test_what_may_not_be_seen_does_not_exist(city: City) -> None:
    x, y = tile_at(217_000, 2_672_500, 14)
    hidden, unknown = (city.get(f"/tiles/{layer}/14/{x}/{y}.mvt") for layer in ("secret", "nothing"))
    assert hidden.status == unknown.status == 404
    assert hidden.body.replace(b"secret", b"nothing") == unknown.body
    assert city.get("/tiles/secret.mvt.json").status == 404
    seen = city.get(f"/tiles/secret/14/{x}/{y}.mvt", headers={"HTTP_X_API_KEY": KEY})
    assert decoded(seen.body)["secret"][0]["properties"] == {"name": "機密"}
    assert seen.headers["Cache-Control"].startswith("private")
    assert "X-Api-Key" in seen.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/districts/14/99999/1.mvt",
        "/tiles/districts/25/1/1.mvt",
        "/tiles/height/9/428/220.mvt",
        "/tiles/districts/14/13722/7058@2x.mvt",
        "/wmts/districts/default/TWD97TM2/8/1/1.mvt",
        "/tiles/height.mvt.json",
        "/tiles/districts.pbf.json",
    ],
)
def test_what_there_is_not_is_not_found(city: City, path: str) -> None:
    assert city.get(path).status == 404


def test_tilejson_tells_of_layers_and_fields(city: City) -> None:
    document = json.loads(city.get("/tiles/base.mvt.json", lang="en").body)
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://maps.taichung.example/tiles/base/{z}/{x}/{y}.mvt"]
    assert document["maxzoom"] == 16
    districts, roads = document["vector_layers"]
    assert (districts["id"], roads["id"]) == ("districts", "roads")
    assert districts["fields"] == {"name": "Name · text", "area": "real"}
    # The document of pictures stays what it was.
    pictures = json.loads(city.get("/tiles/base.json").body)
    assert pictures["tiles"][0].endswith(".png")
    assert pictures["vector_layers"] == []


def test_a_style_draws_the_tiles(city: City) -> None:
    style = json.loads(city.get("/tiles/base.style.json").body)
    assert style["version"] == 8
    assert style["sources"]["base"]["url"] == "http://maps.taichung.example/tiles/base.mvt.json"
    assert style["layers"][0] == {"id": "background", "type": "background", "paint": {"background-color": "#f4f1ea"}}
    drawn = [(layer["source"], layer["source-layer"]) for layer in style["layers"][1:]]
    assert set(drawn) == {("base", "districts"), ("base", "roads")}
    assert len({layer["id"] for layer in style["layers"]}) == len(style["layers"])
    assert specification([style], [])["problems"] == [[]]
    assert city.get("/tiles/secret.style.json").status == 404
    key = json.loads(city.get("/tiles/secret.style.json", key=KEY).body)
    assert key["sources"]["secret"]["url"].endswith(f"/tiles/secret.mvt.json?key={KEY}")


@pytest.fixture
def dense(city: City) -> LayerRecord:
    random = np.random.default_rng(3)
    count = MANY_FEATURES + 20_000
    x, y = random.uniform(WEST, WEST + 1500, count), random.uniform(SOUTH, SOUTH + 1500, count)
    shapes = shapely.box(x, y, x + random.uniform(3, 9, count), y + 8)
    columns = {"name": [f"臺中市西屯區文心路{place}號" for place in range(count)], "area": x.tolist()}
    return city.layer("dense", list(shapes), columns, DISTRICTS)


def test_tiles_stay_small(city: City, dense: LayerRecord) -> None:
    tiles = VectorTiles(city.holdings)
    for z in range(5, 18):
        body = tiles.tile(dense, GRID, z, *tile_at(WEST + 700, SOUTH + 700, z))
        assert 0 < len(body) <= LARGEST, z
        features = decoded(body)["dense"]
        # Where it all fits, nothing is left out.
        if z == 17:
            bounds = GRID.bounds(z, *tile_at(WEST + 700, SOUTH + 700, z))
            inside = city.features.open("dense", 1).drawn_features(bounds)
            assert {*inside.fids.tolist()} <= {feature["id"] for feature in features}


def test_layers_of_a_basemap_share_a_tile_fairly(city: City) -> None:
    count = 4_000
    place = np.arange(count)
    x, y = WEST + place % 64 * 9, SOUTH + place // 64 * 9
    shapes = list(shapely.box(x, y, x + 5, y + 8))
    members = []
    for number, name in enumerate(("門牌", "建物", "樹")):
        columns = {"name": [f"臺中市西屯區文心路三段{index}號的{name}，第{number}層" for index in place.tolist()]}
        members.append(BasemapMember(city.layer(f"crowd{number}", shapes, columns, DISTRICTS), DISTRICTS))
    stops = BasemapMember(city.snapshot.layers["stops"], DISTRICTS)
    basemap = replace(city.snapshot.basemaps["base"], members=(*members, stops))
    column, row = tile_at(WEST + 300, SOUTH + 300, 14)
    body = VectorTiles(city.holdings).tile(basemap, GRID, 14, column, row)
    assert len(body) <= LARGEST
    kept = [len(decoded(body)[f"crowd{number}"]) for number in range(3)]
    # None of three equal layers has to go for the others.
    assert min(kept) > 0.8 * max(kept)


NAMED = parse_style(
    {
        "rules": [
            {"name": "area", "symbols": [{"fill": {"colour": "#c02020"}}]},
            {"name": "name", "zoom": [14, None], "symbols": [{"text": {"field": "name"}}]},
        ]
    }
)


@pytest.fixture
def named(city: City) -> Iterator[City]:
    """The city with districts that bear their names, alone in another style, in the basemap at once."""
    layers = dict(city.snapshot.layers)
    layers["districts"] = replace(layers["districts"], styles=(NamedStyle("named", NAMED),))
    members = (BasemapMember(layers["districts"], NAMED), BasemapMember(layers["roads"], layers["roads"].style))
    basemap = replace(city.snapshot.basemaps["base"], members=members, edition="1.named")
    city.services.refresh(replace(city.snapshot, revision=2, layers=layers, basemaps={"base": basemap}))
    yield city
    city.services.refresh(city.snapshot)


@pytest.mark.parametrize("record", ["districts", "base"])
@pytest.mark.parametrize("z", [13, 15])
def test_the_name_of_an_area_is_in_one_tile(named: City, record: str, z: int) -> None:
    (left, bottom), (right, top) = tile_at(WEST - 500, SOUTH - 500, z), tile_at(EAST + 500, NORTH + 500, z)
    names, tiles = [], 0
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            tile = decoded(named.get(f"/tiles/{record}/{z}/{x}/{y}.mvt").body)
            tiles += "districts" in tile
            for feature in tile.get("districts.labels", []):
                names.append(feature["properties"]["name"])
                at = feature["geometry"]["coordinates"]
                assert feature["geometry"]["type"] == "Point" and min(at) >= 0 and max(at) < 4096
                # Its area is there as well, and holds the point.
                (area,) = [other for other in tile["districts"] if other["id"] == feature["id"]]
                assert shapely.distance(shapely.geometry.shape(area["geometry"]), shapely.Point(at)) <= 1
    assert tiles > 2
    assert sorted(names) == ["東區", "西區 <b>&"]


def test_points_are_where_a_style_asks_for_them(named: City) -> None:
    # A rule of zoom 14 is drawn by clients from 12.5 on, by tiles of level 12.
    for z, there in ((11, False), (12, True)):
        body = b"".join(
            named.get(f"/tiles/base/{z}/{x}/{y}.mvt").body
            for x, y in {tile_at(x, SOUTH + 1000, z) for x in (WEST + 1000, EAST - 1000)}
        )
        assert (b"districts.labels" in body) == there
    document = json.loads(named.get("/tiles/base.mvt.json").body)
    assert [layer["id"] for layer in document["vector_layers"]] == ["districts", "districts.labels", "roads"]
    style = json.loads(named.get("/tiles/districts/named.style.json").body)
    assert [layer["source-layer"] for layer in style["layers"]] == ["districts", "districts.labels"]
    assert style["metadata"]["tuzi:findings"] == []


def test_gdal_reads_the_points_beside_the_areas(client_gdal: Callable[..., Any], named: City, tmp_path: Path) -> None:
    x, y = tile_at(MIDDLE, SOUTH + 1000, 12)
    file = tmp_path / "tile.mvt"
    file.write_bytes(named.get(f"/tiles/districts/12/{x}/{y}.mvt").body)
    assert {name for name, _ in client_gdal(pyogrio.list_layers, file)} == {"districts", "districts.labels"}
    options = {"X": str(x), "Y": str(y), "Z": "12"}
    meta, _, geometry, fields = client_gdal(pyogrio.raw.read, file, layer="districts.labels", **options)
    points = dict(zip(fields[list(meta["fields"]).index("name")], shapely.from_wkb(geometry), strict=True))
    (west,) = transform_geometries(np.array([shapely.box(WEST, SOUTH, MIDDLE, NORTH)]), TWD97_TM2, WEB_MERCATOR)
    assert shapely.contains(west, points["西區 <b>&"])
    assert not shapely.contains(west, points["東區"])


BY_CLASS = parse_style(
    {
        "rules": [
            {
                "name": "main",
                "zoom": [10, None],
                "filter": "class = 'main'",
                "symbols": [{"line": {"colour": "#203040"}}],
            },
            {
                "name": "lane",
                "zoom": [14, None],
                "filter": "class = 'lane'",
                "symbols": [{"line": {"colour": "#203040"}}],
            },
            {"name": "none", "zoom": [17, None], "filter": "height = 3", "symbols": [{"line": {"colour": "#203040"}}]},
        ]
    }
)


def classes_in(city: City, record: Drawable, z: int) -> tuple[dict[str, int], int]:
    """Count the features of each class in a tile; with them, how large it is."""
    body = VectorTiles(city.holdings).tile(record, GRID, z, *tile_at(WEST + 700, SOUTH + 700, z))
    return Counter(feature["properties"]["class"] for feature in decoded(body).get("lines", [])), len(body)


def lines_of(city: City, count: int) -> tuple[LayerRecord, BasemapRecord]:
    """Return a layer with as many lines of each of three classes, and a basemap of it."""
    x = WEST + 500 + np.arange(count * 3) * (100 / count)
    lines = list(shapely.linestrings([[(west, SOUTH + 500), (west, SOUTH + 900)] for west in x.tolist()]))
    columns = {
        "class": ["main", "lane", "track"] * count,
        "name": [f"臺中市西屯區文心路三段與河南路二段之間第{place}條巷道，未命名" for place in range(count * 3)],
    }
    layer = city.layer("lines", lines, columns, BY_CLASS)
    return layer, replace(city.snapshot.basemaps["base"], members=(BasemapMember(layer, BY_CLASS),))


def test_a_tile_of_a_basemap_holds_what_is_drawn_at_its_zooms(city: City) -> None:
    layer, basemap = lines_of(city, 8)
    assert {z: set(classes_in(city, basemap, z)[0]) for z in (8, 9, 11, 12, 14)} == {
        8: set(),
        9: {"main"},
        11: {"main"},
        # A client draws a rule of zoom 14 from 12.5 on.
        12: {"main", "lane"},
        14: {"main", "lane"},
    }
    # A rule that cannot be asked leaves the choice to the client; so does a layer alone.
    assert set(classes_in(city, basemap, 15)[0]) == {"main", "lane", "track"}
    assert set(classes_in(city, layer, 11)[0]) == {"main", "lane", "track"}


def test_what_is_drawn_between_two_zooms_goes_first_where_all_is_too_much(city: City) -> None:
    layer, basemap = lines_of(city, 3_000)
    found, size = classes_in(city, basemap, 12)
    assert found == {"main": 3_000}
    assert size <= LARGEST
    assert classes_in(city, layer, 12)[1] <= LARGEST
