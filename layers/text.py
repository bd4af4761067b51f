"""Text in the two languages of the platform."""

from __future__ import annotations

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
