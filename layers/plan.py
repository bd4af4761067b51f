"""What is known about a delivery before it is opened: how to read it, what its fields mean, what must not be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from layers.crs import Crs
from layers.text import Text

if TYPE_CHECKING:
    from layers.stores import Release


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """An entry of the field dictionary."""

    name: str | None = None
    """The full name under which the field is kept, where the file has it cut or coded."""
    alias: Text | None = None
    """What people read instead of the name."""
    description: Text | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """A table whose columns are added to the features with the same key."""

    file: Path
    key: str
    """Field of the layer."""
    to: str
    """Column of the table."""
    fields: Mapping[str, FieldDefinition] = field(default_factory=dict)
    """Columns to take; all but the key where none is named."""
    encoding: str | None = None


class PersonalRule(StrEnum):
    """What is done with a column of personal data."""

    DROP = "drop"
    """The column is left out."""
    MASK = "mask"
    """Values are kept in part: 王○明, A12*******."""
    KEEP = "keep"
    """The column was looked at and holds nothing personal, or may be shown."""


@dataclass(frozen=True, slots=True)
class Geomask:
    """Moves every point by a random way of at most ``radius`` metres, the same way for the same seed and place."""

    radius: float
    seed: int


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas in which features are counted instead of being shown."""

    release: Release
    key: str
    """The areas' field that identifies them."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is done so that nobody can be recognised."""

    columns: Mapping[str, PersonalRule] = field(default_factory=dict)
    """By the name under which a field is kept."""
    geomask: Geomask | None = None
    aggregate: Areas | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A layer of the catalogue whose places are known to be right, found by the value of one of its fields."""

    layer: str
    field: str
    release: Release


class Merge(StrEnum):
    """How a delivery that is not the whole layer becomes its next release."""

    APPEND = "append"
    """It is added to the release before."""
    DELTA = "delta"
    """Rows with a known key replace that feature in its place, others are new, marked ones remove it."""


@dataclass(frozen=True, slots=True)
class Update:
    """A delivery that is to be merged with the release before."""

    mode: Merge
    base: Release | None
    """None for the first delivery of a layer."""
    deleted: str | None = None
    """Of a delta: the field that marks features to be removed."""
    resubmission: bool = False
    """The rows come back from the base's quarantine, mended."""


@dataclass(frozen=True, slots=True)
class TimedFile:
    """A raster and the moment that it shows."""

    time: str
    """As ``layers.moments`` reads it."""
    file: Path


@dataclass(frozen=True, slots=True)
class EarlierSteps:
    """What a release of several dates takes over from the one before."""

    number: int
    times: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntakePlan:
    """A file and what its deliverer says about it."""

    file: Path
    source_layer: str | None = None
    crs: Crs | None = None
    encoding: str | None = None
    key: str | None = None
    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of OpenStreetMap's objects those with one of these tags; no values stand for any value."""
    fields: Mapping[str, FieldDefinition] = field(default_factory=dict)
    """The field dictionary, by the names in the file."""
    searchable: tuple[str, ...] = ()
    joins: tuple[Join, ...] = ()
    coverage: bool = False
    """The areas tile the ground: none may lie over another."""
    public: bool = True
    """Everybody will see the layer, so nothing personal may be in it."""
    privacy: Privacy = Privacy()
    references: tuple[Reference, ...] = ()
    time: str | None = None
    """The moment that a raster shows; the release is made of steps then."""
    times: tuple[TimedFile, ...] = ()
    """Its other steps."""
    earlier: EarlierSteps | None = None
    update: Update | None = None
    """Without it the delivery is the whole layer."""
