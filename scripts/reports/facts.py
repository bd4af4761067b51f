"""The facts about a delivery: what it is, how it was read and why, where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from layers.rehearsal import Rehearsal
from layers.sources.parts import Part
from scripts.reports.wording import Wording

_PARTS = 12
"""Layers of a file that are listed."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label, what is so, and why."""

    label: str
    value: str
    reason: str = ""


def facts(rehearsal: Rehearsal, wording: Wording) -> tuple[Fact, ...]:
    """Return all that is known about the delivery, in the order in which it is read."""
    return tuple(
        Fact(wording.say(f"rehearsal_fact_{name}"), value, reason) for name, value, reason in _all(rehearsal, wording)
    )


def _all(rehearsal: Rehearsal, wording: Wording) -> Iterator[tuple[str, str, str]]:
    name, size = rehearsal.plan.file.name, rehearsal.size
    yield "file", f"{name} ({wording.size(size)})" if size else name, ""
    if rehearsal.format is not None:
        yield "format", rehearsal.format, "" if rehearsal.kind is None else wording.say(f"rehearsal_{rehearsal.kind}")
    if len(rehearsal.parts) > 1:
        yield "parts", _parts(rehearsal.parts, wording), wording.say("rehearsal_parts", count=len(rehearsal.parts))
    if rehearsal.source_layer is not None and len(rehearsal.parts) > 1:
        yield "layer", rehearsal.source_layer, ""
    if rehearsal.kind == "vector":
        yield "rows", *_rows(rehearsal, wording)
        yield "geometry", *_geometry(rehearsal, wording)
        yield "encoding", *_encoding(rehearsal, wording)
    if rehearsal.crs is not None:
        yield "crs", *_crs(rehearsal, wording)
    if rehearsal.extent is not None:
        yield "extent", wording.degrees(rehearsal.extent), _whereabouts(rehearsal, wording)
    if rehearsal.extent_tm2 is not None:
        yield "extent_tm2", wording.metres(rehearsal.extent_tm2), "" if rehearsal.tm2 is None else str(rehearsal.tm2)


def _parts(parts: tuple[Part, ...], wording: Wording) -> str:
    return wording.listed([_part(part) for part in parts[:_PARTS]] + (["…"] if len(parts) > _PARTS else []))


def _part(part: Part) -> str:
    name = part.source_layer or part.name
    return name if part.rows is None else f"{name} ({part.rows:,})"


def _rows(rehearsal: Rehearsal, wording: Wording) -> tuple[str, str]:
    if rehearsal.quarantined:
        counts = {"kept": f"{rehearsal.kept:,}", "quarantined": f"{rehearsal.quarantined:,}"}
        return f"{rehearsal.rows:,}", wording.say("rehearsal_rows", **counts)
    return f"{rehearsal.rows:,}", ""


def _geometry(rehearsal: Rehearsal, wording: Wording) -> tuple[str, str]:
    counted = [f"{wording.word('geometry', name)} {count:,}" for name, count in rehearsal.geometries.items() if count]
    stored = rehearsal.geometry_type
    reason = "" if stored is None else wording.say("rehearsal_stored_as", type=wording.word("geometry", stored.value))
    return wording.listed(counted) or "-", reason


def _encoding(rehearsal: Rehearsal, wording: Wording) -> tuple[str, str]:
    if rehearsal.encoding is None:
        return "ASCII", wording.say("rehearsal_encoding_plain")
    reasons = [
        finding.sentence(wording.language)
        for finding in rehearsal.findings
        if finding.code.startswith("finding_encoding") and finding.code != "finding_encoding"
    ]
    fits = "rehearsal_encoding_given" if rehearsal.plan.encoding else "rehearsal_encoding_fits"
    return wording.encoding(rehearsal.encoding), wording.joined(reasons[:1]) or wording.say(fits)


def _crs(rehearsal: Rehearsal, wording: Wording) -> tuple[str, str]:
    crs = rehearsal.crs
    if crs is None:
        return "-", ""
    if rehearsal.crs_presumed:
        return wording.say("rehearsal_crs_none"), wording.say("rehearsal_crs_presumed", crs=crs)
    reasons = [
        finding.sentence(wording.language)
        for finding in rehearsal.findings
        if finding.code.startswith(("finding_crs_", "finding_datum_"))
    ]
    declared = "rehearsal_crs_given" if rehearsal.plan.crs is not None else "rehearsal_crs_declared"
    return wording.crs(crs), wording.joined(reasons) or wording.say(declared)


def _whereabouts(rehearsal: Rehearsal, wording: Wording) -> str:
    extent, city = rehearsal.extent, rehearsal.city
    if extent is None:
        return ""
    if not extent.intersects(city):
        return wording.say("rehearsal_extent_outside")
    within = extent.union(city) == city
    return wording.say("rehearsal_extent_within" if within else "rehearsal_extent_across")
