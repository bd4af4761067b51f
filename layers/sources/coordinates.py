"""Which columns of a table hold coordinates, what system they are in, and the numbers in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.checks.islands import would_lie_in_taiwan_swapped
from layers.crs import TWD67, TWD67_TM2, TWD67_TM2_119, TWD97, TWD97_TM2, TWD97_TM2_119, WGS84, Crs, parse_crs
from layers.errors import UnknownCrs
from layers.features import Geometries
from layers.sources.power_grid import looks_like_codes
from layers.sources.wkt import shapes_from_wkt

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
    r"""\s*(?P<before>[NSEW]|[東西南北][經緯]?)?\s*
    (?P<degrees>\d{1,3}(?:\.\d+)?)\s*(?P<sign>[°度])?[:\s-]?\s*
    (?:(?P<minutes>\d{1,2}(?:\.\d+)?)\s*['′’分:\s-]?\s*
    (?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:["″”秒]|''|′′|’’)?)?)?
    \s*(?P<after>[NSEW])?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_NEGATIVE = frozenset("SWsw南西")
_SRID = re.compile(r"\s*SRID=(\d+)\s*;", re.IGNORECASE)
_AREA = re.compile(r"(MULTI)?POLYGON", re.IGNORECASE)
_EXCHANGED = 0.9
"""Share of a table's first rows whose values must contradict their labels before the values are believed."""


@dataclass(frozen=True, slots=True)
class CoordinateColumns:
    """Positions of the columns that say where a row lies: a pair, one with WKT, or one with codes of a grid."""

    x: int | None = None
    y: int | None = None
    wkt: int | None = None
    grid: int | None = None
    rank: tuple[int, int] = field(default=(0, 0), compare=False)
    """How well the label speaks for it: by datum, by words; the lower the better."""

    def names(self, header: Sequence[str]) -> str:
        """Return the columns' names as people are told them."""
        return " / ".join(header[at] for at in (self.x, self.y, self.wkt, self.grid) if at is not None)

    def exchanged(self) -> CoordinateColumns:
        """Return the pair the other way round."""
        return CoordinateColumns(x=self.y, y=self.x)


def find_pairs(header: Sequence[str]) -> tuple[CoordinateColumns, ...]:
    """Return all pairs of coordinate columns by their labels, the best first; their order in the table is no matter.

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
    pairs = (CoordinateColumns(x=x, y=y, rank=(datum, rank)) for datum, rank, x, y in sorted(found))
    return tuple(dict.fromkeys(pairs))


def find_grid(columns: Sequence[Sequence[Any]]) -> tuple[CoordinateColumns, ...]:
    """Return the columns with codes of the power company's grid, by their values."""
    return tuple(CoordinateColumns(grid=at) for at, cells in enumerate(columns) if looks_like_codes(cells[:1000]))


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


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a column of coordinates holds."""

    values: NDArray[np.float64]
    """NaN where a cell holds no number."""
    sexagesimal: NDArray[np.bool_]
    """Cells written in degrees, minutes and seconds."""


def numbers(cells: Sequence[Any]) -> Numbers:
    """Read cells as numbers: plain, with thousands commas, or degrees-minutes-seconds."""
    for filled in (cells, [np.nan if cell == "" else cell for cell in cells]):
        try:
            return Numbers(np.array(filled, dtype=np.float64), np.zeros(len(cells), dtype=bool))
        except (ValueError, TypeError):
            continue
    values = np.array([_number(cell) for cell in cells], dtype=np.float64)
    plain = np.array([isinstance(cell, str) and np.isnan(_plain(cell)) for cell in cells], dtype=bool)
    return Numbers(values, plain & np.isfinite(values))


def _plain(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return np.nan


def _number(cell: Any) -> float:
    if cell is None or isinstance(cell, bool):
        return np.nan
    # What looks like a sign for degrees: the ordinal º and the ring ˚ would become other characters.
    text = (
        unicodedata.normalize("NFKC", str(cell).replace("º", "°").replace("˚", "°"))
        .replace("\u2032\u2032", "″")
        .strip()
    )
    plain = _plain(text)
    return plain if not np.isnan(plain) else _degrees(text)


def _degrees(text: str) -> float:
    match = _DEGREES.fullmatch(text)
    if match is None or (match["minutes"] is None and match["sign"] is None):
        return np.nan
    degrees, minutes, seconds = (float(match[part] or 0) for part in ("degrees", "minutes", "seconds"))
    if minutes >= 60 or seconds >= 60:
        return np.nan
    hemisphere = (match["before"] or match["after"] or " ")[0]
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if hemisphere in _NEGATIVE else 1)


def are_exchanged(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Tell whether nearly all pairs are Taiwan's only with x and y exchanged."""
    known = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    if not known.any():
        return False
    x, y = x[known], y[known]
    swapped = would_lie_in_taiwan_swapped(x, y, WGS84) | would_lie_in_taiwan_swapped(x, y, TWD97_TM2)
    return bool(swapped.mean() >= _EXCHANGED)


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a column of WKT holds."""

    geometry: Geometries
    closed: NDArray[np.bool_]
    """Cells with a ring that had to be closed."""
    unreadable: NDArray[np.bool_]
    """Cells with text that is no WKT."""


def declared_crs(cells: Sequence[Any]) -> Crs | None:
    """Return the CRS that EWKT names (``SRID=3826;POINT…``); None where the first cell with text names none."""
    first = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "")
    named = _SRID.match(first)
    try:
        return parse_crs(named[1]) if named and named[1] != "0" else None
    except UnknownCrs:
        return None


def read_wkt(cells: Sequence[Any]) -> Shapes:
    """Return cells of WKT or EWKT as geometry."""
    geometry = shapes_from_wkt(cells)
    filled = np.fromiter((isinstance(cell, str) and bool(cell.strip()) for cell in cells), dtype=bool, count=len(cells))
    closed, unreadable = np.zeros(len(cells), dtype=bool), filled & shapely.is_missing(geometry)
    texts = {int(at): cells[at].split(";", 1)[-1].strip() for at in np.flatnonzero(unreadable).tolist()}
    # Only areas have rings to close.
    areas = np.array([at for at, text in texts.items() if _AREA.match(text)], dtype=np.int64)
    if len(areas):
        geometry[areas] = shapely.from_wkt(np.array([texts[at] for at in areas.tolist()], dtype=object), "fix")
        closed[areas] = ~shapely.is_missing(geometry[areas])
        unreadable &= ~closed
    return Shapes(geometry, closed, unreadable)


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
