"""Symbols of the style model as Mapnik symbolizers, in Mapnik's XML, at one zoom."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from layers.render import marks
from layers.render.expressions import colour_text, heat_weight, label_text, size_text
from layers.render.patterns import pattern_file
from layers.styles.icons import icon_file
from layers.styles.model import (
    Fill,
    Hatch,
    Heat,
    Icon,
    Label,
    Line,
    Mark,
    Number,
    Proportion,
    Raster,
    Symbol,
    value_at,
)

_LEAST = 0.01
"""Widths, sizes and opacities below this draw nothing."""


_HAIR_LINE = 1.5
"""Pixels; corners of thinner outlines look alike whatever their form."""


def _shows(zoom: int, *numbers: Number) -> bool:
    return all(value_at(number, zoom) >= _LEAST for number in numbers)


def _text(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


@singledispatch
def symbolizers(symbol: Symbol, zoom: int) -> Iterator[Element]:
    """Yield what draws ``symbol`` at ``zoom``; nothing where it has no size or no opacity there."""
    raise NotImplementedError(type(symbol).__name__)


@symbolizers.register
def _fill(symbol: Fill, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity):
        return
    opacity = _text(value_at(symbol.opacity, zoom))
    yield Element("PolygonSymbolizer", {"fill": colour_text(symbol.colour), "fill-opacity": opacity})
    if symbol.outline and _shows(zoom, symbol.outline_width):
        width = _text(value_at(symbol.outline_width, zoom))
        # Round corners of a hair line are not seen, but take a sixth of the time of a building.
        join = "round" if value_at(symbol.outline_width, zoom) > _HAIR_LINE else "bevel"
        yield Element(
            "LineSymbolizer",
            {"stroke": symbol.outline, "stroke-width": width, "stroke-opacity": opacity, "stroke-linejoin": join},
        )


@symbolizers.register
def _line(symbol: Line, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity, symbol.width):
        return
    element = Element(
        "LineSymbolizer",
        {
            "stroke": colour_text(symbol.colour),
            "stroke-width": _text(value_at(symbol.width, zoom)),
            "stroke-opacity": _text(value_at(symbol.opacity, zoom)),
            "stroke-linecap": symbol.cap,
            "stroke-linejoin": symbol.join,
        },
    )
    if symbol.dash:
        # An odd list repeats itself, as in SVG; Mapnik takes pairs only.
        dash = symbol.dash if len(symbol.dash) % 2 == 0 else symbol.dash * 2
        element.set("stroke-dasharray", ",".join(_text(length) for length in dash))
    if symbol.offset:
        element.set("offset", _text(symbol.offset))
    yield element


@symbolizers.register
def _hatch(symbol: Hatch, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity, symbol.width):
        return
    opacity = _text(value_at(symbol.opacity, zoom))
    # Patterns are laid from the origin of the CRS, so that they meet at the borders of tiles.
    file = str(pattern_file(symbol.pattern, symbol.colour, symbol.width, symbol.spacing))
    yield Element("PolygonPatternSymbolizer", {"file": file, "opacity": opacity, "alignment": "global"})


@symbolizers.register
def _mark(symbol: Mark, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity):
        return
    if isinstance(symbol.size, Proportion):
        element = _marker(size_text(symbol.size), symbol, zoom)
        scale = 16 / symbol.size.size
    elif _shows(zoom, symbol.size):
        element = _marker(_text(value_at(symbol.size, zoom)), symbol, zoom)
        scale = 16 / value_at(symbol.size, zoom)
    else:
        return
    if symbol.shape == "circle":
        element.set("marker-type", "ellipse")
        scale = 1.0
    else:
        element.set("file", str(Path(marks.__file__).with_name(f"{symbol.shape}.svg")))
    outline = value_at(symbol.outline_width, zoom) if symbol.outline else 0
    element.set("stroke", symbol.outline or colour_text(symbol.colour))
    # The outline of an SVG is scaled together with it; a circle's is not.
    element.set("stroke-width", _text(outline * scale))
    element.set("stroke-opacity", "1" if outline else "0")
    element.set("allow-overlap", str(symbol.allow_overlap).lower())
    element.set("ignore-placement", str(symbol.allow_overlap).lower())
    if symbol.placement != "interior":
        element.set("placement", {"line": "line", "first": "vertex-first", "last": "vertex-last"}[symbol.placement])
    if symbol.placement == "line":
        element.set("spacing", _text(symbol.spacing))
    yield element


@symbolizers.register
def _icon(symbol: Icon, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity, symbol.size):
        return
    element = _marker(_text(value_at(symbol.size, zoom)), symbol, zoom)
    element.set("file", str(icon_file(symbol.name)))
    element.set("allow-overlap", str(symbol.allow_overlap).lower())
    yield element


def _marker(size: str, symbol: Mark | Icon, zoom: int) -> Element:
    element = Element(
        "MarkersSymbolizer",
        {
            "width": size,
            "height": size,
            "fill": colour_text(symbol.colour),
            "opacity": _text(value_at(symbol.opacity, zoom)),
            "placement": "interior",
        },
    )
    if symbol.rotation:
        element.set("transform", f"rotate({_text(symbol.rotation)})")
    return element


@symbolizers.register
def _heat(symbol: Heat, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity, symbol.radius, symbol.strength):
        return
    yield Element(
        "MarkersSymbolizer",
        {
            "marker-type": "ellipse",
            "width": _text(symbol.radius),
            "height": _text(symbol.radius),
            "fill": "#000000",
            "opacity": heat_weight(symbol),
            "stroke-opacity": "0",
            "stroke-width": "0",
            "placement": "interior",
            "allow-overlap": "true",
            "ignore-placement": "true",
        },
    )


@symbolizers.register
def _label(symbol: Label, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity, symbol.size):
        return
    size = value_at(symbol.size, zoom)
    element = Element(
        "TextSymbolizer",
        {
            "fontset-name": symbol.weight,
            "size": _text(size),
            "fill": colour_text(symbol.colour),
            "opacity": _text(value_at(symbol.opacity, zoom)),
            "placement": symbol.placement,
            "dx": _text(symbol.offset[0]),
            "dy": _text(symbol.offset[1]),
            "allow-overlap": str(symbol.allow_overlap).lower(),
        },
    )
    element.text = label_text(symbol)
    _add_halo(element, symbol, zoom)
    if not symbol.allow_overlap:
        element.set("margin", _text(label_margin(symbol, zoom)))
    if symbol.placement == "line":
        _follow_line(element, symbol, size)
    else:
        _stand(element, symbol)
    yield element


def _stand(element: Element, symbol: Label) -> None:
    if symbol.wrap:
        element.set("wrap-width", _text(symbol.wrap))
    if symbol.rotation:
        # Mapnik counts against the clock.
        element.set("orientation", _text(-symbol.rotation))
    if symbol.anchor != "auto":
        # Mapnik names the side on which the text stands, an anchor the part of the text that is held.
        sideways = {"left": "right", "right": "left"}.get(symbol.anchor.rpartition("-")[2], "middle")
        upwards = {"top": "bottom", "bottom": "top"}.get(symbol.anchor.partition("-")[0], "middle")
        element.set("horizontal-alignment", sideways)
        element.set("vertical-alignment", upwards)


def label_margin(symbol: Label, zoom: int) -> float:
    """Return how many pixels a label keeps between itself and others, so that a map stays readable."""
    return value_at(symbol.size, zoom) / 4


def _add_halo(element: Element, symbol: Label, zoom: int) -> None:
    if symbol.halo and _shows(zoom, symbol.halo_width):
        element.set("halo-fill", symbol.halo)
        element.set("halo-radius", _text(value_at(symbol.halo_width, zoom)))
        # The full halo strokes every glyph's outline and is most of the time a label takes; the fast one
        # spreads its pixels, in half that time. Side by side its corners are a little squarer, which no
        # eye finds at the size of a map, on screens of either density.
        element.set("halo-rasterizer", "fast")


def _follow_line(element: Element, symbol: Label, size: float) -> None:
    element.set("upright", "auto" if symbol.upright else "right")
    element.set("max-char-angle-delta", _text(symbol.max_angle))
    element.set("character-spacing", _text(size / 10))
    if symbol.spacing:
        element.set("spacing", _text(symbol.spacing))
        # Long streets come in many segments; without this each would bear its name.
        element.set("repeat-distance", _text(symbol.spacing / 2))


@symbolizers.register
def _raster(symbol: Raster, zoom: int) -> Iterator[Element]:
    if not _shows(zoom, symbol.opacity):
        return
    element = Element("RasterSymbolizer", {"opacity": _text(value_at(symbol.opacity, zoom)), "scaling": "bilinear"})
    if symbol.ramp:
        colorizer = SubElement(
            element, "RasterColorizer", {"default-mode": symbol.mode, "default-color": "transparent"}
        )
        stops = symbol.ramp
        if symbol.mode != "exact":
            # What lies below the ramp has its first colour, as what lies above has its last.
            stops = ((-1e9, stops[0][1]), *stops)
        for value, colour in stops:
            SubElement(colorizer, "stop", {"value": repr(value), "color": colour})
    yield element
