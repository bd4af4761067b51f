"""Text that did not survive its way to us, or that is written in more than one way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from layers.big5 import bytes_of, hong_kong_reading
from layers.checks.cells import Cells, Kind
from layers.checks.findings import EXAMPLES, FindingLog
from layers.checks.notes import BatchNotes, Mask

_HAN = r"[\u3400-\u9fff]"
_RUINED = re.compile(rf"\ufffd|嚙踝蕭|嚙踐|锟斤拷|ï¿½|{_HAN}\?+{_HAN}|^\?+{_HAN}{{2}}")
"""U+FFFD itself, what becomes of it when it is read in a wrong encoding again, and a ? in the middle of a name."""
_LONGEST_NAME = 40
_SENTENCE = re.compile("[，。！；,!]")
_BLOTTED = re.compile(r"(?=.*\?\?)[?？\d\s().,\-/#]+")
"""Nothing left but question marks, digits and signs."""
_BYTES = re.compile("(?:<[0-9a-f]{2}>)+")
"""How R writes what it cannot show."""
_MARKUP = re.compile(r"</?(?:[a-zA-Z]{1,12}|h[1-6])(?:\s[^<>]*)?/?>|<!--.*-->|&(?:[a-zA-Z]{2,8}|#\d{2,6});", re.DOTALL)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")
_FULL_WIDTH = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_COMMON, _FORMAL = re.compile("台[北中南東灣西]"), re.compile("臺[北中南東灣西]")
_WESTERN = ("cp1252", "latin-1")
_READINGS = 10
_BRACKETS = str.maketrans("", "", "<>")


@dataclass(slots=True)
class _Held:
    """Rows that only all others can say something about."""

    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)
    values: set[str] = field(default_factory=set)

    def take(self, notes: BatchNotes, cells: Cells, wanted: set[str]) -> None:
        mask = cells.where(wanted)
        self.count += int(mask.sum())
        self.values.update(list(wanted)[:EXAMPLES])
        for at in np.flatnonzero(mask)[: EXAMPLES - len(self.examples)]:
            self.examples.append((int(notes.batch.rows[at]), str(cells.values[at])))


class TextWatch:
    """Watches the texts of one field; ``readings`` collects what user-defined characters of the file mean elsewhere."""

    def __init__(self, name: str, readings: dict[str, str], log: FindingLog) -> None:
        self._name = name
        self._log = log
        self._blotted, self._common = _Held(), _Held()
        self._readings = readings
        self._is_formal = False
        self.has_han = any("\u3400" <= character <= "\u9fff" for character in name)
        """Some text, or the field's name, is Chinese."""

    def watch(self, cells: Cells, notes: BatchNotes) -> None:
        """Take one batch's texts in."""
        kinds = cells.kinds
        self.has_han = self.has_han or Kind.HAN in kinds
        for kind, code, shown in _RULES:
            if kinds & kind:
                self._note(code, cells, notes, {text: value for text in cells.texts if (value := shown(text))})
        if Kind.PRIVATE in kinds:
            self._note_private(cells, notes)
        if Kind.QUESTION in kinds and (blotted := cells.matching(_BLOTTED.fullmatch)):
            self._blotted.take(notes, cells, blotted)
        self._is_formal = self._is_formal or (Kind.FORMAL_TAI in kinds and any(map(_FORMAL.search, cells.texts)))
        if Kind.COMMON_TAI in kinds and (common := cells.matching(_COMMON.search)):
            self._common.take(notes, cells, common)

    def _note(self, code: str, cells: Cells, notes: BatchNotes, shown: dict[str, str]) -> None:
        if shown:
            notes.add(code, cells.where(shown), lambda at: shown[cells.values[at]], field=self._name)

    def _note_private(self, cells: Cells, notes: BatchNotes) -> None:
        texts = cells.matching(_PRIVATE.search)
        self._note("finding_characters_user_defined", cells, notes, dict(zip(texts, texts, strict=True)))
        found = {character for text in texts for character in _PRIVATE.findall(text)}
        elsewhere = {character: other for character in found if (other := hong_kong_reading(character))}
        if not elsewhere:
            return
        for character, other in sorted(elsewhere.items())[:_READINGS]:
            self._readings.setdefault(character, f"{(bytes_of(character) or b'').hex().upper()}: {other}")
        cases: Mask = cells.where({text for text in texts if elsewhere.keys() & set(text)})
        readings = ", ".join(list(self._readings.values())[:_READINGS])
        notes.add("finding_characters_lookalike", cases, lambda at: cells.values[at], readings=readings)

    def finish(self, is_chinese: bool) -> None:
        """Say what only all rows show; ``is_chinese`` says that the file as a whole is written in Chinese."""
        blotted = self._blotted
        # One value of nothing but question marks may be an honest "don't know"; many of different length are names.
        if self.has_han or len(blotted.values) > 1 or (is_chinese and any(len(text) > 2 for text in blotted.values)):
            self._add("finding_text_destroyed", blotted)
        if self._is_formal:
            self._add("finding_text_variants", self._common)

    def _add(self, code: str, held: _Held) -> None:
        self._log.add(code, held.count, held.examples, field=self._name)


def _itself(pattern: re.Pattern[str]) -> Callable[[str], str]:
    return lambda text: text if pattern.search(text) else ""


def _ruined(text: str) -> str:
    found = _RUINED.search(text)
    if found and "?" in found[0] and (len(text) > _LONGEST_NAME or _SENTENCE.search(text)):
        # In a sentence a question mark between two words is an honest one.
        return ""
    return text if found else ""


def _original(text: str) -> str:
    """Return what a text was before it was read in a wrong encoding and saved again; empty where it was not."""
    if _BYTES.search(text):
        return _BYTES.sub(lambda match: bytes.fromhex(match[0].translate(_BRACKETS)).decode("utf-8", "replace"), text)
    for wrong, right in _mistakes(text):
        try:
            original = text.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if len(original) < len(text) and _is_likely(original, right):
            return original
    return ""


def _is_likely(original: str, encoding: str) -> bool:
    """Tell whether a text is Chinese; what is no UTF-8 by chance may be Big5 by chance, as in ``naïve``."""
    count = len(re.findall(_HAN, original))
    if encoding == "utf-8":
        return count > 0 and not _PRIVATE.search(original)
    usual = all(character.isascii() or 0xA1 <= character.encode("cp950")[0] <= 0xC6 for character in original)
    return count > 1 and usual


def _mistakes(text: str) -> Iterable[tuple[str, str]]:
    if re.search(_HAN, text):
        return [("cp950", "utf-8")]
    return [(wrong, right) for right in ("utf-8", "cp950") for wrong in _WESTERN]


def _spelt_out(text: str) -> str:
    return _CONTROL.sub(lambda match: f"[U+{ord(match[0]):04X}]", text) if _CONTROL.search(text) else ""


_RULES: tuple[tuple[Kind, str, Callable[[str], str]], ...] = (
    (Kind.REPLACED | Kind.QUESTION | Kind.GARBLED, "finding_text_destroyed", _ruined),
    (Kind.GARBLED | Kind.MARKUP, "finding_text_garbled", _original),
    (Kind.FULL_WIDTH, "finding_text_full_width", _itself(_FULL_WIDTH)),
    (Kind.MARKUP, "finding_text_markup", _itself(_MARKUP)),
    (Kind.CONTROL, "finding_text_control", _spelt_out),
)
