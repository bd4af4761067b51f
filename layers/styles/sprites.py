"""Sprites: the small pictures that a MapLibre style names for icons, marks and hatches."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layers.styles.model import FieldColour, Hatch, Icon, Mark, Number, Proportion, Stops

_FIELD_SIZE = 24.0
"""Pixels of a sprite that clients colour and so scale without loss."""
_LARGEST = 128.0
"""Pixels; what is larger is scaled up by clients."""
_BLACK = "#000000"


@dataclass(frozen=True, slots=True)
class Sprite:
    """One picture of a sheet."""

    name: str
    """Says all that the picture shows, so equal names are equal pictures."""
    symbol: Hatch | Icon | Mark
    """Upright, opaque, of one colour and size."""
    size: float
    """Pixels that the symbol measures in the picture: what a client's ``icon-size`` of 1 means."""
    is_field: bool = False
    """True where clients colour it by an attribute: its alpha is a signed distance field (SDF)."""


def hatch_sprite(symbol: Hatch) -> Sprite:
    """Return the sprite of a hatch, which clients repeat without a seam."""
    name = f"hatch-{symbol.pattern}-{symbol.spacing:g}-{symbol.width:g}-{symbol.colour[1:]}"
    return Sprite(name, replace(symbol, opacity=1.0), symbol.spacing)


def icon_sprite(symbol: Icon) -> Sprite:
    """Return the sprite of an icon, as large as it is ever drawn."""
    if isinstance(symbol.colour, FieldColour):
        return Sprite(f"icon-{symbol.name}", Icon(symbol.name, _FIELD_SIZE, _BLACK), _FIELD_SIZE, True)
    size = largest(symbol.size)
    return Sprite(f"icon-{symbol.name}-{size:g}-{symbol.colour[1:]}", Icon(symbol.name, size, symbol.colour), size)


def mark_sprite(symbol: Mark) -> Sprite:
    """Return the sprite of a mark with its outline, as large as it is ever drawn."""
    if isinstance(symbol.colour, FieldColour):
        return Sprite(f"mark-{symbol.shape}", Mark(symbol.shape, _FIELD_SIZE, _BLACK), _FIELD_SIZE, True)
    size = largest(symbol.size)
    drawn = Mark(symbol.shape, size, symbol.colour)
    name = f"mark-{symbol.shape}-{size:g}-{symbol.colour[1:]}"
    if symbol.outline:
        width = largest(symbol.outline_width)
        drawn = replace(drawn, outline=symbol.outline, outline_width=width)
        name += f"-{symbol.outline[1:]}-{width:g}"
    return Sprite(name, drawn, size)


def largest(size: Number | Proportion) -> float:
    """Return the greatest that a size becomes, in pixels."""
    if isinstance(size, Proportion):
        size = size.size
    greatest = max(value for _, value in size.pairs) if isinstance(size, Stops) else size
    return min(max(float(greatest), 1.0), _LARGEST)
