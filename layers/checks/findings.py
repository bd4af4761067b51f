"""Findings: what was noticed, how often, where for example, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from layers.messages import Language, message

_EXAMPLES = 5
_LONGEST_VALUE = 80


class Severity(StrEnum):
    """How grave a finding is; an error keeps a release from being published."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing that was noticed in a delivery.

    ``code`` names the sentence; ``examples`` are (row, value) pairs, rows counted from 1 and 0 where no row is meant.
    """

    code: str
    severity: Severity
    count: int
    examples: tuple[tuple[int, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        """Return the sentence for people: what was noticed and what was done or is to be done."""
        rows = ", ".join(f"{row}" for row, _ in self.examples if row)
        values = ", ".join(value for _, value in self.examples if value)
        return message(self.code, language, count=self.count, rows=rows or "-", values=values, **self.parameters)

    def to_document(self) -> dict[str, object]:
        """Write the finding as a JSON-able document."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "count": self.count,
            "examples": [list(example) for example in self.examples],
            "parameters": dict(self.parameters),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Finding:
        """Read what ``to_document`` wrote."""
        return cls(
            code=document["code"],
            severity=Severity(document["severity"]),
            count=document["count"],
            examples=tuple((row, value) for row, value in document["examples"]),
            parameters=dict(document["parameters"]),
        )


class FindingLog:
    """Collects findings batch by batch; the same code is one finding with its counts added up."""

    def __init__(self) -> None:
        self._findings: dict[str, Finding] = {}

    def add(
        self,
        code: str,
        severity: Severity,
        count: int = 1,
        examples: Iterable[tuple[int, object]] = (),
        **parameters: object,
    ) -> None:
        """Note ``count`` more cases of ``code``; nothing happens for none."""
        if count <= 0:
            return
        before = self._findings.get(code)
        kept = before.examples if before else ()
        for row, value in examples:
            if len(kept) >= _EXAMPLES:
                break
            kept = (*kept, (int(row), str(value)[:_LONGEST_VALUE]))
        self._findings[code] = Finding(
            code,
            severity,
            count + (before.count if before else 0),
            kept,
            {name: str(value) for name, value in parameters.items()},
        )

    @property
    def has_errors(self) -> bool:
        """Tell whether something was found that must not be published."""
        return any(finding.severity is Severity.ERROR for finding in self._findings.values())

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings, the gravest first."""
        order = list(Severity)
        return tuple(sorted(self._findings.values(), key=lambda finding: order.index(finding.severity)))
