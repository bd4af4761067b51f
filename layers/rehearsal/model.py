"""What a rehearsal tells: the delivery, its fields, its findings, and what would become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from layers.checks import Action, Finding, Severity
from layers.checks.forecast import Forecast
from layers.crs import Crs
from layers.errors import TuziError
from layers.extent import BoundingBox
from layers.plan import IntakePlan
from layers.rehearsal.sketch import Sketch
from layers.schema import Field, GeometryType, Schema
from layers.sources import Part


class Outlook(StrEnum):
    """What onboarding would do with the delivery as it is."""

    PUBLISHED = "published"
    """It would be published as it came."""
    REPAIRED = "repaired"
    """It would be published, mended or without some of its rows."""
    REFUSED = "refused"
    """Nothing would be published."""


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """One field of the delivery and what its values look like."""

    field: Field
    filled: int
    """Rows with a value; blank text is none."""
    samples: tuple[str, ...]
    """Some different values, shortened; masked where they are personal."""
    is_personal: bool
    is_unique: bool
    """Every row has a value and no two have the same: the field could be the key."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What onboarding would find in a delivery and make of it; nothing of it was kept."""

    plan: IntakePlan
    size: int
    """Bytes of the file as it was delivered."""
    parts: tuple[Part, ...]
    """All layers in the file."""
    part: Part | None
    """The one that was read, where it could be told."""
    format: str | None
    """Name of the format of what was read; None where the file is in none that is taken."""
    kind: Literal["vector", "raster"] | None
    """None where the file could not be read."""
    source_layer: str | None
    rows: int
    kept: int
    quarantined: int
    geometries: Mapping[str, int]
    """How many geometries of each type were delivered, by the types' WKT names; ``NONE`` and ``EMPTY`` beside them."""
    schema: Schema | None
    """Of the release that would be made; None for rasters."""
    encoding: str | None
    """Encoding of the text; None where it is nothing but ASCII or the format settles it."""
    crs: Crs | None
    """The CRS in which the coordinates were read."""
    crs_presumed: bool
    """The file names no CRS: ``crs`` is a presumption that only serves to look at the rest."""
    extent: BoundingBox | None
    """CRS84."""
    extent_tm2: BoundingBox | None
    """TWD97 TM2, in metres, in the zone ``tm2``; None outside of Taiwan."""
    tm2: Crs | None
    city: BoundingBox
    """CRS84."""
    fields: tuple[FieldSummary, ...]
    findings: tuple[Finding, ...]
    forecast: Forecast | None
    sketch: Sketch
    error: TuziError | None = None
    """Why the delivery could not be read, or not to its end."""

    @property
    def stored_crs(self) -> Crs | None:
        """The CRS in which coordinates would be kept."""
        return self.crs if self.schema is None else self.schema.crs

    @property
    def geometry_type(self) -> GeometryType | None:
        """What the geometry would be stored as; None for rasters."""
        return None if self.schema is None else self.schema.geometry_type

    @property
    def outlook(self) -> Outlook:
        """What onboarding would do."""
        if self.error is not None or any(finding.severity is Severity.ERROR for finding in self.findings):
            return Outlook.REFUSED
        return Outlook.REPAIRED if self.repaired or self.quarantined else Outlook.PUBLISHED

    @property
    def repaired(self) -> int:
        """How many things would be mended that somebody should know of."""
        return sum(
            finding.count
            for finding in self.findings
            if finding.action is Action.REPAIRED and finding.severity is Severity.WARNING
        )

    @property
    def key_candidates(self) -> tuple[str, ...]:
        """Names of the fields whose values could identify the features."""
        return tuple(summary.field.name for summary in self.fields if summary.is_unique and not summary.is_personal)
