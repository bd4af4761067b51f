"""The report of one intake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layers.checks.findings import Finding


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What was read, what was kept, what was set aside, and why: rows = kept + quarantined."""

    findings: tuple[Finding, ...]
    rows: int
    kept: int
    quarantined: int

    def to_document(self) -> dict[str, object]:
        """Write the report as a JSON-able document."""
        return {
            "rows": self.rows,
            "kept": self.kept,
            "quarantined": self.quarantined,
            "findings": [finding.to_document() for finding in self.findings],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> QualityReport:
        """Read what ``to_document`` wrote."""
        return cls(
            findings=tuple(Finding.from_document(finding) for finding in document["findings"]),
            rows=document["rows"],
            kept=document["kept"],
            quarantined=document["quarantined"],
        )
