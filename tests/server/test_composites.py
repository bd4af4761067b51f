"""Several layers in one map: one pass of the renderer, in which labels make room for one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PIL import Image

from catalog.records import NamedStyle
from layers.styles.document import parse_style
from layers.styles.model import Style
from tests.server.map_city import City

METRES = 2
"""Of a pixel."""
CELL = 120
"""Pixels from pair to pair; in each cell a label of either layer."""
SHIFTS = (0, 10, 20, 30, 40, 80, 90, 100)
"""Pixels from the label of one layer to that of the other, cell by cell. Four characters of 15 pixels are 60 wide."""
CLASHING = 50
"""Pixels within which two labels of 60 would overlap for certain."""
CLEAR = 75
LEFT, TOP = 216_500, 2_673_500


def label(colour: str) -> Style:
    text = {"field": "name", "size": 15, "colour": colour, "placement": "point"}
    return parse_style({"rules": [{"name": "label", "symbols": [{"text": text}]}]})


@pytest.fixture(scope="module")
def labelled(city: City) -> Iterator[City]:
    """The city with two layers of labels, red and blue, nearer to each other from cell to cell."""
    layers = {}
    for name, colour, shifts in (("red", "#e00000", (0,) * len(SHIFTS)), ("blue", "#0000e0", SHIFTS)):
        points = [
            shapely.Point(LEFT + (cell % 4 * 2 * CELL + CELL + shift) * METRES, TOP - (cell // 4 + 0.5) * CELL * METRES)
            for cell, shift in enumerate(shifts)
        ]
        layers[name] = city.layer(name, points, {"name": ["文心路口"] * len(points)}, label(colour))
    layers["red"] = replace(layers["red"], styles=(NamedStyle("夜間/v1.2", label("#00a000")),))
    city.services.refresh(replace(city.snapshot, layers={**city.snapshot.layers, **layers}))
    yield city
    city.services.refresh(city.snapshot)


def drawn(city: City, layers: str, **changes: object) -> NDArray[np.uint8]:
    width, height = 8 * CELL, 2 * CELL
    bbox = f"{LEFT},{TOP - height * METRES},{LEFT + width * METRES},{TOP}"
    query = {
        "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": layers, "STYLES": "", "CRS": "EPSG:3826",
        "BBOX": bbox, "WIDTH": width, "HEIGHT": height, "FORMAT": "image/png",
    }  # fmt: skip
    reply = city.get("/wms", **{**query, **changes})
    assert reply.status == 200, reply.body[:300]
    return np.asarray(Image.open(BytesIO(reply.body)).convert("RGBA"))


def cells(picture: NDArray[np.uint8]) -> list[tuple[bool, bool]]:
    """Tell of each cell whether there is red and whether there is blue in it."""
    red, _, blue, alpha = (picture[:, :, band].astype(int) for band in range(4))
    inked = [(alpha > 100) & (red - blue > 120), (alpha > 100) & (blue - red > 120)]
    parts = []
    for cell in range(len(SHIFTS)):
        rows = slice(cell // 4 * CELL, (cell // 4 + 1) * CELL)
        columns = slice(cell % 4 * 2 * CELL, (cell % 4 + 1) * 2 * CELL)
        parts.append((bool(inked[0][rows, columns].any()), bool(inked[1][rows, columns].any())))
    return parts


@pytest.mark.parametrize("order", ["red,blue", "blue,red"])
def test_labels_of_two_layers_never_overlap(labelled: City, order: str) -> None:
    # Alone, every label has room.
    assert cells(drawn(labelled, "red")) == [(True, False)] * len(SHIFTS)
    assert cells(drawn(labelled, "blue")) == [(False, True)] * len(SHIFTS)
    for shift, (red, blue) in zip(SHIFTS, cells(drawn(labelled, order)), strict=True):
        assert red or blue, shift
        if shift <= CLASHING:
            assert not (red and blue), shift
        if shift >= CLEAR:
            assert red and blue, shift


def test_a_layer_between_does_not_part_them(labelled: City) -> None:
    # Were maps merged of pictures of neighbouring layers, a raster between would hide that its neighbours clash.
    plain = cells(drawn(labelled, "red,blue"))
    assert cells(drawn(labelled, "red,roads,blue")) == plain
    assert cells(drawn(labelled, "red,secret,blue", key="abc-123")) == plain


def test_a_layer_may_be_named_twice(labelled: City) -> None:
    assert np.array_equal(drawn(labelled, "red,red"), drawn(labelled, "red"))


@pytest.mark.parametrize("styles", ["", ",", "default,default", "default,", ",default"])
def test_a_style_for_each_layer(labelled: City, styles: str) -> None:
    assert np.array_equal(drawn(labelled, "red,blue", STYLES=styles), drawn(labelled, "red,blue"))


def test_a_layer_wears_the_style_that_is_named_at_its_place(labelled: City) -> None:
    def colours(layers: str, styles: str) -> list[bool]:
        picture = drawn(labelled, layers, STYLES=styles, TRANSPARENT="TRUE")
        inked = picture[picture[:, :, 3] > 200][:, :3].astype(int)
        return [bool((inked[:, band] - np.delete(inked, band, 1).max(1) > 100).any()) for band in range(3)]

    assert colours("red", "") == [True, False, False]
    assert colours("red", "夜間/v1.2") == [False, True, False]
    assert colours("red,blue", "夜間/v1.2,default") == colours("red,blue", "夜間/v1.2") == [False, True, True]
    # The same layer twice in two styles: every label clashes with its double, so one of them is left out.
    assert sorted(colours("red,red", "夜間/v1.2,")) == [False, False, True]
    for styles in (",夜間/v1.2", "夜間/v1.2,夜間/v1.2", "夜間", "%2e", "../x", "default,default,default"):
        reply = labelled.get(
            "/wms", REQUEST="GetMap", VERSION="1.3.0", LAYERS="red,blue", STYLES=styles, CRS="EPSG:3826",
            BBOX="216000,2673000,217000,2674000", WIDTH=10, HEIGHT=10, FORMAT="image/png",
        )  # fmt: skip
        assert reply.status == 400 and "StyleNotDefined" in reply.text, styles


def test_the_ground_of_labels_is_the_one_asked_for(labelled: City) -> None:
    clear = drawn(labelled, "red,blue", TRANSPARENT="TRUE")
    assert clear[0, 0, 3] == 0
    for colour, expected in (("0x112233", (0x11, 0x22, 0x33)), ("0xffffff", (255, 255, 255))):
        ground = drawn(labelled, "red,blue", BGCOLOR=colour)
        assert tuple(ground[0, 0]) == (*expected, 255) and (ground[:, :, 3] == 255).all()
        # Edges of letters are blended with the ground as drawn over it, not with white.
        share = clear[:, :, 3:].astype(float) / 255
        blended = clear[:, :, :3] * share + np.array(expected) * (1 - share)
        assert np.abs(blended - ground[:, :, :3]).max() <= 2
    jpeg = drawn(labelled, "red,blue", FORMAT="image/jpeg", TRANSPARENT="TRUE", BGCOLOR="0x112233")
    assert np.abs(jpeg[5, 5, :3].astype(int) - (0x11, 0x22, 0x33)).max() <= 3
