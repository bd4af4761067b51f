"""What lies outside a picture and reaches into it: four pictures together are the one drawn at once."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest

from layers.extent import BoundingBox
from layers.render import Renderer
from tests.layers.pictures import FONTS, box, layer, line, place, point, request

SIZE = 200

SYMBOLS: dict[str, dict[str, Any]] = {
    "outlined": {"fill": {"colour": "#80a0c0", "outline": "#203040", "outline_width": 9}},
    "hair lines": {"fill": {"colour": "#80a0c0", "outline": "#203040", "outline_width": 0.7}},
    "round": {"line": {"colour": "#c02020", "width": 15}},
    "mitred": {"line": {"colour": "#c02020", "width": 9, "join": "miter", "cap": "square"}},
    "beside": {"line": {"colour": "#c02020", "width": 4, "offset": 7}},
    "dashed": {"line": {"colour": "#c02020", "width": 6, "dash": [9, 4], "cap": "butt"}},
    "hatched": {"hatch": {"pattern": "slash", "spacing": 8}},
    "circles": {"mark": {"shape": "circle", "size": 22, "outline": "#101010", "outline_width": 4}},
    "stars": {"mark": {"shape": "star", "size": 30, "rotation": 20, "outline": "#101010", "outline_width": 3}},
    "in proportion": {"mark": {"shape": "circle", "size": {"field": "people", "largest": 10, "size": 40}}},
    "along lines": {"mark": {"shape": "arrow", "size": 16, "placement": "line", "spacing": 40}},
}
LINES = {"round", "mitred", "beside", "dashed", "along lines"}
AREAS = {"outlined", "hair lines", "hatched"}


def features(kind: str, seed: int) -> list[dict[str, Any]]:
    """Return features most of which lie close to where pictures meet, without crossing it."""
    numbers = random.Random(seed)
    made = []
    for _ in range(60):
        away, along, length = numbers.uniform(0.5, 40), numbers.uniform(0, 2 * SIZE), numbers.uniform(3, 40)
        x, y = SIZE + numbers.choice((-1, 1)) * away, along
        if numbers.random() < 0.5:
            x, y = y, x
        if kind in LINES:
            made.append(line((x, y), (x + 5, y + length), (x, y - length)))
        elif kind in AREAS:
            made.append(box(x, y, x + length, y + length))
        else:
            made.append(point(x, y, people=numbers.randrange(12)))
    return made


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


@pytest.mark.parametrize("scale_factor", [1, 2])
@pytest.mark.parametrize("kind", list(SYMBOLS))
def test_shapes_are_whole_where_pictures_meet(renderer: Renderer, kind: str, scale_factor: int) -> None:
    for seed in range(2):
        drawn = layer(features(kind, seed), {"symbols": [SYMBOLS[kind]]})
        asked = request(drawn, size=(2 * SIZE, 2 * SIZE), scale_factor=scale_factor, background="#ffffff")
        whole = np.asarray(renderer.draw(asked)).astype(int)
        side = SIZE * scale_factor
        edges = [place(at, at) for at in (0, SIZE, 2 * SIZE)]
        for column in (0, 1):
            for row in (0, 1):
                bbox = BoundingBox(edges[column][0], edges[row][1], edges[column + 1][0], edges[row + 1][1])
                part = dataclasses.replace(asked, bbox=bbox, width=side, height=side, adjoined=True)
                picture = np.asarray(renderer.draw(part)).astype(int)
                rows = slice((1 - row) * side, (2 - row) * side)
                beside = whole[rows, column * side : (column + 1) * side]
                # Coordinates are rounded a little otherwise in a picture that begins elsewhere.
                assert (np.abs(picture - beside).max(axis=2) > 8).sum() < 4, (kind, seed, row, column)
