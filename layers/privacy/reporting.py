"""Keeps what the store must not hold out of the report as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from layers.checks import Finding, Topic
from layers.plan import PersonalRule, Privacy

_PLACED = frozenset({Topic.COORDINATES, Topic.GEOMETRY})
_LEFT = "○○○"


def discreet(findings: Iterable[Finding], privacy: Privacy) -> tuple[Finding, ...]:
    """Return the findings without values of personal columns and, where points were moved, without places.

    Findings about personal data come with their values masked; those of other checks show values as delivered.
    """
    findings = tuple(findings)
    found = {finding.parameters.get("field") for finding in findings if finding.topic is Topic.PERSONAL}
    ruled = {name for name, rule in privacy.columns.items() if rule is not PersonalRule.KEEP}
    kept = {name for name, rule in privacy.columns.items() if rule is PersonalRule.KEEP}
    personal = (found | ruled) - kept - {None}
    hidden = privacy.geomask is not None or privacy.aggregate is not None
    return tuple(_discreet(finding, personal, hidden) for finding in findings)


def _discreet(finding: Finding, personal: set[str | None], hidden: bool) -> Finding:
    if finding.topic is Topic.PERSONAL:
        return replace(finding, places=())
    columns = {finding.parameters.get("field"), finding.parameters.get("key")} - {None}
    # What a finding without a column shows may come from any of them.
    telling = bool(columns & personal) or (not columns and bool(personal) and finding.topic is Topic.ATTRIBUTES)
    if telling or (hidden and finding.topic in _PLACED) or (hidden and not columns):
        finding = replace(finding, examples=tuple((row, _LEFT if value else "") for row, value in finding.examples))
    return replace(finding, places=()) if hidden else finding
