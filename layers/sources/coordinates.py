"""Which columns of a table hold coordinates, what system they are in, and the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.crs import TWD67, TWD67_TM2, TWD67_TM2_119, TWD97, TWD97_TM2, TWD97_TM2_119, WGS84, Crs

_PAIRS = (
    ("經度", "緯度"),
    ("longitude", "latitude"),
    ("lng", "lat"),
    ("lon", "lat"),
    ("long", "lat"),
    ("東經", "北緯"),
    ("橫坐標", "縱坐標"),
    ("橫座標", "縱座標"),
    ("easting", "northing"),
    ("east", "north"),
    ("x", "y"),
    ("e", "n"),
)
"""Words for x and for y, the plainest first."""
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[\u3400-\u9fff]+")

_WKT = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\s*Z?M?\s*\(", re.IGNORECASE
)
_DEGREES = re.compile(
    r"^\s*[NSEW東西南北]?[經緯]?\s*(\d{1,3})[°度:\s]\s*(\d{1,2})[′'分:\s]\s*([\d.]+)?[″\"秒']*\s*[NSEW]?\s*$"
)


@dataclass(frozen=True, slots=True)
class CoordinateColumns:
    """Positions of the columns that say where a row lies: a pair, or one with WKT."""

    x: int | None = None
    y: int | None = None
    wkt: int | None = None


def find_pair(header: Sequence[str]) -> CoordinateColumns | None:
    """Return the best pair of coordinate columns by their labels; where they lie in the table does not matter.

    Of several pairs, one that says WGS84 or TWD97 goes before one that says TWD67, plain words go before
    letters, and what comes first goes before what comes later.
    """
    words = [_words(name) for name in header]
    found = []
    for rank, (x_word, y_word) in enumerate(_PAIRS):
        for at, name in enumerate(words):
            partner = _replaced(name, x_word, y_word)
            if partner is not None and partner in words:
                found.append((_datum_rank(name), rank, at, words.index(partner)))
    if not found:
        return None
    *_, x, y = min(found)
    return CoordinateColumns(x=x, y=y)


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(name))


def _replaced(words: tuple[str, ...], x_word: str, y_word: str) -> tuple[str, ...] | None:
    """Return the words of the column that holds y, if these are the words of one that holds x."""
    for at, word in enumerate(words):
        if word == x_word:
            return (*words[:at], y_word, *words[at + 1 :])
        if not x_word.isascii() and x_word in word:
            return (*words[:at], word.replace(x_word, y_word), *words[at + 1 :])
    return None


def _datum_rank(words: tuple[str, ...]) -> int:
    text = "".join(words)
    if "twd67" in text or "67" in words:
        return 2
    return 0 if "84" in text or "97" in text else 1


def find_wkt(header: Sequence[str], columns: Sequence[Sequence[Any]]) -> CoordinateColumns | None:
    """Return the column with WKT: by its values, whatever its name; by name alone where all is blank."""
    for at, cells in enumerate(columns):
        first = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), None)
        if first is not None and _WKT.match(first):
            return CoordinateColumns(wkt=at)
        if first is None and header[at].lower() == "wkt":
            return CoordinateColumns(wkt=at)
    return None


def numbers(cells: Sequence[Any]) -> NDArray[np.float64]:
    """Return cells as numbers, NaN where there is none: plain, with thousands commas, or degrees-minutes-seconds."""
    try:
        return np.array(cells, dtype=np.float64)
    except (ValueError, TypeError):
        return np.array([_number(cell) for cell in cells], dtype=np.float64)


def _number(cell: Any) -> float:
    if cell is None or isinstance(cell, bool):
        return np.nan
    text = str(cell).strip().replace(",", "")
    try:
        return float(text)
    except ValueError:
        pass
    if not (match := _DEGREES.match(text)):
        return np.nan
    degrees, minutes, seconds = (float(part or 0) for part in match.groups())
    return degrees + minutes / 60 + seconds / 3600


def guess_crs(x_name: str, y_name: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> Crs | None:
    """Return the system that labels and values speak of, or None where they leave a doubt."""
    known = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    if not known.any():
        return None
    middle_x, middle_y = float(np.median(x[known])), float(np.median(y[known]))
    label = "".join((*_words(x_name), *_words(y_name)))
    is_1967, is_zone_119 = "67" in label, "119" in label
    if abs(middle_x) <= 180 and abs(middle_y) <= 180:
        return TWD67 if is_1967 else TWD97 if "twd97" in label else WGS84
    if not (50_000 < middle_x < 500_000 and 2_200_000 < middle_y < 3_000_000):
        return None
    if is_zone_119:
        return TWD67_TM2_119 if is_1967 else TWD97_TM2_119
    return TWD67_TM2 if is_1967 else TWD97_TM2
