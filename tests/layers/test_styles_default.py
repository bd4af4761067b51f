"""Styles of layers that nobody has styled."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from layers.schema import Field, FieldType, GeometryType
from layers.styles.default import PALETTE, default_style
from layers.styles.density import Density
from layers.styles.document import parse_style, style_document
from layers.styles.model import Fill, Icon, Label, Line, Mark, Proportion, Raster, Style, value_at

FIELDS = (Field("name", FieldType.TEXT), Field("floors", FieldType.INTEGER))


def styled(
    geometry_type: GeometryType | None, layer: str = "stops", title_field: str | None = "name", **limits: float | None
) -> Style:
    return default_style(
        geometry_type=geometry_type, theme="transport", fields=FIELDS, title_field=title_field, layer=layer, **limits
    )


@pytest.mark.parametrize("geometry_type", [*GeometryType, None])
def test_is_always_the_same_and_a_valid_document(geometry_type: GeometryType | None) -> None:
    style = styled(geometry_type, minimum=0.5, maximum=3000.25)
    assert styled(geometry_type, minimum=0.5, maximum=3000.25).digest == style.digest
    assert parse_style(style_document(style)) == style


@pytest.mark.parametrize(
    ("geometry_type", "kinds"),
    [
        (GeometryType.MULTIPOINT, {Mark, Label}),
        (GeometryType.LINESTRING, {Line, Label}),
        (GeometryType.MULTIPOLYGON, {Fill, Line, Label}),
        (GeometryType.GEOMETRY, {Mark, Line, Fill, Label}),
        (None, {Raster}),
    ],
)
def test_symbols_suit_the_geometry(geometry_type: GeometryType | None, kinds: set[type]) -> None:
    assert {type(symbol) for rule in styled(geometry_type).rules for symbol in rule.symbols} == kinds


def test_layers_of_a_theme_differ_in_colour() -> None:
    names = ["stops", "stations", "signals", "cameras", "crossings", "kerbs", "meters", "ramps"]
    colours = {styled(GeometryType.LINESTRING, name).rules[0].symbols[0].colour for name in names}  # type: ignore[union-attr]
    assert len(colours) >= 4


@pytest.mark.parametrize("title_field", [None, "absent"])
def test_has_no_labels_where_there_is_no_title(title_field: str | None) -> None:
    style = styled(GeometryType.POINT, title_field=title_field)
    assert not any(isinstance(symbol, Label) for rule in style.rules for symbol in rule.symbols)


def test_heights_are_coloured_from_lowest_to_highest() -> None:
    (symbol,) = styled(None, "dem", minimum=-3.0, maximum=3952.0).rules[0].symbols
    assert isinstance(symbol, Raster)
    assert (symbol.ramp[0][0], symbol.ramp[-1][0]) == (-3.0, 3952.0)


@pytest.mark.parametrize("limits", [{}, {"minimum": 5.0, "maximum": 5.0}])
def test_pictures_are_drawn_as_they_are(limits: dict[str, float]) -> None:
    assert styled(None, "ortho", **limits).rules[0].symbols == (Raster(),)


def test_dense_points_are_small_dots_with_late_labels_and_sparse_ones_the_reverse() -> None:
    styles = [of_density(GeometryType.POINT, density) for density in Density]
    marks = [next(symbol for symbol in style.rules[0].symbols if isinstance(symbol, Mark)) for style in styles]
    sizes = [value_at(mark.size, 12) for mark in marks if not isinstance(mark.size, Proportion)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 2.5 * sizes[-1]
    assert [first_label(style) for style in styles] == [11, 16, 18]


def test_dense_polygons_have_no_outlines_at_small_scales() -> None:
    dense = of_density(GeometryType.POLYGON, Density.DENSE)
    (edge,) = (symbol for symbol in dense.rules[0].symbols if isinstance(symbol, Line))
    assert value_at(edge.width, 12) == 0
    assert value_at(edge.width, 16) > 0.5
    assert first_label(of_density(GeometryType.POLYGON, Density.SPARSE)) == 10


def test_dense_lines_are_thin() -> None:
    widths = []
    for density in Density:
        (line,) = of_density(GeometryType.LINESTRING, density).rules[0].symbols
        assert isinstance(line, Line)
        widths.append(value_at(line.width, 12))
    assert widths == sorted(widths, reverse=True)


def test_places_of_a_known_kind_have_its_pictogram() -> None:
    style = default_style(
        geometry_type=GeometryType.POINT,
        theme="education",
        fields=FIELDS,
        title_field="name",
        layer="public-schools",
        density=Density.SPARSE,
    )
    icons = [symbol.name for rule in style.rules for symbol in rule.symbols if isinstance(symbol, Icon)]
    assert icons == ["school"]


def of_density(geometry_type: GeometryType, density: Density) -> Style:
    return default_style(
        geometry_type=geometry_type, theme="any", fields=FIELDS, title_field="name", layer="things", density=density
    )


def first_label(style: Style) -> int | None:
    (zoom,) = {rule.zoom[0] for rule in style.rules if any(isinstance(symbol, Label) for symbol in rule.symbols)}
    return zoom


Colour = NDArray[np.float64]

# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0; they work on linear light.
EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> Colour:
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def oklab(light: Colour) -> Colour:
    """Ottosson 2020."""
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    mixed = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return np.asarray(mixed @ np.cbrt(cones @ np.clip(light, 0, 1)))


@pytest.mark.parametrize("eyes", list(EYES))
def test_colours_are_told_apart_by_all_eyes(eyes: str) -> None:
    seen = [oklab(EYES[eyes] @ linear(colour)) for colour in PALETTE]
    distances = [float(np.linalg.norm(one - other)) for one, other in itertools.combinations(seen, 2)]
    assert min(distances) >= 0.12


def test_thin_lines_are_seen_on_white() -> None:
    for colour in PALETTE:
        luminance = float(linear(colour) @ [0.2126, 0.7152, 0.0722])
        # WCAG 2.2, 1.4.11.
        assert 1.05 / (luminance + 0.05) >= 3, colour
