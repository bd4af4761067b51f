"""A report as one HTML page that needs nothing else: to be sent to the agency, printed, read on a phone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined

from layers.checks import Severity
from layers.messages import Language
from layers.rehearsal import Outlook
from scripts.reports.chart import Chart, Locator, chart, locator
from scripts.reports.view import Subject, View, describe
from scripts.reports.wording import Wording


@dataclass(frozen=True, slots=True)
class Article:
    """What the template writes of one delivery."""

    view: View
    chart: Chart | None
    locator: Locator | None
    fingerprint: str


def report_page(subjects: Sequence[Subject], language: Language, made: date | None = None) -> str:
    """Write rehearsals as one page; every value from a delivery is escaped."""
    wording = Wording(language)
    articles = [_article(describe(subject, language)) for subject in subjects]
    refused = sum(article.view.outlook is Outlook.REFUSED for article in articles)
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            say=wording.say,
            language=language,
            articles=articles,
            refused=refused,
            severities=tuple(Severity),
            made=(made or date.today()).isoformat(),
        )
    )


def _environment() -> Environment:
    # Everything is escaped; a name that does not exist is a mistake of ours, not an empty text.
    return Environment(
        autoescape=True,
        loader=FunctionLoader(_template),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(name: str) -> str:
    return (resources.files("scripts.reports") / name).read_text(encoding="utf-8")


def _article(view: View) -> Article:
    return Article(view, chart(view), locator(view.rehearsal), _fingerprint(view.rehearsal.plan.file))


def _fingerprint(file: Path) -> str:
    """Return a file's SHA-256, by which the agency can tell which file is meant."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
