"""Symbols of the style model as symbolizers of SE 1.1; numbers are what they are at one zoom."""

from __future__ import annotations

import math
from functools import singledispatch
from urllib.parse import quote
from xml.etree.ElementTree import Element

from layers.styles.findings import StyleFindings
from layers.styles.model import (
    Cluster,
    Colour,
    FieldColour,
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
    base_colour,
    value_at,
)
from layers.styles.sld.building import add, number_text
from layers.styles.sld.coverages import LOWEST, USUAL_RELIEF

_PATTERNS = {
    "horizontal": "shape://horline",
    "vertical": "shape://vertline",
    "slash": "shape://slash",
    "backslash": "shape://backslash",
    "cross": "shape://plus",
    "diagonal_cross": "shape://times",
    "dots": "shape://dot",
}
_LEANING = frozenset({"slash", "backslash", "diagonal_cross"})
_SHAPES = {"bar": "shape://vertline"}
_WEIGHTS = {"regular": "normal", "medium": "500", "bold": "bold"}
_OTHERWISE = FieldColour("").otherwise


@singledispatch
def add_symbolizer(symbol: Symbol, rule: Element, zoom: float, findings: StyleFindings) -> None:
    """Add what draws ``symbol`` to a rule, and note what cannot be said."""
    raise NotImplementedError(type(symbol).__name__)


def _parameter(parent: Element, name: str, value: str | float) -> None:
    add(parent, "se:SvgParameter", value if isinstance(value, str) else number_text(value), name=name)


def _paint(parent: Element, name: str, colour: Colour, opacity: float, findings: StyleFindings) -> None:
    """Write a colour with its opacity; eight digits say both."""
    if isinstance(colour, FieldColour):
        add(add(parent, "se:SvgParameter", name=name), "ogc:PropertyName", colour.field)
        if colour.otherwise != _OTHERWISE:
            findings.add("style_write_value", "colour.otherwise", value=colour.otherwise, used=_OTHERWISE)
    else:
        _parameter(parent, name, colour[:7])
        if len(colour) == 9:
            opacity = round(opacity * int(colour[7:], 16) / 255, 6)
    if opacity != 1:
        _parameter(parent, f"{name}-opacity", opacity)


def _stroke(parent: Element, line: Line, zoom: float, findings: StyleFindings) -> None:
    stroke = add(parent, "se:Stroke")
    _paint(stroke, "stroke", line.colour, value_at(line.opacity, zoom), findings)
    _parameter(stroke, "stroke-width", value_at(line.width, zoom))
    _parameter(stroke, "stroke-linejoin", "mitre" if line.join == "miter" else line.join)
    _parameter(stroke, "stroke-linecap", line.cap)
    if line.dash:
        _parameter(stroke, "stroke-dasharray", " ".join(map(number_text, line.dash)))


@add_symbolizer.register
def _fill(symbol: Fill, rule: Element, zoom: float, findings: StyleFindings) -> None:
    polygon = add(rule, "se:PolygonSymbolizer")
    opacity = value_at(symbol.opacity, zoom)
    _paint(add(polygon, "se:Fill"), "fill", symbol.colour, opacity, findings)
    if symbol.outline:
        outline = Line(symbol.outline, symbol.outline_width, opacity, cap="butt", join="round")
        _stroke(polygon, outline, zoom, findings)


@add_symbolizer.register
def _line(symbol: Line, rule: Element, zoom: float, findings: StyleFindings) -> None:
    line = add(rule, "se:LineSymbolizer")
    _stroke(line, symbol, zoom, findings)
    if symbol.offset:
        add(line, "se:PerpendicularOffset", number_text(symbol.offset))


@add_symbolizer.register
def _hatch(symbol: Hatch, rule: Element, zoom: float, findings: StyleFindings) -> None:
    graphic = add(add(add(add(rule, "se:PolygonSymbolizer"), "se:Fill"), "se:GraphicFill"), "se:Graphic")
    mark = add(graphic, "se:Mark")
    add(mark, "se:WellKnownName", _PATTERNS[symbol.pattern])
    stroke = add(mark, "se:Stroke")
    _paint(stroke, "stroke", symbol.colour, 1, findings)
    _parameter(stroke, "stroke-width", symbol.width)
    if (opacity := value_at(symbol.opacity, zoom)) != 1:
        add(graphic, "se:Opacity", number_text(opacity))
    # The size of a leaning pattern is that of its tile along the axes.
    size = symbol.spacing * math.sqrt(2) if symbol.pattern in _LEANING else symbol.spacing
    add(graphic, "se:Size", number_text(size))


