"""The forms of the demonstration basemap: one set of styles, coloured by a palette."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml

FORMS = ("base", "grey", "dark")
"""Light, grey and dark; each has a palette, and its styles stand in a folder of its name."""
SHARED = "base"
"""The folder of the styles that all forms share."""
_MARK = "$"


def read_palette(form: str) -> dict[str, str]:
    """Return the colours of a form by name."""
    file = resources.files("scripts.demonstration") / "palettes" / f"{form}.yml"
    palette: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return palette


def coloured(style: Any, palette: Mapping[str, str]) -> Any:
    """Return a style document whose colours are names (``$water``) with those of the palette.

    Raises KeyError where the palette lacks a name.
    """
    if isinstance(style, dict):
        return {key: coloured(value, palette) for key, value in style.items()}
    if isinstance(style, list):
        return [coloured(value, palette) for value in style]
    if isinstance(style, str) and style.startswith(_MARK):
        return palette[style.removeprefix(_MARK)]
    return style
