"""The tables of docs/findings.md, made from the code: ``python -m tests.findings_document`` renews them."""

from __future__ import annotations

from pathlib import Path

from layers.checks import CODES, Topic
from layers.messages import LANGUAGES, catalogue

DOCUMENT = Path(__file__).parent.parent / "docs" / "findings.md"
COMMAND = ".venv/bin/python -m tests.findings_document"
_MARK = f"<!-- generated: {COMMAND} -->\n"


def whole(text: str) -> str:
    """Return the document with its tables made anew."""
    head, mark, _ = text.partition(_MARK)
    assert mark, f"{DOCUMENT.name} has lost its mark: {_MARK}"
    return head + mark + "\n" + "\n".join([*(_topic(topic) for topic in Topic), _refusals()])


def _topic(topic: Topic) -> str:
    rows = [
        f"| `{code}` | {kind.severity} | {kind.action} | {_sentences(code)} |"
        for code, kind in CODES.items()
        if kind.topic is topic
    ]
    title = f"## {topic.capitalize()} {catalogue('zh-TW')[f'topic_{topic}']}"
    return "\n".join(
        [title, "", "| code | severity | onboarding | 中文 | English |", "|---|---|---|---|---|", *rows, ""]
    )


def _refusals() -> str:
    codes = [code for code in catalogue("en") if code.startswith("source_")]
    rows = [f"| `{code}` | {_sentences(code)} |" for code in codes]
    return "\n".join(["## Files that cannot be read", "", "| code | 中文 | English |", "|---|---|---|", *rows, ""])


def _sentences(code: str) -> str:
    sentences = (catalogue(language)[code] for language in LANGUAGES)
    return " | ".join(
        " ".join(sentence.replace("{{", "{").replace("}}", "}").replace("|", "\\|").split()) for sentence in sentences
    )


if __name__ == "__main__":
    DOCUMENT.write_text(whole(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
