"""Texts as the site's JSON has them: both languages at once."""

from __future__ import annotations

from layers.text import Text


def text_document(text: Text) -> dict[str, str | None]:
    """Return ``{"zh": …, "en": …}``; English is null where nobody wrote it."""
    return {"zh": text.zh, "en": text.en}
