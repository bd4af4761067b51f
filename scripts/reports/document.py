"""A report as JSON for programs; docs/findings.md describes it, and its keys do not change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from layers.crs import Crs
from layers.extent import BoundingBox
from layers.messages import Language
from layers.rehearsal import Outlook, Rehearsal
from layers.sources.parts import Part
from layers.text import text_document
from scripts.reports.view import Concern, Flag, Subject, View, describe


def report_document(subjects: Sequence[Subject], language: Language) -> dict[str, Any]:
    """Write rehearsals as a JSON-able document; sentences are in ``language``, everything else is in none."""
    pages = [_page(describe(subject, language)) for subject in subjects]
    refused = sum(page["outlook"] == Outlook.REFUSED.value for page in pages)
    return {"count": len(pages), "refused": refused, "rehearsals": pages}


def _page(view: View) -> dict[str, Any]:
    rehearsal = view.rehearsal
    return {
        "title": view.title,
        "file": view.file,
        "size": rehearsal.size,
        "outlook": view.outlook.value,
        "verdict": view.verdict,
        "format": rehearsal.format,
        "kind": rehearsal.kind,
        "layers": [_part(part) for part in rehearsal.parts],
        "source_layer": rehearsal.source_layer,
        "rows": rehearsal.rows,
        "kept": rehearsal.kept,
        "quarantined": rehearsal.quarantined,
        "geometries": dict(rehearsal.geometries),
        "geometry_type": None if rehearsal.geometry_type is None else rehearsal.geometry_type.value,
        "encoding": rehearsal.encoding,
        "crs": _crs(rehearsal.crs),
        "crs_presumed": rehearsal.crs_presumed,
        "stored_crs": _crs(rehearsal.stored_crs),
        "extent": _box(rehearsal.extent),
        "extent_tm2": _box(rehearsal.extent_tm2),
        "tm2": _crs(rehearsal.tm2),
        "fields": _fields(rehearsal),
        "findings": [_finding(concern) for concern in view.concerns],
        "forecast": {flag.name: _flag(flag) for flag in view.flags},
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "member": part.member,
        "source_layer": part.source_layer,
        "format": None if part.format is None else part.format.value,
        "kind": part.kind.value,
        "rows": part.rows,
        "crs": _crs(part.crs),
    }


def _fields(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    return [
        {
            "name": summary.field.name,
            "type": summary.field.type.value,
            "alias": text_document(summary.field.alias),
            "filled": summary.filled,
            "samples": list(summary.samples),
            "personal": summary.is_personal,
            "unique": summary.is_unique,
        }
        for summary in rehearsal.fields
    ]


def _finding(concern: Concern) -> dict[str, Any]:
    return {
        "number": concern.number,
        "code": concern.code,
        "severity": concern.severity.value,
        "field": concern.field,
        "count": concern.count,
        "sentence": concern.sentence,
        "action": concern.action,
        "examples": [{"row": int(row) if row != "-" else None, "value": value} for row, value in concern.examples],
        "places": [list(place) for place in concern.places],
    }


def _flag(flag: Flag) -> dict[str, str]:
    return {"verdict": flag.verdict, "reason": flag.sentence}


def _crs(crs: Crs | None) -> str | None:
    return None if crs is None else str(crs)


def _box(box: BoundingBox | None) -> list[float] | None:
    return None if box is None else list(box)
