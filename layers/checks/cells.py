"""One batch's values of a field, seen once each, and which kinds of suspicious characters are among them."""

from __future__ import annotations

from collections.abc import Callable, Container
from enum import IntFlag
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.checks.notes import Mask

_BETWEEN = "\0"
"""Stands between the texts; one that holds it itself is as suspicious as one with another control character."""


class Kind(IntFlag):
    """Kinds of characters that make a text worth a second look."""

    CONTROL = 1
    MARKUP = 2
    QUESTION = 4
    REPLACED = 8
    PRIVATE = 16
    FULL_WIDTH = 32
    COMMON_TAI = 64
    """台"""
    FORMAL_TAI = 128
    """臺"""
    GARBLED = 256
    """Letters of Western Europe, and what the first bytes of Chinese in UTF-8 make when they are read as Big5."""
    HAN = 512


class Cells:
    """The values of one field in one batch."""

    __slots__ = ("_codes", "_kinds", "_starts", "distinct", "filled", "texts", "values")

    def __init__(self, values: NDArray[np.object_], is_text: bool) -> None:
        self.values = values
        self.distinct: set[Any] = set(values.tolist())
        missing = None in self.distinct
        self.distinct.discard(None)
        self.filled = len(values) - (values.tolist().count(None) if missing else 0)
        texts = self.distinct if is_text else ()
        self.texts: list[str] = [value for value in texts if type(value) is str]
        self._codes: NDArray[np.uint32] | None = None
        self._kinds: Kind | None = None

    def _code_points(self) -> NDArray[np.uint32]:
        if self._codes is None:
            joined = _BETWEEN.join([*self.texts, ""])
            self._codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return self._codes

    @property
    def kinds(self) -> Kind:
        """The kinds of characters that occur in some text."""
        if self._kinds is None:
            codes = self._code_points()
            found = Kind(int(np.bitwise_or.reduce(_kinds()[codes])))
            if np.count_nonzero(codes == 0) != len(self.texts):
                found |= Kind.CONTROL
            self._kinds = found
        return self._kinds

    def beginning_with(self, characters: str) -> list[str]:
        """Return the texts whose first character is one of these."""
        codes = self._code_points()
        ends = np.flatnonzero(codes == 0)
        if len(ends) != len(self.texts):
            return [text for text in self.texts if text[:1] in characters]
        starts = np.concatenate([[0], ends[:-1] + 1])
        wanted = np.isin(codes[starts], np.array(list(map(ord, characters)), dtype=np.uint32))
        return [self.texts[at] for at in np.flatnonzero(wanted)]

    def where(self, wanted: Container[object]) -> Mask:
        """Return a mask of the rows that hold one of the values."""
        return np.fromiter((value in wanted for value in self.values), dtype=bool, count=len(self.values))

    def matching(self, test: Callable[[str], object]) -> set[str]:
        """Return the texts for which ``test`` says anything that is true."""
        return {text for text in self.texts if test(text)}


@cache
def _kinds() -> NDArray[np.uint16]:
    """Return the kinds of every character of Unicode, by code point."""
    table = np.zeros(0x110000, dtype=np.uint16)
    for first, last, kind in (
        (0x01, 0x1F, Kind.CONTROL),
        (0x7F, 0x9F, Kind.CONTROL),
        (0x200B, 0x200F, Kind.CONTROL),
        (0x2028, 0x202E, Kind.CONTROL),
        (0xFEFF, 0xFEFF, Kind.CONTROL),
        (0xFFFD, 0xFFFD, Kind.REPLACED),
        (0xE000, 0xF8FF, Kind.PRIVATE),
        (0xFF10, 0xFF19, Kind.FULL_WIDTH),
        (0xFF21, 0xFF3A, Kind.FULL_WIDTH),
        (0xFF41, 0xFF5A, Kind.FULL_WIDTH),
        (0x80, 0xFF, Kind.GARBLED),
        (0x3400, 0x9FFF, Kind.HAN),
    ):
        table[first : last + 1] |= np.uint16(kind)
    for characters, kind in (
        ("<&", Kind.MARKUP),
        ("?？", Kind.QUESTION),
        ("台", Kind.COMMON_TAI),
        ("臺", Kind.FORMAL_TAI),
        ("嚙锟斤", Kind.REPLACED),
    ):
        table[list(map(ord, characters))] |= np.uint16(kind)
    for lead in range(0xE4, 0xEA):
        pairs = bytes(byte for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)) for byte in (lead, trail))
        table[list(map(ord, pairs.decode("cp950", "ignore")))] |= np.uint16(Kind.GARBLED)
    return table
