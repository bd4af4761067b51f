"""Styles of layers that nobody has styled."""

from __future__ import annotations

import pytest

from layers.schema import Field, FieldType, GeometryType
from layers.styles.default import default_style
from layers.styles.document import parse_style, style_document
from layers.styles.model import Fill, Label, Line, Mark, Raster, Style

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
