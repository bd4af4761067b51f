"""What keeps labels and icons whole where pictures are laid side by side.

Two pictures that meet see different features, so each could give another answer to which of two labels has its
place. Therefore nothing that competes for its place may cross a picture's edge: it lies wholly in one picture, and
no other picture has a say. What would cross the edge is moved inwards, at most so far that it still touches its point.
The box of what was moved always holds its point, which lies in one picture alone: no two pictures draw it both.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from xml.etree.ElementTree import Element, SubElement

from layers.render.symbolizers import symbolizers
from layers.styles.model import Icon, Label, Mark, Proportion, Symbol, value_at

_CLEAR = 1.0
"""Pixels left free at the edge, where outlines are smoothed."""
_BEYOND, _BEYOND_TURNED = 0.3, 0.8
"""How far glyphs reach beyond the box that Mapnik makes of a label, as a share of the size, at most (measured)."""
_MOVED_FROM = 4
"""The least priority of labels that are worth another try: below are many, and each try costs as much as the first."""
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1))
"""Not into the corners: hardly an icon stands at one, and each try costs time where many are crowded."""


def kept_whole(symbol: Symbol, zoom: int) -> Iterator[Element]:
    """Yield what draws ``symbol`` at ``zoom`` in a picture that others adjoin."""
    for element in symbolizers(symbol, zoom):
        if isinstance(symbol, Label):
            yield _label(element, symbol, zoom)
        elif isinstance(symbol, Icon | Mark) and not symbol.allow_overlap:
            yield from _markers(element, symbol, zoom)
        else:
            yield element


def reach_of(symbol: Symbol, zoom: int) -> float:
    """Return how many pixels beyond the edge a feature may lie whose label or icon lies inside or reaches in."""
    if isinstance(symbol, Label) and not symbol.offset[0]:
        return abs(symbol.offset[1]) + value_at(symbol.size, zoom)
    return value_at(symbol.size, zoom) if isinstance(symbol, Icon) and symbol.allow_overlap else 0.0


def _label(element: Element, symbol: Label, zoom: int) -> Element:
    halo = value_at(symbol.halo_width, zoom) if symbol.halo else 0.0
    beyond = (_BEYOND_TURNED if symbol.rotation else _BEYOND) * value_at(symbol.size, zoom)
    element.set("minimum-padding", f"{halo + beyond + _CLEAR:.3f}")
    if symbol.placement != "line" and symbol.priority >= _MOVED_FROM and not symbol.rotation:
        for place in _alternatives(symbol, halo + beyond):
            element.set("placement-type", "list")
            SubElement(element, "Placement", place)
    return element


def _alternatives(symbol: Label, clear: float) -> Iterator[dict[str, str]]:
    """Yield where else a label may stand, such that it holds its point: each adds to what was said before it."""
    right, down = symbol.offset
    if right:
        side = {"horizontal-alignment": "left" if right > 0 else "right", "dx": "0"}
        yield {**side, "vertical-alignment": "bottom", "dy": f"{clear:.3f}"}
        yield {**side, "vertical-alignment": "top", "dy": f"{-clear:.3f}"}
    elif symbol.anchor in {"auto", "center", "top", "bottom"}:
        yield {"horizontal-alignment": "right"}
        yield {"horizontal-alignment": "left"}
        if symbol.placement == "interior" and not down and symbol.anchor in {"auto", "center"}:
            yield {"horizontal-alignment": "middle", "vertical-alignment": "bottom"}
            yield {"horizontal-alignment": "middle", "vertical-alignment": "top"}


def _markers(element: Element, symbol: Icon | Mark, zoom: int) -> Iterator[Element]:
    """Yield the marker, then the same moved by half its size: never both, since they would overlap."""
    element.set("avoid-edges", "true")
    yield element
    if isinstance(symbol.size, Proportion) or (isinstance(symbol, Mark) and symbol.placement == "line"):
        return
    step = value_at(symbol.size, zoom) / 2
    for right, down in _SIDES:
        moved = deepcopy(element)
        turned = element.get("transform", "")
        moved.set("transform", f"translate({right * step:.3f},{down * step:.3f}) {turned}".rstrip())
        yield moved
