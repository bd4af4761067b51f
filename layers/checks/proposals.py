"""Which systems numbers of unknown origin would fit, and where the data would then lie."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from layers.checks.findings import FindingLog
from layers.checks.islands import Numbers, is_on_land, is_within, to_degrees
from layers.crs import TWD67_TM2, TWD67_TM2_119, TWD97_TM2, TWD97_TM2_119, WEB_MERCATOR, WGS84, Crs
from layers.crs_definitions import explain_crs
from layers.extent import BoundingBox

_CANDIDATES = (WGS84, TWD97_TM2, TWD67_TM2, TWD97_TM2_119, TWD67_TM2_119, WEB_MERCATOR, Crs("EPSG", "32651"))
"""The likeliest first; TWD97 in degrees differs from WGS84 by less than a metre."""
_REGISTERED = re.compile(r"(EPSG|OGC|CRS):\w+", re.IGNORECASE)
_MOST_POINTS = 20_000
_ENOUGH = 0.9


@dataclass(frozen=True, slots=True)
class Proposal:
    """A CRS that would put the data onto Taiwan's islands."""

    crs: Crs
    exchanged: bool
    """Only with x and y exchanged."""
    middle: tuple[float, float]
    """Where the data would then lie: longitude and latitude in degrees."""
    in_city: float
    """Share of the data that would then lie in the city."""


def propose_systems(x: Numbers, y: Numbers, city: BoundingBox) -> tuple[Proposal, ...]:
    """Return the systems that numbers fit, those with most of the data in the city first."""
    known = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    x, y = x[known][:_MOST_POINTS], y[known][:_MOST_POINTS]
    if not len(x):
        return ()
    tried = [_tried(a, b, crs, city, b is x) for crs in _CANDIDATES for a, b in ((x, y), (y, x))]
    found = [proposal for proposal in tried if proposal is not None]
    return tuple(sorted(found, key=lambda proposal: -round(proposal.in_city, 1)))


def _tried(x: Numbers, y: Numbers, crs: Crs, city: BoundingBox, exchanged: bool) -> Proposal | None:
    longitude, latitude = to_degrees(x, y, crs)
    if is_on_land(longitude, latitude).mean() < _ENOUGH:
        return None
    middle = (float(np.median(longitude)), float(np.median(latitude)))
    return Proposal(crs, exchanged, middle, float(is_within(longitude, latitude, city).mean()))


def note_declaration(definition: str, crs: Crs | None, file: str, log: FindingLog) -> None:
    """Say what a file says of its CRS, where that is nothing or no name of the register."""
    identified = explain_crs(definition) if definition and not _REGISTERED.match(definition) else None
    if crs is None and identified is None:
        log.add("finding_crs_missing", file=file)
    elif crs is None and identified is not None:
        log.add("finding_crs_unknown", file=file, declared=identified.declared, traits=identified.traits or "-")
    elif crs is not None and identified is not None:
        declared, traits = identified.declared, identified.traits
        log.add("finding_crs_identified", declared=declared, crs=crs, name=crs.name, traits=traits)


def note_proposals(proposals: tuple[Proposal, ...], log: FindingLog) -> None:
    """Say of every system that fits where the data would lie."""
    for proposal in proposals:
        longitude, latitude = proposal.middle
        log.add(
            "finding_crs_proposed_exchanged" if proposal.exchanged else "finding_crs_proposed",
            places=[proposal.middle],
            field=proposal.crs,
            name=proposal.crs.name,
            longitude=f"{longitude:.3f}",
            latitude=f"{latitude:.3f}",
            share=f"{proposal.in_city:.0%}",
        )
