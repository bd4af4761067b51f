"""What stands at one point of what it belongs to: icons, marks, and labels that follow no line."""

from __future__ import annotations

from collections.abc import Iterable

from layers.styles.model import Dimension, Icon, Label, Mark, Style, Symbol


def stands(symbol: Symbol) -> bool:
    """Tell whether a symbol stands at one point of what it belongs to."""
    return isinstance(symbol, Icon) or (isinstance(symbol, Label | Mark) and symbol.placement in {"point", "interior"})


def stands_on_areas(style: Style, dimension: Dimension | None, zooms: Iterable[int]) -> bool:
    """Tell whether anything may stand on an area at one of the zooms.

    ``dimension`` is that of all features; None where it is not known or they are of several kinds.
    """
    shown = tuple(zooms)
    return any(
        (rule.geometry or dimension) in {None, "polygon"}
        and any(stands(symbol) for symbol in rule.symbols)
        and any(rule.holds_at(zoom) for zoom in shown)
        for rule in style.rules
    )
