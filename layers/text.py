"""Text in the two languages of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layers.messages import Language


@dataclass(frozen=True, slots=True)
class Text:
    """A title or description in 繁體中文 and, where somebody wrote it, English."""

    zh: str
    en: str | None = None

    def in_language(self, language: Language) -> str:
        """Return the text in ``language``; Chinese stands in where there is no English."""
        return self.en if language == "en" and self.en else self.zh


def text_document(text: Text | None) -> dict[str, str | None] | None:
    """Write a text as a JSON-able document, ``{"zh": …, "en": …}``."""
    return None if text is None else {"zh": text.zh, "en": text.en}


def parse_text(document: Mapping[str, str | None] | str | None) -> Text | None:
    """Read what ``text_document`` wrote, or plain Chinese text."""
    if document is None:
        return None
    if isinstance(document, str):
        return Text(document)
    return Text(document.get("zh") or document.get("en") or "", document.get("en"))
