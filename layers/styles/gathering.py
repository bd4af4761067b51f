"""What may stand in a style at the zooms at which its points are gathered."""

from __future__ import annotations

from collections.abc import Sequence

from layers.errors import InvalidStyle
from layers.styles.model import HIGHEST_ZOOM, LOWEST_ZOOM, Cluster, Mark, Proportion, Rule, Symbol, value_at

DEEPEST_GATHERED = 19
"""The index tells positions to half a metre; at deeper zooms that would be seen."""
WIDEST_BESIDE = 32.0
"""Pixels: whether a point is alone may change with one that is a cell away; its mark reaches that much further."""


def check_gathering(rules: Sequence[Rule]) -> None:
    """Raise InvalidStyle where rules gather points at zooms, or beside symbols, where that cannot be drawn."""
    for zoom in range(LOWEST_ZOOM, HIGHEST_ZOOM + 1):
        held = [rule for rule in rules if rule.holds_at(zoom)]
        gathering = [(rule, symbol) for rule in held for symbol in rule.symbols if isinstance(symbol, Cluster)]
        for rule, _ in gathering[:1]:
            if zoom > DEEPEST_GATHERED:
                raise InvalidStyle("style_gathering_zoom", rule=rule.name, most=DEEPEST_GATHERED)
            if rule.filter or rule.geometry or rule.otherwise:
                raise InvalidStyle("style_gathering_rule", rule=rule.name)
        for rule, _ in gathering[1:]:
            raise InvalidStyle("style_gathering_rule", rule=rule.name)
        for rule in held if gathering else ():
            if not all(isinstance(symbol, Cluster) or _stays_near(symbol, zoom) for symbol in rule.symbols):
                raise InvalidStyle("style_gathering_beside", rule=rule.name, zoom=zoom, most=f"{WIDEST_BESIDE:g}")


def _stays_near(symbol: Symbol, zoom: int) -> bool:
    """Tell whether a symbol is drawn wherever its point is, and no further from it than a circle is."""
    if not isinstance(symbol, Mark) or not symbol.allow_overlap or symbol.placement != "interior":
        return False
    size = symbol.size.size if isinstance(symbol.size, Proportion) else value_at(symbol.size, zoom)
    outline = value_at(symbol.outline_width, zoom) if symbol.outline else 0.0
    return size + 2 * outline <= WIDEST_BESIDE