@add_symbolizer.register
def _mark(symbol: Mark, rule: Element, zoom: float, findings: StyleFindings) -> None:
    if symbol.placement == "line":
        stroke = add(add(rule, "se:LineSymbolizer"), "se:Stroke")
        along = add(stroke, "se:GraphicStroke")
        _mark_graphic(symbol, add(along, "se:Graphic"), zoom, findings)
        size = symbol.size.size if isinstance(symbol.size, Proportion) else value_at(symbol.size, zoom)
        add(along, "se:Gap", number_text(round(symbol.spacing - size, 6)))
        if not symbol.allow_overlap:
            findings.add("style_write_value", "mark.allow_overlap", value="false", used="true")
        return
    point = add(rule, "se:PointSymbolizer")
    if symbol.placement != "interior":
        function = add(add(point, "se:Geometry"), "ogc:Function", name=f"{_END[symbol.placement]}Point")
        add(function, "ogc:PropertyName", "geometry")
    _mark_graphic(symbol, add(point, "se:Graphic"), zoom, findings)
    if not symbol.allow_overlap:
        add(point, "se:VendorOption", "true", name="conflictResolution")


_END = {"first": "start", "last": "end"}


def _mark_graphic(symbol: Mark, graphic: Element, zoom: float, findings: StyleFindings) -> None:
    mark = add(graphic, "se:Mark")
    add(mark, "se:WellKnownName", _SHAPES.get(symbol.shape, symbol.shape))
    if symbol.shape == "bar":
        _paint(add(mark, "se:Stroke"), "stroke", symbol.colour, 1, findings)
        if symbol.outline:
            findings.add("style_write_value", "mark.outline", value=symbol.outline, used="-")
    else:
        _paint(add(mark, "se:Fill"), "fill", symbol.colour, 1, findings)
        if symbol.outline:
            stroke = add(mark, "se:Stroke")
            _paint(stroke, "stroke", symbol.outline, 1, findings)
            _parameter(stroke, "stroke-width", value_at(symbol.outline_width, zoom))
    _graphic_rest(graphic, symbol.opacity, symbol.size, symbol.rotation, zoom)


def _graphic_rest(graphic: Element, opacity: Number, size: Number | Proportion, rotation: float, zoom: float) -> None:
    if (share := value_at(opacity, zoom)) != 1:
        add(graphic, "se:Opacity", number_text(share))
    if isinstance(size, Proportion):
        product = add(add(graphic, "se:Size"), "ogc:Mul")
        add(product, "ogc:Literal", number_text(size.size))
        share_of = add(add(product, "ogc:Function", name="sqrt"), "ogc:Div")
        add(share_of, "ogc:PropertyName", size.field)
        add(share_of, "ogc:Literal", number_text(size.largest))
    else:
        add(graphic, "se:Size", number_text(value_at(size, zoom)))
    if rotation:
        add(graphic, "se:Rotation", number_text(rotation))


@add_symbolizer.register
def _icon(symbol: Icon, rule: Element, zoom: float, findings: StyleFindings) -> None:
    point = add(rule, "se:PointSymbolizer")
    graphic = add(point, "se:Graphic")
    external = add(graphic, "se:ExternalGraphic")
    if isinstance(symbol.colour, FieldColour):
        findings.add("style_write_value", "icon.colour", value=symbol.colour.field, used=symbol.colour.otherwise)
    address = f"{symbol.name}.svg?fill={quote(base_colour(symbol.colour))}"
    add(external, "se:OnlineResource", None, **{"xlink:type": "simple", "xlink:href": address})
    add(external, "se:Format", "image/svg+xml")
    _graphic_rest(graphic, symbol.opacity, symbol.size, symbol.rotation, zoom)
    if not symbol.allow_overlap:
        add(point, "se:VendorOption", "true", name="conflictResolution")
    if symbol.priority != 5:
        add(point, "se:VendorOption", str(symbol.priority), name="priority")


@add_symbolizer.register
def _label(symbol: Label, rule: Element, zoom: float, findings: StyleFindings) -> None:
    text = add(rule, "se:TextSymbolizer")
    if symbol.placement == "point":
        function = add(add(text, "se:Geometry"), "ogc:Function", name="centroid")
        add(function, "ogc:PropertyName", "geometry")
    label = add(text, "se:Label")
    if symbol.before:
        add(label, "ogc:Literal", symbol.before)
    add(label, "ogc:PropertyName", symbol.field)
    if symbol.after:
        add(label, "ogc:Literal", symbol.after)
    font = add(text, "se:Font")
    _parameter(font, "font-family", "Noto Sans TC")
    _parameter(font, "font-size", value_at(symbol.size, zoom))
    _parameter(font, "font-weight", _WEIGHTS[symbol.weight])
    placement = add(text, "se:LabelPlacement")
    if symbol.placement == "line":
        _along(symbol, add(placement, "se:LinePlacement"), findings)
    else:
        _at(symbol, add(placement, "se:PointPlacement"))
    if symbol.halo:
        halo = add(text, "se:Halo")
        add(halo, "se:Radius", number_text(value_at(symbol.halo_width, zoom)))
        _paint(add(halo, "se:Fill"), "fill", symbol.halo, 1, findings)
    _paint(add(text, "se:Fill"), "fill", symbol.colour, value_at(symbol.opacity, zoom), findings)
    if symbol.priority != 5:
        add(text, "se:Priority", str(symbol.priority))
    for name, value in _options(symbol).items():
        add(text, "se:VendorOption", value, name=name)


