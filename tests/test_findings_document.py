"""docs/findings.md names every finding, in both languages, as the code has it."""

from __future__ import annotations

from layers.checks import CODES
from tests.findings_document import COMMAND, DOCUMENT, whole


def test_the_tables_are_up_to_date() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == whole(text), f"docs/findings.md is not up to date; renew it with: {COMMAND}"


def test_every_code_stands_in_a_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for code in CODES:
        assert f"| `{code}` |" in text, f"{code} is missing; renew docs/findings.md with: {COMMAND}"
