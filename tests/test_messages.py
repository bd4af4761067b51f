"""Every sentence exists in both languages with the same placeholders."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
import yaml

from layers.messages import LANGUAGES, PACKAGES

ROOT = Path(__file__).parent.parent


def read(package: str, language: str) -> dict[str, str]:
    return yaml.safe_load((ROOT / package / "messages" / f"{language}.yml").read_text(encoding="utf-8")) or {}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_say_the_same(package: str) -> None:
    chinese, english = (read(package, language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    for code, sentence in chinese.items():
        assert placeholders(sentence) == placeholders(english[code]), code


def test_no_code_is_worded_twice() -> None:
    codes = [code for package in PACKAGES for code in read(package, "en")]
    assert len(codes) == len(set(codes))


def test_chinese_sentences_are_chinese() -> None:
    for package in PACKAGES:
        for code, sentence in read(package, "zh-TW").items():
            assert re.search(r"[\u4e00-\u9fff]", sentence) or len(sentence) < 12, code
