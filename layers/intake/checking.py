"""Which checks a vector delivery goes through."""

from __future__ import annotations

from layers.checks import Check, FindingLog
from layers.checks.attributes import AttributeCheck
from layers.checks.geometry import GeometryCheck
from layers.checks.keys import KeyCheck
from layers.checks.overlaps import CoverageCheck
from layers.checks.personal import PersonalCheck
from layers.checks.places import PlaceCheck
from layers.checks.references import ReferenceCheck
from layers.crs import Crs
from layers.extent import BoundingBox
from layers.plan import IntakePlan
from layers.schema import Field
from layers.sources import VectorSource


def delivered_checks(
    source: VectorSource, plan: IntakePlan, fields: tuple[Field, ...], crs: Crs, log: FindingLog
) -> tuple[Check, ...]:
    """Return the checks that see the rows as they were delivered."""
    return (
        AttributeCheck(fields, crs, plan.key, log),
        PersonalCheck(fields, plan.privacy, plan.public, log, f"{plan.file.stem} {source.layer.name}"),
        GeometryCheck(crs, log),
    )


def stored_checks(
    plan: IntakePlan, key: str | None, crs: Crs, city: BoundingBox | None, log: FindingLog
) -> tuple[Check, ...]:
    """Return the checks that see the rows as they will be kept; without ``city`` places mean nothing."""
    return (
        *([PlaceCheck(crs, city, log)] if city else []),
        *([ReferenceCheck(crs, plan.references, log)] if city else []),
        *([CoverageCheck(crs, log)] if plan.coverage else []),
        *([KeyCheck(key, log)] if key else []),
    )
