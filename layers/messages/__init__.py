"""Message catalogues: every sentence that people read, by code, in 繁體中文 and English.

Each package keeps ``messages/zh-TW.yml`` and ``messages/en.yml`` (flat: code → sentence with
``{placeholders}``). ``layers`` holds the look-up, since every other package may import it.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import yaml

Language = Literal["zh-TW", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-TW", "en")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""As safe as the other; libyaml's reads the catalogues in a tenth of the time, of which every command has a share."""
PACKAGES = ("layers", "catalog", "tilecache", "server", "scripts")


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Return all sentences of one language, those of every installed package together."""
    sentences: dict[str, str] = {}
    for package in PACKAGES:
        file = resources.files(package) / "messages" / f"{language}.yml"
        if file.is_file():
            sentences.update(yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {})  # noqa: S506
    return sentences


def message(code: str, language: Language, **parameters: object) -> str:
    """Return the sentence ``code`` in ``language`` with its placeholders filled."""
    return catalogue(language)[code].format(**parameters)


def language_of(text: str | None) -> Language:
    """Return the language that a tag or locale name (``zh_TW.UTF-8``, ``en-US``) asks for; 繁體中文 unless English."""
    return "en" if (text or "").lower().startswith("en") else "zh-TW"
