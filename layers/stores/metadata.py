"""What a release knows about itself, whichever store keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from layers.extent import BoundingBox
from layers.overviews.rows import NONE, Overviews
from layers.schema import Schema


@dataclass(frozen=True, slots=True)
class Metadata:
    """The description of a release that is kept beside its features."""

    schema: Schema
    count: int
    located: int
    """Features that have a geometry."""
    extent: BoundingBox | None
    """CRS84."""
    drawing_extent: BoundingBox | None
    """EPSG:3857."""
    overviews: Overviews = NONE
