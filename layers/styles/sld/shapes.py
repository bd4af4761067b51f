"""Symbolizers of polygons, lines and points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from layers.styles.findings import StyleFindings
from layers.styles.model import Cap, FieldColour, Fill, Icon, Join, Line, Mark, MarkPlacement, Symbol
from layers.styles.sld.elements import Node
from layers.styles.sld.graphics import Graphics, size_at
from layers.styles.sld.parameters import Parameters, unit_of

_CAPS: dict[str, Cap] = {"butt": "butt", "round": "round", "square": "square"}
_JOINS: dict[str, Join] = {
    "mitre": "miter",
    "miter": "miter",
    "round": "round",
    "bevel": "bevel",
    "arcs": "round",
    "miter-clip": "miter",
}
_ENDS: dict[str, MarkPlacement] = {"startPoint": "first", "endPoint": "last"}
_STANDING = frozenset({"centroid", "interiorPoint", "pointOnSurface", "labelPoint"})
"""Geometry functions that say where points of polygons stand, which is inside in any case."""


def geometry_function(symbolizer: Node) -> str:
    """Return the function that a symbolizer puts its geometry through, empty for none."""
    geometry = symbolizer.child("Geometry")
    if geometry is None:
        return ""
    inner = geometry.take().children
    return inner[0].attributes.get("name", "") if inner and inner[0].name == "Function" else ""


@dataclass(slots=True)
class Shapes:
    """Reads symbolizers of one rule that are not labels."""

    findings: StyleFindings

    def polygon(self, node: Node) -> Iterator[Symbol]:
        """Read a ``PolygonSymbolizer``."""
        if self._is_moved(node):
            return
        read = Parameters(self.findings, unit_of(node))
        fill, stroke = node.child("Fill"), node.child("Stroke")
        line = self._stroke(stroke, read) if stroke is not None else None
        ground = self._ground(fill, read) if fill is not None else None
        if ground is not None and line is not None and (outlined := _outlined(ground, line)) is not None:
            yield outlined
            return
        if ground is not None:
            yield ground
        if fill is not None and (pattern := fill.child("GraphicFill")) is not None:
            graphic = pattern.child("Graphic")
            hatch = Graphics(read, self.findings).hatch(graphic) if graphic is not None else None
            if hatch is not None:
                yield hatch
        if line is not None:
            yield line

    def _ground(self, fill: Node, read: Parameters) -> Fill | None:
        given = read.of(fill)
        if any(child.name == "GraphicFill" for child in fill.children):
            return None
        return Fill(read.colour(given.get("fill"), "#808080"), read.share(given.get("fill-opacity")))

    def line(self, node: Node) -> Iterator[Symbol]:
        """Read a ``LineSymbolizer``."""
        if self._is_moved(node):
            return
        read = Parameters(self.findings, unit_of(node))
        stroke = node.child("Stroke")
        offset = read.fixed(node.child("PerpendicularOffset"), 0.0, -128, 128)
        if stroke is None:
            return
        if (graphics := stroke.child("GraphicStroke")) is not None:
            yield from self._marked(stroke, graphics, read)
            if offset:
                self.findings.add("style_sld_element", f"{node.path}/PerpendicularOffset")
            return
        line = self._stroke(stroke, read)
        yield replace(line, offset=offset) if offset else line

    def _stroke(self, stroke: Node, read: Parameters) -> Line:
        given = read.of(stroke)
        dash = given.get("stroke-dasharray")
        if (offset := given.get("stroke-dashoffset")) is not None and read.number(offset, 0.0):
            self.findings.add("style_sld_element", f"{stroke.path}[stroke-dashoffset]")
        if (fill := stroke.child("GraphicFill")) is not None:
            fill.take()
            self.findings.add("style_sld_element", fill.path)
        return Line(
            read.colour(given.get("stroke"), "#000000"),
            read.length(given.get("stroke-width"), 1.0),
            read.share(given.get("stroke-opacity")),
            self._dash(dash, read) if dash is not None else (),
            _CAPS[read.choice(given.get("stroke-linecap"), "butt", *_CAPS)],
            _JOINS[read.choice(given.get("stroke-linejoin"), "mitre", *_JOINS)],
        )

    def _dash(self, node: Node, read: Parameters) -> tuple[float, ...]:
        node.seen = True
        words = node.words().replace(",", " ").split()
        if not words or words == ["none"]:
            return ()
        try:
            lengths = tuple(float(word) for word in words)
        except ValueError:
            lengths = ()
        if read.metres is not None or not 0 < len(lengths) <= 16 or not all(0 <= length <= 256 for length in lengths):
            node.take()
            self.findings.add("style_sld_value", f"{node.path}[stroke-dasharray]", value=node.words(), used="none")
            return ()
        return lengths

    def _marked(self, stroke: Node, graphics: Node, read: Parameters) -> Iterator[Symbol]:
        graphic = graphics.child("Graphic")
        if graphic is None:
            return
        given = read.of(stroke)
        gap = graphics.child("Gap")
        mark = Graphics(read, self.findings).point(graphic, "line")
        if not isinstance(mark, Mark):
            return
        dash = self._dash(given["stroke-dasharray"], read) if "stroke-dasharray" in given else ()
        size = size_at(mark.size, 16)
        spacing = sum(dash) or size + read.fixed(gap, 0.0, -4096, 4096)
        yield replace(mark, spacing=round(min(max(spacing, 1.0), 4096.0), 6))

    def point(self, node: Node) -> Iterator[Symbol]:
        """Read a ``PointSymbolizer``."""
        function = geometry_function(node)
        if function not in {"", *_STANDING, *_ENDS}:
            self._left_out(node, function)
            return
        graphic = node.child("Graphic")
        read = Parameters(self.findings, unit_of(node))
        if graphic is None:
            return
        symbol = Graphics(read, self.findings).point(graphic, _ENDS.get(function, "interior"))
        options = {
            option.attributes.get("name", ""): option for option in node.children if option.name == "VendorOption"
        }
        if symbol is not None and (resolved := options.get("conflictResolution")) is not None:
            resolved.seen = True
            symbol = replace(symbol, allow_overlap=resolved.words().lower() != "true")
        if isinstance(symbol, Icon) and (priority := options.get("priority")) is not None:
            priority.seen = True
            symbol = replace(symbol, priority=round(read.number(priority, 5, -1000, 1000)))
        if symbol is not None:
            yield symbol

    def _is_moved(self, node: Node) -> bool:
        """Tell whether a symbolizer draws another geometry than the feature's, which nothing here can."""
        function = geometry_function(node)
        if function:
            self._left_out(node, function)
        return bool(function)

    def _left_out(self, node: Node, function: str) -> None:
        node.take()
        self.findings.add("style_sld_geometry", node.path, value=function)


def _outlined(ground: Fill, line: Line) -> Fill | None:
    """Return the fill with a stroke as its outline, where an outline draws the same; None where it does not."""
    plain = not line.dash and line.cap == "butt" and line.join == "round" and line.opacity == ground.opacity
    if not plain or isinstance(line.colour, FieldColour):
        return None
    return replace(ground, outline=line.colour, outline_width=line.width)
