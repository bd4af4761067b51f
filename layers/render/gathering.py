"""Points that lie close together, drawn as one circle with their count.

A layer whose style gathers points at a zoom is read by cells (``layers.gathering``). Circles are drawn for cells of
two points and more, all else that the style draws at that zoom for points that are alone in their cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from xml.etree.ElementTree import Element

from layers.drawing import DrawnLayer
from layers.gathering import CLASSES, COUNT
from layers.render.scale import ZERO_RESOLUTION
from layers.render.symbolizers import symbolizers
from layers.styles.model import Cluster, Label, Mark, Rule, Style, Symbol, value_at
from layers.styles.palettes import spread


def gathered(layer: DrawnLayer, zoom: int) -> DrawnLayer:
    """Return what to draw of a layer whose points are gathered at ``zoom``; the layer itself where none are."""
    cluster = _cluster_at(layer.style, zoom)
    if cluster is None or not layer.source.gathered:
        return layer
    return DrawnLayer(
        layer.source.by_cells(cluster.cell * ZERO_RESOLUTION / 2**zoom), _style_of_cells(layer.style, zoom)
    )


@dataclass(frozen=True, slots=True)
class Circle(Cluster):
    """The circle of one class of counts.

    It is drawn by all pictures it reaches into, and so is its text: neither competes for its place. How far from a
    picture a cell may begin is the renderer's whole buffer: 64 pixels across a corner are up to 91 in other grids,
    and 32 more at most are half a circle, or a mark beside it.
    """

    diameter: float = 0.0
    fill: str = ""


@symbolizers.register
def _cluster(symbol: Cluster, zoom: int) -> Iterator[Element]:
    # Of sources that cannot be read by cells every point is a circle of the least size.
    yield from symbolizers(_disc(symbol, CLASSES[0].share * symbol.cell, symbol.ramp[0]), zoom)


@symbolizers.register
def _circle(symbol: Circle, zoom: int) -> Iterator[Element]:
    if value_at(symbol.opacity, zoom) <= 0:
        return
    yield from symbolizers(_disc(symbol, symbol.diameter, symbol.fill), zoom)
    yield from symbolizers(
        Label(COUNT, size=symbol.text_size, colour=symbol.text, weight="medium", allow_overlap=True), zoom
    )


def class_colours(cluster: Cluster) -> tuple[str, ...]:
    """Return the colour of each class of counts."""
    return tuple(spread(cluster.ramp, len(CLASSES)))


def _disc(symbol: Cluster, diameter: float, colour: str) -> Mark:
    return Mark("circle", diameter, colour, symbol.outline, symbol.outline_width, symbol.opacity)


def _cluster_at(style: Style, zoom: int) -> Cluster | None:
    symbols = (symbol for rule in style.rules if rule.holds_at(zoom) for symbol in rule.symbols)
    return next((symbol for symbol in symbols if isinstance(symbol, Cluster)), None)


@lru_cache(maxsize=1024)
def _style_of_cells(style: Style, zoom: int) -> Style:
    rules: list[Rule] = []
    for rule in style.rules:
        if rule.holds_at(zoom):
            for symbol in rule.symbols:
                if isinstance(symbol, Cluster):
                    rules.extend(_circles(rule, symbol))
            alone: tuple[Symbol, ...] = tuple(each for each in rule.symbols if not isinstance(each, Cluster))
            if alone:
                filter_ = f"({rule.filter}) AND {COUNT} = 1" if rule.filter else f"{COUNT} = 1"
                rules.append(replace(rule, symbols=alone, filter=filter_))
    return Style(tuple(rules))


def _circles(rule: Rule, cluster: Cluster) -> Iterator[Rule]:
    above = (*(each.least for each in CLASSES[1:]), None)
    for each, colour, end in zip(CLASSES, class_colours(cluster), above, strict=True):
        filter_ = f"{COUNT} >= {each.least}" + (f" AND {COUNT} < {end}" if end else "")
        settings = {name: getattr(cluster, name) for name in Cluster.__dataclass_fields__}
        circle = Circle(**settings, diameter=each.share * cluster.cell, fill=colour)
        yield replace(rule, symbols=(circle,), filter=filter_)
