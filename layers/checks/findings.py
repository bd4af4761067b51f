"""Findings: what was noticed, how often, where for example, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from layers.checks.codes import CODES, Action, Severity, Topic
from layers.messages import Language, message

EXAMPLES = 5
"""Rows that are shown of each finding."""
PLACES = 200
"""Points that are kept of each finding for its map."""
_LONGEST_VALUE = 80

T = TypeVar("T")

Place = tuple[float, float]
"""Longitude and latitude in degrees (CRS84)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing that was noticed in a delivery.

    ``code`` names the sentence; ``examples`` are (row, value) pairs, rows counted from 1 and 0 where no row is
    meant; ``places`` are where some of the rows lie.
    """

    code: str
    severity: Severity
    count: int
    examples: tuple[tuple[int, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    places: tuple[Place, ...] = ()

    @property
    def topic(self) -> Topic:
        """What the finding is about."""
        return CODES[self.code].topic

    @property
    def action(self) -> Action:
        """What onboarding does about it."""
        return Action.REFUSED if self.severity is Severity.ERROR else CODES[self.code].action

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
            "places": [list(place) for place in self.places],
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
            places=tuple((x, y) for x, y in document.get("places", ())),
        )


class FindingLog:
    """Collects findings batch by batch.

    The same code, about the same field where a parameter ``field`` names one, is one finding with its counts
    added up.
    """

    def __init__(self) -> None:
        self._findings: dict[tuple[str, object], Finding] = {}

    def add(
        self,
        code: str,
        count: int = 1,
        examples: Iterable[tuple[int, object]] = (),
        *,
        severity: Severity | None = None,
        places: Iterable[Place] = (),
        **parameters: object,
    ) -> None:
        """Note ``count`` more cases of ``code``; nothing happens for none.

        ``severity`` is the code's own unless this case is graver or milder; of several the gravest stands.
        """
        if count <= 0:
            return
        name = (code, parameters.get("field"))
        before = self._findings.get(name) or Finding(code, severity or CODES[code].severity, 0)
        self._findings[name] = replace(
            before,
            severity=min(before.severity, severity or CODES[code].severity, key=list(Severity).index),
            count=before.count + count,
            examples=_extended(before.examples, ((int(row), _shortened(value)) for row, value in examples), EXAMPLES),
            places=_extended(before.places, ((float(x), float(y)) for x, y in places), PLACES),
            parameters={key: str(value) for key, value in parameters.items()},
        )

    def has_room(self, code: str, field: str | None = None) -> bool:
        """Tell whether a finding still takes examples or places: where not, nobody need look for them."""
        known = self._findings.get((code, field))
        return known is None or len(known.examples) < EXAMPLES or len(known.places) < PLACES

    @property
    def has_errors(self) -> bool:
        """Tell whether something was found that must not be published."""
        return any(finding.severity is Severity.ERROR for finding in self._findings.values())

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings, the gravest first."""
        order = list(Severity)
        return tuple(sorted(self._findings.values(), key=lambda finding: order.index(finding.severity)))


def _extended(kept: tuple[T, ...], more: Iterable[T], most: int) -> tuple[T, ...]:
    result = list(kept)
    for item in more:
        if len(result) >= most:
            break
        result.append(item)
    return tuple(result)


def _shortened(value: object) -> str:
    return str(value)[:_LONGEST_VALUE]
