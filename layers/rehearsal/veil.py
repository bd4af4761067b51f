"""Keeps personal values out of reports: which fields hold them, and what is shown instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from layers.checks import Finding, Topic
from layers.plan import PersonalRule, Privacy

_LONGEST = 10


def veiled(value: str) -> str:
    """Return what may be shown of a personal value: its first character and, up to ten, how many there are."""
    return value[:1] + "○" * min(len(value) - 1, _LONGEST - 1)


def personal_fields(findings: Iterable[Finding], privacy: Privacy) -> frozenset[str]:
    """Return the names of the fields whose values nobody may see in a report."""
    found = {finding.parameters.get("field") for finding in findings if finding.topic is Topic.PERSONAL}
    provided = {name for name, rule in privacy.columns.items() if rule is not PersonalRule.KEEP}
    looked_at = {name for name, rule in privacy.columns.items() if rule is PersonalRule.KEEP}
    return frozenset(name for name in (found | provided) - looked_at if name is not None)


def veiled_findings(findings: Iterable[Finding], personal: frozenset[str]) -> tuple[Finding, ...]:
    """Return the findings without what could tell who somebody is: values of personal fields, and where they live.

    Findings about personal data themselves come with their values masked already.
    """
    return tuple(_veiled(finding, personal) for finding in findings)


def _veiled(finding: Finding, personal: frozenset[str]) -> Finding:
    if finding.topic is Topic.PERSONAL:
        return replace(finding, places=())
    if not personal.intersection({finding.parameters.get("field"), finding.parameters.get("key")}):
        return finding
    return replace(finding, examples=tuple((row, veiled(value) if value else "") for row, value in finding.examples))