def _along(symbol: Label, placement: Element, findings: StyleFindings) -> None:
    right, down = symbol.offset
    if down:
        add(placement, "se:PerpendicularOffset", number_text(-down))
    if right:
        findings.add("style_write_value", "text.offset", value=f"{right:g}", used="0")


def _at(symbol: Label, placement: Element) -> None:
    right, down = symbol.offset
    name = symbol.anchor
    if name == "auto":
        # The side from which the offset leads away; sideways first, as the renderer has it.
        name = "left" if right > 0 else "right" if right < 0 else "top" if down > 0 else "bottom" if down else "center"
    anchor = add(placement, "se:AnchorPoint")
    add(anchor, "se:AnchorPointX", "0" if name.endswith("left") else "1" if name.endswith("right") else "0.5")
    add(anchor, "se:AnchorPointY", "0" if name.startswith("bottom") else "1" if name.startswith("top") else "0.5")
    if right or down:
        moved = add(placement, "se:Displacement")
        add(moved, "se:DisplacementX", number_text(right))
        add(moved, "se:DisplacementY", number_text(-down if down else 0.0))
    if symbol.rotation:
        add(placement, "se:Rotation", number_text(symbol.rotation))


def _options(symbol: Label) -> dict[str, str]:
    """Return the vendor options (GeoServer's) of a label."""
    options: dict[str, str] = {}
    if symbol.placement == "line":
        options["followLine"] = "true"
        options["maxAngleDelta"] = number_text(symbol.max_angle)
        if not symbol.upright:
            options["forceLeftToRight"] = "false"
    elif symbol.anchor == "auto":
        options["anchor"] = "auto"
    if symbol.spacing:
        options["repeat"] = number_text(symbol.spacing)
    if symbol.wrap:
        options["autoWrap"] = number_text(symbol.wrap)
    if symbol.allow_overlap:
        options["conflictResolution"] = "false"
    return options


@add_symbolizer.register
def _raster(symbol: Raster, rule: Element, zoom: float, findings: StyleFindings) -> None:
    raster = add(rule, "se:RasterSymbolizer")
    if (opacity := value_at(symbol.opacity, zoom)) != 1:
        add(raster, "se:Opacity", number_text(opacity))
    if symbol.ramp:
        types = {"linear": "ramp", "discrete": "intervals", "exact": "values"}
        colours = add(raster, "se:ColorMap", type=types[symbol.mode])
        for attributes in _entries(symbol):
            add(colours, "se:ColorMapEntry", **attributes)
    if symbol.relief:
        shaded = add(raster, "se:ShadedRelief")
        add(shaded, "se:ReliefFactor", number_text(round(symbol.relief * 2 * USUAL_RELIEF, 6)))
    if symbol.contrast != 1:
        add(raster, "se:VendorOption", number_text(symbol.contrast), name="contrastFactor")


def _entries(symbol: Raster) -> list[dict[str, str]]:
    """Return the attributes of the entries of a colour map; intervals are told by their upper ends."""
    stops = list(symbol.ramp)
    quantities = [value for value, _ in stops]
    if symbol.mode == "discrete":
        quantities = [*quantities[1:], -LOWEST]
        if stops[-1][1] == "#00000000" and len(stops) > 1:
            stops = stops[:-1]
    labels = (*symbol.labels, *[""] * len(stops))
    entries = []
    for (_, colour), quantity, label in zip(stops, quantities, labels, strict=False):
        entry = {"color": colour[:7], "quantity": number_text(quantity)}
        if len(colour) == 9:
            entry["opacity"] = number_text(round(int(colour[7:], 16) / 255, 6))
        entries.append({**entry, "label": label} if label else entry)
    return entries


@add_symbolizer.register
def _heat(symbol: Heat, rule: Element, zoom: float, findings: StyleFindings) -> None:
    findings.add("style_write_heat", "heat")


@add_symbolizer.register
def _cluster(symbol: Cluster, rule: Element, zoom: float, findings: StyleFindings) -> None:
    findings.add("style_write_cluster", "cluster")
