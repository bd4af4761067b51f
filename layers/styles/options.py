"""What may be said of each kind of symbol in a style document, and how each option is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from layers.styles import icons
from layers.styles.model import (
    Anchor,
    Cluster,
    Fill,
    Hatch,
    Heat,
    Icon,
    Label,
    Line,
    Mark,
    MarkPlacement,
    Pattern,
    RampMode,
    Raster,
    Shape,
)
from layers.styles.values import (
    Reader,
    by_zoom,
    choice,
    each,
    optional,
    plain,
    proportion_or,
    read_colour,
    read_colours,
    read_drawn_colour,
    read_name,
    read_optional_colour,
    read_proportion,
    read_ramp,
    read_truth,
    read_words,
    whole,
)

_SHARE = by_zoom(0, 1)
_LENGTH = by_zoom(0, 256)

SYMBOLS: Mapping[str, tuple[type, Mapping[str, Reader]]] = {
    "fill": (
        Fill,
        {"colour": read_drawn_colour, "opacity": _SHARE, "outline": read_optional_colour, "outline_width": _LENGTH},
    ),
    "line": (
        Line,
        {
            "colour": read_drawn_colour,
            "width": _LENGTH,
            "opacity": _SHARE,
            "dash": each(plain(0, 256), most=16),
            "cap": choice("butt", "round", "square"),
            "join": choice("miter", "round", "bevel"),
            "offset": plain(-128, 128),
        },
    ),
    "hatch": (
        Hatch,
        {
            "pattern": choice(*get_args(Pattern)),
            "colour": read_colour,
            "width": plain(0, 64),
            "spacing": plain(2, 180),
            "opacity": _SHARE,
        },
    ),
    "mark": (
        Mark,
        {
            "shape": choice(*get_args(Shape)),
            "size": proportion_or(_LENGTH),
            "colour": read_drawn_colour,
            "outline": read_optional_colour,
            "outline_width": _LENGTH,
            "opacity": _SHARE,
            "allow_overlap": read_truth,
            "rotation": plain(-360, 360),
            "placement": choice(*get_args(MarkPlacement)),
            "spacing": plain(1, 4096),
        },
    ),
    "icon": (
        Icon,
        {
            "name": choice(*icons.NAMES),
            "size": _LENGTH,
            "colour": read_drawn_colour,
            "opacity": _SHARE,
            "priority": whole(-1000, 1000),
            "allow_overlap": read_truth,
            "rotation": plain(-360, 360),
        },
    ),
    "text": (
        Label,
        {
            "field": read_name,
            "size": by_zoom(1, 128),
            "colour": read_drawn_colour,
            "halo": read_optional_colour,
            "halo_width": by_zoom(0, 16),
            "opacity": _SHARE,
            "weight": choice("regular", "medium", "bold"),
            "placement": choice("point", "line", "interior"),
            "offset": each(plain(-128, 128), length=2),
            "spacing": optional(plain(0, 4096)),
            "wrap": optional(plain(8, 1024)),
            "priority": whole(-1000, 1000),
            "allow_overlap": read_truth,
            "before": read_words,
            "after": read_words,
            "anchor": choice(*get_args(Anchor)),
            "rotation": plain(-360, 360),
            "upright": read_truth,
            "max_angle": plain(0, 180),
        },
    ),
    "raster": (
        Raster,
        {
            "opacity": _SHARE,
            "ramp": read_ramp,
            "mode": choice(*get_args(RampMode)),
            "labels": each(read_words, most=256),
            "contrast": plain(0, 8),
            "relief": plain(0, 1),
        },
    ),
    "heat": (
        Heat,
        {
            "ramp": read_colours,
            "radius": plain(1, 48),
            "weight": optional(read_proportion),
            "strength": plain(0, 1),
            "opacity": _SHARE,
        },
    ),
    "cluster": (
        Cluster,
        {
            "cell": plain(40, 64),
            "ramp": read_colours,
            "outline": read_optional_colour,
            "outline_width": by_zoom(0, 2),
            "text": read_colour,
            "text_size": by_zoom(6, 16),
            "opacity": _SHARE,
        },
    ),
}
"""The class of each kind of symbol and the readers of its options."""
