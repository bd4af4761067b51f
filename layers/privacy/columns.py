"""What the values of one column tell about people, gathered batch by batch."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.privacy.identifiers import EMAIL, PLATE
from layers.privacy.kinds import PersonalKind, named_kind
from layers.privacy.masking import masked
from layers.privacy.patterns import Hit, hits
from layers.privacy.surnames import are_personal_names, is_personal_name
from layers.schema import Field, FieldType

_EXAMPLES = 5
_SAMPLE = 60
"""Values of a batch that are looked at before all are: those of a column are of one kind."""
_REMEMBERED = 2000
"""Different values that are kept in mind as harmless; columns with few values are looked at once."""
_LONG_NUMBER = 10**12
"""Whole numbers from here on may be numbers of cards."""
_DATE = re.compile(
    r"\s*(?:民國)?\s*(?:\d{2,4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
    r"|(?:\d{2,3}|(?:19|20)\d{2})[01]\d[0-3]\d)(?:[T ].*)?"
)
_PHONE = re.compile(r"\s*[+(]?\d[\d\s():#~、,;/*.-]{5,}(?:(?:轉|分機|ext\.?)\s*\d+)?\s*", re.IGNORECASE)
_MOBILE_START = re.compile(r"\s*(?:[(+]*8869|\(?[0０][9９]|9\d{8}$)")
_BETWEEN_NAMES = re.compile(r"[、，,;；/\s]+|及|與")
_HONORIFIC = re.compile(r"(?:[(（].*|先生|小姐|女士|君|等\d*人?.*)$")
_LATIN_NAME = re.compile(r"[A-Za-z'-]{2,}(?:,? [A-Za-z'.-]+){1,3}")
_COMPANY = re.compile(r"\b(?:co|ltd|inc|corp|company|school|office|bureau|station|hotel|bank)\b", re.IGNORECASE)
_UNTELLING = frozenset({FieldType.REAL, FieldType.BOOLEAN})
_ADDRESS = re.compile(r".*[路街巷段弄村里鄰].*\d.*號")
_GOVERNMENT = re.compile(r"(?:^|\.)(?:gov|edu)(?:\.taipei|\.tw)$", re.IGNORECASE)
_PREFIX = re.compile(r"[A-Z]+")


@dataclass(slots=True)
class Evidence:
    """How many values of a column are of a kind, and for example which, masked."""

    rows: int = 0
    candidates: int = 0
    """Values of the form of the kind."""
    certain: int = 0
    """Those that stand up to a check."""
    examples: list[tuple[int, str]] = field(default_factory=list)
    institutional: bool = True
    """None of the values is of a private person for certain."""


class ColumnEvidence:
    """Watches one column; ``kinds`` says in the end what it holds."""

    def __init__(self, of: Field) -> None:
        self.field = of
        self.named = named_kind(of.name) or (named_kind(of.alias.zh) if of.alias else None)
        self.filled = 0
        self.is_address = False
        self._found: defaultdict[PersonalKind, Evidence] = defaultdict(Evidence)
        self._harmless: set[str] = set()

    def watch(self, values: NDArray[np.object_], rows: NDArray[np.int64]) -> None:
        """Take the column's values of one batch in, which stand in these rows."""
        present = values != None  # noqa: E711 - elementwise
        count = int(np.count_nonzero(present))
        self.filled += count
        if not count or self.field.type in _UNTELLING:
            return
        given = values.tolist() if count == len(values) else values[present].tolist()
        if not self._is_telling(given[0]):
            return
        texts = given if self.field.type is FieldType.TEXT else [str(value) for value in given]
        distinct = set(texts)
        if distinct <= self._harmless:
            return
        before = sum(evidence.candidates for evidence in self._found.values())
        numbers = rows[present]
        if self.field.type is FieldType.TEXT and self.named is None:
            self._by_shape(texts, distinct, numbers)
        others = self._by_name(texts, numbers)
        for hit in hits([texts[at] for at in others]):
            self._add_hit(hit, int(numbers[others[hit.at]]))
        if before == sum(evidence.candidates for evidence in self._found.values()) and len(distinct) < _REMEMBERED:
            self._harmless = (self._harmless if len(self._harmless) < _REMEMBERED else set()) | distinct

    def _is_telling(self, value: Any) -> bool:
        """Tell whether values of this type can be anything personal."""
        kind = self.field.type
        if kind in {FieldType.DATE, FieldType.DATETIME}:
            return self.named is PersonalKind.BIRTH
        if kind is FieldType.INTEGER:
            return self.named is not None or value >= _LONG_NUMBER
        return kind is FieldType.TEXT

    def _by_name(self, texts: Sequence[str], rows: NDArray[np.int64]) -> list[int]:
        """Take in what the column's name promises; return the positions of all else."""
        self.is_address |= self.named is PersonalKind.ADDRESS
        test = None if self.named is None else _TESTS.get(self.named)
        if self.named is None or test is None:
            return list(range(len(texts)))
        fits = [test(text) for text in texts]
        for at in (at for at, fit in enumerate(fits) if fit):
            mobile = self.named is PersonalKind.LANDLINE and _MOBILE_START.match(texts[at])
            self._add(PersonalKind.MOBILE if mobile else self.named, texts[at], int(rows[at]), certain=True)
        return [at for at, fit in enumerate(fits) if not fit]

    def _by_shape(self, texts: Sequence[str], distinct: set[str], rows: NDArray[np.int64]) -> None:
        """Look for what only the whole column shows: names, licence plates, addresses."""
        sample = texts[:: max(len(texts) // _SAMPLE, 1)]
        self.is_address |= sum(_ADDRESS.match(text) is not None for text in sample) > 0.3 * len(sample)
        if sum(map(is_personal_name, sample)) > 0.5 * len(sample) and are_personal_names(distinct):
            self._add_all(PersonalKind.NAME, is_personal_name, texts, rows)
        if sum(PLATE.fullmatch(text) is not None for text in sample) > 0.8 * len(sample):
            # Codes of lamps and trees look like plates as well, but share a few prefixes.
            prefixes = {match[0] for text in distinct if (match := _PREFIX.search(text))}
            if len(prefixes) >= max(5, len(distinct) // 2):
                self._add_all(PersonalKind.PLATE, _is_plate, texts, rows)

    def _add_all(
        self, kind: PersonalKind, test: Callable[[str], bool], texts: Sequence[str], rows: NDArray[np.int64]
    ) -> None:
        for at, text in enumerate(texts):
            if test(text):
                self._add(kind, text, int(rows[at]), certain=True)

    def _add_hit(self, hit: Hit, row: int) -> None:
        self._add(hit.kind, hit.text, row, hit.certain)
        if hit.kind is PersonalKind.EMAIL:
            domain = EMAIL.fullmatch(hit.text)
            if domain is None or not _GOVERNMENT.search(domain["domain"]):
                self._found[hit.kind].institutional = False

    def _add(self, kind: PersonalKind, text: str, row: int, certain: bool) -> None:
        evidence = self._found[kind]
        evidence.candidates += 1
        evidence.certain += certain
        if certain and len(evidence.examples) < _EXAMPLES:
            value = int(text) if self.field.type is FieldType.INTEGER and text.isdecimal() else text
            shown = masked(value, kind) or ""
            if shown not in {example for _, example in evidence.examples}:
                evidence.examples.append((row, shown))

    def kinds(self) -> dict[PersonalKind, Evidence]:
        """Return what the column holds, the chance resemblances left out."""
        result = {}
        for kind, evidence in self._found.items():
            if self._holds(kind, evidence):
                evidence.rows = evidence.candidates if kind is self.named else evidence.certain or evidence.candidates
                result[kind] = evidence
        return result

    def _holds(self, kind: PersonalKind, evidence: Evidence) -> bool:
        if kind is self.named:
            return True
        share = evidence.certain / evidence.candidates
        if kind is PersonalKind.NATIONAL_ID:
            return share == 1 or (evidence.candidates > 2 and share >= 0.5)
        if kind is PersonalKind.ACCOUNT:
            return share >= 0.8
        if kind is PersonalKind.MOBILE:
            return evidence.certain > 0 or evidence.candidates >= 0.3 * self.filled
        return evidence.certain > 0


def _names_somebody(text: str) -> bool:
    """Tell whether one of the names in a cell is a person's: 王小明先生, 王小明、陳美麗等 3 人, Wang Xiao-Ming."""
    if is_personal_name(text) or (text.isascii() and _LATIN_NAME.fullmatch(text) and not _COMPANY.search(text)):
        return True
    return any(is_personal_name(_HONORIFIC.sub("", part)) for part in _BETWEEN_NAMES.split(text))


def _is_phone(text: str) -> bool:
    return _PHONE.fullmatch(text if text.isascii() else unicodedata.normalize("NFKC", text)) is not None


def _is_plate(text: str) -> bool:
    return PLATE.fullmatch(text.strip().upper()) is not None


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(unicodedata.normalize("NFKC", text)) is not None


def _has_digits(fewest: int, most: int) -> Callable[[str], bool]:
    """Return a test for numbers of that many digits, blanks and hyphens between them not counted."""
    return lambda text: fewest <= len(bare := re.sub(r"[\s-]", "", text)) <= most and bare.isdecimal()


_TESTS: dict[PersonalKind, Callable[[str], bool]] = {
    PersonalKind.NAME: _names_somebody,
    PersonalKind.BIRTH: _is_date,
    PersonalKind.MOBILE: _is_phone,
    PersonalKind.LANDLINE: _is_phone,
    PersonalKind.PLATE: _is_plate,
    PersonalKind.ACCOUNT: _has_digits(10, 19),
    PersonalKind.HEALTH_CARD: _has_digits(12, 12),
}
"""What values of a column must look like that is named after a kind."""
