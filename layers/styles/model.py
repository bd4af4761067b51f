"""The style model: rules that say which features are drawn, at which zooms, with which symbols.

Everything is frozen and hashable, so prepared maps and cached tiles can be found by style. Lengths
are pixels at scale factor 1; zooms are those of WebMercatorQuad (256-pixel tiles).
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, Literal

from layers.text import Text

Shape = Literal["circle", "square", "triangle", "diamond", "star", "cross"]
Weight = Literal["regular", "medium", "bold"]
Placement = Literal["point", "line", "interior"]
Cap = Literal["butt", "round", "square"]
Join = Literal["miter", "round", "bevel"]
Dimension = Literal["point", "line", "polygon"]
RampMode = Literal["linear", "discrete", "exact"]

LOWEST_ZOOM = 0
HIGHEST_ZOOM = 24
"""Scales beyond this are drawn as this zoom is."""

_BASE = 1.5
"""Of the exponential between zoom stops: widths grow the way the eye expects when zooming."""


@dataclass(frozen=True, slots=True)
class Stops:
    """A number that changes with the zoom: (zoom, value) pairs by ascending zoom."""

    pairs: tuple[tuple[float, float], ...]

    def at(self, zoom: float) -> float:
        """Return the value at ``zoom``: exponential between stops, constant outside."""
        lower = self.pairs[0]
        for upper in self.pairs:
            if zoom <= upper[0]:
                return _between(zoom, lower, upper)
            lower = upper
        return lower[1]


def _between(zoom: float, lower: tuple[float, float], upper: tuple[float, float]) -> float:
    if zoom <= lower[0] or upper[0] == lower[0]:
        return lower[1]
    share = (math.pow(_BASE, zoom - lower[0]) - 1) / (math.pow(_BASE, upper[0] - lower[0]) - 1)
    return lower[1] + (upper[1] - lower[1]) * share


Number = float | Stops


def value_at(number: Number, zoom: float) -> float:
    """Return what ``number`` is at ``zoom``."""
    return number.at(zoom) if isinstance(number, Stops) else number


@dataclass(frozen=True, slots=True)
class Fill:
    """A polygon's inside, with an optional outline; colours are ``#rrggbb`` or ``#rrggbbaa``."""

    colour: str
    opacity: Number = 1.0
    outline: str | None = None
    outline_width: Number = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke along a line or around a polygon."""

    colour: str
    width: Number = 1.0
    opacity: Number = 1.0
    dash: tuple[float, ...] = ()
    cap: Cap = "round"
    join: Join = "round"
    offset: float = 0.0
    """Pixels to the left of the line's direction."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A simple shape on a point, or inside a polygon."""

    shape: Shape = "circle"
    size: Number = 8.0
    colour: str = "#d03030"
    outline: str | None = None
    outline_width: Number = 1.0
    opacity: Number = 1.0
    allow_overlap: bool = True


@dataclass(frozen=True, slots=True)
class Icon:
    """A pictogram of the built-in set, placed together with the labels."""

    name: str
    size: Number = 16.0
    colour: str = "#555555"
    opacity: Number = 1.0
    priority: int = 5
    allow_overlap: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """The text of one attribute; of labels that meet, that of the higher priority is drawn."""

    field: str
    size: Number = 12.0
    colour: str = "#333333"
    halo: str | None = None
    halo_width: Number = 1.5
    opacity: Number = 1.0
    weight: Weight = "regular"
    placement: Placement = "point"
    offset: tuple[float, float] = (0.0, 0.0)
    """Pixels to the right and downwards."""
    spacing: float | None = None
    """Pixels between repetitions along a line."""
    wrap: float | None = None
    """Pixels after which a line of text is broken."""
    priority: int = 5
    allow_overlap: bool = False


@dataclass(frozen=True, slots=True)
class Raster:
    """A raster's cells: as the bands are, or the first band through a colour ramp."""

    opacity: Number = 1.0
    ramp: tuple[tuple[float, str], ...] = ()
    mode: RampMode = "linear"


Symbol = Fill | Line | Mark | Icon | Label | Raster


@dataclass(frozen=True, slots=True)
class Rule:
    """Which features are drawn how."""

    name: str
    symbols: tuple[Symbol, ...]
    title: Text | None = None
    """The legend entry; a rule without a title is not in the legend."""
    filter: str | None = None
    """CQL2 text; without one the rule holds for every feature."""
    zoom: tuple[int | None, int | None] = (None, None)
    """First and last zoom, inclusive; None is open."""
    level: int = 0
    """Painter's pass: all features of lower levels are drawn before those of higher ones."""
    geometry: Dimension | None = None
    """Only points, lines or polygons, of layers that hold several kinds."""

    def holds_at(self, zoom: int) -> bool:
        """Tell whether the rule draws at ``zoom``."""
        first, last = self.zoom
        return (first is None or zoom >= first) and (last is None or zoom <= last)


@dataclass(frozen=True)
class Style:
    """How one layer looks."""

    rules: tuple[Rule, ...]
    title: Text | None = None

    @cached_property
    def digest(self) -> str:
        """Ten hexadecimal digits that stand for everything the style says."""
        text = json.dumps(_canonical(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    def __hash__(self) -> int:
        # Styles are looked up for every picture; the digest is computed once per style.
        return hash(self.digest)

    def rule(self, name: str) -> Rule | None:
        """Return the rule of that name, or None."""
        return next((rule for rule in self.rules if rule.name == name), None)


def _canonical(value: Any) -> Any:
    """Return the value as JSON data without what is left at its default, so that new options keep old digests."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {
            field.name: _canonical(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
        return {"": type(value).__name__, **parts}
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    # 6 and 6.0 are equal styles and must have equal digests.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
