"""How a client wants its map drawn: format, ground, density; with the wishes that other servers taught clients."""

from __future__ import annotations

import math
import re

from server.map_drawing import ANY_PICTURE, PICTURE_FORMATS
from server.ows_exceptions import OwsException
from server.ows_request import Parameters

ORDINARY = 96.0
"""Dots per inch of an ordinary screen, for which widths and sizes of styles are given in pixels."""
DENSEST = 1200.0
"""Dots per inch: finer than any printer of maps."""

_STEPS = 4
_COLOUR = re.compile(r"^(?:0x|#)?([0-9A-Fa-f]{6})$")
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/png8": "image/png",
    "image/png24": "image/png",
    "image/png32": "image/png",
    "image/png; mode=8bit": "image/png",
    "image/png; mode=24bit": "image/png",
    "image/vnd.jpeg-png8": ANY_PICTURE,
}
"""Other servers' names for what is written here anyway: PNG takes a palette wherever that loses nothing."""


def read_format(parameters: Parameters, default: str | None = None) -> str:
    """Read FORMAT: one of ``PICTURE_FORMATS``, or ``ANY_PICTURE``."""
    asked = parameters.get("format", default) if default else parameters.need("format")
    wanted = re.sub(r"\s*;\s*", "; ", asked.strip().lower())
    format_ = _ALIASES.get(wanted, wanted)
    if format_ not in PICTURE_FORMATS and format_ != ANY_PICTURE:
        allowed = ", ".join(PICTURE_FORMATS)
        raise OwsException("wms_choice", "InvalidFormat", "format", name="FORMAT", value=asked[:80], allowed=allowed)
    return format_


def read_ground(parameters: Parameters, format_: str) -> str | None:
    """Read TRANSPARENT and BGCOLOR: the colour of the ground, None where it stays transparent."""
    transparent = parameters.choice("transparent", ("true", "false"), "false") == "true"
    colour = _COLOUR.match(parameters.get("bgcolor", "0xffffff"))
    if colour is None:
        value = parameters.get("bgcolor")[:40]
        raise OwsException("wms_colour", "InvalidParameterValue", "bgcolor", value=value)
    return None if transparent and format_ != "image/jpeg" else f"#{colour[1].lower()}"


def read_density(parameters: Parameters) -> float:
    """Return how many pixels are drawn for one of an ordinary screen, in quarters and never less than one.

    Clients say it as DPI (QGIS), MAP_RESOLUTION (MapServer) or FORMAT_OPTIONS=dpi:… (GeoServer), most of them all
    three; the first that is there counts. What one server takes for ordinary, 90, is as good as 96 here.
    """
    for name in ("dpi", "map_resolution"):
        if value := parameters.get(name):
            return _density(value, name)
    for option in parameters.get("format_options").split(";"):
        key, _, value = option.partition(":")
        if key.strip().lower() == "dpi":
            return _density(value, "format_options")
    return 1.0


def _density(text: str, name: str) -> float:
    try:
        dots = float(text) if len(text) <= 20 else math.nan
    except ValueError:
        dots = math.nan
    if not 1 <= dots <= DENSEST:
        raise OwsException(
            "wms_density", "InvalidParameterValue", name, name=name.upper(), value=text[:40], most=f"{DENSEST:.0f}"
        )
    return max(1.0, round(dots / ORDINARY * _STEPS) / _STEPS)
