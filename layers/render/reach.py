"""How far symbols reach beyond the features they stand for, so that no feature is read and drawn in vain."""

from __future__ import annotations

import math
from functools import singledispatch

from layers.styles.model import Fill, Hatch, Line, Mark, Proportion, Symbol, value_at

_SMOOTHED = 2.0
"""Pixels that smoothed edges and roundings may add."""
_MITER = 4.0
"""Half-widths that the point of a mitred corner stands out at most (Mapnik's limit)."""


@singledispatch
def shape_reach(symbol: Symbol, zoom: int) -> float:
    """Return the pixels that a shape reaches beyond its feature's box at ``zoom``; infinite where nobody knows."""
    return math.inf


@shape_reach.register
def _fill(symbol: Fill, zoom: int) -> float:
    width = value_at(symbol.outline_width, zoom) if symbol.outline else 0.0
    return width / 2 + _SMOOTHED


@shape_reach.register
def _line(symbol: Line, zoom: int) -> float:
    # Square caps stand out by the root of two, mitred corners by more; a shifted line's corners do likewise.
    return (value_at(symbol.width, zoom) / 2 + abs(symbol.offset)) * _MITER + _SMOOTHED


@shape_reach.register
def _hatch(symbol: Hatch, zoom: int) -> float:
    return _SMOOTHED


@shape_reach.register
def _mark(symbol: Mark, zoom: int) -> float:
    if not symbol.allow_overlap:
        # Marks that compete for their places are decided by neighbours, and those by theirs.
        return math.inf
    size = symbol.size.size if isinstance(symbol.size, Proportion) else value_at(symbol.size, zoom)
    outline = value_at(symbol.outline_width, zoom) if symbol.outline else 0.0
    return size + 2 * outline + _SMOOTHED
