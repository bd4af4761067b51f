"""Terrain drawn with light and shadow: what the style asks for, as layers that the renderer knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from layers.drawing import DrawnLayer
from layers.raster import RasterRelease
from layers.raster_relief import FLAT
from layers.styles.model import Raster, Rule, Style

_Change = Callable[[Raster], Raster | None]
_LIGHTEST = 0.45
"""Share of white on a slope that faces the light, where shadow would be black: light is less than shadow is."""


def drawn_terrain(release: RasterRelease, style: Style) -> tuple[DrawnLayer, ...]:
    """Return the layers of a raster in a style, from bottom to top: its colours, and the relief laid on them.

    Shadow is black that lets through what level ground keeps of its colour, so laying it on the ramp multiplies
    the ramp by it. A raster without a relief is drawn without.
    """
    coloured, shaded = _split(style)
    relief = release.relief_source() if shaded is not None else None
    if relief is None or shaded is None:
        return (DrawnLayer(release.drawing_source(), style),)
    layers = [] if coloured is None else [DrawnLayer(release.drawing_source(), coloured)]
    return (*layers, DrawnLayer(relief, shaded))


@lru_cache(maxsize=1024)
def _split(style: Style) -> tuple[Style | None, Style | None]:
    """Return what of a style draws the values and what draws their relief; None for what draws nothing."""
    coloured = [rule for rule in (_with(rule, _colours) for rule in style.rules) if rule.symbols]
    shaded = [rule for rule in (_with(rule, _relief) for rule in style.rules) if rule.symbols]
    return Style(tuple(coloured)) if coloured else None, Style(tuple(shaded)) if shaded else None


def _with(rule: Rule, changed: _Change) -> Rule:
    symbols = (changed(symbol) for symbol in rule.symbols if isinstance(symbol, Raster))
    return replace(rule, symbols=tuple(symbol for symbol in symbols if symbol is not None))


def _colours(symbol: Raster) -> Raster | None:
    return replace(symbol, relief=0.0) if symbol.ramp or not symbol.relief else None


def _relief(symbol: Raster) -> Raster | None:
    if not symbol.relief:
        return None
    return Raster(symbol.opacity, _laid_on(symbol.relief) if symbol.ramp else _alone(symbol.relief))


def _laid_on(strength: float) -> tuple[tuple[float, str], ...]:
    shadow, light = (f"{round(255 * share):02x}" for share in (strength, strength * _LIGHTEST))
    return ((1, f"#000000{shadow}"), (FLAT, "#00000000"), (FLAT + 0.001, "#ffffff00"), (255, f"#ffffff{light}"))


def _alone(strength: float) -> tuple[tuple[float, str], ...]:
    darkest = f"{round(255 * (1 - strength)):02x}"
    return ((0, f"#{darkest * 3}"), (255, "#ffffff"))
