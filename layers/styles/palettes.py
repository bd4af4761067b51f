"""Colours for classes: told apart with every kind of colour vision, and ordered where values are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PALETTES: Mapping[str, tuple[str, ...]] = {
    "okabe-ito": ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999999"),
    "bright": ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb"),
    "muted": (
        *("#88ccee", "#cc6677", "#ddcc77", "#117733", "#332288"),
        *("#aa4499", "#44aa99", "#999933", "#882255", "#dddddd"),
    ),
}
"""For categories (Okabe and Ito 2008; Tol 2021)."""

RAMPS: Mapping[str, tuple[str, ...]] = {
    "viridis": ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"),
    "cividis": ("#00224e", "#434e6c", "#7d7c78", "#bcaf6f", "#fee838"),
    "blues": ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c"),
    "greens": ("#edf8e9", "#bae4b3", "#74c476", "#31a354", "#006d2c"),
    "oranges": ("#feedde", "#fdbe85", "#fd8d3c", "#e6550d", "#a63603"),
    "purples": ("#f2f0f7", "#cbc9e2", "#9e9ac8", "#756bb1", "#54278f"),
    "blue-red": ("#2166ac", "#92c5de", "#f7f7f7", "#f4a582", "#b2182b"),
    "purple-green": ("#762a83", "#c2a5cf", "#f7f7f7", "#a6dba0", "#1b7837"),
}
"""For values: lightness goes one way, or from both ends to the middle in the last two."""


def spread(ramp: Sequence[str], count: int) -> tuple[str, ...]:
    """Return so many colours of a ramp, evenly from its first to its last."""
    if count == 1:
        return (ramp[len(ramp) // 2],)
    return tuple(_at(ramp, place / (count - 1)) for place in range(count))


def _at(ramp: Sequence[str], share: float) -> str:
    place = share * (len(ramp) - 1)
    lower = min(int(place), len(ramp) - 2)
    rest = place - lower
    channels = zip(_channels(ramp[lower]), _channels(ramp[lower + 1]), strict=True)
    return "#" + "".join(f"{round(first + (second - first) * rest):02x}" for first, second in channels)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
