"""The style model: rules that say which features are drawn, at which zooms, with which symbols.

Everything is frozen and hashable, so prepared maps and cached tiles can be found by style. Lengths
are pixels at scale factor 1; zooms are those of WebMercatorQuad (256-pixel tiles).
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

from layers.text import Text

Shape = Literal["circle", "square", "triangle", "diamond", "star", "cross", "x", "bar", "arrow", "pentagon", "hexagon"]
Weight = Literal["regular", "medium", "bold"]
Placement = Literal["point", "line", "interior"]
MarkPlacement = Literal["interior", "line", "first", "last"]
Anchor = Literal[
    "auto", "center", "left", "right", "top", "bottom", "top-left", "top-right", "bottom-left", "bottom-right"
]
Pattern = Literal["horizontal", "vertical", "slash", "backslash", "cross", "diagonal_cross", "dots"]
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
class FieldColour:
    """A colour that each feature brings with it, as ``#rrggbb`` or as ``r,g,b`` with numbers from 0 to 255."""

    field: str
    otherwise: str = "#888888"
    """Drawn where the attribute is empty or no colour."""


Colour = str | FieldColour
"""``#rrggbb`` or ``#rrggbbaa``, or an attribute."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """A size that grows with an attribute, so that areas are as the values are; negative values draw nothing."""

    field: str
    largest: float
    """The value drawn at ``size``; greater ones are drawn no larger."""
    size: float = 40.0


def base_colour(colour: Colour) -> str:
    """Return a colour that can stand for all that ``colour`` may be."""
    return colour.otherwise if isinstance(colour, FieldColour) else colour


@dataclass(frozen=True, slots=True)
class Fill:
    """A polygon's inside, with an optional outline."""

    colour: Colour
    opacity: Number = 1.0
    outline: str | None = None
    outline_width: Number = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke along a line or around a polygon."""

    colour: Colour
    width: Number = 1.0
    opacity: Number = 1.0
    dash: tuple[float, ...] = ()
    cap: Cap = "round"
    join: Join = "round"
    offset: float = 0.0
    """Pixels to the left of the line's direction."""


@dataclass(frozen=True, slots=True)
class Hatch:
    """A polygon's inside filled with lines or dots; what is between them stays clear."""

    pattern: Pattern
    colour: str = "#555555"
    width: float = 1.0
    """Of the lines, or the diameter of the dots."""
    spacing: float = 8.0
    """From line to line; so rounded that patterns meet at the borders of tiles."""
    opacity: Number = 1.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A simple shape on a point, inside a polygon, or again and again along a line."""

    shape: Shape = "circle"
    size: Number | Proportion = 8.0
    colour: Colour = "#d03030"
    outline: str | None = None
    outline_width: Number = 1.0
    opacity: Number = 1.0
    allow_overlap: bool = True
    rotation: float = 0.0
    """Degrees clockwise; along a line, against its direction."""
    placement: MarkPlacement = "interior"
    spacing: float = 100.0
    """Pixels from mark to mark along a line."""


@dataclass(frozen=True, slots=True)
class Icon:
    """A pictogram of the built-in set, placed together with the labels."""

    name: str
    size: Number = 16.0
    colour: Colour = "#555555"
    opacity: Number = 1.0
    priority: int = 5
    allow_overlap: bool = False
    rotation: float = 0.0
    """Degrees clockwise."""


@dataclass(frozen=True, slots=True)
class Label:
    """The text of one attribute; of labels that meet, that of the higher priority is drawn."""

    field: str
    size: Number = 12.0
    colour: Colour = "#333333"
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
    before: str = ""
    """Text before the attribute's value."""
    after: str = ""
    """Text after it, such as a unit."""
    anchor: Anchor = "auto"
    """Which part of the text stands on the point; auto: the side from which the offset leads away."""
    rotation: float = 0.0
    """Degrees clockwise, of labels that follow no line."""
    upright: bool = True
    """Along a line: turned where it would stand on its head."""
    max_angle: float = 25.0
    """Along a line: degrees between two characters beyond which it is not written."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A raster's cells: as the bands are, or the first band through a colour ramp."""

    opacity: Number = 1.0
    ramp: tuple[tuple[float, str], ...] = ()
    mode: RampMode = "linear"
    """How values between two stops are drawn: linear between both, discrete as the lower one, exact not at all."""
    labels: tuple[str, ...] = ()
    """What the legend says of each stop; the value itself where empty or missing."""
    contrast: float = 1.0
    """Around mid-grey: 1 as it is, 0 all grey, 2 twice as strong."""
    relief: float = 0.0
    """Of a terrain: how strongly light and shadow of its slopes lie on the ramp, 0 not at all, 1 fully.

    Without a ramp they are all that is drawn: a grey picture of the slopes.
    """


@dataclass(frozen=True, slots=True)
class Heat:
    """How densely points lie, as a glow that goes through a ramp of colours."""

    ramp: tuple[str, ...] = ("#3b4cc0", "#7fa6f0", "#f2cbb7", "#e8765c", "#b40426")
    """From few to many."""
    radius: float = 18.0
    """Pixels as far as a point shines."""
    weight: Proportion | None = None
    """How much a point counts by an attribute, 1 at ``largest``; every point the same without it."""
    strength: float = 0.25
    """Share of the ramp that one point reaches alone."""
    opacity: Number = 0.85


@dataclass(frozen=True, slots=True)
class Cluster:
    """Points that share a cell of a grid, as one circle with their count; larger and darker the more they are.

    What else a style draws at the same zooms is drawn for points that are alone in their cell.
    """

    cell: float = 64.0
    """Pixels along a side of a cell."""
    ramp: tuple[str, ...] = ("#3b82b8", "#08306b")
    """From few to many."""
    outline: str | None = "#ffffff"
    outline_width: Number = 1.5
    text: str = "#ffffff"
    """Colour of the count."""
    text_size: Number = 12.0
    opacity: Number = 0.9


Symbol = Fill | Line | Hatch | Mark | Icon | Label | Raster | Heat | Cluster


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
    otherwise: bool = False
    """Only features for which no other rule of this level holds at this zoom; rules that label everything aside."""

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
        return _digest(_canonical(self))

    def __hash__(self) -> int:
        # Styles are looked up for every picture; the digest is computed once per style.
        return hash(self.digest)

    def look_at(self, zoom: int) -> str:
        """Return ten hexadecimal digits that stand for everything the style draws at ``zoom``: no more, no less.

        Two styles that differ in rules of other zooms alone, or in what a legend says, look the same there.
        """
        return _look(self, zoom)

    def rule(self, name: str) -> Rule | None:
        """Return the rule of that name, or None."""
        return next((rule for rule in self.rules if rule.name == name), None)


@lru_cache(maxsize=16384)
def _look(style: Style, zoom: int) -> str:
    # Which band of a raster is read is decided by the whole style.
    ramps = any(isinstance(symbol, Raster) and symbol.ramp for rule in style.rules for symbol in rule.symbols)
    drawn = (rule for rule in style.rules if rule.holds_at(zoom))
    bare = (replace(rule, name="", title=None, zoom=(None, None)) for rule in drawn)
    return _digest([ramps, *(_canonical(_at(rule, zoom)) for rule in bare)])


def _at(value: Any, zoom: int) -> Any:
    """Return the value with all numbers that follow the zoom as they are at this one."""
    if isinstance(value, Stops):
        return value.at(zoom)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _at(getattr(value, field.name), zoom) for field in fields(value)})
    return tuple(_at(item, zoom) for item in value) if isinstance(value, tuple) else value


def _digest(document: Any) -> str:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


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
