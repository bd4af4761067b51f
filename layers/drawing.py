"""What a drawing is made of: sources, layers in order, and the request for one picture."""

from __future__ import annotations

from dataclasses import dataclass

from layers.crs import Crs
from layers.extent import BoundingBox
from layers.styles.model import Style


@dataclass(frozen=True, slots=True)
class DrawingSource:
    """Where the renderer reads a release: the parameters of a Mapnik datasource, hashable.

    A release is immutable, so equal sources always draw the same picture.
    """

    parameters: tuple[tuple[str, str], ...]
    crs: Crs
    extent: BoundingBox
    """In ``crs``."""


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """A source and the style it is drawn with."""

    source: DrawingSource
    style: Style


@dataclass(frozen=True, slots=True)
class MapRequest:
    """One picture: layers from bottom to top, where, and how large."""

    layers: tuple[DrawnLayer, ...]
    bbox: BoundingBox
    crs: Crs
    width: int
    height: int
    """In pixels of the picture."""
    scale_factor: float = 1.0
    """2.0 draws lines, icons and text twice as large, for high-density screens."""
    background: str | None = None
    """A CSS colour; None is transparent."""
