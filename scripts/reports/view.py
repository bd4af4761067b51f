"""What a report shows of a rehearsal, in the reader's language: the same for terminal and page."""

from __future__ import annotations

from dataclasses import dataclass

from layers.checks import Action, Finding, Severity
from layers.checks.findings import Place
from layers.messages import Language
from layers.rehearsal import Outlook, Rehearsal
from scripts.reports.facts import Fact, facts
from scripts.reports.wording import Wording, share

_ADVICE = {"source_columns_missing": "rehearsal_joinable"}
"""Refusals after which something else than mending the file may be meant."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was rehearsed: a delivery and what it is called."""

    title: str
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class Concern:
    """A finding as people read it."""

    number: int
    """Its number in the list and on the map."""
    code: str
    severity: Severity
    grade: str
    topic: str
    sentence: str
    action: str
    """What onboarding would do about it."""
    count: int
    examples: tuple[tuple[str, str], ...]
    """Row (or -) and value."""
    places: tuple[Place, ...]
    field: str | None = None
    """The field that the finding is about."""

    @property
    def untold(self) -> tuple[tuple[str, str], ...]:
        """Examples with a value that the sentence does not tell."""
        return tuple((row, value) for row, value in self.examples if value and value not in self.sentence)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field as people read it."""

    name: str
    alias: str
    kind: str
    filled: str
    samples: tuple[str, ...]
    mark: str
    """What is special about it: personal data, could be the key."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One of the national portal's six flags."""

    name: str
    title: str
    verdict: str
    verdict_word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class View:
    """One page of a report."""

    title: str
    file: str
    outlook: Outlook
    verdict: str
    facts: tuple[Fact, ...]
    fields: tuple[FieldRow, ...]
    concerns: tuple[Concern, ...]
    """The gravest first."""
    flags: tuple[Flag, ...]
    rehearsal: Rehearsal

    def of(self, severity: Severity) -> tuple[Concern, ...]:
        """Return the findings of one severity."""
        return tuple(concern for concern in self.concerns if concern.severity is severity)


def describe(subject: Subject, language: Language) -> View:
    """Put a rehearsal into words."""
    wording, rehearsal = Wording(language), subject.rehearsal
    concerns = _concerns(rehearsal, wording)
    return View(
        title=subject.title,
        file=rehearsal.plan.file.name,
        outlook=rehearsal.outlook,
        verdict=_verdict(rehearsal, concerns, wording),
        facts=facts(rehearsal, wording),
        fields=_fields(rehearsal, wording),
        concerns=concerns,
        flags=_flags(rehearsal, wording),
        rehearsal=rehearsal,
    )


def _verdict(rehearsal: Rehearsal, concerns: tuple[Concern, ...], wording: Wording) -> str:
    errors = [concern for concern in concerns if concern.severity is Severity.ERROR]
    if len(errors) == 1:
        return wording.say("rehearsal_verdict_refused", reason=errors[0].sentence)
    if errors:
        topics = wording.listed(list(dict.fromkeys(error.topic for error in errors)))
        return wording.say("rehearsal_verdict_refused_often", count=len(errors), topics=topics)
    warnings = sum(concern.severity is Severity.WARNING for concern in concerns)
    if rehearsal.outlook is Outlook.REPAIRED:
        done = {"repaired": rehearsal.repaired, "quarantined": rehearsal.quarantined}
        told = [wording.say(f"rehearsal_{name}", count=f"{count:,}") for name, count in done.items() if count]
        return wording.say("rehearsal_verdict_repaired", done=wording.clauses(told))
    return wording.say("rehearsal_verdict_warned" if warnings else "rehearsal_verdict_published", count=warnings)


def _concerns(rehearsal: Rehearsal, wording: Wording) -> tuple[Concern, ...]:
    numbered = enumerate(rehearsal.findings, 1 + (rehearsal.error is not None))
    concerns = [_concern(number, finding, wording) for number, finding in numbered]
    if rehearsal.error is None:
        return tuple(concerns)
    unreadable = Concern(
        number=1,
        code=rehearsal.error.code,
        severity=Severity.ERROR,
        grade=wording.say("severity_error"),
        topic=wording.say("topic_file"),
        sentence=rehearsal.error.sentence(wording.language),
        action=wording.say(_ADVICE.get(rehearsal.error.code, f"action_{Action.REFUSED}")),
        count=1,
        examples=(),
        places=(),
    )
    return (unreadable, *concerns)


def _concern(number: int, finding: Finding, wording: Wording) -> Concern:
    return Concern(
        number=number,
        code=finding.code,
        severity=finding.severity,
        grade=wording.say(f"severity_{finding.severity}"),
        topic=wording.say(f"topic_{finding.topic}"),
        sentence=finding.sentence(wording.language),
        action=wording.say(f"action_{finding.action}"),
        count=finding.count,
        examples=tuple((str(row) if row else "-", value) for row, value in finding.examples),
        places=finding.places,
        field=finding.parameters.get("field"),
    )


def _fields(rehearsal: Rehearsal, wording: Wording) -> tuple[FieldRow, ...]:
    rows = []
    for summary in rehearsal.fields:
        marks = [
            wording.say(code)
            for code, holds in (
                ("rehearsal_mark_personal", summary.is_personal),
                ("rehearsal_mark_key", summary.is_unique and not summary.is_personal),
            )
            if holds
        ]
        alias = "" if summary.field.alias is None else summary.field.alias.in_language(wording.language)
        kind = wording.say(f"fieldtype_{summary.field.type}")
        filled = share(summary.filled, rehearsal.rows)
        rows.append(FieldRow(summary.field.name, alias, kind, filled, summary.samples, wording.listed(marks)))
    return tuple(rows)


def _flags(rehearsal: Rehearsal, wording: Wording) -> tuple[Flag, ...]:
    if rehearsal.forecast is None:
        return ()
    return tuple(
        Flag(
            name,
            wording.say(f"flag_{name}"),
            judgement.verdict.value,
            wording.say(f"flag_verdict_{judgement.verdict}"),
            judgement.sentence(wording.language),
        )
        for name, judgement in rehearsal.forecast
    )
