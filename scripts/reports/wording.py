"""Numbers, sizes and names in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from layers.crs import Crs
from layers.extent import BoundingBox
from layers.messages import Language, catalogue, message

_ENCODINGS = {"cp950": "Big5 (CP950)", "big5": "Big5", "utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16"}
_SIZES = ("B", "KB", "MB", "GB")


@dataclass(frozen=True, slots=True)
class Wording:
    """Says things in one language."""

    language: Language

    def say(self, code: str, **parameters: object) -> str:
        """Return a sentence of the message catalogues."""
        return message(code, self.language, **parameters)

    def word(self, prefix: str, value: str) -> str:
        """Return the word for one of a set of values; the value itself where there is none."""
        return catalogue(self.language).get(f"{prefix}_{value.lower()}", value)

    def listed(self, items: list[str]) -> str:
        """Join items as a list within a sentence."""
        return ("、" if self.language == "zh-TW" else ", ").join(items)

    def clauses(self, clauses: list[str]) -> str:
        """Join clauses of one sentence."""
        return ("，" if self.language == "zh-TW" else ", ").join(clauses)

    def joined(self, sentences: list[str]) -> str:
        """Put sentences one after the other."""
        return ("" if self.language == "zh-TW" else " ").join(sentences)

    def size(self, count: int) -> str:
        """Return a file's size in the unit people use."""
        value, unit = float(count), 0
        while value >= 1000 and unit < len(_SIZES) - 1:
            value, unit = value / 1000, unit + 1
        return f"{value:,.0f} {_SIZES[unit]}" if unit == 0 else f"{value:,.1f} {_SIZES[unit]}"

    def encoding(self, name: str) -> str:
        """Return an encoding's name as people know it."""
        return _ENCODINGS.get(name.lower(), name.upper())

    def crs(self, crs: Crs) -> str:
        """Return a CRS's code and name."""
        return f"{crs} ({crs.name})"

    def degrees(self, box: BoundingBox) -> str:
        """Return an extent in degrees."""
        return (
            f"{_degree(box.west, 'EW')} – {_degree(box.east, 'EW')}{'，' if self.language == 'zh-TW' else ', '}"
            f"{_degree(box.south, 'NS')} – {_degree(box.north, 'NS')}"
        )

    def metres(self, box: BoundingBox) -> str:
        """Return an extent in metres."""
        separator = "，" if self.language == "zh-TW" else ", "
        return f"E {box.west:,.0f} – {box.east:,.0f}{separator}N {box.south:,.0f} – {box.north:,.0f}"


def _degree(value: float, sides: str) -> str:
    return f"{abs(value):.5f}°{sides[0] if value >= 0 else sides[1]}"


def share(part: int, whole: int) -> str:
    """Return a share in per cent that is 0 or 100 only where it is exactly that."""
    if not whole:
        return "-"
    if part in {0, whole}:
        return f"{100 * part // whole}%"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f}%"
