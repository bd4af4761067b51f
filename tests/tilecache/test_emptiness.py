"""A tile that shows nothing is kept only where no feature that the style draws reaches into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from layers.drawing import MapRequest
from layers.render import Renderer
from layers.styles.document import parse_style
from tests.server.map_city import EAST, MIDDLE, SOUTH, WEST, City
from tests.server.test_tiles import tile_at
from tilecache.emptiness import Emptiness
from tilecache.grids import tile_matrix_sets

GRIDS = tile_matrix_sets(20)
Z = 17


@pytest.fixture
def fresh(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.mark.parametrize(
    ("layer", "x", "y", "credible"),
    [
        ("districts", WEST + 500, SOUTH + 500, False),
        ("districts", WEST - 900, SOUTH + 500, True),
        ("roads", MIDDLE, 2_673_000, False),
        ("roads", MIDDLE, 2_673_400, True),
        ("stops", 217_000, 2_673_500, False),
        ("stops", 217_500, 2_673_500, True),
        ("base", MIDDLE + 500, SOUTH + 100, False),
        ("base", EAST + 900, SOUTH + 100, True),
    ],
)
@pytest.mark.parametrize("grid", GRIDS)
def test_the_index_knows_where_something_must_be_seen(
    city: City, grid: str, layer: str, x: float, y: float, credible: bool
) -> None:
    record = city.snapshot.layers.get(layer) or city.snapshot.basemaps[layer]
    z = Z - GRIDS[grid].zoom_offset
    assert Emptiness(record, city.holdings).is_credible(GRIDS[grid], z, *tile_at(x, y, grid, z)) is credible


@pytest.mark.parametrize(
    "rule",
    [
        {"filter": "name = '別的'", "symbols": [{"fill": {"colour": "#000000"}}]},
        {"zoom": [None, 12], "symbols": [{"fill": {"colour": "#000000"}}]},
        {"symbols": [{"fill": {"colour": "#000000", "opacity": 0}}]},
        {"symbols": [{"text": {"field": "name"}}]},
        {"symbols": [{"line": {"colour": "#000000", "dash": [1, 250]}}]},
    ],
)
def test_what_the_style_does_not_surely_draw_is_not_missed(city: City, rule: dict[str, Any]) -> None:
    style = parse_style({"rules": [{"name": "a", **rule}]})
    record = replace(city.snapshot.layers["districts"], style=style)
    grid = GRIDS["WebMercatorQuad"]
    assert Emptiness(record, city.holdings).is_credible(grid, Z, *tile_at(WEST + 500, SOUTH + 500, grid.id, Z))


def test_a_drawing_that_fails_without_a_word_poisons_nothing(fresh: City, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = tile_at(WEST + 500, SOUTH + 500, "WebMercatorQuad", Z)
    for name in ("districts", "base"):
        path = f"/tiles/{name}/{Z}/{x}/{y}.png"
        with monkeypatch.context() as patch:
            patch.setattr(Renderer, "draw", _nothing)
            blank = fresh.get(path)
        assert (blank.status, blank.headers["Cache-Control"]) == (200, "no-store") and "ETag" not in blank.headers
        assert not list(fresh.store.tiles(name))
        drawn = fresh.get(path)
        assert drawn.headers["X-Tile-Cache"] == "miss" and drawn.headers["ETag"] and drawn.body != blank.body
        assert fresh.get(path).headers["X-Tile-Cache"] == "hit"


def test_a_blank_tile_where_nothing_is_is_kept(fresh: City) -> None:
    x, y = tile_at(WEST - 30, SOUTH + 500, "WebMercatorQuad", 18)
    path = f"/tiles/roads/18/{x}/{y}.png"
    assert [fresh.get(path).headers["X-Tile-Cache"] for _ in range(2)] in (["miss", "hit"], ["blank", "blank"])


def _nothing(renderer: Renderer, request: MapRequest) -> Image.Image:
    return Image.new("RGBA", (request.width, request.height), request.background or (0, 0, 0, 0))
