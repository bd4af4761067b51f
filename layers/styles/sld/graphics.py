"""Graphics of SLD: marks, pictures of other servers, patterns of fills."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from layers.styles.findings import StyleFindings
from layers.styles.icons import NAMES
from layers.styles.model import (
    Hatch,
    Icon,
    Mark,
    MarkPlacement,
    Number,
    Pattern,
    Proportion,
    Shape,
    base_colour,
    value_at,
)
from layers.styles.sld.elements import Node
from layers.styles.sld.parameters import Parameters

_SIZE = 6.0
"""Of a mark without a size (SE 1.1, 11.3.2)."""
_HATCH_SIZE = 8.0

SHAPES: dict[str, tuple[Shape, float]] = {
    "circle": ("circle", 0),
    "square": ("square", 0),
    "triangle": ("triangle", 0),
    "star": ("star", 0),
    "cross": ("cross", 0),
    "x": ("x", 0),
    "diamond": ("diamond", 0),
    "pentagon": ("pentagon", 0),
    "hexagon": ("hexagon", 0),
    "arrow": ("arrow", 0),
    "line": ("bar", 0),
    "shape://vertline": ("bar", 0),
    "vertline": ("bar", 0),
    "shape://horline": ("bar", 90),
    "horline": ("bar", 90),
    "shape://slash": ("bar", 45),
    "slash": ("bar", 45),
    "shape://backslash": ("bar", -45),
    "backslash": ("bar", -45),
    "shape://dot": ("circle", 0),
    "shape://plus": ("cross", 0),
    "plus": ("cross", 0),
    "shape://times": ("x", 0),
    "times": ("x", 0),
    "shape://carrow": ("arrow", 90),
    "equilateral_triangle": ("triangle", 0),
    "cross_fill": ("cross", 0),
    "cross2": ("x", 0),
}
"""Names that GeoServer and QGIS write, as shape and clockwise turn."""
_PATTERNS: dict[str, Pattern] = {
    "horline": "horizontal",
    "line": "vertical",
    "vertline": "vertical",
    "slash": "slash",
    "backslash": "backslash",
    "plus": "cross",
    "cross": "cross",
    "times": "diagonal_cross",
    "x": "diagonal_cross",
    "dot": "dots",
    "circle": "dots",
}
_TURNS: dict[Pattern, tuple[Pattern, Pattern, Pattern, Pattern]] = {
    # Turned by 0, 45, 90, 135 degrees clockwise.
    "horizontal": ("horizontal", "backslash", "vertical", "slash"),
    "vertical": ("vertical", "slash", "horizontal", "backslash"),
    "slash": ("slash", "horizontal", "backslash", "vertical"),
    "backslash": ("backslash", "vertical", "slash", "horizontal"),
    "cross": ("cross", "diagonal_cross", "cross", "diagonal_cross"),
    "diagonal_cross": ("diagonal_cross", "cross", "diagonal_cross", "cross"),
    "dots": ("dots", "dots", "dots", "dots"),
}
_ICON = re.compile(r"[a-z]+")


@dataclass(slots=True)
class Graphics:
    """Reads ``Graphic`` elements of one symbolizer."""

    parameters: Parameters
    findings: StyleFindings

    def point(
        self, graphic: Node, placement: MarkPlacement = "interior", spacing: float | None = None
    ) -> Mark | Icon | None:
        """Return what stands on a point, or again and again on a line."""
        read = self.parameters
        opacity = read.share(graphic.child("Opacity"))
        rotation = read.number(graphic.child("Rotation"), 0.0, -360, 360)
        size = self._size(graphic.child("Size"))
        external = graphic.child("ExternalGraphic")
        mark = graphic.child("Mark")
        if external is not None:
            icon = self._icon(external, size, opacity, rotation) if placement == "interior" else None
            if icon is not None or mark is None:
                return icon or self._stand_in(external, size, opacity, placement, spacing)
        if mark is None:
            return Mark("square", size, "#808080", opacity=opacity, placement=placement, spacing=spacing or 100.0)
        return self._mark(mark, size, opacity, rotation, placement, spacing)

    def _size(self, node: Node | None) -> Number | Proportion:
        return proportion_of(node) or self.parameters.length(node, _SIZE)

    def _mark(
        self,
        mark: Node,
        size: Number | Proportion,
        opacity: float,
        rotation: float,
        placement: MarkPlacement,
        spacing: float | None,
    ) -> Mark:
        shape, turn = self._shape(mark.child("WellKnownName"))
        fill, stroke = mark.child("Fill"), mark.child("Stroke")
        fills, strokes = self.parameters.of(fill), self.parameters.of(stroke)
        is_outlined = stroke is not None and fill is not None and shape != "bar"
        ink = strokes.get("stroke") if shape == "bar" or fill is None else fills.get("fill")
        colour = self.parameters.colour(
            ink or fills.get("fill"), "#000000" if stroke and not is_outlined else "#808080"
        )
        outline = self.parameters.plain_colour(strokes.get("stroke"), "#000000") if is_outlined else None
        width = self.parameters.length(strokes.get("stroke-width"), 1.0, 0, 64)
        share = self.parameters.share(fills.get("fill-opacity")) if fill else 1.0
        through = self.parameters.share(strokes.get("stroke-opacity")) if stroke else share
        if fill and through != share:
            element = f"{stroke.path if stroke else mark.path}[stroke-opacity]"
            self.findings.add("style_sld_value", element, value=f"{through:g}", used=f"{share:g}")
        elif not fill:
            share = through
        if shape in {"circle", "square", "triangle", "star", "diamond", "pentagon", "hexagon"} and stroke and not fill:
            self.findings.add("style_sld_hollow", mark.path)
        return Mark(
            shape,
            size,
            colour,
            outline=outline,
            outline_width=width if is_outlined else 1.0,
            opacity=round(opacity * share, 6),
            rotation=_turned(rotation + turn),
            placement=placement,
            spacing=spacing or 100.0,
        )

    def _shape(self, name: Node | None) -> tuple[Shape, float]:
        word = name.words().lower() if name else "square"
        if word in SHAPES:
            return SHAPES[word]
        self.findings.add("style_sld_shape", name.path if name else "", value=word, used="circle")
        return ("circle", 0)

    def _icon(self, external: Node, size: Number | Proportion, opacity: float, rotation: float) -> Icon | None:
        address = _address(external)
        parts = urlsplit(address)
        name = parts.path.rpartition("/")[2].removesuffix(".svg")
        if name not in NAMES or isinstance(size, Proportion):
            return None
        external.take()
        fill = (parse_qs(parts.query).get("fill") or [""])[0].lower()
        colour = fill if re.fullmatch(r"#[0-9a-f]{6}", fill) else Icon(name).colour
        return Icon(name, size, colour, opacity, allow_overlap=True, rotation=rotation)

    def _stand_in(
        self,
        external: Node,
        size: Number | Proportion,
        opacity: float,
        placement: MarkPlacement,
        spacing: float | None,
    ) -> Mark:
        """Return a mark for a picture: nothing is fetched, from wherever."""
        address = _address(external)
        external.take()
        shown = f"{address.partition(',')[0]},…" if address.startswith("data:") else address
        self.findings.add("style_sld_picture", external.path, value=shown or "-")
        return Mark("circle", size, opacity=opacity, placement=placement, spacing=spacing or 100.0)

    def hatch(self, graphic: Node) -> Hatch | None:
        """Return the pattern of a fill; None where it is a picture."""
        mark = graphic.child("Mark")
        if mark is None:
            graphic.take()
            self.findings.add("style_sld_pattern_left_out", graphic.path)
            return None
        read = self.parameters
        name = mark.child("WellKnownName")
        word = name.words().lower().removeprefix("shape://") if name else "square"
        turn = read.number(graphic.child("Rotation"), 0.0, -720, 720) % 180
        if word not in _PATTERNS:
            self.findings.add("style_sld_shape", name.path if name else mark.path, value=word, used="dots")
        pattern = _TURNS[_PATTERNS.get(word, "dots")][round(turn / 45) % 4]
        if turn % 45 and _PATTERNS.get(word, "dots") != "dots":
            self.findings.add("style_sld_turn", f"{graphic.path}/Rotation", value=f"{turn:g}", used=pattern)
        stroke, fill = mark.child("Stroke"), mark.child("Fill")
        strokes, fills = read.of(stroke), read.of(fill)
        dotted = pattern == "dots"
        ink = fills.get("fill") if dotted and fill else strokes.get("stroke") or fills.get("fill")
        colour = read.plain_colour(ink, "#000000" if stroke else "#808080")
        size = read.fixed(graphic.child("Size"), _HATCH_SIZE)
        leaning = pattern in {"slash", "backslash", "diagonal_cross"} and word not in {"horline", "vertline", "line"}
        spacing = round(size / math.sqrt(2), 6) if leaning else size
        width = round(size / 2, 6) if dotted and word != "dot" else read.fixed(strokes.get("stroke-width"), 1.0, 0, 64)
        through = read.share(strokes.get("stroke-opacity") or fills.get("fill-opacity"))
        opacity = read.share(graphic.child("Opacity")) * through
        return Hatch(pattern, base_colour(colour), width, min(max(spacing, 2.0), 180.0), round(opacity, 6))


def proportion_of(node: Node | None) -> Proportion | None:
    """Return a size written as ``size × sqrt(attribute ÷ largest)``; None for any other."""
    product = node.children[0] if node is not None and len(node.children) == 1 else None
    if product is None or product.name != "Mul" or len(product.children) != 2:
        return None
    size, root = product.children
    if root.attributes.get("name") != "sqrt" or len(root.children) != 1 or root.children[0].name != "Div":
        return None
    name, largest = root.children[0].children
    try:
        found = Proportion(name.words(), float(largest.words()), float(size.words()))
    except ValueError:
        return None
    if name.name != "PropertyName" or found.largest <= 0 or not 1 <= found.size <= 200:
        return None
    product.take()
    return found


def size_at(size: Number | Proportion, zoom: float) -> float:
    """Return a size in pixels, the largest where features have their own."""
    return size.size if isinstance(size, Proportion) else value_at(size, zoom)


def _turned(degrees: float) -> float:
    return degrees if abs(degrees) <= 360 else math.fmod(degrees, 360)


def _address(external: Node) -> str:
    resource = external.child("OnlineResource")
    inline = external.child("InlineContent")
    if resource is not None:
        return resource.attributes.get("href", "")
    return "data:" if inline is not None else ""
