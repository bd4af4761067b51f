"""Pictures laid side by side: no label and no icon is cut where they meet, none is drawn twice."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from layers.drawing import DrawnLayer, MapRequest
from layers.extent import BoundingBox
from layers.render import Renderer
from tests.layers.pictures import FONTS, box, layer, line, place, point, request

SIZE = 320
"""Pixels along a side of a picture; four of them meet in the middle of the features."""
WORDS = ("臺中", "健康里", "五權西路二段", "Calligraphy Greenway", "12", "文心南五路一段 365 巷", "市政府")
COLOURS = [
    f"#{red:02x}{green:02x}{blue:02x}" for red in (0, 90, 180) for green in (0, 90, 180) for blue in (0, 90, 180)
]

TEXT = {"field": "name", "size": 13, "colour": {"field": "ink"}, "halo": "#ffffff", "halo_width": 1.5}
SYMBOLS: dict[str, list[dict[str, Any]]] = {
    "points": [{"text": {**TEXT, "offset": [0, 14]}}],
    "broken names": [{"text": {**TEXT, "offset": [0, 15], "wrap": 60}}],
    "house numbers": [{"text": {**TEXT, "size": 9, "priority": 1}}],
    "beside": [{"text": {**TEXT, "offset": [12, 0]}}],
    "turned": [{"text": {**TEXT, "rotation": 30}}],
    "crowded": [{"text": {**TEXT, "allow_overlap": True}}],
    "areas": [{"text": {**TEXT, "placement": "interior", "wrap": 40}}],
    "lines": [{"text": {**TEXT, "placement": "line", "spacing": 150}}],
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


def features(kind: str, seed: int) -> list[dict[str, Any]]:
    """Return features all over the four pictures, most of them near to where they meet."""
    numbers = random.Random(seed)

    def at() -> tuple[float, float]:
        near = (SIZE + numbers.uniform(-25, 25), numbers.uniform(0, 2 * SIZE))
        return near if numbers.random() < 0.5 else (near[1], near[0])

    made = []
    for number in range(45):
        told = {"name": numbers.choice(WORDS), "ink": COLOURS[number % len(COLOURS)]}
        x, y = at()
        if kind == "areas":
            width, height = numbers.uniform(10, 200), numbers.uniform(10, 200)
            made.append(box(x - width * numbers.random(), y - height * numbers.random(), x + width, y + height, **told))
        elif kind == "lines":
            made.append(line((x, y), at(), at(), **told))
        else:
            made.append(point(x, y, **told))
    return made


def quarters(drawn: DrawnLayer, scale_factor: float) -> list[MapRequest]:
    """Return the requests for four pictures that meet in one point."""
    whole = request(drawn, size=(2 * SIZE, 2 * SIZE), scale_factor=scale_factor)
    side = round(SIZE * scale_factor)
    edges = [place(at, at) for at in (0, SIZE, 2 * SIZE)]
    return [
        dataclasses.replace(
            whole,
            bbox=BoundingBox(edges[column][0], edges[row][1], edges[column + 1][0], edges[row + 1][1]),
            width=side,
            height=side,
            adjoined=True,
        )
        for column in (0, 1)
        for row in (0, 1)
    ]


def pixels(renderer: Renderer, asked: MapRequest) -> NDArray[np.uint8]:
    return np.asarray(renderer.draw(asked))


@pytest.mark.parametrize("scale_factor", [1, 2])
@pytest.mark.parametrize("kind", list(SYMBOLS))
def test_nothing_that_yields_touches_the_edge_of_a_picture(renderer: Renderer, kind: str, scale_factor: int) -> None:
    for seed in range(3):
        drawn = layer(features(kind, seed), {"symbols": SYMBOLS[kind]})
        inks = [pixels(renderer, asked)[:, :, 3] for asked in quarters(drawn, scale_factor)]
        assert any(ink.any() for ink in inks)
        for ink in inks:
            for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]):
                assert not edge.any(), (kind, seed)


@pytest.mark.parametrize("scale_factor", [1, 2])
@pytest.mark.parametrize(
    "symbol",
    [
        {"icon": {"name": "school", "size": 18}},
        {"icon": {"name": "school", "size": 18, "rotation": 20}},
        {"mark": {"shape": "star", "size": 14, "allow_overlap": False}},
        {"mark": {"shape": "circle", "size": 14, "allow_overlap": False, "outline": "#ff0000", "outline_width": 2}},
    ],
)
def test_no_icon_is_cut(renderer: Renderer, symbol: dict[str, Any], scale_factor: int) -> None:
    alone = layer([point(50, 50)], {"symbols": [symbol]})
    area = pixels(renderer, request(alone, scale_factor=scale_factor))[:, :, 3].sum(dtype=float)
    for seed in range(3):
        drawn = layer(features("points", seed), {"symbols": [symbol]})
        for asked in quarters(drawn, scale_factor):
            icons = pixels(renderer, asked)[:, :, 3].sum(dtype=float) / area
            # None overlaps another, so the ink of whole ones is a multiple of one.
            assert icons > 3
            assert abs(icons - round(icons)) < 0.005 * icons, seed


@pytest.mark.parametrize("scale_factor", [1, 2])
@pytest.mark.parametrize("kind", ["points", "broken names", "house numbers", "beside", "areas"])
def test_no_two_pictures_write_the_same_label(renderer: Renderer, kind: str, scale_factor: int) -> None:
    # Without halos, whose mixtures with the ink would be other labels' colours.
    labels = [
        {"text": {**symbol["text"], "halo": None, "size": 14, "weight": "bold"}}
        for symbol in SYMBOLS[kind]
        if "text" in symbol
    ]
    for seed in range(3):
        # One colour for each, so that labels are told apart by their pixels.
        chosen = features(kind, seed)[: len(COLOURS)]
        drawn = layer(chosen, {"symbols": labels})
        written: list[tuple[int, ...]] = []
        for asked in quarters(drawn, scale_factor):
            picture = pixels(renderer, asked).reshape(-1, 4)
            inks = {tuple(colour) for colour in np.unique(picture[picture[:, 3] == 255], axis=0)[:, :3].tolist()}
            written += [ink for ink in inks if f"#{ink[0]:02x}{ink[1]:02x}{ink[2]:02x}" in COLOURS]
        assert len(written) == len(set(written)), (kind, seed)
        assert written


@pytest.mark.parametrize("scale_factor", [1, 2])
@pytest.mark.parametrize(
    "symbol",
    [
        {"icon": {"name": "school", "size": 20, "allow_overlap": True}},
        {"mark": {"shape": "star", "size": 16}},
        {"mark": {"shape": "circle", "size": 30, "outline": "#ffffff", "outline_width": 3}},
    ],
)
def test_what_does_not_yield_is_drawn_by_both_sides(
    renderer: Renderer, symbol: dict[str, Any], scale_factor: int
) -> None:
    drawn = layer(features("points", 7), {"symbols": [symbol]})
    south_west, north_west, south_east, north_east = (pixels(renderer, it) for it in quarters(drawn, scale_factor))
    left = np.concatenate((north_west, south_west))
    together = np.concatenate((left, np.concatenate((north_east, south_east))), axis=1).astype(int)
    whole = pixels(renderer, request(drawn, size=(2 * SIZE, 2 * SIZE), scale_factor=scale_factor))
    # Shapes lie on 256ths of a pixel, counted from the edge of the picture.
    assert (np.abs(together - whole).max(axis=2) > 16).mean() < 0.0005


def test_what_would_cross_the_edge_is_moved_inwards(renderer: Renderer) -> None:
    for x in (SIZE - 8, SIZE + 8):
        drawn = layer([point(x, 100, name="市政府", ink="#000000")], {"symbols": [{"text": TEXT}]})
        ink = [np.flatnonzero(pixels(renderer, asked)[:, :, 3].any(axis=0)) for asked in quarters(drawn, 1)]
        here, there = (0, 2) if x < SIZE else (2, 0)
        assert len(ink[here])
        assert not len(ink[there])
        # It still begins or ends at its point.
        assert abs((ink[here].max() if x < SIZE else ink[here].min()) - x % SIZE) <= 4


def test_a_picture_of_its_own_shows_labels_up_to_its_edge(renderer: Renderer) -> None:
    drawn = layer([point(SIZE, 100, name="市政府", ink="#000000")], {"symbols": [{"text": TEXT}]})
    for asked in quarters(drawn, 1)[::2]:
        alone = pixels(renderer, dataclasses.replace(asked, adjoined=False))[:, :, 3]
        assert alone[:, [0, -1]].any()
