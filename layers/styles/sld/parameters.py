"""Values of SLD: colours, numbers and lengths of fills, strokes and fonts, with what cannot be evaluated told."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from layers.styles.findings import StyleFindings
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, Colour, FieldColour, Number, Stops
from layers.styles.sld.conditions import NotDrawable, property_of
from layers.styles.sld.elements import Node
from layers.styles.sld.scales import metres_per_pixel

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LENGTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(px|m|ft)?")
_UNITS = {"px": None, "m": 1.0, "ft": 0.3048}
_UOM = {"pixel": None, "metre": 1.0, "meter": 1.0, "foot": 0.3048}
_FIRST_ZOOM = 6
"""Lengths on the ground are told from this zoom on; before it they are less than anything that is seen."""


@dataclass(slots=True)
class Parameters:
    """Reads the values within one symbolizer."""

    findings: StyleFindings
    metres: float | None = None
    """How many metres a unit of length is; None where it is a pixel."""

    def of(self, node: Node | None) -> dict[str, Node]:
        """Return the CssParameters or SvgParameters of a fill, stroke or font by name; who uses one has seen it."""
        children = node.children if node is not None else []
        named = (child for child in children if child.name in {"CssParameter", "SvgParameter"})
        return {child.attributes.get("name", ""): child for child in named}

    def colour(self, node: Node | None, otherwise: str) -> Colour:
        """Return a colour, or the attribute that holds it."""
        if node is None:
            return otherwise
        inner = _value(node)
        if inner.name == "PropertyName":
            try:
                return FieldColour(property_of(inner).name)
            except NotDrawable:
                pass
        if _COLOUR.fullmatch(text := inner.words()):
            return text.lower()
        fallback = inner.attributes.get("fallbackValue", "")
        used = fallback.lower() if _COLOUR.fullmatch(fallback) else otherwise
        self._replaced(node, inner, used)
        return used

    def plain_colour(self, node: Node | None, otherwise: str) -> str:
        """Return a colour that is the same for every feature."""
        colour = self.colour(node, otherwise)
        if isinstance(colour, FieldColour):
            self._replaced(node, node, otherwise)
            return otherwise
        return colour

    def number(self, node: Node | None, otherwise: float, least: float = -math.inf, most: float = math.inf) -> float:
        """Return a number without a unit, within limits."""
        if node is None:
            return otherwise
        match = _LENGTH.fullmatch(_value(node).words())
        if match is None or not math.isfinite(value := float(match[1])):
            self._replaced(node, _value(node), f"{otherwise:g}")
            return otherwise
        if not least <= value <= most:
            used = min(max(value, least), most)
            self._replaced(node, _value(node), f"{used:g}")
            return used
        return value

    def length(self, node: Node | None, otherwise: float, least: float = 0, most: float = 256) -> Number:
        """Return a length in pixels; one on the ground is another at each zoom."""
        if node is None:
            return otherwise
        match = _LENGTH.fullmatch(_value(node).words())
        metres = self.metres if match is None or match[2] is None else _UNITS[match[2]]
        if match is None or metres is None:
            return self.number(node, otherwise, least, most)
        ground = float(match[1]) * metres
        zooms = range(max(_FIRST_ZOOM, LOWEST_ZOOM), HIGHEST_ZOOM + 1)
        stops = [(float(zoom), min(max(ground / metres_per_pixel(zoom), least), most)) for zoom in zooms]
        return Stops(tuple(stops))

    def fixed(self, node: Node | None, otherwise: float, least: float = 0, most: float = 256) -> float:
        """Return a length where only one for all zooms can be drawn."""
        length = self.length(node, otherwise, least, most)
        if isinstance(length, Stops):
            value = round(length.at(16), 3)
            self._replaced(node, node, f"{value:g}")
            return value
        return length

    def share(self, node: Node | None) -> float:
        """Return an opacity."""
        return self.number(node, 1.0, 0, 1)

    def choice(self, node: Node | None, otherwise: str, *allowed: str) -> str:
        """Return one of several words."""
        if node is None:
            return otherwise
        word = _value(node).words().lower()
        if word not in allowed:
            self._replaced(node, _value(node), otherwise)
            return otherwise
        return word

    def _replaced(self, node: Node | None, inner: Node | None, used: object) -> None:
        if node is None or inner is None:
            return
        inner.take()
        node.take()
        value = inner.words() or inner.attributes.get("name", "") or inner.name
        name = node.attributes.get("name", "")
        element = f"{node.path}[{name}]" if name and node.name != "Function" else node.path
        self.findings.add("style_sld_value", element, value=value, used=used)


def unit_of(symbolizer: Node) -> float | None:
    """Return how many metres a symbolizer's unit is (SE 1.1, 11.1); None for pixels."""
    uom = symbolizer.attributes.get("uom", "pixel").rpartition("/")[2].rpartition("#")[2].lower()
    return _UOM.get(uom)


def _value(node: Node) -> Node:
    """Return the expression within a parameter, or the parameter where it holds plain text."""
    inner = [child for child in node.children if child.name != "Comment"]
    if len(inner) != 1:
        return node.take()
    node.seen = True
    return inner[0].take()
