"""Keeps what the store must not hold out of the report as well."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from layers.checks import Finding, Topic
from layers.plan import PersonalRule, Privacy

_PLACED = frozenset({Topic.COORDINATES, Topic.GEOMETRY})
_LEFT = "○○○"


def discreet(findings: Iterable[Finding], privacy: Privacy, dropped: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Return the findings without values of personal or ``dropped`` columns and, where points were moved, places.

    Findings about personal data come with their values masked; those of other checks show values as delivered.
    """
    findings = tuple(findings)
    found = {finding.parameters.get("field") for finding in findings if finding.topic is Topic.PERSONAL}
    ruled = {name for name, rule in privacy.columns.items() if rule is not PersonalRule.KEEP}
    kept = {name for name, rule in privacy.columns.items() if rule is PersonalRule.KEEP}
    personal = {name for name in (found | ruled | {*dropped}) - kept if name is not None}
    hidden = privacy.geomask is not None or privacy.aggregate is not None
    return tuple(_discreet(finding, personal, hidden) for finding in findings)


def _discreet(finding: Finding, personal: set[str], hidden: bool) -> Finding:
    if finding.topic is Topic.PERSONAL:
        return replace(finding, places=())
    columns = {finding.parameters[name] for name in ("field", "key") if name in finding.parameters}
    # What a finding without a column shows may come from any of them.
    telling = bool(columns & personal) or (not columns and bool(personal) and finding.topic not in _PLACED)
    if telling or (hidden and (not columns or finding.topic in _PLACED)):
        finding = replace(finding, examples=tuple((row, _LEFT if value else "") for row, value in finding.examples))
    parameters = {name: _without_values(text, personal) for name, text in finding.parameters.items()}
    return replace(finding, parameters=parameters, places=() if hidden else finding.places)


def _without_values(text: str, personal: set[str]) -> str:
    """Return a list of ``column = value`` without the values of personal columns."""
    if " = " not in text:
        return text
    for name in personal:
        text = re.sub(rf"(?<!\S){re.escape(name)} = .*?(?=, [^,=]+ = |$)", f"{name} = {_LEFT}", text)
    return text
