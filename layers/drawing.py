"""What a drawing is made of: sources, layers in order, and the request for one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.crs import Crs
from layers.extent import BoundingBox
from layers.features import Geometries
from layers.gathering import CELL
from layers.overviews.rows import Form
from layers.styles.model import Style


@dataclass(frozen=True, slots=True)
class OverviewSource:
    """Where the renderer reads one form of a release's overview."""

    zoom: int
    form: Form
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DrawingSource:
    """Where the renderer reads a release: the parameters of a Mapnik datasource, hashable.

    A release is immutable, so equal sources always draw the same picture.
    """

    parameters: tuple[tuple[str, str], ...]
    crs: Crs
    extent: BoundingBox
    """In ``crs``."""
    overviews: tuple[OverviewSource, ...] = field(default=(), compare=False)
    """What is read instead for small scales; the same for equal parameters, so nobody needs to compare it."""

    gathered: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Parameters by which the features are read by cells of a grid (``layers.gathering``), whose width stands open;
    empty where the source cannot do that."""

    def by_cells(self, metres: float) -> DrawingSource:
        """Return the source of a row for each cell, so many metres of EPSG:3857 wide, that holds features."""
        parameters = tuple((name, value.replace(CELL, repr(metres))) for name, value in self.gathered)
        return DrawingSource(parameters, self.crs, self.extent)

    def overview(self, zoom: int, form: Form) -> OverviewSource | None:
        """Return the overview of that zoom; None where the release has none."""
        return next((source for source in self.overviews if (source.zoom, source.form) == (zoom, form)), None)


@dataclass(frozen=True, slots=True)
class DrawnFeatures:
    """Features as vector tiles want them: all that touch a box, in drawing order."""

    fids: NDArray[np.int64]
    geometry: Geometries
    """Two-dimensional, in EPSG:3857."""
    columns: Mapping[str, Sequence[Any]]
    """Attributes as JSON shows them, by name."""


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
    adjoined: bool = False
    """Whether other pictures are laid beside this one, so that no label or icon may cross its edge."""
