"""The power company's grid (台電座標, 電力座標): what is painted on every pole of Taiwan, as TWD67 TM2.

A code is a letter for a sheet of 80 by 50 km, two digits each for steps of 800 m east and 500 m north, two letters
for steps of 100 m (A to H east, A to E north), and two digits for steps of 10 m, or four for steps of 1 m:
``G8152 FC56``. It names the south-western corner of its square. The company publishes no definition; the sheets and
steps are those of the OSGeo wiki ("Taiwan Power Company grid"), which the poles bear out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS = (" ABC", " DEF", " GH ", "JKL ", "MNO ", "PQR ", " TU ", " VW ")
"""Sheets of the main island from north to south; those of the islands in the strait lie in grids of their own."""
_WEST, _NORTH, _WIDTH, _HEIGHT = 90_000, 2_800_000, 80_000, 50_000
_BLANKS = dict.fromkeys(map(ord, " -\u3000\t"))
_LONGEST = 11

Numbers = NDArray[np.float64]


def _sheets() -> NDArray[np.float64]:
    """Return the south-western corner of the sheet of each capital letter, NaN where there is none."""
    corners = np.full((26, 2), np.nan)
    for row, letters in enumerate(_ROWS):
        for column, letter in enumerate(letters):
            if letter != " ":
                corners[ord(letter) - ord("A")] = _WEST + column * _WIDTH, _NORTH - (row + 1) * _HEIGHT
    return corners


_SHEETS = _sheets()


def decode(cells: Sequence[Any]) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Return x and y in TWD67 TM2 (EPSG:3828) and which cells look like a code at all, read or not.

    What is no code of the main island is NaN.
    """
    codes = _characters(cells)
    letter, digits = codes[:, 0] - ord("A"), codes - ord("0")
    blocks = codes[:, 5:7] - ord("A")
    are_digits = (digits >= 0) & (digits <= 9)
    ends = codes[:, 9:11]
    alike = (
        (letter >= 0)
        & (letter < 26)
        & are_digits[:, [1, 2, 3, 4, 7, 8]].all(axis=1)
        & ((blocks >= 0) & (blocks < 26)).all(axis=1)
        & (are_digits[:, 9:11].all(axis=1) | (ends == 0).all(axis=1))
    )
    fits = alike & (blocks[:, 0] < 8) & (blocks[:, 1] < 5)
    metres = np.where(ends == 0, 0, digits[:, 9:11])
    corners = np.full((len(codes), 2), np.nan)
    corners[fits] = _SHEETS[letter[fits]]
    x = corners[:, 0] + 800 * (10 * digits[:, 1] + digits[:, 2]) + 100 * blocks[:, 0] + 10 * digits[:, 7] + metres[:, 0]
    y = corners[:, 1] + 500 * (10 * digits[:, 3] + digits[:, 4]) + 100 * blocks[:, 1] + 10 * digits[:, 8] + metres[:, 1]
    return x, y, alike


def _characters(cells: Sequence[Any]) -> NDArray[np.int64]:
    """Return the cells' characters as numbers in rows of eleven, filled up with zero."""
    texts = [cell.translate(_BLANKS).upper() if isinstance(cell, str) else "" for cell in cells]
    # One character more than a code has tells what is too long.
    table = np.array(texts, dtype=f"U{_LONGEST + 1}").view(np.uint32).reshape(len(texts), _LONGEST + 1).astype(np.int64)
    table[table[:, _LONGEST] != 0] = 0
    return table[:, :_LONGEST]


def looks_like_codes(cells: Sequence[Any]) -> bool:
    """Tell whether most of a column's filled cells are codes of the grid."""
    filled = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    return bool(filled) and bool(decode(filled)[2].mean() > 0.5)
