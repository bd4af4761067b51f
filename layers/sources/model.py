"""What every source offers, whatever kind of file it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from layers.crs import Crs
from layers.extent import BoundingBox
from layers.features import FeatureBatch
from layers.schema import Field, GeometryType

BATCH_ROWS = 20_000
"""Rows that travel together: enough for vectorised work, little enough for bounded memory."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What the deliverer says about a file where the file itself does not."""

    source_layer: str | None = None
    crs: Crs | None = None
    encoding: str | None = None
    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of OpenStreetMap's objects those with one of these tags; no values stand for any value."""
    texts: frozenset[str] = frozenset()
    """Columns of a table that hold text even where all of their cells look like numbers or dates."""


@dataclass(frozen=True, slots=True)
class SourceLayer:
    """One layer of a file as its format declares it."""

    name: str
    fields: tuple[Field, ...]
    geometry_type: GeometryType | None
    """None where only reading every geometry can tell."""
    has_z: bool
    crs: Crs | None
    count: int | None
    """Rows, where the format knows before reading."""
    is_table: bool = False
    """A row of a table without coordinates is no feature; elsewhere a missing geometry is kept."""
    crs_text: str = ""
    """What the file itself says of its CRS: a code, or a definition in WKT."""
    full_names: tuple[str, ...] = ()
    """Fields whose names fill all the room that the format has for them: they may have been cut."""


class VectorSource(Protocol):
    """An opened vector layer or table; may be read more than once."""

    layer: SourceLayer

    def batches(self, attributes: bool = True) -> Iterator[FeatureBatch]:
        """Read all rows in the file's order; without ``attributes`` the columns stay empty."""


@dataclass(frozen=True, slots=True)
class RasterSource:
    """A raster file that has been looked at; the raster store reads it itself."""

    file: Path
    crs: Crs | None
    bands: int
    width: int
    height: int
    bounds: BoundingBox
    """In the file's own numbers."""
    crs_text: str = ""
    """What the file itself says of its CRS, in WKT."""
